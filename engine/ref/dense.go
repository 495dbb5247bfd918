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
	default:
		return a
	}
}

// Derivative is activation'(a), from the output y = activation(a):
// softplus' = sigmoid(a) = 1 − e^−y;  tanh' = 1 − y²;  relu' = [y > 0].
func Derivative[T Float](activation engine.Activation, y T) T {
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
	default:
		return 1
	}
}

// MatMul sets C = op(A)·op(B) for row-major matrices: C is [m, n], k the inner size.
// transA says that a holds Aᵀ, [k, m]; transB that b holds Bᵀ, [n, k].
func MatMul[T Float](c, a, b []T, m, n, k int, transA, transB bool) {
	for i := range m {
		for j := range n {
			var sum T
			for p := range k {
				ai, bi := i*k+p, p*n+j
				if transA {
					ai = p*m + i
				}
				if transB {
					bi = j*k + p
				}
				sum += a[ai] * b[bi]
			}
			c[i*n+j] = sum
		}
	}
}

// BiasActivate sets y = activation(y + bias), row by row.
func BiasActivate[T Float](y, bias []T, rows, width int, activation engine.Activation) {
	for i := range rows {
		row := y[i*width:][:width]
		for j, b := range bias {
			row[j] = Activate(activation, row[j]+b)
		}
	}
}

// ActivateGrad sets dy = dy ∘ activation'(·), from the activation's output y.
func ActivateGrad[T Float](dy, y []T, activation engine.Activation) {
	if activation == engine.Identity {
		return
	}
	for i := range dy {
		dy[i] *= Derivative(activation, y[i])
	}
}

// ColumnSums sets dst[j] = Σ_i x[i,j].
func ColumnSums[T Float](dst, x []T, rows, width int) {
	clear(dst)
	for i := range rows {
		for j, v := range x[i*width:][:width] {
			dst[j] += v
		}
	}
}
