package model

import (
	"math"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

const importanceSamples = 50

// density gathers what is needed to weigh samples: log w = log p(x, z) − log q(z|x).
type density struct {
	nll, stats, z []float64
	latents       int
}

// logWeight is that of one sample row of a pair.
func (d density) logWeight(pair, row int) float64 {
	log := -d.nll[row]
	for j := range d.latents {
		mean, logvar := d.stats[2*pair*d.latents+j], d.stats[(2*pair+1)*d.latents+j]
		z := d.z[row*d.latents+j]
		eps := (z - mean) / math.Exp(logvar/2)
		// The constants of the two normals cancel.
		log += -z*z/2 + (logvar+eps*eps)/2
	}
	return log
}

// logWeights are those of all samples of a pair.
func (d density) logWeights(pair int) []float64 {
	logs := make([]float64, importanceSamples)
	for s := range logs {
		logs[s] = d.logWeight(pair, pair*importanceSamples+s)
	}
	return logs
}

func logMeanExp(x []float64) float64 { return logSumExp(x) - math.Log(float64(len(x))) }

func logSumExp(x []float64) float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, v)
	}
	total := 0.0
	for _, v := range x {
		total += math.Exp(v - largest)
	}
	return largest + math.Log(total)
}

// estimates are averages over examples and draws, in nats.
type estimates struct {
	bound      float64 // with the KL in closed form
	sampled    float64 // with the KL by the samples
	importance float64 // log p(x), from below, by importance weights (Burda et al. 2016)
}

// m1Estimates judges parameters on the examples in x.
func m1Estimates(dev *ref.Device[float64], s *subject, examples int) estimates {
	const draws = 20
	g := s.m1.model.Graph(dev, examples, importanceSamples, false)
	copy(dev.Floats(g.X, 0), dev.Floats(s.x, 0))
	var e estimates
	for range draws {
		now(s.dev, s.Begin)
		now(dev, func(l *engine.List) { g.Bound(l, s.Params.Values, s.Noise(noise.StreamEvaluation)) })
		d := density{nll: dev.Floats(g.NLL, 0), stats: dev.Floats(g.stats, 0), z: dev.Floats(g.z, 0), latents: g.model.Latents}
		e.bound += (-mean(d.nll) - mean(dev.Floats(g.KL, 0))) / draws
		for i := range examples {
			logs := d.logWeights(i)
			e.sampled += mean(logs) / float64(draws*examples)
			e.importance += logMeanExp(logs) / float64(draws*examples)
		}
	}
	return e
}

func requireBelow(t *testing.T, name string, e estimates) {
	t.Helper()
	t.Logf("%s: bound %.3f, sampled %.3f, importance-weighted %.3f nats", name, e.bound, e.sampled, e.importance)
	if !(e.bound < e.importance) {
		t.Errorf("%s: bound %.4f is above the importance-weighted estimate %.4f", name, e.bound, e.importance)
	}
	// 8,000 samples: the two ways to the KL differ by some hundredths of a nat at most.
	if !(math.Abs(e.bound-e.sampled) < 0.1) {
		t.Errorf("%s: bound %.4f with the KL in closed form, %.4f by samples", name, e.bound, e.sampled)
	}
}

// patterns are four kinds of images, so that there is something to learn.
func patterns(examples, width int) []float64 {
	x := make([]float64, 0, examples*width)
	for i := range examples {
		for j := range width {
			x = append(x, float64(i>>(j%2)&1))
		}
	}
	return x
}

func TestM1BoundIsBelowTheImportanceWeightedEstimate(t *testing.T) {
	const examples, steps = 8, 300
	for name, output := range map[string]Output{"bernoulli": Bernoulli, "gaussian": Gaussian} {
		dev := ref.New[float64](1)
		spec := M1Spec{Inputs: 9, Hidden: []int{8}, Latents: 2, Activation: engine.Softplus, Output: output}
		s := newM1Subject(dev, spec, examples, 1, adam, 1)
		s.ready(output == Gaussian, 1)
		write(dev, s.x, 0, patterns(examples, spec.Inputs))
		random := m1Estimates(dev, s, examples)
		requireBelow(t, name+", random", random)
		for range steps {
			now(s.dev, s.step)
		}
		if fault := s.Fault(0); fault != nil {
			t.Fatal(fault)
		}
		trained := m1Estimates(dev, s, examples)
		requireBelow(t, name+", trained", trained)
		if !(trained.bound > random.bound+1) {
			t.Errorf("%s: training took the bound from %.3f to %.3f nats", name, random.bound, trained.bound)
		}
	}
}

func TestM2BoundIsBelowTheImportanceWeightedEstimate(t *testing.T) {
	const examples, draws = 5, 20
	dev := ref.New[float64](1)
	spec := m2Spec(func(s *M2Spec) { s.ClassPrior = LearnedPrior })
	pairs := engine.Pairs{Unlabelled: examples, Labels: spec.Labels, Samples: importanceSamples}
	s := newM2Subject(dev, spec, pairs, M2Weights{Unlabelled: 1. / examples}, adam, 1)
	s.ready(true, spec.Labels)
	var bound, importance float64
	for range draws {
		now(s.dev, s.Begin)
		now(s.dev, func(l *engine.List) { s.m2.Bound(l, s.Params.Values, s.klWeight, s.Noise(noise.StreamEvaluation)) })
		g := s.m2
		bound -= mean(dev.Floats(g.U, 0)) / draws
		d := density{nll: dev.Floats(g.NLL, 0), stats: dev.Floats(g.stats, 0), z: dev.Floats(g.z, 0), latents: spec.Latents}
		for i := range examples {
			// p(x) = Σ_k p(k)·p(x|k)
			joint := make([]float64, spec.Labels)
			for k := range joint {
				joint[k] = dev.Floats(g.logPrior, 0)[k] + logMeanExp(d.logWeights(i*spec.Labels+k))
			}
			importance += logSumExp(joint) / (draws * examples)
		}
	}
	t.Logf("bound %.3f, importance-weighted %.3f nats", bound, importance)
	if !(bound < importance) {
		t.Errorf("bound %.4f is above the importance-weighted estimate %.4f", bound, importance)
	}
}
