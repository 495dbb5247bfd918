package enginetest

import (
	"fmt"
	"math/rand/v2"

	"ssdgm/engine"
)

// optimiserLengths are the numbers of parameters.
var optimiserLengths = []int{1, 31, 257, 1025, 20_001}

// rules are all of them, with their names and usual constants.
var rules = []struct {
	name    string
	options engine.OptimiserOptions
}{
	{"SGD", engine.OptimiserOptions{Rule: engine.SGD, Momentum: 0.9}},
	{"AdaGrad", engine.OptimiserOptions{Rule: engine.AdaGrad, Epsilon: 1e-8}},
	{"RMSprop", engine.OptimiserOptions{Rule: engine.RMSprop, RMSDecay: 0.9, Epsilon: 1e-6}},
	{"Adam", engine.OptimiserOptions{Rule: engine.Adam, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}},
}

func beginStepCases() []stepCase {
	var cases []stepCase
	for _, rule := range rules {
		cases = append(cases, beginStep(rule.name, rule.options))
	}
	return cases
}

func beginStepTraining() []stepCase { return []stepCase{beginStep("Adam", rules[engine.Adam].options)} }

func beginStep(name string, o engine.OptimiserOptions) stepCase {
	return stepCase{
		name:     name,
		elements: engine.ScalarLen,
		set: func(r *rig) func() {
			clock, base := r.clock(inout), r.double("baseRate", 3e-4)
			scalars := add(r, &r.doubles, "scalars", output, engine.ScalarLen, place{}, nil)
			return func() { r.dev.BeginStep(clock, scalars, base, o) }
		},
	}
}

func checkFiniteCases() []stepCase {
	var cases []stepCase
	for _, n := range optimiserLengths {
		cases = append(cases, checkFinite(n))
	}
	return cases
}

func checkFiniteTraining() []stepCase { return []stepCase{checkFinite(1000)} }

func checkFinite(n int) stepCase {
	return stepCase{
		name:     fmt.Sprint(n),
		elements: n,
		set: func(r *rig) func() {
			values, fault, clock := r.inExact("values", n, normal(1)), r.fault(), r.clock(input)
			return func() { r.dev.CheckFinite(fault, values, clock, engine.SiteRows) }
		},
	}
}

func gradientNormCases() []stepCase {
	var cases []stepCase
	for _, n := range optimiserLengths {
		cases = append(cases, gradientNorm(n))
	}
	return cases
}

func gradientNormTraining() []stepCase {
	return []stepCase{gradientNorm(trainWeights), gradientNorm(trainWeights / 10)}
}

func gradientNorm(n int) stepCase {
	return stepCase{
		name:     fmt.Sprint(n),
		elements: n,
		set: func(r *rig) func() {
			grads, fault, clock := r.inExact("grads", n, normal(1)), r.fault(), r.clock(input)
			norm := add(r, &r.doubles, "norm", output, 1, place{}, nil)
			return func() { r.dev.GradientNorm(norm, fault, grads, clock) }
		},
	}
}

func updateCases() []stepCase {
	var cases []stepCase
	for i, n := range optimiserLengths {
		for j, rule := range rules {
			o := rule.options
			if (i+j)%2 == 0 {
				o.ClipNorm, o.WeightPrior, o.EMA = 1.5, 1e-2, 0.99
			}
			cases = append(cases, update(rule.name, n, o))
		}
	}
	return cases
}

func updateTraining() []stepCase {
	var cases []stepCase
	for _, rule := range rules {
		cases = append(cases, update(rule.name, trainWeights, rule.options), update(rule.name, trainWeights/10, rule.options))
	}
	return cases
}

// update leaves out what its options do not ask for: the average, the norm, a
// second state.
func update(name string, n int, o engine.OptimiserOptions) stepCase {
	return stepCase{
		name:     fmt.Sprintf("%s %d, clip %g, average %g", name, n, o.ClipNorm, o.EMA),
		elements: n,
		set: func(r *rig) func() {
			p := engine.Parameters{
				Values: r.inout("values", n, true, normal(1)),
				Grads:  r.inExact("grads", n, normal(0.1)),
			}
			for i := range o.Rule.States() {
				p.States[i] = r.inout(fmt.Sprintf("states[%d]", i), n, true, positive(0.1))
			}
			var norm engine.Doubles
			if o.ClipNorm > 0 {
				norm = r.double("norm", 2.5)
			}
			if o.EMA > 0 {
				p.Average = r.inout("average", n, true, normal(1))
			}
			scalars := add(r, &r.doubles, "scalars", input, engine.ScalarLen, place{},
				func(dst []float64, _ uint64, _ *rand.Rand) { o.Scalars(dst, rigClock, 1e-2) })
			fault := add(r, &r.ints, "fault", input, engine.FaultLen, place{}, constant[int32](0).fill)
			return func() { r.dev.Update(p, scalars, norm, fault, o) }
		},
	}
}

func addSumCases() []stepCase {
	var cases []stepCase
	for i, n := range optimiserLengths {
		cases = append(cases, addSum(n, i%2 == 0))
	}
	return cases
}

func addSumTraining() []stepCase { return []stepCase{addSum(1000, true)} }

func addSum(n int, weighted bool) stepCase {
	return stepCase{
		name:     fmt.Sprintf("%d, weighted %t", n, weighted),
		elements: n,
		set: func(r *rig) func() {
			x := r.inExact("x", n, around(1, 1))
			var weight engine.Floats
			if weighted {
				weight = r.inExact("weight", n, uniform(0, 2))
			}
			sum := add(r, &r.doubles, "sum", inout, 1, place{}, constant(2.5).fill)
			return func() { r.dev.AddSum(sum, x, weight) }
		},
	}
}
