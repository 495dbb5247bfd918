package engine_test

import (
	"testing"

	"ssdgm/engine"
)

// Two labelled and one unlabelled example, three labels, two samples: 5 rows, 10 sample rows.
var pairs = engine.Pairs{Labelled: 2, Unlabelled: 1, Labels: 3, Samples: 2}

// checks call each check with arrays of the given lengths; full are the lengths
// that just suffice.
var checks = []struct {
	name  string
	full  []int
	check func(n []int)
}{
	{"Dense", []int{12, 6, 8, 4}, func(n []int) {
		engine.CheckDense(array(n[0]), array(n[1]), 3, engine.Layer{Weight: array(n[2]), Bias: array(n[3]), In: 2, Out: 4})
	}},
	{"DenseGrad", []int{6, 8, 4, 12, 12, 6, 8, 4}, func(n []int) {
		engine.CheckDenseGrad(array(n[0]), engine.LayerGrad{Weight: array(n[1]), Bias: array(n[2])}, array(n[3]), array(n[4]), array(n[5]), 3,
			engine.Layer{Weight: array(n[6]), Bias: array(n[7]), In: 2, Out: 4})
	}},
	{"ExpandLabels", []int{35, 21, 21, 2}, func(n []int) {
		engine.CheckExpand("ExpandLabels", array(n[0]), array(n[1]), array(n[2]), engine.Ints{Block: 1, Len: n[3]}, pairs, 7)
	}},
	{"AddLabels", []int{70, 21, 2}, func(n []int) {
		engine.CheckAdd("AddLabels", array(n[0]), array(n[1]), engine.Ints{Block: 1, Len: n[2]}, pairs, 7)
	}},
	{"GaussianSample", []int{70, 5, 70}, func(n []int) {
		engine.CheckSample(array(n[0]), array(n[1]), array(n[2]), pairs, 7)
	}},
	{"GaussianSampleGrad", []int{70, 70, 70, 5}, func(n []int) {
		engine.CheckSampleGrad(array(n[0]), array(n[1]), array(n[2]), array(n[3]), pairs, 7)
	}},
	{"StackPosterior", []int{3, 42, 42, 21, 12, 12, 80, 3, 7}, func(n []int) {
		grads := engine.StackGrads{Decoder: array(n[3]), Classifier: array(n[4]), Encoder: array(n[5]), Likelihood: array(n[6])}
		engine.CheckStack(array(n[0]), array(n[1]), array(n[2]), grads, array(n[7]), engine.Ints{Block: 1, Len: n[8]}, pairs, 7, 4)
	}},
	{"likelihood", []int{10, 140, 140, 21, 5}, func(n []int) {
		engine.CheckNLL("GaussianNLL", array(n[0]), array(n[1]), array(n[2]), array(n[3]), array(n[4]), pairs, 7, 14)
	}},
}

func TestChecksTakeArraysThatFitOrAreLonger(t *testing.T) {
	for _, c := range checks {
		longer := make([]int, len(c.full))
		for i, n := range c.full {
			longer[i] = n + 3
		}
		if panics(func() { c.check(c.full) }) || panics(func() { c.check(longer) }) {
			t.Errorf("%s: arrays that fit panic", c.name)
		}
	}
}

func TestChecksRefuseEveryArrayThatIsTooShort(t *testing.T) {
	for _, c := range checks {
		for i := range c.full {
			short := append([]int(nil), c.full...)
			short[i]--
			if !panics(func() { c.check(short) }) {
				t.Errorf("%s: array %d may be one element too short", c.name, i)
			}
		}
	}
}

func TestChecksLetOptionalArraysBeAbsent(t *testing.T) {
	one := engine.Pairs{Labelled: 2, Labels: 1, Samples: 1}
	none := engine.Floats{}
	engine.CheckExpand("ExpandLabels", array(14), array(14), array(7), engine.Ints{}, one, 7)
	engine.CheckNLL("BernoulliNLL", array(2), none, array(14), array(14), none, one, 7, 7)
	engine.CheckStack(array(2), none, array(28), engine.StackGrads{}, none, engine.Ints{Block: 1, Len: 7}, one, 7, 4)
	layer := engine.Layer{Weight: array(8), Bias: array(4), In: 2, Out: 4}
	engine.CheckDenseGrad(none, engine.LayerGrad{Weight: array(8), Bias: array(4)}, array(12), array(12), array(6), 3, layer)
	if !panics(func() { engine.CheckAdd("AddLabels", array(70), array(21), engine.Ints{}, pairs, 7) }) {
		t.Error("labels may be absent though there are three")
	}
}

func TestLensNamesTheStepTheArrayAndBothLengths(t *testing.T) {
	defer func() {
		const want = "engine: Dense: len(y) = 3, want 4"
		if got := recover(); got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}()
	engine.Lens("Dense", "y", array(3), 4)
}
