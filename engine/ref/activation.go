package ref

import (
	"math"

	"ssdgm/engine"
)

// Float is what the reference computes in: float64 as the oracle, float32 as
// the portable fallback. Elementary functions go through float64 and round once.
type Float interface{ float32 | float64 }

func exp[T Float](x T) T   { return T(math.Exp(float64(x))) }
func log[T Float](x T) T   { return T(math.Log(float64(x))) }
func expm1[T Float](x T) T { return T(math.Expm1(float64(x))) }

// softplus(a) = ln(1 + eᵃ) = max(a, 0) + ln(1 + e^−|a|), which neither overflows
// nor loses the small values.
func softplus[T Float](a T) T {
	x := float64(a)
	return T(math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))))
}

// sigmoid(a) = 1/(1 + e^−a).
func sigmoid[T Float](a T) T { return T(1 / (1 + math.Exp(-float64(a)))) }

// Activate is the elementwise function of a layer.
func Activate[T Float](activation engine.Activation, a T) T {
	switch activation {
	case engine.Softplus:
		return softplus(a)
	case engine.ReLU:
		// Written so that NaN stays NaN: the fault latch depends on it.
		if a < 0 {
			return 0
		}
		return a
	case engine.Tanh:
		return T(math.Tanh(float64(a)))
	case engine.GELU, engine.SiLU:
		gate, _ := gate(activation, float64(a))
		return a * T(sigmoid(gate))
	default:
		return a
	}
}

// Derivative is activation'(a), from the output y = activation(a) or, where
// Activation.FromInput says so, from a itself: softplus' = sigmoid(a) = 1 − e^−y;
// tanh' = 1 − y²;  relu' = [y > 0];  for gelu and silu see gate.
func Derivative[T Float](activation engine.Activation, from T) T {
	y := from
	switch activation {
	case engine.Softplus:
		return -expm1(-y)
	case engine.ReLU:
		if y > 0 {
			return 1
		}
		return 0
	case engine.Tanh:
		return 1 - y*y
	case engine.GELU, engine.SiLU:
		return T(gatedDerivative(activation, float64(from)))
	default:
		return 1
	}
}

// gate is g and g' of an activation a·sigmoid(g(a)): g = a of silu; of gelu, in its tanh form,
// g = 2·√(2/π)·(a + 0.044715a³), as ½(1 + tanh(½g)) = sigmoid(g).
func gate(activation engine.Activation, a float64) (g, dg float64) {
	if activation == engine.SiLU {
		return a, 1
	}
	const cubic = 0.044715
	scale := 2 * math.Sqrt(2/math.Pi)
	return scale * (a + cubic*a*a*a), scale * (1 + 3*cubic*a*a)
}

// gatedDerivative: (a·s)' = s + a·s·(1−s)·g'(a), s = sigmoid(g(a)).
func gatedDerivative(activation engine.Activation, a float64) float64 {
	g, dg := gate(activation, a)
	s := sigmoid(g)
	if s == 0 || s == 1 {
		return s // so that g', which may be infinite, counts for nothing
	}
	return s + a*s*(1-s)*dg
}
