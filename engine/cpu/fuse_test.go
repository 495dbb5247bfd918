package cpu

import (
	"math"
	"testing"

	"ssdgm/engine"
)

// TestFusedStepsGiveTheSameBits runs training steps as they are and fused, with sizes that fill no tile.
func TestFusedStepsGiveTheSameBits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		build func(engine.Device) *sequence
		fused int
	}{
		{"M1", func(d engine.Device) *sequence { return newM1(d, 37) }, 4},
		{"M2", func(d engine.Device) *sequence { return newM2Of(d, 7, 31, 19, 83, 10) }, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, threads := range []int{1, 3} {
				fused, plain := c.build(open(t, Options{Replicas: 1, Threads: threads})), c.build(open(t, Options{Replicas: 1, Threads: threads}))
				one, ok := plain.dev.(single)
				if !ok {
					t.Fatalf("found a %T", plain.dev)
				}
				var each program
				for _, s := range plain.steps.Steps() {
					each = append(each, one.compile(s))
				}
				fused.steps.Compile(fused.dev).Run(3)
				each.Run(3)
				want, found := make([]float32, plain.params.Values.Len), make([]float32, plain.params.Values.Len)
				plain.dev.ReadFloats(want, plain.params.Values, 0)
				fused.dev.ReadFloats(found, fused.params.Values, 0)
				for i := range want {
					if math.Float32bits(want[i]) != math.Float32bits(found[i]) {
						t.Fatalf("%d threads: parameter %d: want %g, found %g", threads, i, want[i], found[i])
					}
				}
				changed := 0
				for _, s := range one.fuse(plain.steps.Steps()) {
					switch s.(type) {
					case gradBelow, labelsAdded:
						changed++
					}
				}
				if _, ok := one.(*fast); ok && changed != c.fused {
					t.Errorf("want %d fused steps, found %d", c.fused, changed)
				}
			}
		})
	}
}

// TestWhatOverlapsIsNotFused keeps a derivative that is taken from what the product overwrites.
func TestWhatOverlapsIsNotFused(t *testing.T) {
	t.Parallel()
	dy, x := engine.Floats{Block: 1, Len: 6, Stride: 6}, engine.Floats{Block: 2, Len: 6, Stride: 6}
	above := engine.DenseGrad{DX: dy, Rows: 2, Layer: engine.Layer{In: 3, Out: 4}}
	below := engine.AddLabelsGrad{
		DH: dy, From: x, Width: 3, Activation: engine.Softplus, Pairs: engine.Pairs{Labelled: 2, Labels: 3, Samples: 1},
	}
	is := func(s []engine.Step) bool { _, ok := s[0].(gradBelow); return ok }
	if !is(fuse([]engine.Step{above, below})) {
		t.Error("want the derivative in the product")
	}
	overlapping, elsewhere, identity := below, below, below
	overlapping.From, elsewhere.DH, identity.Activation = dy, x, engine.Identity
	for _, b := range []engine.Step{overlapping, elsewhere, identity} {
		if is(fuse([]engine.Step{above, b})) {
			t.Errorf("%+v: want it left alone", b)
		}
	}
}
