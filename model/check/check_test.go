//go:build !cuda

package check_test

import (
	"math"
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
	"ssdgm/model"
	"ssdgm/model/check"
)

func m1(hidden []int, samples int, activation engine.Activation, output model.Output) check.M1 {
	return check.M1{
		Spec:     model.M1Spec{Inputs: 9, Hidden: hidden, Latents: 3, Activation: activation, Output: output},
		Examples: 5, Samples: samples,
	}
}

// m2 is a small M2 that a case changes in what it is about.
func m2(change func(*check.M2)) check.M2 {
	p := check.M2{
		Spec: model.M2Spec{
			Inputs: 7, Labels: 3, Hidden: []int{6}, ClassifierHidden: []int{5}, Latents: 2,
			Activation: engine.Softplus, Output: model.Gaussian,
		},
		Labelled: 4, Unlabelled: 3, Samples: 1, TotalLabelled: 10, TotalUnlabelled: 70, Alpha: 0.4,
	}
	change(&p)
	return p
}

// joint is a small stack on the latents kept of five.
func joint(kept []int, output model.Output, change func(*check.M2)) check.Joint {
	p := check.Joint{
		M1:   model.M1Spec{Inputs: 9, Hidden: []int{6}, Latents: 5, Activation: engine.Softplus, Output: output},
		M2:   m2(change),
		Kept: kept,
	}
	p.M2.Spec.Inputs = len(kept)
	return p
}

func supervised(hidden []int, activation engine.Activation) check.Supervised {
	return check.Supervised{
		Spec:     model.SupervisedSpec{Inputs: 8, Labels: 4, Hidden: hidden, Activation: activation},
		Examples: 6,
	}
}

// problems are one case for every part of an objective that can differ.
var problems = map[string]check.Problem{
	"m1 bernoulli softplus":      m1([]int{6, 4}, 1, engine.Softplus, model.Bernoulli),
	"m1 bernoulli tanh S=3":      m1([]int{6, 4}, 3, engine.Tanh, model.Bernoulli),
	"m1 gaussian relu S=2":       m1([]int{6}, 2, engine.ReLU, model.Gaussian),
	"m1 gaussian softplus deep":  m1([]int{6, 5, 4}, 1, engine.Softplus, model.Gaussian),
	"m1 gaussian gelu S=2":       m1([]int{6, 4}, 2, engine.GELU, model.Gaussian),
	"m1 bernoulli silu":          m1([]int{6, 4}, 1, engine.SiLU, model.Bernoulli),
	"m1 without a hidden layer":  m1(nil, 1, engine.Softplus, model.Bernoulli),
	"m2 gaussian softplus":       m2(func(*check.M2) {}),
	"m2 bernoulli relu":          m2(func(p *check.M2) { p.Spec.Output, p.Spec.Activation = model.Bernoulli, engine.ReLU }),
	"m2 tanh S=3":                m2(func(p *check.M2) { p.Spec.Activation, p.Samples = engine.Tanh, 3 }),
	"m2 gelu S=2":                m2(func(p *check.M2) { p.Spec.Activation, p.Samples = engine.GELU, 2 }),
	"m2 silu":                    m2(silu),
	"m2 several hidden layers":   m2(func(p *check.M2) { p.Spec.Hidden, p.Spec.ClassifierHidden = []int{6, 5, 4}, []int{5, 4} }),
	"m2 linear classifier":       m2(func(p *check.M2) { p.Spec.ClassifierHidden = nil }),
	"m2 labelled only":           m2(func(p *check.M2) { p.Unlabelled = 0 }),
	"m2 unlabelled only":         m2(func(p *check.M2) { p.Labelled = 0 }),
	"m2 given class prior":       m2(givenPrior),
	"m2 learned class prior S=2": m2(func(p *check.M2) { p.Spec.ClassPrior, p.Samples = model.LearnedPrior, 2 }),
	"m2 learned labelled only":   m2(func(p *check.M2) { p.Spec.ClassPrior, p.Unlabelled = model.LearnedPrior, 0 }),
	"joint":                      joint([]int{1, 4}, model.Bernoulli, func(*check.M2) {}),
	"joint on all latents":       joint([]int{0, 1, 2, 3, 4}, model.Bernoulli, func(p *check.M2) { p.Samples = 2 }),
	"joint gaussian tanh":        joint([]int{0, 2, 3}, model.Gaussian, func(p *check.M2) { p.Spec.Activation = engine.Tanh }),
	"joint silu":                 joint([]int{1, 4}, model.Bernoulli, silu),
	"joint labelled only":        joint([]int{1, 4}, model.Bernoulli, func(p *check.M2) { p.Unlabelled = 0 }),
	"joint unlabelled only":      joint([]int{1, 4}, model.Bernoulli, func(p *check.M2) { p.Labelled = 0 }),
	"joint learned class prior":  joint([]int{0}, model.Bernoulli, func(p *check.M2) { p.Spec.ClassPrior = model.LearnedPrior }),
	"m1 bernoulli missing":       m1missing(2, model.Bernoulli),
	"m1 gaussian missing":        m1missing(1, model.Gaussian),
	"m2 gaussian missing":        m2(func(p *check.M2) { p.Spec.Missing, p.Samples = true, 2 }),
	"m2 bernoulli missing": m2(func(p *check.M2) {
		p.Spec.Missing, p.Spec.Output, p.Spec.ClassifierHidden = true, model.Bernoulli, nil
	}),
	"joint missing":        jointMissing(),
	"supervised missing":   check.Supervised{Spec: supervisedMissing, Examples: 6},
	"supervised softplus":  supervised([]int{6}, engine.Softplus),
	"supervised deep tanh": supervised([]int{6, 5, 4}, engine.Tanh),
	"supervised relu":      supervised([]int{7, 5}, engine.ReLU),
	"supervised gelu":      supervised([]int{7, 5}, engine.GELU),
	"supervised silu":      supervised([]int{7, 5}, engine.SiLU),
	"supervised linear":    supervised(nil, engine.Softplus),
}

