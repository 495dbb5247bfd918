package model

import (
	"math"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// punch makes a third of every replica's x missing, by the replica's seed.
func (s *subject) punch(seeds ...uint64) {
	for r, seed := range seeds {
		x := read(s.dev, s.x, r)
		for i := range x {
			if noise.Philox(uint32(i), 3, 0, 0, seed)[0]%3 == 0 {
				x[i] = math.NaN()
			}
		}
		write(s.dev, s.x, r, x)
	}
}

// holed are subjects of every kind whose x may have missing values, with so many inputs.
func holed(dev engine.Device, inputs int, missing bool, seeds ...uint64) map[string]*subject {
	pairs := engine.Pairs{Labelled: 3, Unlabelled: 4, Labels: 3, Samples: 2}
	weights := LossWeights(pairs, 10, 70, 0.3)
	m1 := M1Spec{Inputs: inputs, Hidden: []int{7, 6}, Latents: 4, Activation: engine.Softplus, Missing: missing}
	m2 := M2Spec{
		Inputs: inputs, Labels: 3, Hidden: []int{7, 5}, ClassifierHidden: []int{5}, Latents: 3,
		Activation: engine.Softplus, Missing: missing,
	}
	normal1, normal2, linear, kept := m1, m2, m2, m2
	normal1.Output, normal2.Output, linear.ClassifierHidden, kept.Missing = Gaussian, Gaussian, nil, false
	supervised := SupervisedSpec{Inputs: inputs, Labels: 3, Hidden: []int{7}, Activation: engine.Tanh, Missing: missing}
	subjects := map[string]*subject{
		"m1":          newM1Subject(dev, m1, 5, 2, adam, seeds...),
		"m1 gaussian": newM1Subject(dev, normal1, 5, 1, adam, seeds...),
		"m2":          newM2Subject(dev, m2, pairs, weights, adam, seeds...),
		"m2 gaussian": newM2Subject(dev, normal2, pairs, weights, adam, seeds...),
		"m2 linear":   newM2Subject(dev, linear, pairs, weights, adam, seeds...),
		"joint":       newJointSubject(dev, normal1, kept, pairs, weights, adam, seeds...),
		"supervised":  newSupervisedSubject(dev, supervised, 6, adam, seeds...),
		"without hidden": newM1Subject(dev,
			M1Spec{Inputs: inputs, Latents: 3, Activation: engine.Softplus, Missing: missing}, 4, 1, adam, seeds...),
	}
	for _, s := range subjects {
		s.draw(false, 3, seeds...)
	}
	return subjects
}

func TestGradientsWithMissingValuesEqualFiniteDifferences(t *testing.T) {
	for name, s := range holed(ref.New[float64](1), 6, true, 5) {
		s.punch(5)
		s.perturb(9)
		now(s.dev, s.Begin)
		now(s.dev, s.take)
		requireNear(t, name, read(s.dev, s.Params.Grads, 0), s.differences(), 1e-8)
	}
}

// TestTheBoundIsThatOfTheValuesThatAreThere: where columns are missing of every example, the loss, every part of it and
// the gradients are those of a model without these inputs and outputs, and the others have no gradient.
func TestTheBoundIsThatOfTheValuesThatAreThere(t *testing.T) {
	const inputs, seed = 11, 4 // no layer is as wide
	gone := []int{1, 4, 10}
	rest := holed(ref.New[float64](1), inputs-len(gone), false, seed)
	for name, s := range holed(ref.New[float64](1), inputs, true, seed) {
		r := rest[name]
		s.perturb(9)
		values := read(s.dev, s.Params.Values, 0)
		write(r.dev, r.Params.Values, 0, s.without(values, inputs, gone))
		x := read(s.dev, s.x, 0)
		var there []float64
		for i, v := range x {
			if slices.Contains(gone, i%inputs) {
				x[i] = math.NaN()
				continue
			}
			there = append(there, v)
		}
		write(s.dev, s.x, 0, x)
		write(r.dev, r.x, 0, there)
		for _, subject := range []*subject{s, r} {
			now(subject.dev, subject.Begin)
			now(subject.dev, subject.take)
		}
		requireNear(t, name+": the loss", []float64{s.loss(0)}, []float64{r.loss(0)}, rounding)
		gradient := read(s.dev, s.Params.Grads, 0)
		requireNear(t, name+": the gradient", s.without(gradient, inputs, gone), read(r.dev, r.Params.Grads, 0), rounding)
		if all, part := norm(gradient), norm(s.without(gradient, inputs, gone)); math.Abs(all-part) > rounding*all {
			t.Errorf("%s: what is missing has a gradient: the whole one's norm is %g, that of the rest %g", name, all, part)
		}
	}
}

func norm(x []float64) float64 { return distance(x, make([]float64, len(x))) }

// without are parameters, or their gradient, without those of some inputs and outputs.
func (s *subject) without(flat []float64, inputs int, gone []int) (rest []float64) {
	for _, t := range s.Layout.Tensors {
		for i, v := range flat[t.Offset:][:t.Len()] {
			place, columns := i, 1
			if len(t.Shape) == 2 {
				columns = t.Shape[1]
				place = i / columns
			}
			lost := t.Shape[0] == inputs && slices.Contains(gone, place) || columns == inputs && slices.Contains(gone, i%columns)
			if !lost {
				rest = append(rest, v)
			}
		}
	}
	return rest
}

// TestNothingMissingChangesNoBit trains with and without the option on examples that lack nothing.
func TestNothingMissingChangesNoBit(t *testing.T) {
	for _, dev := range devices(t, 2) {
		plain := holed(dev, 21, false, 1, 2)
		for name, s := range holed(dev, 21, true, 1, 2) {
			compiled(dev, s.step).Run(3)
			compiled(dev, plain[name].step).Run(3)
			for r := range 2 {
				if !slices.Equal(s.memory(r), plain[name].memory(r)) {
					t.Errorf("%s, %s: replica %d differs from one that knows of no missing values", dev.Name(), name, r)
				}
			}
		}
	}
}

// TestTrainingWithMissingValuesIsNoFault: a third of x is missing, and no bound and no gradient is.
func TestTrainingWithMissingValuesIsNoFault(t *testing.T) {
	for _, dev := range devices(t, 1) {
		for name, s := range holed(dev, 21, true, 3) {
			s.punch(3)
			compiled(dev, s.step).Run(1)
			first := s.loss(0)
			compiled(dev, s.step).Run(60)
			if last := s.loss(0); s.Fault(0) != nil || !(last < first) {
				t.Errorf("%s, %s: fault %v; loss %g at first, %g in the end", dev.Name(), name, s.Fault(0), first, last)
			}
		}
	}
}

// TestNaNIsAFaultWhereNothingMayBeMissing: only a model that was told of missing values takes NaN for one.
func TestNaNIsAFaultWhereNothingMayBeMissing(t *testing.T) {
	dev := ref.New[float32](1)
	for name, s := range holed(dev, 21, false, 3) {
		s.punch(3)
		compiled(dev, s.step).Run(1)
		if s.Fault(0) == nil {
			t.Errorf("%s: NaN in x is no fault", name)
		}
	}
}
