package model

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// part is some of the examples, and some of their samples, of one large minibatch
// whose content and noise are known by number.
type part struct {
	labelled, unlabelled []int // the examples' numbers
	samples              []int // the samples' numbers
}

func (p part) pairs(labels int) engine.Pairs {
	return engine.Pairs{Labelled: len(p.labelled), Unlabelled: len(p.unlabelled), Labels: labels, Samples: len(p.samples)}
}

// load writes the part's data and noise.
func (p part) load(s *subject, dev *given, pairs engine.Pairs, latents int) {
	var x []float64
	var labels []int32
	numbers := append(append([]int{}, p.labelled...), p.unlabelled...)
	width := s.x.Len / len(numbers)
	for _, n := range numbers {
		x = append(x, normalsFrom(uint64(n), width)...)
	}
	write(dev, s.x, 0, x)
	for _, n := range p.labelled {
		labels = append(labels, int32(n%3))
	}
	if s.labels.Len > 0 {
		dev.WriteInts(s.labels, 0, labels)
	}
	dev.eps = nil
	for row := range pairs.SampleRows() {
		example, label := pairs.Example(row / pairs.Samples)
		for j := range latents {
			at := noise.Address(j, label, p.samples[row%pairs.Samples])
			w := noise.Philox(uint32(numbers[example]), at, 0, 0, 1)
			dev.eps = append(dev.eps, noise.Normals(w)[j%4])
		}
	}
}

// whole is the minibatch, byExample and bySample two ways to cut it into halves.
var (
	whole     = part{labelled: []int{0, 1, 2, 3}, unlabelled: []int{4, 5, 6, 7, 8, 9}, samples: []int{0, 1}}
	byExample = []part{
		{labelled: []int{0, 1}, unlabelled: []int{4, 5, 6}, samples: []int{0, 1}},
		{labelled: []int{2, 3}, unlabelled: []int{7, 8, 9}, samples: []int{0, 1}},
	}
	bySample = []part{
		{labelled: whole.labelled, unlabelled: whole.unlabelled, samples: []int{0}},
		{labelled: whole.labelled, unlabelled: whole.unlabelled, samples: []int{1}},
	}
)

// gradientOf builds a model for a part and takes its gradient there.
type gradientOf func(p part) []float64

func gradientsOfParts() map[string]gradientOf {
	finish := func(s *subject) []float64 {
		s.perturb(9)
		now(s.dev, s.Begin)
		now(s.dev, s.take)
		return read(s.dev, s.Params.Grads, 0)
	}
	return map[string]gradientOf{
		"m1": func(p part) []float64 {
			dev := newGiven(ref.New[float64](1), nil)
			spec := M1Spec{Inputs: 6, Hidden: []int{5}, Latents: 3, Activation: engine.Softplus, Output: Gaussian}
			p.unlabelled = nil
			s := newM1Subject(dev, spec, len(p.labelled), len(p.samples), adam, 1)
			p.load(s, dev, p.pairs(1), 3)
			return finish(s)
		},
		"m2": func(p part) []float64 {
			dev := newGiven(ref.New[float64](1), nil)
			pairs, spec := p.pairs(3), m2Spec(func(s *M2Spec) { s.Labels, s.ClassPrior = 3, LearnedPrior })
			s := newM2Subject(dev, spec, pairs, LossWeights(pairs, 10, 70, 0.3), adam, 1)
			p.load(s, dev, pairs, spec.Latents)
			return finish(s)
		},
		"supervised": func(p part) []float64 {
			dev := newGiven(ref.New[float64](1), nil)
			p.unlabelled = nil
			spec := SupervisedSpec{Inputs: 6, Labels: 3, Hidden: []int{5}, Activation: engine.Tanh}
			s := newSupervisedSubject(dev, spec, len(p.labelled), adam, 1)
			p.load(s, dev, p.pairs(3), 0)
			return finish(s)
		},
	}
}

func requireAverage(t *testing.T, name string, gradient gradientOf, halves []part) {
	t.Helper()
	average := gradient(halves[0])
	for i, v := range gradient(halves[1]) {
		average[i] = (average[i] + v) / 2
	}
	requireNear(t, name, average, gradient(whole), rounding)
}

func TestGradientOfAMinibatchIsTheAverageOfItsHalves(t *testing.T) {
	for name, gradient := range gradientsOfParts() {
		requireAverage(t, name, gradient, byExample)
	}
}

// A cost is the mean over its samples, and every gradient is linear in the costs.
func TestGradientWithTwoSamplesIsTheAverageOfEach(t *testing.T) {
	for name, gradient := range gradientsOfParts() {
		requireAverage(t, name, gradient, bySample)
	}
}
