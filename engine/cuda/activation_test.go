//go:build cuda

package cuda

import (
	"math"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/kernels"
)

// fromInput are an activation and its derivative, for those whose derivative is taken from the input.
var fromInput = map[engine.Activation]func(a float64) (value, slope float64){
	engine.GELU: func(a float64) (float64, float64) {
		k := math.Sqrt(2 / math.Pi)
		t := math.Tanh(k * (a + 0.044715*a*a*a))
		return a * (1 + t) / 2, (1+t)/2 + a/2*(1-t*t)*k*(1+3*0.044715*a*a)
	},
	engine.SiLU: func(a float64) (float64, float64) {
		s := 1 / (1 + math.Exp(-a))
		return a * s, s + a*s*(1-s)
	},
}

// activated are an activation's values at some inputs, and its derivatives.
func activated(t *testing.T, activation engine.Activation, inputs []float32) (values, slopes []float32) {
	t.Helper()
	d := opened(t, Options{Replicas: 1})
	defer closed(t, d)
	n := len(inputs)
	h, table, dy := d.NewFloats(n), d.NewFloats(1), d.NewFloats(n)
	from := d.NewFloats(n)
	d.WriteFloats(h, 0, inputs)
	d.WriteFloats(from, 0, inputs)
	d.WriteFloats(dy, 0, slices.Repeat([]float32{1}, n))
	d.Compile([]engine.Step{
		engine.AddLabels{H: h, Table: table, Pairs: asPairs(n), Width: 1, Activation: activation},
		kernels.Delta{DY: dy, From: from, N: n, Activation: activation},
	}).Run(1)
	values, slopes = make([]float32, n), make([]float32, n)
	d.ReadFloats(values, h, 0)
	d.ReadFloats(slopes, dy, 0)
	return values, slopes
}

func TestActivationsFromInput(t *testing.T) {
	var inputs []float32
	for a := float32(-20); a <= 20; a += 1.0 / 16 {
		inputs = append(inputs, a)
	}
	for activation, formula := range fromInput {
		values, slopes := activated(t, activation, inputs)
		for i, a := range inputs {
			value, slope := formula(float64(a))
			if e := math.Abs(float64(values[i]) - value); e > 1e-6*(1+math.Abs(value)) {
				t.Errorf("activation %d of %v is %v, want %v", activation, a, values[i], value)
			}
			if e := math.Abs(float64(slopes[i]) - slope); e > 2e-6 {
				t.Errorf("activation %d: the derivative at %v is %v, want %v", activation, a, slopes[i], slope)
			}
		}
	}
}

// TestActivationsFarOut: to the largest floats, and at NaN.
func TestActivationsFarOut(t *testing.T) {
	nan := float32(math.NaN())
	inputs := []float32{-math.MaxFloat32, -3e38, -1e30, -1e19, -100, 100, 1e19, 1e30, 3e38, math.MaxFloat32, nan}
	for activation := range fromInput {
		values, slopes := activated(t, activation, inputs)
		for i, a := range inputs {
			value, slope := max(a, 0), float32(1)
			if a < 0 {
				slope = 0
			}
			if a != a {
				value, slope = nan, nan
			}
			if !near(values[i], value) || !near(slopes[i], slope) {
				t.Errorf("activation %d of %v is %v with derivative %v, want %v and %v",
					activation, a, values[i], slopes[i], value, slope)
			}
		}
	}
	for activation := engine.Identity; activation <= engine.SiLU; activation++ {
		if values, _ := activated(t, activation, []float32{nan}); values[0] == values[0] {
			t.Errorf("activation %d of NaN is %v", activation, values[0])
		}
	}
}

func near(got, want float32) bool {
	return got == want || got != got && want != want || math.Abs(float64(got-want)) < 1e-30
}

// bits are an array's contents, all replicas', as they are.
func bits(d *device, a engine.Floats) (all []uint32) {
	for r := range d.Replicas() {
		for _, v := range readAll(d, a, r) {
			all = append(all, math.Float32bits(v))
		}
	}
	return all
}

// A layer's pre-activation is the identity's output, and leaves the output as it is; the labels'
// kernels, with a table of one label, give the same from that sum.
func TestPreActivationIsTheIdentitysOutput(t *testing.T) {
	const rows, in, out = 33, 70, 40
	for _, activation := range engine.Activations() {
		d := opened(t, Options{Replicas: 2})
		fill := func(n int) engine.Floats {
			a, host := d.NewFloats(n), make([]float32, n)
			for r := range d.Replicas() {
				noise.Fill(host, uint64(r), n)
				d.WriteFloats(a, r, host)
			}
			return a
		}
		n := rows * out
		var y, with, pre, identity, h, sum, sum2 engine.Floats
		for _, a := range []*engine.Floats{&y, &with, &pre, &identity, &h, &sum, &sum2} {
			*a = d.NewFloats(n)
		}
		layer := engine.Layer{Weight: fill(in * out), Bias: fill(out), In: in, Out: out, Activation: activation}
		plain, x, zero := layer, fill(rows*in), d.NewFloats(out)
		plain.Activation = engine.Identity
		engine.Do(d,
			engine.Dense{Y: y, X: x, Rows: rows, Layer: layer},
			engine.Dense{Y: with, Pre: pre, X: x, Rows: rows, Layer: layer},
			engine.Dense{Y: identity, X: x, Rows: rows, Layer: plain},
			engine.ExpandLabels{H: h, Pre: sum, U: identity, Table: zero, Pairs: asPairs(rows), Width: out, Activation: activation})
		if !slices.Equal(bits(d, y), bits(d, with)) || !slices.Equal(bits(d, pre), bits(d, identity)) {
			t.Errorf("%s: other bits with the pre-activation", activation)
		}
		if !slices.Equal(bits(d, h), bits(d, y)) || !slices.Equal(bits(d, sum), bits(d, identity)) {
			t.Errorf("%s: ExpandLabels gives other bits than Dense", activation)
		}
		engine.Do(d, engine.AddLabels{H: identity, Pre: sum2, Table: zero, Pairs: asPairs(rows), Width: out, Activation: activation})
		if !slices.Equal(bits(d, identity), bits(d, y)) || !slices.Equal(bits(d, sum2), bits(d, pre)) {
			t.Errorf("%s: AddLabels gives other bits than Dense", activation)
		}
		closed(t, d)
	}
}