func m1missing(samples int, output model.Output) check.M1 {
	p := m1([]int{6, 4}, samples, engine.Softplus, output)
	p.Spec.Missing = true
	return p
}

func jointMissing() check.Joint {
	p := joint([]int{1, 4}, model.Gaussian, func(*check.M2) {})
	p.M1.Missing = true
	return p
}

var supervisedMissing = model.SupervisedSpec{Inputs: 8, Labels: 4, Hidden: []int{6}, Activation: engine.Softplus, Missing: true}

func silu(p *check.M2) { p.Spec.Activation = engine.SiLU }

func givenPrior(p *check.M2) {
	p.Spec.ClassPrior, p.Spec.Probabilities = model.GivenPrior, []float64{0.5, 0.3, 0.2}
}

// realProblems have the paper's sizes.
var realProblems = map[string]check.Problem{
	"m1 on pixels": check.M1{
		Spec:     model.M1Spec{Inputs: 784, Hidden: []int{600, 600}, Latents: 50, Activation: engine.Softplus},
		Examples: 20, Samples: 1,
	},
	"m2 on pixels": check.M2{
		Spec: model.M2Spec{
			Inputs: 784, Labels: 10, Hidden: []int{500}, ClassifierHidden: []int{500}, Latents: 50, Activation: engine.Softplus,
		},
		Labelled: 5, Unlabelled: 5, Samples: 1, TotalLabelled: 100, TotalUnlabelled: 49900, Alpha: 0.1,
	},
	"m2 on features": check.M2{
		Spec: model.M2Spec{
			Inputs: 50, Labels: 10, Hidden: []int{500}, ClassifierHidden: []int{500}, Latents: 50,
			Activation: engine.Softplus, Output: model.Gaussian,
		},
		Labelled: 10, Unlabelled: 10, Samples: 1, TotalLabelled: 100, TotalUnlabelled: 49900, Alpha: 0.1,
	},
	"supervised on pixels": check.Supervised{
		Spec:     model.SupervisedSpec{Inputs: 784, Labels: 10, Hidden: []int{600, 600}, Activation: engine.ReLU},
		Examples: 20,
	},
}

