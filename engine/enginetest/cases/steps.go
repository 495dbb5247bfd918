package cases

import (
	"fmt"
	"math"
	"slices"

	"ssdgm/engine"
)

// Step is one step of the contract with its cases.
type Step struct {
	Name     string
	Ragged   func() []Case // sizes that no block divides
	Training func() []Case // the sizes of the benchmarks
}

// Case is a step at one size: Set declares its arrays and gives the step.
type Case struct {
	Name     string
	Set      func(r *Rig) engine.Step
	Elements int // what the benchmark divides by
	FLOP     int // of a matrix product, otherwise 0
}

// Limits of Large: a plain device needs seconds for more.
const (
	largeFLOP     = 100_000_000
	largeElements = 600_000
)

// Large is the cases of training that are small enough to be repeated, and
// large enough for a device to cut them into parts.
func (s *Step) Large() []Case {
	return slices.DeleteFunc(s.Training(), func(c Case) bool {
		return c.FLOP > largeFLOP || c.Elements > largeElements
	})
}

// Quick is some small cases that, together, take each way through the step.
func (s *Step) Quick() []Case {
	return slices.DeleteFunc(s.Ragged(), func(c Case) bool { return c.FLOP > quickFLOP || c.Elements > quickElements })
}

// Limits of Quick.
const (
	quickFLOP     = 4_000_000
	quickElements = 10_000
)

// Steps is every step of the contract.
func Steps() []Step {
	return slices.Concat(inputSteps, layerSteps, latentSteps, labelSteps, optimiserSteps)
}

// raggedPairs are the minibatches: labelled only, unlabelled only and mixed,
// one label and many, one sample and several, each with a width that keeps the
// arrays small.
var raggedPairs = []struct {
	engine.Pairs
	width int
}{
	{engine.Pairs{Labelled: 1, Labels: 1, Samples: 1}, 1025},
	{engine.Pairs{Labelled: 31, Labels: 1, Samples: 3}, 31},
	{engine.Pairs{Labelled: 257, Labels: 10, Samples: 1}, 31},
	{engine.Pairs{Unlabelled: 31, Labels: 1, Samples: 1}, 257},
	{engine.Pairs{Unlabelled: 1, Labels: 2, Samples: 3}, 257},
	{engine.Pairs{Unlabelled: 31, Labels: 10, Samples: 1}, 50},
	{engine.Pairs{Labelled: 1, Unlabelled: 257, Labels: 2, Samples: 1}, 1},
	{engine.Pairs{Labelled: 5, Unlabelled: 7, Labels: 10, Samples: 3}, 31},
	{engine.Pairs{Labelled: 31, Unlabelled: 5, Labels: 33, Samples: 1}, 17},
	{engine.Pairs{Labelled: 3, Unlabelled: 2, Labels: 10, Samples: 1}, 1025},
}

// The minibatches of training: M1's two, and M2's hundred and hundred.
var (
	smallM1 = engine.Pairs{Labelled: 100, Labels: 1, Samples: 1}
	largeM1 = engine.Pairs{Labelled: 1000, Labels: 1, Samples: 1}
	pairsM2 = engine.Pairs{Labelled: 100, Unlabelled: 100, Labels: 10, Samples: 1}
)

// The paper's sizes.
const (
	trainPixels  = 784
	trainHidden  = 600
	trainHidden2 = 500
	trainLatents = 50
	trainWeights = 1_751_184 // M1 784-600-600-50-600-600-784
)

// describe names a case by its minibatch.
func describe(p engine.Pairs, width int) string {
	return fmt.Sprintf("%d labelled, %d unlabelled, %d labels, %d samples, width %d",
		p.Labelled, p.Unlabelled, p.Labels, p.Samples, width)
}

// overPairs makes a case of every minibatch; i counts them, for what takes turns.
func overPairs(make func(i int, p engine.Pairs, width int) Case) []Case {
	var cases []Case
	for i, p := range raggedPairs {
		cases = append(cases, make(i, p.Pairs, p.width))
	}
	return cases
}

// pairLabels is the labels of the labelled examples, absent where there is one
// label only.
func (r *Rig) pairLabels(p engine.Pairs) engine.Ints {
	if p.Labels == 1 {
		return engine.Ints{}
	}
	return r.labels("labels", p.Labelled, p.Labels)
}

// Outputs sets a case up, takes its step once, and gives what it wrote.
func (c *Case) Outputs(dev engine.Device, seeds []uint64, l Layout) ([]Tensor, error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	r := New(dev, seeds, l)
	engine.Do(dev, c.Set(r))
	out, err := r.Outputs()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	return out, nil
}

// Seeds names the replicas of a rig. They differ in the low word, in the
// high word and in both.
func Seeds(replicas int) []uint64 {
	all := []uint64{11, 11 | 1<<32, 0xDEADBEEF12345678}
	seeds := make([]uint64, replicas)
	for r := range seeds {
		seeds[r] = all[r%len(all)] + uint64(r/len(all))
	}
	return seeds
}

// RelativeError is ‖got − want‖₂ / ‖want‖₂, and the absolute error where want
// is zero. Elements that are not finite must be the same in both.
func RelativeError(got, want []float64) float64 {
	var diff, norm float64
	for i, w := range want {
		if math.IsNaN(w) && math.IsNaN(got[i]) || w == got[i] && math.IsInf(w, 0) {
			continue
		}
		diff += (got[i] - w) * (got[i] - w)
		norm += w * w
	}
	if norm == 0 {
		norm = 1
	}
	return math.Sqrt(diff / norm)
}
