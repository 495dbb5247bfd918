package cuda

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/kernels"
)

// fake is a card without a card: every array has an address, and images lie on the host.
type fake struct {
	blocks int
	onHost bool
}

func (f *fake) Floats(a engine.Floats) kernels.Floats    { return kernels.Floats(address(a)) }
func (f *fake) Doubles(a engine.Doubles) kernels.Doubles { return kernels.Doubles(address(a)) }
func (f *fake) Ints(a engine.Ints) kernels.Ints          { return kernels.Ints(address(a)) }
func (f *fake) Bytes(a engine.Bytes) kernels.Bytes       { return kernels.Bytes(address(a)) }
func (f *fake) Scratch(int) kernels.Floats               { return kernels.Floats{Ptr: 1 << 40} }
func (f *fake) isOnHost(engine.Bytes) bool               { return f.onHost }

// array is a new array of n elements.
func array[E any](f *fake, n int) engine.Array[E] {
	f.blocks++
	return engine.Array[E]{Block: f.blocks, Len: n, Stride: n}
}

func (f *fake) newFetch(images engine.Bytes, rows, width int) fetch {
	return fetch{images: images, index: array[int32](f, rows), rows: array[float32](f, rows*width/4), clock: array[int32](f, 1)}
}

func (f *fake) compiler(card kernels.Card, rules []rule) *compiler {
	return &compiler{
		Builder: kernels.Builder{Memory: f, Replicas: 1, Card: card}, data: f, rules: rules,
		laneMemory: func(int) kernels.Memory { return f },
	}
}

// names are the kernels that steps become.
func (f *fake) names(rules []rule, steps ...engine.Step) (names []string) {
	for _, l := range f.compiler(kernels.Card{Multiprocessors: 1 << 20, Replicas: 1}, rules).compile(steps) {
		names = append(names, strings.TrimRight(l.Kernel, "_0123456789"))
	}
	return names
}

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// backward is the gradients of two layers, of which the second gives the first one's dy.
func (f *fake) backward(rows, width int) (upper, lower engine.DenseGrad) {
	n := rows * width
	grad := func() engine.DenseGrad {
		l := engine.Layer{Weight: array[float32](f, width*width), Bias: array[float32](f, width), In: width, Out: width, Activation: engine.Tanh}
		g := engine.LayerGrad{Weight: array[float32](f, width*width), Bias: array[float32](f, width)}
		return engine.DenseGrad{
			DX: array[float32](f, n), Grad: g, DY: array[float32](f, n), From: array[float32](f, n), X: array[float32](f, n), Rows: rows, Layer: l,
		}
	}
	upper, lower = grad(), grad()
	lower.DY, lower.DX = upper.DX, engine.Floats{}
	return upper, lower
}

func TestRulesMergeNeighbours(t *testing.T) {
	f := &fake{}
	upper, lower := f.backward(3, 5)
	want(t, "two layers", f.names(rules, upper, lower), "activation_grad", "dense_grad", "dense_grad")
	want(t, "without rules", f.names(nil, upper, lower),
		"activation_grad", "add_labels_grad", "dense_grad", "dense_grad", "activation_grad", "add_labels_grad", "dense_grad")
	stranger, _ := f.backward(3, 5)
	want(t, "layers of which neither is the other's", f.names(rules, upper, stranger),
		"activation_grad", "dense_grad", "activation_grad", "dense_grad")
	between := engine.LogSoftmax{Y: array[float32](f, 4), Logits: array[float32](f, 4), Rows: 2, Classes: 2}
	want(t, "layers with something between", f.names(rules, upper, between, lower),
		"activation_grad", "dense_grad", "log_softmax", "activation_grad", "dense_grad")
	lower.DY = lower.DY.Slice(0, 10)
	lower.Rows = 2
	want(t, "a layer on some of the rows", f.names(rules, upper, lower), "activation_grad", "dense_grad", "activation_grad", "dense_grad")
}

func TestRowsOfDataOnTheHostAreFetchedBesideTheStep(t *testing.T) {
	f := &fake{}
	index, clock := array[int32](f, 6), array[int32](f, 1)
	noise := engine.Noise{Seed: array[int32](f, 2), Clock: clock}
	draw := func(from, n int) engine.Step {
		return engine.Minibatch{Index: index.Slice(from, n), Pool: array[int32](f, 9), Noise: noise}
	}
	x := array[float32](f, 6*8)
	gather := engine.GatherPixels{Dst: x, Images: array[uint8](f, 9*8), Index: index, Width: 8}
	use := engine.LogSoftmax{Y: array[float32](f, 48), Logits: x, Rows: 6, Classes: 8}
	want(t, "on the card", f.names(nil, draw(0, 2), draw(2, 4), gather, use), "minibatch", "minibatch", "gather_pixels", "log_softmax")
	f.onHost = true
	want(t, "on the host", f.names(nil, draw(0, 2), draw(2, 4), gather, use),
		"minibatch", "minibatch", "gather_pixels", "next_clock", "minibatch", "minibatch", "fetch_pixels", "log_softmax")
	want(t, "an index of which a part is drawn", f.names(nil, draw(0, 2), gather, use), "minibatch", "gather_pixels", "log_softmax")
}

