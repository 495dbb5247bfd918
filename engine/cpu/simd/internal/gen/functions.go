package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The polynomials are minimax fits of the relative error of the function that
// they are part of; the errors given are those of the polynomial alone.
var (
	// eʳ = 1 + r + r²·P(r), |r| ≤ ½·ln 2: 3e-9.
	expPolynomial = []float64{0.4999999341234685, 0.1666652010824991, 0.04166839426246597, 0.008368780381881795, 0.0013814463904521222}
	// eʳ − 1 = r + r²·P(r), |r| ≤ ½·ln 2: 1e-8.
	expm1Polynomial = []float64{0.5000000062271565, 0.16666542545759822, 0.04166628062741186, 0.008366643934490764, 0.0013946554826324306}
	// ln(1 + u) = u + u²·P(u), 0 ≤ u ≤ 1: 5e-9.
	log1pPolynomial = []float64{-0.49999932762843846, 0.3333051130466636, -0.24958587298218163, 0.1969540004567107, -0.15355395208766454,
		0.10680554136019095, -0.05766443471095373, 0.02020458178263207, -0.003318472228635831}
	// ln(1 + f) = f − ½f² + f³·P(f), √½ ≤ 1 + f ≤ √2: 6e-9.
	logPolynomial = []float64{0.33333331707873104, -0.2500082103179696, 0.20001226865955146, -0.16623357411911888, 0.14201758240744003,
		-0.1316018208367762, 0.12761575402955433, -0.07634495195223874}
	// sin(½πd) = d·P(d²) and cos(½πd) = P(d²), |d| ≤ ½: 3e-9 and 6e-11.
	sinPolynomial = []float64{1.5707963217083472, -0.6459634602329369, 0.07968003276456455, -0.004601657875623223}
	cosPolynomial = []float64{0.9999999999439374, -1.2337005395647729, 0.2536691825963822, -0.020859936030262476, 0.0009033629809938176}
)

// ln 2 in two floats: the first is short, so that its product with a whole
// number below 2¹¹ is exact.
const (
	ln2High = 0.693359375
	ln2Low  = math.Ln2 - ln2High
	// Adding it rounds a float to a whole number, which then stands in the low bits.
	roundMagic = 3 << 22
	// From there down eˣ is 0 in float32.
	lowestExponent = -104
	infinity       = 0x7f800000
	signBit        = 0x80000000
	one            = 0x3f800000
)

// polynomial is Horner's rule.
func (w *width) polynomial(x VecVirtual, coefficients []float64) VecVirtual {
	p := w.set(coefficients[len(coefficients)-1])
	for i := len(coefficients) - 2; i >= 0; i-- {
		VFMADD213PS(w.float(coefficients[i]), x, p)
	}
	return p
}

// clamp is x between two bounds. NaN passes, since VMAXPS and VMINPS give their
// last source (the first operand here) where one of the two is NaN.
func (w *width) clamp(x VecVirtual, low, high float64) VecVirtual {
	v := w.set(low)
	VMAXPS(x, v, v)
	c := w.set(high)
	VMINPS(v, c, c)
	return c
}

// reduce splits x = n·ln 2 + r, |r| ≤ ½·ln 2. shifted holds n in its low bits.
func (w *width) reduce(x VecVirtual) (r, n, shifted VecVirtual) {
	shifted, n, r = w.set(roundMagic), w.vec(), w.vec()
	VFMADD231PS(w.float(math.Log2E), x, shifted)
	VSUBPS(w.float(roundMagic), shifted, n)
	VMOVAPS(x, r)
	VFNMADD231PS(w.float(ln2High), n, r)
	VFNMADD231PS(w.float(ln2Low), n, r)
	return r, n, shifted
}

// exp is eˣ over the whole range, denormals and infinities included.
func (w *width) exp(x VecVirtual) VecVirtual {
	return w.expReduced(w.reduce(w.clamp(x, lowestExponent, 89)))
}

// expReduced is 2ⁿ·eʳ, from what reduce gives for an argument of −106 to 89.
func (w *width) expReduced(r, n, shifted VecVirtual) VecVirtual {
	p, square := w.polynomial(r, expPolynomial), w.vec()
	VMULPS(r, r, square)
	VFMADD213PS(r, square, p)
	VADDPS(w.float(1), p, p)
	if w.wide {
		VSCALEFPS(n, p, p)
		return p
	}
	// 2ⁿ need not be a float, so it is applied in two halves.
	half, rest := w.vec(), w.vec()
	VPSUBD(w.float(roundMagic), shifted, rest)
	VPSRAD(Imm(1), rest, half)
	VPSUBD(half, rest, rest)
	for _, e := range []VecVirtual{half, rest} {
		VPSLLD(Imm(23), e, e)
		VPADDD(w.word(one), e, e)
		VMULPS(e, p, p)
	}
	return p
}

