package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"ssdgm/engine"
)

// Two labelled and one unlabelled example, three labels, two samples: 5 rows, 10 sample rows.
var pairs = engine.Pairs{Labelled: 2, Unlabelled: 1, Labels: 3, Samples: 2}

// dense is a step on arrays of the given lengths: y, x, weight, bias.
func dense(n ...int) engine.Step {
	l := engine.Layer{Weight: array(n[2]), Bias: array(n[3]), In: 2, Out: 4}
	return engine.Dense{Y: array(n[0]), X: array(n[1]), Rows: 3, Layer: l}
}

func TestArraysThatFitOrAreLongerPass(t *testing.T) {
	for _, n := range [][]int{{12, 6, 8, 4}, {15, 9, 11, 7}} {
		if panics(func() { engine.Check(dense(n...)) }) {
			t.Errorf("arrays of %v panic", n)
		}
	}
}

func TestEveryArrayThatIsTooShortIsRefused(t *testing.T) {
	for i := range 4 {
		n := []int{12, 6, 8, 4}
		n[i]--
		if !panics(func() { engine.Check(dense(n...)) }) {
			t.Errorf("arrays of %v pass", n)
		}
	}
}

func TestOptionalArraysMayBeAbsent(t *testing.T) {
	one := engine.Pairs{Labelled: 2, Labels: 1, Samples: 1}
	for _, s := range []engine.Step{
		engine.AddLabels{H: array(14), Table: array(7), Pairs: one, Width: 7},
		engine.BernoulliNLL{NLL: array(2), Logits: array(14), X: array(14), Pairs: one, Width: 7},
		engine.DenseGrad{
			Grad: engine.LayerGrad{Weight: array(8), Bias: array(4)}, DY: array(12), X: array(6), Rows: 3,
			Layer: engine.Layer{Weight: array(8), In: 2, Out: 4},
		},
	} {
		engine.Check(s)
	}
	if !panics(func() { engine.Check(engine.AddLabels{H: array(70), Table: array(21), Pairs: pairs, Width: 7}) }) {
		t.Error("labels may be absent though there are three")
	}
}

func TestAListNamesTheStepTheArrayAndBothLengths(t *testing.T) {
	defer func() {
		const want = "engine: Dense: len(y) = 3, want 12"
		if got := recover(); got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}()
	var l engine.List
	l.Add(dense(3, 6, 8, 4))
}

func TestWhatAStepWritesOverlapsNothingElse(t *testing.T) {
	a := engine.Floats{Block: 7, Len: 100, Stride: 100}
	softmax := func(y, logits engine.Floats) func() {
		return func() { engine.Check(engine.LogSoftmax{Y: y, Logits: logits, Rows: 2, Classes: 5}) }
	}
	if panics(softmax(a.Slice(0, 10), a.Slice(10, 10))) || panics(softmax(a.Slice(0, 20), a.Slice(10, 10))) {
		t.Error("neighbours panic, or what lies beyond the shape counts")
	}
	if !panics(softmax(a.Slice(0, 10), a.Slice(9, 10))) || !panics(softmax(a, a)) {
		t.Error("a step may write over what it reads")
	}
	nll := func(dlogits engine.Floats) func() {
		s := engine.BernoulliNLL{NLL: array(2), DLogits: dlogits, Logits: a.Slice(0, 10), X: array(10), Weight: array(2), Width: 5}
		s.Pairs = engine.Pairs{Labelled: 2, Labels: 1, Samples: 1}
		return func() { engine.Check(s) }
	}
	if panics(nll(a.Slice(0, 10))) {
		t.Error("logits may not be their own gradient")
	}
	if !panics(nll(a.Slice(1, 10))) {
		t.Error("a gradient may lie over half of its logits")
	}
}

func TestCostsAreOfEveryReplicaAndOfWhatIsSharedOnce(t *testing.T) {
	const product, parameters = 2 * 3 * 2 * 4, 8 + 4
	own := dense(12, 6, 8, 4)
	if got, want := own.Cost(5), (engine.Cost{FLOP: 5 * product, Bytes: 5 * 4 * (12 + 6 + parameters)}); got != want {
		t.Errorf("cost %+v, want %+v", got, want)
	}
	shared := own.(engine.Dense)
	shared.X.Stride = 0
	if got, want := shared.Cost(5).Bytes, float64(4*(5*(12+parameters)+6)); got != want {
		t.Errorf("with a shared input %g bytes, want %g", got, want)
	}
	grad := engine.DenseGrad{
		DX: array(6), Grad: engine.LayerGrad{Weight: array(8), Bias: array(4)}, DY: array(12), From: array(12), X: array(6), Rows: 3,
		Layer: engine.Layer{Weight: array(8), In: 2, Out: 4, Activation: engine.Tanh},
	}
	// dx and x, W, its gradient and b's, dy read and written, y.
	if got, want := grad.Cost(1), (engine.Cost{FLOP: 2 * product, Bytes: 4 * (6 + 6 + 8 + 8 + 4 + 2*12 + 12)}); got != want {
		t.Errorf("cost %+v, want %+v", got, want)
	}
	grad.DX, grad.Layer.Activation = engine.Floats{}, engine.Identity
	if got, want := grad.Cost(1), (engine.Cost{FLOP: product, Bytes: 4 * (6 + 8 + 4 + 12)}); got != want {
		t.Errorf("without dx and activation %+v, want %+v", got, want)
	}
	sum := engine.CostOf([]engine.Step{own, grad}, 1)
	if got, want := sum, own.Cost(1).Add(grad.Cost(1)); got != want {
		t.Errorf("together %+v, want %+v", got, want)
	}
}

func TestTheLeastTimeIsTheLongerOfTwo(t *testing.T) {
	for _, c := range []struct{ flop, bytes, want float64 }{{20, 100, 2}, {20, 300, 3}, {0, 0, 0}} {
		if got := (engine.Cost{FLOP: c.flop, Bytes: c.bytes}).Seconds(10, 100); got != c.want {
			t.Errorf("%+v: %g s", c, got)
		}
	}
}

func TestAStepTellsItsNameAndItsSizes(t *testing.T) {
	for _, c := range []struct {
		step engine.Step
		want string
	}{
		{dense(12, 6, 8, 4), "Dense [3 2 4]"},
		{engine.GaussianSample{Pairs: pairs, Latents: 7}, "GaussianSample [10 7]"},
		{engine.AddSum{Sum: engine.Doubles{Block: 1, Len: 1}, X: array(9)}, "AddSum [9]"},
	} {
		if got := fmt.Sprint(engine.Name(c.step), " ", engine.Shape(c.step)); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestActivationsHaveNamesThatAreFound(t *testing.T) {
	for _, a := range engine.Activations() {
		if found, ok := engine.ParseActivation(a.String()); !ok || found != a {
			t.Errorf("%s is found as %v, %t", a, found, ok)
		}
	}
	if _, ok := engine.ParseActivation("swish"); ok {
		t.Error("an unknown name is found")
	}
}

func TestAListKeepsItsOrder(t *testing.T) {
	a, b := dense(12, 6, 8, 4), engine.AddSum{Sum: engine.Doubles{Block: 1, Len: 1}, X: array(9)}
	l := engine.Recorded(func(l *engine.List) { l.Add(a, b) })
	if !slices.Equal(l.Steps(), []engine.Step{a, b}) {
		t.Errorf("the list holds %v", l.Steps())
	}
}
