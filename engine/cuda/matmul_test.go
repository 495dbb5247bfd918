//go:build cuda

package cuda

import (
	"math"
	"reflect"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// The size of a card and the number of replicas choose tiles, and never a bit.
func TestTilesChangeNoBit(t *testing.T) {
	for _, precision := range []string{FP32, TF32} {
		for _, trial := range trials() {
			var want []cases.Tensor
			for _, multiprocessors := range []int{1, 4, 1 << 20} {
				d := opened(t, Options{Replicas: 2, Precision: precision})
				d.plans.Multiprocessors = multiprocessors
				got, err := trial.run(d)
				if err != nil {
					t.Fatal(err)
				}
				closed(t, d)
				if want == nil {
					want = got
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s, %s: %d multiprocessors give other bits than 1", precision, trial.name, multiprocessors)
				}
			}
		}
	}
}

// roundToTF32 keeps 10 bits of the mantissa, ties away from zero.
func roundToTF32(v float32) float32 {
	return math.Float32frombits((math.Float32bits(v) + 1<<12) &^ (1<<13 - 1))
}

// TF32 rounds the factors of a product, and nothing else: the products of rounded
// factors are exact in single precision, and so their sums have its accuracy.
func TestTF32RoundsTheFactorsAlone(t *testing.T) {
	for _, s := range [][3]int{{33, 70, 65}, {128, 128, 128}, {31, 1000, 7}, {600, 20, 33}} {
		rows, in, out := s[0], s[1], s[2]
		layers := func(dev engine.Device, round bool) [][]float64 {
			tensors := 0
			factor := func(n int) engine.Floats {
				tensors++
				a, host := dev.NewFloats(n), make([]float32, n)
				for r := range dev.Replicas() {
					noise.Fill(host, uint64(r), tensors)
					for i, v := range host {
						if round {
							host[i] = roundToTF32(v)
						}
					}
					dev.WriteFloats(a, r, host)
				}
				return a
			}
			// The bias is no factor, but 0 so that rounded and unrounded input differ in the product alone.
			layer := engine.Layer{Weight: factor(in * out), Bias: dev.NewFloats(out), In: in, Out: out}
			x, dy, y, dx := factor(rows*in), factor(rows*out), dev.NewFloats(rows*out), dev.NewFloats(rows*in)
			grad := engine.LayerGrad{Weight: dev.NewFloats(in * out), Bias: dev.NewFloats(out)}
			engine.Do(dev, engine.Dense{Y: y, X: x, Rows: rows, Layer: layer})
			engine.Do(dev, engine.DenseGrad{DX: dx, Grad: grad, DY: dy, X: x, Rows: rows, Layer: layer})
			var all [][]float64
			for _, a := range []engine.Floats{y, dx, grad.Weight} {
				host := make([]float32, a.Len)
				dev.ReadFloats(host, a, 1)
				all = append(all, wide(host))
			}
			return all
		}
		d := opened(t, Options{Replicas: 2, Precision: TF32})
		got, want, plain := layers(d, false), layers(ref.New[float64](2), true), layers(ref.New[float32](2), true)
		closed(t, d)
		for i, what := range []string{"y", "dx", "dweight"} {
			// The matrix units cut a sum off where others round it: half a bit for each eight terms.
			terms := [3]int{in, out, rows}[i]
			e := cases.RelativeError(got[i], want[i])
			limit := 2*cases.RelativeError(plain[i], want[i]) + 1e-6 + float64(terms)/8*0x1p-24
			if !(e <= limit) {
				t.Errorf("%s of %v: relative error %.3g, want at most %.3g", what, s, e, limit)
			}
		}
	}
}

func wide(values []float32) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = float64(v)
	}
	return all
}
