package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// rounding is what sums in another order may differ by in double precision.
const rounding = 1e-12

// m2Spec is an M2 that a test changes in what it is about.
func m2Spec(change func(*M2Spec)) M2Spec {
	spec := M2Spec{
		Inputs: 5, Labels: 4, Hidden: []int{6}, ClassifierHidden: []int{5}, Latents: 2,
		Activation: engine.Softplus, Output: Gaussian,
	}
	change(&spec)
	return spec
}

func normalsFrom(seed uint64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = noise.Normals(noise.Philox(uint32(i/4), 2, 0, 0, seed))[i%4]
	}
	return x
}

func TestUnlabelledBoundEqualsEnumeration(t *testing.T) {
	const examples, samples = 3, 2
	for name, spec := range map[string]M2Spec{
		"uniform": m2Spec(func(*M2Spec) {}),
		"given":   m2Spec(func(s *M2Spec) { s.ClassPrior, s.Probabilities = GivenPrior, []float64{0.4, 0.3, 0.2, 0.1} }),
		"learned": m2Spec(func(s *M2Spec) { s.ClassPrior, s.Output = LearnedPrior, Bernoulli }),
	} {
		dev := newGiven(ref.New[float64](1), nil)
		eps := normalsFrom(3, examples*spec.Labels*samples*spec.Latents)
		unlabelled := engine.Pairs{Unlabelled: examples, Labels: spec.Labels, Samples: samples}
		u := newM2Subject(dev, spec, unlabelled, M2Weights{}, adam, 1)
		u.ready(spec.Output == Gaussian, spec.Labels)
		dev.eps = eps
		now(u.dev, u.take)

		labelled := engine.Pairs{Labelled: examples, Labels: spec.Labels, Samples: samples}
		l := newM2Subject(dev, spec, labelled, M2Weights{}, adam, 1)
		l.ready(spec.Output == Gaussian, spec.Labels)
		logq := logSoftmax(read(dev, u.m2.Logits, 0), spec.Labels)
		sums := make([]float64, examples)
		for k := range spec.Labels {
			dev.WriteInts(l.labels, 0, slices.Repeat([]int32{int32(k)}, examples))
			dev.eps = nil
			for i := range examples {
				pair, length := i*spec.Labels+k, samples*spec.Latents
				dev.eps = append(dev.eps, eps[pair*length:][:length]...)
			}
			now(l.dev, l.take)
			for i, cost := range read(dev, l.m2.Cost, 0) {
				q := logq[i*spec.Labels+k]
				sums[i] += math.Exp(q) * (cost + q)
			}
		}
		requireNear(t, name, read(dev, u.m2.U, 0), sums, rounding)
	}
}

func TestLabelledBoundIsTheOneLabelCaseOfTheUnlabelledOne(t *testing.T) {
	spec := m2Spec(func(s *M2Spec) { s.Labels = 1 })
	run := func(pairs engine.Pairs) *subject {
		s := newM2Subject(ref.New[float64](1), spec, pairs, M2Weights{Labelled: 0.2, Unlabelled: 0.2}, adam, 1)
		s.ready(true, 1)
		now(s.dev, s.take)
		return s
	}
	l := run(engine.Pairs{Labelled: 3, Labels: 1, Samples: 2})
	u := run(engine.Pairs{Unlabelled: 3, Labels: 1, Samples: 2})
	requireNear(t, "the bound", read(u.dev, u.m2.U, 0), read(l.dev, l.m2.Cost, 0), rounding)
	requireNear(t, "its gradient", read(u.dev, u.Params.Grads, 0), read(l.dev, l.Params.Grads, 0), rounding)
}

func TestKLIsZeroAtPrior(t *testing.T) {
	for name, s := range smallSubjects(ref.New[float64](1), adam, 1) {
		if s.supervised != nil {
			continue
		}
		values := read(s.dev, s.Params.Values, 0)
		for _, tensor := range s.Layout.Tensors {
			if strings.Contains(tensor.Name, "encoder.mean") || strings.Contains(tensor.Name, "encoder.logvar") {
				clear(values[tensor.Offset:][:tensor.Len()])
			}
		}
		write(s.dev, s.Params.Values, 0, values)
		now(s.dev, s.take)
		var kl []float64
		switch {
		case s.m1 != nil:
			kl = read(s.dev, s.m1.KL, 0)
		case s.joint != nil:
			kl = slices.Concat(read(s.dev, s.joint.M1.KL, 0), read(s.dev, s.joint.M2.KL, 0))
		default:
			kl = read(s.dev, s.m2.KL, 0)
		}
		for i, v := range kl {
			if v != 0 {
				t.Errorf("%s: KL of pair %d is %g at the prior", name, i, v)
			}
		}
	}
}

func TestGivenUniformPriorChangesNothing(t *testing.T) {
	pairs := engine.Pairs{Labelled: 3, Unlabelled: 2, Labels: 4, Samples: 1}
	for _, dev := range devices(t, 1) {
		run := func(spec M2Spec) (float64, []float64) {
			s := newM2Subject(dev, spec, pairs, LossWeights(pairs, 10, 90, 0.1), adam, 1)
			s.ready(true, 4)
			now(s.dev, s.take)
			return s.loss(0), read(dev, s.Params.Grads, 0)
		}
		wantLoss, wantGrads := run(m2Spec(func(*M2Spec) {}))
		loss, grads := run(m2Spec(func(s *M2Spec) { s.ClassPrior, s.Probabilities = GivenPrior, []float64{0.25, 0.25, 0.25, 0.25} }))
		if loss != wantLoss || !slices.Equal(grads, wantGrads) {
			t.Errorf("%s: loss %g with a given prior, %g with a uniform one, or other gradients", dev.Name(), loss, wantLoss)
		}
	}
}

func TestLossWeightsAreThoseOfEquationNine(t *testing.T) {
	const nl, nu, alpha = 100.0, 49900.0, 0.1
	const n, beta = nl + nu, alpha * (nl + nu) / nl
	w := LossWeights(engine.Pairs{Labelled: 5, Unlabelled: 20}, nl, nu, alpha)
	// Jα/N with every sum over the data set estimated from the minibatch.
	want := M2Weights{Labelled: (nl / 5) / n, Unlabelled: (nu / 20) / n, Classifier: beta * (nl / 5) / n}
	got := []float64{w.Labelled, w.Unlabelled, w.Classifier}
	requireNear(t, "weights", got, []float64{want.Labelled, want.Unlabelled, want.Classifier}, rounding)

	if w := LossWeights(engine.Pairs{Unlabelled: 20}, nl, nu, alpha); w.Labelled != 0 || w.Classifier != 0 {
		t.Errorf("weights %+v without labelled examples", w)
	}
	if w := LossWeights(engine.Pairs{Labelled: 5}, nl, nu, alpha); w.Unlabelled != 0 {
		t.Errorf("weights %+v without unlabelled examples", w)
	}
}