// expm1 is eˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), accurate for small x too. Beyond 88.3 it is infinite.
func (w *width) expm1(x VecVirtual) VecVirtual {
	const most = 88.3 // below it 2ⁿ is a float
	r, _, scale := w.reduce(w.clamp(x, -60, most))
	p, square := w.polynomial(r, expm1Polynomial), w.vec()
	VMULPS(r, r, square)
	VFMADD213PS(r, square, p)
	VPSLLD(Imm(23), scale, scale)
	VPADDD(w.word(one), scale, scale)
	less := w.vec()
	VSUBPS(w.float(1), scale, less)
	VFMADD213PS(less, scale, p)
	if w.wide {
		over := K()
		VCMPPS(Imm(14), w.float(most), x, over)
		VADDPS(w.word(infinity), p, over, p)
		return p
	}
	over := w.vec()
	VCMPPS(Imm(14), w.float(most), x, over)
	VPAND(w.word(infinity), over, over)
	VADDPS(over, p, p)
	return p
}

// negated is −|x|.
func (w *width) negated(x VecVirtual) VecVirtual {
	v := w.vec()
	w.or(w.word(signBit), x, v)
	return v
}

// softplus is ln(1 + eˣ) = max(x, 0) + ln(1 + u) with u = e^−|x|, which it also returns.
func (w *width) softplus(x VecVirtual) (y, u VecVirtual) {
	u = w.exp(w.negated(x))
	p, square := w.polynomial(u, log1pPolynomial), w.vec()
	VMULPS(u, u, square)
	VFMADD213PS(u, square, p)
	VADDPS(w.relu(x), p, p)
	return p, u
}

// softplusGrad is dy·sigmoid(x) = −dy·(e^−y − 1), from y = softplus(x).
func (w *width) softplusGrad(dy, y VecVirtual) VecVirtual {
	minus := w.vec()
	w.xor(w.word(signBit), y, minus)
	d := w.expm1(minus)
	VFNMADD213PS(w.zeros(), dy, d)
	return d
}

// relu is max(x, 0); NaN passes.
func (w *width) relu(x VecVirtual) VecVirtual {
	v := w.zeros()
	VMAXPS(x, v, v)
	return v
}

// reLUGrad is dy·[y > 0], from y = relu(x).
func (w *width) reLUGrad(dy, y VecVirtual) VecVirtual {
	if w.wide {
		positive := K()
		VCMPPS(Imm(14), w.zeros(), y, positive)
		VMOVAPS_Z(dy, positive, dy)
	} else {
		VCMPPS(Imm(14), w.zeros(), y, y)
		VPAND(y, dy, dy)
	}
	return dy
}

// sigmoid is 1/(1 + e^−x), from u = e^−|x|: (x < 0 ? u : 1)/(1 + u).
func (w *width) sigmoid(x, u VecVirtual) VecVirtual {
	s, d := w.vec(), w.vec()
	VADDPS(w.float(1), u, d)
	if w.wide {
		negative := K()
		VPMOVD2M(x, negative)
		s = w.set(1)
		VMOVAPS(u, negative, s)
	} else {
		VMOVUPS(w.float(1), s)
		VBLENDVPS(x, u, s, s)
	}
	VDIVPS(d, s, s)
	return s
}

// tanh is e/(e + 2) with e = e^2|x| − 1, with the sign of x.
func (w *width) tanh(x VecVirtual) VecVirtual {
	v, d := w.vec(), w.vec()
	w.and(w.word(^uint32(signBit)), x, v)
	VADDPS(v, v, v)
	v = w.clamp(v, 0, 20) // from there on it is 1 to the last bit
	e := w.expm1(v)
	VADDPS(w.float(2), e, d)
	VDIVPS(d, e, e)
	w.and(w.word(signBit), x, d)
	w.or(d, e, e)
	return e
}

// tanhGrad is dy·(1 − y²), from y = tanh(x).
func (w *width) tanhGrad(dy, y VecVirtual) VecVirtual {
	d := w.set(1)
	VFNMADD231PS(y, y, d)
	VMULPS(dy, d, d)
	return d
}

// logOfUniform is ln x for normal positive x: x = 2ᵏ·(1 + f), √½ ≤ 1 + f < √2.
func (w *width) logOfUniform(x VecVirtual) VecVirtual {
	k, f, square := w.vec(), w.vec(), w.vec()
	VPSUBD(w.word(math.Float32bits(math.Sqrt2/2)), x, k)
	VPSRAD(Imm(23), k, k)
	VPSLLD(Imm(23), k, f)
	VPSUBD(f, x, f)
	VSUBPS(w.float(1), f, f)
	VCVTDQ2PS(k, k)
	y := w.polynomial(f, logPolynomial)
	VMULPS(f, f, square)
	VMULPS(f, y, y)
	VSUBPS(w.float(0.5), y, y)
	VMULPS(square, y, y) // f³·P − ½f²
	VFMADD231PS(w.float(ln2Low), k, y)
	VADDPS(f, y, y)
	VFMADD231PS(w.float(ln2High), k, y)
	return y
}