func TestGradientsEqualTheOracles(t *testing.T) {
	// A device gives its numbers as float32 and takes log p(y) so: each time half a
	// unit in 2²⁴, or 6e-8.
	const tolerance = 1e-7
	for name, p := range problems {
		for seed := range uint64(3) {
			rows, err := check.Compare(ref.New[float64](1), p, seed)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, r := range rows {
				if !(r.L2Relative <= tolerance) || !(r.MaxRelative <= tolerance) {
					t.Errorf("%s, seed %d: %s is off by %.2g (L2) and %.2g (largest)", name, seed, r.Parameter, r.L2Relative, r.MaxRelative)
				}
			}
		}
	}
}

func TestTheOracleKnowsEveryActivation(t *testing.T) {
	for _, a := range engine.Activations()[engine.Identity+1:] {
		if _, err := check.Reference(supervised([]int{3}, a), 1); err != nil {
			t.Errorf("%v: %v", a, err)
		}
	}
}

func TestSingleDevicesStayWithinTheLimit(t *testing.T) {
	for _, d := range devices(t, 1) {
		for name, p := range problems {
			requireWithin(t, d, name, p)
		}
	}
}

func TestSingleDevicesStayWithinTheLimitAtRealSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("the paper's sizes in plain code take some seconds")
	}
	for name, p := range realProblems {
		answer, err := check.Reference(p, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range devices(t, 1)[1:] { // the first is the plain code that sets the limit
			rows, err := answer.Compare(d, p)
			report(t, d, name, rows, err)
		}
	}
}

func requireWithin(t *testing.T, d engine.Device, name string, p check.Problem) {
	t.Helper()
	rows, err := check.Compare(d, p, 7)
	report(t, d, name, rows, err)
}

func report(t *testing.T, d engine.Device, name string, rows []check.Row, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s, %s: %v", d.Name(), name, err)
	}
	for _, r := range rows {
		if !r.Within() {
			t.Errorf("%s, %s: %s is off by %.2g, limit %.2g", d.Name(), name, r.Parameter, r.L2Relative, r.Limit)
		}
	}
}

func TestReplicasAndMemoryAreLeftAsTheyWere(t *testing.T) {
	d := ref.New[float32](3)
	before := d.Mark()
	requireWithin(t, d, "three replicas", problems["m2 gaussian softplus"])
	if after := d.Mark(); after != before {
		t.Errorf("memory marks %v after the check, %v before", after, before)
	}
}

func TestAnyWrongGradientIsSeen(t *testing.T) {
	p := problems["m2 learned class prior S=2"]
	answer, err := check.Reference(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, gradient := range answer.Gradients {
		last, norm := len(gradient.Data)-1, 0.0
		for _, v := range gradient.Data {
			norm = math.Hypot(norm, v)
		}
		right := gradient.Data[last]
		for _, wrong := range []float64{right + 2e-4*norm, math.NaN(), math.Inf(1)} {
			gradient.Data[last] = wrong
			rows, err := answer.Compare(ref.New[float64](1), p)
			if err != nil {
				t.Fatal(err)
			}
			gradient.Data[last] = right
			for _, r := range rows {
				if r.Within() == (r.Parameter == name) {
					t.Errorf("%s set to %g: %s is off by %g", name, wrong, r.Parameter, r.L2Relative)
				}
			}
		}
	}
}

func TestAnAnswerToAnotherProblemIsRefused(t *testing.T) {
	answer, err := check.Reference(problems["m1 bernoulli softplus"], 1)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]check.Problem{
		"parameter m1.encoder.0.weight: want shape [6 8], found [6 9] with 54 values": check.M1{
			Spec:     model.M1Spec{Inputs: 8, Hidden: []int{6, 4}, Latents: 3, Activation: engine.Softplus},
			Examples: 5, Samples: 1,
		},
		"minibatch x: want shape [6 9], found [5 9] with 45 values": check.M1{
			Spec:     model.M1Spec{Inputs: 9, Hidden: []int{6, 4}, Latents: 3, Activation: engine.Softplus},
			Examples: 6, Samples: 1,
		},
		"parameter classifier.0.weight: want shape [6 8], found none": problems["supervised softplus"],
	}
	for want, p := range cases {
		_, err := answer.Compare(ref.New[float64](1), p)
		if err == nil || !strings.HasPrefix(err.Error(), want+"; the reference is of another configuration") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
