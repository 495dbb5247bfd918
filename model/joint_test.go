package model

import (
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

func smallJoint(dev engine.Device, labels int, pairs engine.Pairs, seeds ...uint64) *subject {
	spec := M2Spec{Labels: labels, Hidden: []int{7, 5}, ClassifierHidden: []int{5}, Latents: 3, Activation: engine.Softplus}
	s := newJointSubject(dev, M1Spec{Inputs: 9, Hidden: []int{7, 6}, Latents: 5, Activation: engine.Softplus}, spec,
		pairs, LossWeights(pairs, 10, 70, 0.3), adam, seeds...)
	s.draw(false, labels, seeds...)
	s.perturb(seeds...)
	now(s.dev, s.Begin)
	return s
}

// The frozen M2 and the M2 of a stack are one: what M1 learns from M2 changes nothing in what M2 learns.
func TestTheStacksGradientInM2IsThatOfM2OnTheSameFeatures(t *testing.T) {
	pairs := engine.Pairs{Labelled: 3, Unlabelled: 4, Labels: 3, Samples: 2}
	for _, dev := range devices(t, 1) {
		s := smallJoint(dev, 3, pairs, 5)
		now(s.dev, s.take)
		g := s.joint.joint
		m2, alone := g.M2, g.M2.Graph(dev, pairs, true)
		alone.SetWeights(0, LossWeights(pairs, 10, 70, 0.3))
		write(dev, alone.X, 0, read(dev, s.joint.M2.X, 0))
		labels := make([]int32, pairs.Labelled)
		dev.ReadInts(labels, s.labels, 0)
		dev.WriteInts(alone.Labels, 0, labels)
		_, values := g.split(s.Params.Values)
		_, want := g.split(s.Params.Grads)
		grads := dev.NewFloats(m2.Size)
		now(dev, func(l *engine.List) { alone.Gradients(l, values, grads, s.klWeight, s.Noise(noise.StreamM2Latent)) })
		if !slices.Equal(read(dev, grads, 0), read(dev, want, 0)) {
			t.Errorf("%s: the gradient in M2 differs from that of M2 alone", dev.Name())
		}
	}
}

// With one label there is nothing to be ignorant of: U(z1) is L(z1, y), and a labelled example costs what
// the same example costs without its label.
func TestWithOneLabelKnowingItIsWorthNothing(t *testing.T) {
	dev := ref.New[float64](1)
	known := smallJoint(dev, 1, engine.Pairs{Labelled: 4, Labels: 1, Samples: 2}, 5)
	unknown := smallJoint(dev, 1, engine.Pairs{Unlabelled: 4, Labels: 1, Samples: 2}, 5)
	for _, s := range []*subject{known, unknown} {
		s.joint.SetWeights(0, M2Weights{Labelled: 0.25, Unlabelled: 0.25})
		now(s.dev, s.take)
	}
	requireNear(t, "L and U", read(dev, known.joint.M2.Cost, 0), read(dev, unknown.joint.M2.U, 0), 1e-14)
	requireNear(t, "the gradient", read(dev, known.Params.Grads, 0), read(dev, unknown.Params.Grads, 0), 1e-13)
}

// Bound is the forward half of Gradients.
func TestTheStacksBoundIsWhatItsGradientsAreOf(t *testing.T) {
	pairs := engine.Pairs{Labelled: 3, Unlabelled: 4, Labels: 3, Samples: 2}
	for _, dev := range devices(t, 1) {
		s := smallJoint(dev, 3, pairs, 5)
		now(s.dev, s.take)
		g := s.joint
		parts := map[string]engine.Floats{"nll": g.M1.NLL, "latents": g.Posterior, "cost": g.M2.Cost, "U": g.M2.U}
		want := map[string][]float64{}
		for name, part := range parts {
			want[name] = read(dev, part, 0)
			write(dev, part, 0, make([]float64, part.Len))
		}
		now(dev, func(l *engine.List) {
			g.Bound(l, s.Params.Values, s.klWeight, s.Noise(noise.StreamM1Latent), s.Noise(noise.StreamM2Latent))
		})
		for name, part := range parts {
			if !slices.Equal(read(dev, part, 0), want[name]) {
				t.Errorf("%s: %s without gradients differs from that with them", dev.Name(), name)
			}
		}
	}
}

func TestTheTwoHalvesOfALearnerFollowTheirOwnRates(t *testing.T) {
	dev := ref.New[float64](1)
	layout := &NewSupervised(SupervisedSpec{Inputs: 5, Labels: 3, Hidden: []int{4}}).Layout
	at := layout.Tensors[2].Offset
	run := func(o engine.OptimiserOptions, rate float64, split func(*Learner)) []float64 {
		l := NewLearner(dev, layout, o, []float64{rate}, []uint64{3})
		l.Initialise()
		if split != nil {
			split(l)
		}
		l.SetStep(2)
		for range 4 {
			now(l.dev, l.Begin)
			grads := read(dev, l.Params.Values, 0)
			for i := range grads {
				grads[i] += 0.1
			}
			write(dev, l.Params.Grads, 0, grads)
			now(l.dev, l.Apply)
		}
		return slices.Concat(read(dev, l.Params.Values, 0), read(dev, l.Params.Average, 0))
	}
	first, second := adam, adam
	first.EMA, second.EMA, first.WeightPrior, second.WarmupSteps = 0.9, 0.9, 0.3, 5
	of := run(first, 1e-2, func(l *Learner) { l.Split(at, second, []float64{3e-2}) })
	slow, fast := run(first, 1e-2, nil), run(second, 3e-2, nil)
	for i, v := range of {
		want := slow[i]
		if i%layout.Size >= at {
			want = fast[i]
		}
		if v != want {
			t.Fatalf("element %d is %g, want %g", i, v, want)
		}
	}
}
