package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

// activation is an elementwise function and dy times its derivative. A new one
// needs its functions, a line in activations and its name in package simd.
type activation struct {
	name, symbol string // of the constant in package simd, of the assembly functions
	value        func(w *width, x VecVirtual) VecVirtual
	grad         func(w *width, dy, from VecVirtual) VecVirtual // nil: the derivative is 1
	fromInput    bool                                           // grad takes the input, not the output
}

var activations = []activation{
	{name: "Identity", symbol: "identity", value: func(_ *width, x VecVirtual) VecVirtual { return x }},
	{name: "Softplus", symbol: "softplus", value: func(w *width, x VecVirtual) VecVirtual { y, _ := w.softplus(x); return y },
		grad: (*width).softplusGrad},
	{name: "ReLU", symbol: "reLU", value: (*width).relu, grad: (*width).reLUGrad},
	{name: "Tanh", symbol: "tanh", value: (*width).tanh, grad: (*width).tanhGrad},
	{name: "GELU", symbol: "gelu", value: (*width).gelu, grad: (*width).geluGrad, fromInput: true},
	{name: "SiLU", symbol: "silu", value: (*width).silu, grad: (*width).siluGrad, fromInput: true},
}

// activations writes y = f(a + b) and dx = dy·f'(from) for those activations
// whose derivatives are taken from their inputs, or for those where they are not.
func (w *width) activations(fromInput bool) {
	for _, a := range activations {
		if a.fromInput == fromInput {
			w.addAct(a)
		}
	}
	for _, a := range activations {
		if a.fromInput == fromInput && a.grad != nil {
			w.actGrad(a)
		}
	}
}

// addAct writes y = f(a + b).
func (w *width) addAct(f activation) {
	w.function("add"+f.name, "func(n int, y, a, b *float32)")
	p := params("n", "y", "a", "b")
	w.each(p[0], func(s *span) {
		x := s.load(p[2])
		VADDPS(s.load(p[3]), x, x)
		s.store(f.value(w, x), p[1])
	})
	ret()
}

// act writes y = f(x).
func (w *width) act(f activation) {
	w.function(f.symbol, "func(n int, y, x *float32)")
	p := params("n", "y", "x")
	w.each(p[0], func(s *span) { s.store(f.value(w, s.load(p[2])), p[1]) })
	ret()
}

// actGrad writes dx = dy·f'(from).
func (w *width) actGrad(f activation) {
	from := "y"
	if f.fromInput {
		from = "x"
	}
	w.function(f.symbol+"Grad", "func(n int, dx, dy, "+from+" *float32)")
	p := params("n", "dx", "dy", from)
	w.each(p[0], func(s *span) { s.store(f.grad(w, s.load(p[2]), s.load(p[3])), p[1]) })
	ret()
}

// silu is x·sigmoid(x).
func (w *width) silu(x VecVirtual) VecVirtual {
	return w.gated(x, w.exp(w.negated(x)))
}

// siluGrad is dy·silu'(x); see gatedGrad. Beyond the clamp silu' is 0 or 1 to the last bit.
func (w *width) siluGrad(dy, x VecVirtual) VecVirtual {
	v := w.clamp(x, lowestExponent, -lowestExponent)
	return w.gatedGrad(dy, v, v, w.expReduced(w.reduce(w.negated(v))))
}

// GELU in its tanh form is x·sigmoid(g(x)) with g = 2√(2/π)·(x + 0.044715·x³);
// Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2.
const (
	geluSlope = 2 * math.Sqrt2 / math.SqrtPi
	geluCubic = 0.044715 * geluSlope
	// The coefficients in two floats each. The slope's first has 12 bits.
	geluSlopeHigh = 1.595703125
	geluSlopeLow  = geluSlope - geluSlopeHigh
	geluCubicLow  = geluCubic - float64(float32(geluCubic))
	geluMost      = 10.75 // from there on e^−g(x) is 0 in float32
)

// gelu is x·sigmoid(g(x)).
func (w *width) gelu(x VecVirtual) VecVirtual {
	return w.gated(x, w.geluExp(w.clamp(x, -geluMost, geluMost)))
}

// geluGrad is dy·gelu'(x); see gatedGrad. Beyond the clamp gelu' is 0 or 1 to the last bit.
func (w *width) geluGrad(dy, x VecVirtual) VecVirtual {
	v := w.clamp(x, -geluMost, geluMost)
	square, change := w.vec(), w.set(geluSlope)
	VMULPS(v, v, square)
	VFMADD231PS(w.float(3*geluCubic), square, change)
	VMULPS(v, change, change)
	return w.gatedGrad(dy, v, change, w.geluExp(v))
}

// geluExp is u = e^−|g(x)|, |x| ≤ geluMost. An error of |g|, which reaches 105, is
// an error of u relative to itself, so −|g| is kept as the product of −|x| with
// the sum of two floats.
func (w *width) geluExp(x VecVirtual) VecVirtual {
	minus, square, squareLow, sum := w.negated(x), w.vec(), w.vec(), w.vec()
	VMULPS(x, x, square)
	VMOVAPS(square, squareLow)
	VFMSUB231PS(x, x, squareLow) // what rounding took from the square
	cubic, rest := w.float(geluCubic), w.set(geluSlopeHigh)
	VMOVAPS(rest, sum)
	VFMADD231PS(cubic, square, sum)
	VSUBPS(sum, rest, rest) // exact, since the slope's high float is short
	VFMADD231PS(cubic, square, rest)
	VFMADD231PS(cubic, squareLow, rest)
	low := w.set(geluSlopeLow)
	VFMADD231PS(w.float(geluCubicLow), square, low)
	VADDPS(low, rest, rest)
	return w.expReduced(w.reduceProduct(minus, sum, rest))
}

// reduceProduct is reduce of x·(high + low), whose first product is not rounded.
func (w *width) reduceProduct(x, high, low VecVirtual) (r, n, shifted VecVirtual) {
	product := w.vec()
	VMULPS(x, high, product)
	shifted, n, r = w.set(roundMagic), w.vec(), w.vec()
	VFMADD231PS(w.float(math.Log2E), product, shifted)
	VSUBPS(w.float(roundMagic), shifted, n)
	VMULPS(w.float(ln2High), n, r)
	VFMSUB231PS(high, x, r)
	VFNMADD231PS(w.float(ln2Low), n, r)
	VFMADD231PS(low, x, r)
	return r, n, shifted
}

// gated is x·sigmoid(g), where g has the sign of x and u = e^−|g|. At −∞ it is NaN, −∞·0.
func (w *width) gated(x, u VecVirtual) VecVirtual {
	y := w.sigmoid(x, u)
	VMULPS(x, y, y)
	return y
}

// gatedGrad is dy times the derivative of x·sigmoid(g), which is s + x·g'·s·(1 − s)
// with s = sigmoid(g), from u = e^−|g| and change = x·g': with q = 1/(1 + u),
// s = (x < 0 ? u·q : q) and s·(1 − s) = u·q².
func (w *width) gatedGrad(dy, x, change, u VecVirtual) VecVirtual {
	s, below, product := w.set(1), w.vec(), w.vec()
	VADDPS(s, u, below)
	VDIVPS(below, s, s)
	VMULPS(s, u, below)
	VMULPS(s, below, product)
	if w.wide {
		negative := K()
		VPMOVD2M(x, negative)
		VMOVAPS(below, negative, s)
	} else {
		VBLENDVPS(x, below, s, s)
	}
	VFMADD231PS(change, product, s)
	VMULPS(dy, s, s)
	return s
}
