package model

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
)

// rowTwo is how a fault names the third row of what a step watches first.
var rowTwo = regexp.MustCompile(`^the (nll of sample row|cost of pair|classifier's loss of labelled example) 2 of the minibatch$`)

// faulty are subjects of each kind of which row 2 of the minibatch is row 2 of the
// arrays that are watched: one sample, labelled examples.
func faulty(dev engine.Device, seeds ...uint64) map[string]*subject {
	pairs := engine.Pairs{Labelled: 4, Labels: 3, Samples: 1}
	o := adam
	o.EMA = 0.9
	m2 := m2Spec(func(s *M2Spec) { s.Labels = 3 })
	subjects := map[string]*subject{
		"m1":         newM1Subject(dev, M1Spec{Inputs: 5, Hidden: []int{6}, Latents: 2, Activation: engine.Softplus}, 4, 1, o, seeds...),
		"m2":         newM2Subject(dev, m2, pairs, LossWeights(pairs, 10, 0, 0.1), o, seeds...),
		"supervised": newSupervisedSubject(dev, SupervisedSpec{Inputs: 5, Labels: 3, Hidden: []int{6}, Activation: engine.ReLU}, 4, o, seeds...),
	}
	for _, s := range subjects {
		s.draw(false, 3, seeds...)
	}
	return subjects
}

// poison sets one element of an array.
func poison(s *subject, a engine.Floats, replica, element int, value float64) {
	values := read(s.dev, a, replica)
	values[element] = value
	write(s.dev, a, replica, values)
}

// memory is all that an update changes in a replica.
func (s *subject) memory(replica int) []float64 {
	return slices.Concat(read(s.dev, s.Params.Values, replica), read(s.dev, s.Params.Average, replica),
		read(s.dev, s.Params.States[0], replica), read(s.dev, s.Params.States[1], replica))
}

func TestANaNInTheDataNamesItsRowAndSpoilsNothing(t *testing.T) {
	for _, dev := range devices(t, 1) {
		for name, s := range faulty(dev, 1) {
			now(s.dev, s.step)
			if fault := s.Fault(0); fault != nil {
				t.Fatalf("%s, %s: %v", dev.Name(), name, fault)
			}
			before := s.memory(0)
			poison(s, s.x, 0, 2*5+3, math.NaN())
			now(s.dev, s.step)
			now(s.dev, s.step)
			fault := s.Fault(0)
			if fault == nil || fault.Step != 2 || !rowTwo.MatchString(fault.Where) {
				t.Errorf("%s, %s: fault %v", dev.Name(), name, fault)
			}
			if !slices.Equal(s.memory(0), before) {
				t.Errorf("%s, %s: the update went on", dev.Name(), name)
			}
		}
	}
}

func TestAGradientThatIsNotFiniteNamesItsTensor(t *testing.T) {
	for _, dev := range devices(t, 1) {
		for name, s := range faulty(dev, 1) {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				dev.WriteInts(s.fault, 0, make([]int32, engine.FaultLen))
				before := s.memory(0)
				tensor := s.Layout.Tensors[len(s.Layout.Tensors)-2]
				now(s.dev, s.Begin)
				now(s.dev, s.take)
				poison(s, s.Params.Grads, 0, tensor.Offset+1, bad)
				now(s.dev, s.Apply)
				fault, want := s.Fault(0), fmt.Sprintf("the gradient in %s[1]", tensor.Name)
				if fault == nil || fault.Where != want {
					t.Errorf("%s, %s: fault %v, want %s", dev.Name(), name, fault, want)
				}
				if !slices.Equal(s.memory(0), before) {
					t.Errorf("%s, %s: the update went on", dev.Name(), name)
				}
			}
		}
	}
}

func TestANaNInAWeightIsSeenWithoutWatchingTheBound(t *testing.T) {
	for _, dev := range devices(t, 1) {
		for name, s := range faulty(dev, 1) {
			for i, tensor := range s.Layout.Tensors {
				dev.WriteInts(s.fault, 0, make([]int32, engine.FaultLen))
				value := read(dev, s.Params.Values, 0)[tensor.Offset]
				poison(s, s.Params.Values, 0, tensor.Offset, math.NaN())
				now(s.dev, s.Begin)
				now(s.dev, s.take)
				now(s.dev, s.Apply)
				if fault := s.Fault(0); fault == nil || !strings.HasPrefix(fault.Where, "the gradient in ") {
					t.Errorf("%s, %s: NaN in tensor %d, %s: fault %v", dev.Name(), name, i, tensor.Name, fault)
				}
				poison(s, s.Params.Values, 0, tensor.Offset, value)
			}
		}
	}
}

func TestAFaultOfOneReplicaLeavesTheOthersAlone(t *testing.T) {
	together, single := devices(t, 2), devices(t, 1)
	for i := range together {
		requireOthersUnharmed(t, together[i], single[i])
	}
}

// requireOthersUnharmed trains a sound and a faulty replica side by side, and the
// sound one alone.
func requireOthersUnharmed(t *testing.T, together, single engine.Device) {
	t.Helper()
	for name, s := range faulty(together, 1, 2) {
		poison(s, s.x, 1, 0, math.Inf(1))
		before := s.memory(1)
		compiled(together, s.step).Run(3)
		alone := faulty(single, 1)[name]
		compiled(single, alone.step).Run(3)
		if s.Fault(0) != nil || s.Fault(1) == nil || s.Fault(1).Replica != 1 {
			t.Errorf("%s: faults %v and %v, want one of replica 1", name, s.Fault(0), s.Fault(1))
		}
		if !slices.Equal(s.memory(0), alone.memory(0)) {
			t.Errorf("%s: the sound replica differs from what it is alone", name)
		}
		if !slices.Equal(s.memory(1), before) {
			t.Errorf("%s: the faulty replica's update went on", name)
		}
	}
}

func TestAFaultSaysWhereItWasAndWhatToDo(t *testing.T) {
	fault := &Fault{Seed: 3, Step: 12, Where: "the gradient in m1.decoder.out.bias[3]"}
	const then = " is not finite; try a smaller rate or clip_norm, with another --out"
	if want := "step 12: the gradient in m1.decoder.out.bias[3] of seed 3" + then; fault.Error() != want {
		t.Errorf("%q, want %q", fault.Error(), want)
	}
	fault.Where, fault.Examples = "the cost of pair 5 of the minibatch", "training example 4711"
	if want := "step 12: the cost of pair 5 of the minibatch of seed 3 (training example 4711)" + then; fault.Error() != want {
		t.Errorf("%q, want %q", fault.Error(), want)
	}
}
