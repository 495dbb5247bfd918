package model

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// differentiable are subjects in every form that an objective can have. ReLU is not
// among them: a difference may step over its kink. The oracle's tests have it.
func differentiable(dev engine.Device) map[string]*subject {
	const seed = 5
	m1 := func(hidden []int, samples int, activation engine.Activation, output Output) *subject {
		spec := M1Spec{Inputs: 6, Hidden: hidden, Latents: 3, Activation: activation, Output: output}
		s := newM1Subject(dev, spec, 4, samples, adam, seed)
		s.draw(output == Gaussian, 1, seed)
		return s
	}
	m2 := func(labelled, unlabelled int, change func(*M2Spec)) *subject {
		spec := M2Spec{
			Inputs: 5, Labels: 3, Hidden: []int{5}, ClassifierHidden: []int{4}, Latents: 2,
			Activation: engine.Softplus, Output: Gaussian,
		}
		change(&spec)
		pairs := engine.Pairs{Labelled: labelled, Unlabelled: unlabelled, Labels: 3, Samples: 2}
		s := newM2Subject(dev, spec, pairs, LossWeights(pairs, 10, 70, 0.4), adam, seed)
		s.draw(spec.Output == Gaussian, 3, seed)
		return s
	}
	joint := func(output Output, labelled, unlabelled int, change func(*M2Spec)) *subject {
		spec := M1Spec{Inputs: 6, Hidden: []int{5}, Latents: 4, Activation: engine.Softplus, Output: output}
		spec2 := M2Spec{Labels: 3, Hidden: []int{5}, ClassifierHidden: []int{4}, Latents: 2, Activation: engine.Softplus}
		change(&spec2)
		pairs := engine.Pairs{Labelled: labelled, Unlabelled: unlabelled, Labels: 3, Samples: 2}
		s := newJointSubject(dev, spec, spec2, pairs, LossWeights(pairs, 10, 70, 0.4), adam, seed)
		s.draw(output == Gaussian, 3, seed)
		return s
	}
	supervised := func(activation engine.Activation) *subject {
		spec := SupervisedSpec{Inputs: 5, Labels: 3, Hidden: []int{4, 4}, Activation: activation}
		s := newSupervisedSubject(dev, spec, 4, adam, seed)
		s.draw(false, 3, seed)
		return s
	}
	return map[string]*subject{
		"m1 bernoulli":         m1([]int{5, 4}, 1, engine.Softplus, Bernoulli),
		"m1 gaussian S=2":      m1([]int{5}, 2, engine.Tanh, Gaussian),
		"m1 gelu S=2":          m1([]int{5, 4}, 2, engine.GELU, Bernoulli),
		"m1 without hidden":    m1(nil, 1, engine.Softplus, Bernoulli),
		"m2":                   m2(3, 2, func(*M2Spec) {}),
		"m2 bernoulli deep":    m2(2, 2, func(s *M2Spec) { s.Output, s.Hidden, s.Activation = Bernoulli, []int{5, 4, 3}, engine.Tanh }),
		"m2 linear classifier": m2(2, 2, func(s *M2Spec) { s.ClassifierHidden = nil }),
		"m2 silu deep":         m2(2, 2, func(s *M2Spec) { s.Hidden, s.Activation = []int{5, 4}, engine.SiLU }),
		"m2 labelled only":     m2(3, 0, func(s *M2Spec) { s.ClassPrior = LearnedPrior }),
		"m2 unlabelled only":   m2(0, 3, func(s *M2Spec) { s.ClassPrior = LearnedPrior }),
		"m2 given prior": m2(2, 2, func(s *M2Spec) {
			s.ClassPrior, s.Probabilities = GivenPrior, []float64{0.5, 0.3, 0.2}
		}),
		"joint":                 joint(Bernoulli, 2, 3, func(*M2Spec) {}),
		"joint gaussian":        joint(Gaussian, 2, 2, func(s *M2Spec) { s.Activation, s.ClassPrior = engine.Tanh, LearnedPrior }),
		"joint deep":            joint(Bernoulli, 2, 2, func(s *M2Spec) { s.Hidden, s.ClassifierHidden = []int{5, 4}, []int{4, 3} }),
		"joint linear":          joint(Bernoulli, 2, 2, func(s *M2Spec) { s.ClassifierHidden = nil }),
		"joint labelled only":   joint(Bernoulli, 3, 0, func(*M2Spec) {}),
		"joint unlabelled only": joint(Bernoulli, 0, 3, func(*M2Spec) {}),
		"joint silu":            joint(Bernoulli, 2, 2, func(s *M2Spec) { s.Activation = engine.SiLU }),
		"supervised":            supervised(engine.Tanh),
		"supervised gelu":       supervised(engine.GELU),
	}
}

// differences are the slopes of the loss in every parameter, by the five-point
// formula: its error is of order h⁴, so rounding is what remains.
func (s *subject) differences() []float64 {
	const h = 1e-3
	values := read(s.dev, s.Params.Values, 0)
	slopes := make([]float64, len(values))
	for i, v := range values {
		at := func(steps float64) float64 {
			values[i] = v + steps*h
			write(s.dev, s.Params.Values, 0, values)
			now(s.dev, s.take)
			return s.loss(0)
		}
		slopes[i] = (8*(at(1)-at(-1)) - (at(2) - at(-2))) / (12 * h)
		values[i] = v
	}
	write(s.dev, s.Params.Values, 0, values)
	return slopes
}

func TestGradientsEqualFiniteDifferences(t *testing.T) {
	for name, s := range differentiable(ref.New[float64](1)) {
		s.perturb(9)
		now(s.dev, s.Begin)
		now(s.dev, s.take)
		gradient := read(s.dev, s.Params.Grads, 0)
		slopes := s.differences()
		for _, tensor := range s.Layout.Tensors {
			part := func(flat []float64) []float64 { return flat[tensor.Offset:][:tensor.Len()] }
			requireNear(t, name+": "+tensor.Name, part(gradient), part(slopes), 1e-8)
		}
	}
}

func TestTheWeightOnTheKLIsInTheGradient(t *testing.T) {
	for name, s := range differentiable(ref.New[float64](1)) {
		if s.supervised != nil {
			continue
		}
		s.klWeight = s.dev.NewDoubles(1)
		s.dev.WriteDoubles(s.klWeight, 0, []float64{0.25})
		s.perturb(9)
		now(s.dev, s.Begin)
		now(s.dev, s.take)
		requireNear(t, name, read(s.dev, s.Params.Grads, 0), s.differences(), 1e-8)
	}
}
