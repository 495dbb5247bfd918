package baseline

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// spread is the mean squared distance of the examples from their mean: half the mean
// squared distance between two of them. It makes the machines' constants independent of
// the units of x.
func spread(parts ...Matrix) float64 {
	width, n, squares := parts[0].Width, 0, 0.0
	sum := make([]float64, width)
	for _, m := range parts {
		n += m.Rows
		for i := range m.Rows {
			for j, x := range m.Row(i) {
				sum[j] += float64(x)
				squares += float64(x) * float64(x)
			}
		}
	}
	squares /= float64(n)
	for _, s := range sum {
		squares -= s / float64(n) * s / float64(n)
	}
	return max(squares, 1e-12) // examples that are all the same
}

// features turn an example into what a linear machine works on.
type features struct {
	dev           engine.Device
	inputs, width int
	scale         float64 // linear: φ(x) = scale·x
	frequencies   engine.Floats
	zeros         engine.Floats
	x, out        engine.Floats // a piece of rows
}

// frequencyTensor is the place of the frequencies among a seed's initial tensors.
const frequencyTensor = 0x746672

// newLinear: φ(x) = scale·x.
func newLinear(dev engine.Device, inputs int, scale float64) *features {
	return &features{dev: dev, inputs: inputs, width: inputs, scale: scale}
}

// newFourier draws random Fourier features (Rahimi and Recht 2007): with m = width/2
// frequencies ω ~ N(0, 2γ·I), φ(x) = [cos(ω_i·x), sin(ω_i·x)]/√m, whose products are
// exp(−γ‖x − x′‖²) in the mean over the frequencies, and φ(x)·φ(x) = 1.
func newFourier(dev engine.Device, inputs, width int, gamma float64, seed uint64) *features {
	m := width / 2
	t := &features{dev: dev, inputs: inputs, width: 2 * m}
	omega := make([]float32, m*inputs)
	noise.Fill(omega, seed, frequencyTensor)
	for i := range omega {
		omega[i] *= float32(math.Sqrt(2 * gamma))
	}
	t.frequencies, t.zeros = dev.NewFloats(len(omega)), dev.NewFloats(m)
	dev.WriteFloats(t.frequencies, 0, omega)
	t.x, t.out = dev.NewFloats(pieceRows*inputs), dev.NewFloats(pieceRows*m)
	return t
}

// of writes the features of the rows of x to dst, [x.Rows, width].
func (t *features) of(dst []float32, x Matrix) {
	if t.frequencies.IsNil() {
		for i, v := range x.Data {
			dst[i] = float32(t.scale) * v
		}
		return
	}
	m := t.width / 2
	norm := 1 / math.Sqrt(float64(m))
	angles := make([]float32, pieceRows*m)
	x.pieces(pieceRows, func(first int, piece Matrix) {
		n := piece.Rows
		t.dev.WriteFloats(t.x.Slice(0, len(piece.Data)), 0, piece.Data)
		engine.Do(t.dev, engine.Dense{
			Y: t.out, X: t.x, Rows: n,
			Layer: engine.Layer{Weight: t.frequencies, Bias: t.zeros, In: t.inputs, Out: m},
		})
		t.dev.ReadFloats(angles[:n*m], t.out.Slice(0, n*m), 0)
		for i := range n {
			row := dst[(first+i)*t.width:][:t.width]
			for j, angle := range angles[i*m:][:m] {
				sin, cos := math.Sincos(float64(angle))
				row[j], row[m+j] = float32(norm*cos), float32(norm*sin)
			}
		}
	})
}
