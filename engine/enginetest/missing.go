package enginetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"ssdgm/engine"
)

// holes is one minibatch of a likelihood: outputs of the decoder, and x of which some is missing.
type holes struct {
	dev      engine.Device
	pairs    engine.Pairs
	width    int
	gaussian bool
	out      []float32 // [rows, logits], or [rows, mean | logvar]
	x        []float32 // [rows, width]
}

const holeRows = 3

func newHoles(dev engine.Device, width int, gaussian bool) *holes {
	h := &holes{dev: dev, pairs: engine.Pairs{Labelled: holeRows, Labels: 1, Samples: 1}, width: width, gaussian: gaussian}
	rng := rand.New(rand.NewPCG(uint64(width), 3))
	h.out, h.x = make([]float32, holeRows*h.columns()), make([]float32, holeRows*width)
	for _, values := range [][]float32{h.out, h.x} {
		for i := range values {
			values[i] = float32(rng.NormFloat64())
		}
	}
	return h
}

// columns is how many outputs a row has.
func (h *holes) columns() int {
	if h.gaussian {
		return 2 * h.width
	}
	return h.width
}

// floats is a new array.
func (h *holes) floats(values []float32) engine.Floats {
	a := h.dev.NewFloats(len(values))
	h.dev.WriteFloats(a, 0, values)
	return a
}

// take gives the rows' NLL and the gradient in the outputs, each row's weight being 0.7.
func (h *holes) take(out, x []float32, missing bool) (nll, gradient []float32) {
	width := len(x) / holeRows
	sums, dout := h.dev.NewFloats(holeRows), h.dev.NewFloats(len(out))
	weight := h.floats([]float32{0.7, 0.7, 0.7})
	if h.gaussian {
		engine.Do(h.dev, engine.GaussianNLL{
			NLL: sums, DStats: dout, Stats: h.floats(out), X: h.floats(x), Weight: weight, Pairs: h.pairs, Width: width,
			Missing: missing,
		})
	} else {
		engine.Do(h.dev, engine.BernoulliNLL{
			NLL: sums, DLogits: dout, Logits: h.floats(out), X: h.floats(x), Weight: weight, Pairs: h.pairs, Width: width,
			Missing: missing,
		})
	}
	return readFloats(h.dev, sums, 0), readFloats(h.dev, dout, 0)
}

// punched is x with NaN in a third of the columns, and the rest of x and of the outputs as rows of their own.
func (h *holes) punched() (x, restOut, restX []float32) {
	x = append(x, h.x...)
	for row := range holeRows {
		for half := range h.columns() / h.width {
			for j := range h.width {
				if j%3 != 1 {
					restOut = append(restOut, h.out[row*h.columns()+half*h.width+j])
				}
			}
		}
		for j := range h.width {
			if j%3 == 1 {
				x[row*h.width+j] = float32(math.NaN())
			} else {
				restX = append(restX, h.x[row*h.width+j])
			}
		}
	}
	return x, restOut, restX
}

// checkMissingCountsNothing: with values missing a likelihood is that of the columns that are there, its gradient is
// theirs, and 0 in the others. Where nothing is missing it is what it would be without the option, to the bit.
func checkMissingCountsNothing(t testing.TB, open Opener) {
	dev := open(1)
	defer closeDevice(t, dev)
	for _, width := range []int{3, 17, 37, 257} {
		for _, gaussian := range []bool{false, true} {
			h := newHoles(dev, width, gaussian)
			label := fmt.Sprintf("gaussian %t, width %d", gaussian, width)
			x, restOut, restX := h.punched()
			nll, gradient := h.take(h.out, x, true)
			want, wantGradient := h.take(restOut, restX, false)
			for row := range nll {
				if !(math.Abs(float64(nll[row]-want[row])) <= 1e-5*math.Abs(float64(want[row]))) {
					t.Errorf("%s: the likelihood of row %d is %v, of its columns that are there %v", label, row, nll[row], want[row])
				}
			}
			for i, v := range gradient {
				if i%width%3 == 1 {
					if v != 0 {
						t.Errorf("%s: gradient %d, of a value that is missing, is %v", label, i, v)
					}
					continue
				}
				if w := wantGradient[0]; !(math.Abs(float64(v-w)) <= 1e-5*(1+math.Abs(float64(w)))) {
					t.Errorf("%s: gradient %d is %v, of the columns that are there %v", label, i, v, w)
				}
				wantGradient = wantGradient[1:]
			}
			nll, gradient = h.take(h.out, h.x, true)
			want, wantGradient = h.take(h.out, h.x, false)
			wantBits(t, label+": nothing is missing", append(nll, gradient...), append(want, wantGradient...))
		}
	}
}

// wantBits fails at the first element that differs.
func wantBits(t testing.TB, label string, got, want []float32) {
	t.Helper()
	for i, v := range want {
		if math.Float32bits(got[i]) != math.Float32bits(v) {
			t.Errorf("%s: element %d is %v, want the same bits as %v", label, i, got[i], v)
			return
		}
	}
}

// checkFaultsShowBesideMissingValues: NaN in an output shows in the likelihood of its row and no other, whether its x
// is there or not; and NaN in x does where nothing was said to be missing.
func checkFaultsShowBesideMissingValues(t testing.TB, open Opener) {
	const width, bad = 37, 1
	dev := open(1)
	defer closeDevice(t, dev)
	for _, gaussian := range []bool{false, true} {
		h := newHoles(dev, width, gaussian)
		label := fmt.Sprintf("gaussian %t", gaussian)
		x, _, _ := h.punched()
		for at := range h.columns() {
			out := append([]float32(nil), h.out...)
			out[bad*h.columns()+at] = float32(math.NaN())
			nll, _ := h.take(out, x, true)
			checkRowIsNaN(t, fmt.Sprintf("%s, NaN in output %d", label, at), nll, holeRows, bad)
		}
		x = append(x[:0], h.x...)
		x[bad*width+5] = float32(math.NaN())
		nll, _ := h.take(h.out, x, false)
		checkRowIsNaN(t, label+", NaN in x", nll, holeRows, bad)
	}
}
