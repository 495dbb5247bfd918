package cases

import (
	"fmt"
	"math/rand/v2"

	"ssdgm/engine"
)

var optimiserSteps = []Step{
	{"BeginStep", beginStepCases, beginStepTraining},
	{"CheckFinite", checkFiniteCases, checkFiniteTraining},
	{"GradientNorm", gradientNormCases, gradientNormTraining},
	{"Update", updateCases, updateTraining},
	{"AddSum", addSumCases, addSumTraining},
}

// optimiserLengths are the numbers of parameters.
var optimiserLengths = []int{1, 31, 257, 1025, 20_001}

// Rules are all of them, with their names and usual constants.
var Rules = []struct {
	Name    string
	Options engine.OptimiserOptions
}{
	{"SGD", engine.OptimiserOptions{Rule: engine.SGD, Momentum: 0.9}},
	{"AdaGrad", engine.OptimiserOptions{Rule: engine.AdaGrad, Epsilon: 1e-8}},
	{"RMSprop", engine.OptimiserOptions{Rule: engine.RMSprop, RMSDecay: 0.9, Epsilon: 1e-6}},
	{"Adam", engine.OptimiserOptions{Rule: engine.Adam, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}},
}

func beginStepCases() []Case {
	var cases []Case
	for _, rule := range Rules {
		cases = append(cases, beginStep(rule.Name, rule.Options))
	}
	return cases
}

func beginStepTraining() []Case { return []Case{beginStep("Adam", Rules[engine.Adam].Options)} }

func beginStep(name string, o engine.OptimiserOptions) Case {
	return Case{
		Name:     name,
		Elements: engine.ScalarLen,
		Set: func(r *Rig) engine.Step {
			clock, base := r.clock(inout), r.double("baseRate", 3e-4)
			scalars := add(r, &r.doubles, "scalars", output, engine.ScalarLen, place{}, nil)
			return engine.BeginStep{Clock: clock, Scalars: scalars, BaseRate: base, Options: o}
		},
	}
}

func checkFiniteCases() []Case {
	var cases []Case
	for _, n := range optimiserLengths {
		cases = append(cases, checkFinite(n))
	}
	return cases
}

func checkFiniteTraining() []Case { return []Case{checkFinite(1000)} }

func checkFinite(n int) Case {
	return Case{
		Name:     fmt.Sprint(n),
		Elements: n,
		Set: func(r *Rig) engine.Step {
			values, fault, clock := r.inExact("values", n, normal(1)), r.fault(), r.clock(input)
			return engine.CheckFinite{
				Fault: fault, Values: values, Clock: clock, Site: engine.SiteRows,
			}
		},
	}
}

func gradientNormCases() []Case {
	var cases []Case
	for _, n := range optimiserLengths {
		cases = append(cases, gradientNorm(n))
	}
	return cases
}

func gradientNormTraining() []Case {
	return []Case{gradientNorm(trainWeights), gradientNorm(trainWeights / 10)}
}

func gradientNorm(n int) Case {
	return Case{
		Name:     fmt.Sprint(n),
		Elements: n,
		Set: func(r *Rig) engine.Step {
			grads, fault, clock := r.inExact("grads", n, normal(1)), r.fault(), r.clock(input)
			norm := add(r, &r.doubles, "norm", output, 1, place{}, nil)
			return engine.GradientNorm{Norm: norm, Fault: fault, Grads: grads, Clock: clock}
		},
	}
}

func updateCases() []Case {
	var cases []Case
	for i, n := range optimiserLengths {
		for j, rule := range Rules {
			o := rule.Options
			if (i+j)%2 == 0 {
				o.ClipNorm, o.WeightPrior, o.EMA = 1.5, 1e-2, 0.99
			}
			cases = append(cases, Update(rule.Name, n, o))
		}
	}
	return cases
}

func updateTraining() []Case {
	var cases []Case
	for _, rule := range Rules {
		cases = append(cases, Update(rule.Name, trainWeights, rule.Options), Update(rule.Name, trainWeights/10, rule.Options))
	}
	return cases
}

// Update is a case of the gradient rule. It leaves out what its options do not ask for: the average, the norm, a
// second state.
func Update(name string, n int, o engine.OptimiserOptions) Case {
	return Case{
		Name:     fmt.Sprintf("%s %d, clip %g, average %g", name, n, o.ClipNorm, o.EMA),
		Elements: n,
		Set: func(r *Rig) engine.Step {
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
				func(dst []float64, _ uint64, _ *rand.Rand) { o.Scalars(dst, Clock, 1e-2) })
			fault := add(r, &r.ints, "fault", input, engine.FaultLen, place{}, constant[int32](0).fill)
			return engine.Update{Params: p, Scalars: scalars, Norm: norm, Fault: fault, Options: o}
		},
	}
}

func addSumCases() []Case {
	var cases []Case
	for i, n := range optimiserLengths {
		cases = append(cases, addSum(n, i%2 == 0))
	}
	return cases
}

func addSumTraining() []Case { return []Case{addSum(1000, true)} }

func addSum(n int, weighted bool) Case {
	return Case{
		Name:     fmt.Sprintf("%d, weighted %t", n, weighted),
		Elements: n,
		Set: func(r *Rig) engine.Step {
			x := r.inExact("x", n, around(1, 1))
			var weight engine.Floats
			if weighted {
				weight = r.inExact("weight", n, uniform(0, 2))
			}
			sum := add(r, &r.doubles, "sum", inout, 1, place{}, constant(2.5).fill)
			return engine.AddSum{Sum: sum, X: x, Weight: weight}
		},
	}
}