func TestAStepBeginsInOneLaunch(t *testing.T) {
	f := &fake{}
	index, clock, other := array[int32](f, 6), array[int32](f, 1), array[int32](f, 1)
	begin := func(clock engine.Ints) engine.Step {
		return engine.BeginStep{Clock: clock, Scalars: array[float64](f, engine.ScalarLen), BaseRate: array[float64](f, 1)}
	}
	draw := func(clock engine.Ints, from, n int) engine.Step {
		noise := engine.Noise{Seed: array[int32](f, 2), Clock: clock}
		return engine.Minibatch{Index: index.Slice(from, n), Pool: array[int32](f, 9), Noise: noise}
	}
	gather := engine.GatherPixels{Dst: array[float32](f, 6*8), Images: array[uint8](f, 9*8), Index: index, Width: 8}
	labels := engine.GatherLabels{Dst: array[int32](f, 2), Labels: array[int32](f, 9), Index: index.Slice(0, 2)}

	apart := []string{"begin_step", "minibatch", "gather_pixels"}
	want(t, "one minibatch", f.names(rules, begin(clock), draw(clock, 0, 6), gather), "begin_pixels")
	want(t, "two, with labels", f.names(rules, begin(clock), begin(other), draw(clock, 0, 2), draw(clock, 2, 4), labels, gather),
		"begin_pixels")
	want(t, "labels last", f.names(rules, begin(clock), draw(clock, 0, 6), gather, labels), "begin_pixels")
	want(t, "another clock", f.names(rules, begin(clock), draw(other, 0, 6), gather), apart...)
	want(t, "one clock twice", f.names(rules, begin(clock), begin(clock), draw(clock, 0, 6), gather),
		"begin_step", "begin_pixels")
	want(t, "places not in their order", f.names(rules, begin(clock), draw(clock, 2, 4), draw(clock, 0, 2), gather),
		"begin_step", "minibatch", "minibatch", "gather_pixels")
	want(t, "some of the places", f.names(rules, begin(clock), draw(clock, 0, 2), gather), apart...)
	labels.Index = index.Slice(2, 2)
	want(t, "labels of others", f.names(rules, begin(clock), draw(clock, 0, 6), labels, gather),
		"begin_step", "minibatch", "gather_labels", "gather_pixels")
	gather.Binarise, gather.Noise = engine.BinariseResample, engine.Noise{Seed: array[int32](f, 2), Clock: other}
	want(t, "noise of another step", f.names(rules, begin(clock), draw(clock, 0, 6), gather), apart...)
	gather.Binarise, f.onHost = engine.BinariseNone, true
	want(t, "data on the host", f.names(rules, begin(clock), draw(clock, 0, 6), gather),
		"begin_pixels", "next_clock", "minibatch", "fetch_pixels")
}

func TestChecksAndSumsAreOneLaunch(t *testing.T) {
	f := &fake{}
	fault, clock := array[int32](f, engine.FaultLen), array[int32](f, 1)
	check := func(fault engine.Ints, n int) engine.Step {
		return engine.CheckFinite{Fault: fault, Values: array[float32](f, n), Clock: clock}
	}
	sum := func(n int) engine.Step { return engine.AddSum{Sum: array[float64](f, 1), X: array[float32](f, n)} }
	books := func(steps ...engine.Step) []string { return f.names(rules, steps...) }

	want(t, "both", books(check(fault, 5), check(fault, 9000), sum(7), sum(4096)), "keep_books")
	want(t, "one", books(check(fault, 5)), "check_finite")
	want(t, "a sum of several blocks", books(check(fault, 5), sum(7), sum(4097)), "keep_books", "add_sum")
	other := check(array[int32](f, engine.FaultLen), 5)
	want(t, "two latches", books(check(fault, 5), sum(7), other), "keep_books", "check_finite")
	again := sum(7)
	want(t, "two sums of one", books(again, sum(7), again), "keep_books", "add_sum")
	many := slices.Repeat([]engine.Step{check(fault, 5)}, 7)
	want(t, "more checks than there is room for", books(many...), "keep_books", "check_finite")
}

// fakeLibrary is a multiplier without a library.
type fakeLibrary struct{}

func (fakeLibrary) multiply(product, kernels.Floats, kernels.Floats, kernels.Floats) kernels.Launch {
	return kernels.Launch{Kernel: productOfLibrary, Grid: [3]uint32{1, 1, 1}}
}

// A library knows one stream, so its products stay on it.
func TestProductsOfALibraryStayInTheFirstLane(t *testing.T) {
	f := &fake{}
	c := f.compiler(kernels.Card{}, nil)
	c.library = fakeLibrary{}
	upper, _ := f.backward(3, 5)
	other, _ := f.backward(3, 5)
	for i, l := range c.compile([]engine.Step{upper, other}) {
		if l.Kernel == productOfLibrary && l.lane != 0 {
			t.Errorf("launch %d, %s, is in lane %d", i, l.Kernel, l.lane)
		}
	}
}

func TestAStepWithoutAKernelIsNamed(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != "cuda: no step unknown" {
			t.Errorf("panic %q", got)
		}
	}()
	(&fake{}).names(nil, unknown{})
}

type unknown struct{}

func (unknown) Args(engine.Visitor)  {}
func (unknown) Cost(int) engine.Cost { return engine.Cost{} }
