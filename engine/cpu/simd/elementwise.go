package simd

// Activation is a layer's elementwise function.
type Activation int

// The activations. SiLU is a·sigmoid(a). GELU is the tanh form,
// ½a·(1 + tanh(√(2/π)·(a + 0.044715·a³))); Hendrycks and Gimpel 2016, arXiv:1606.08415.
const (
	Identity Activation = iota
	Softplus
	ReLU
	Tanh
	GELU
	SiLU
	activations // their number
)

// FromInput says whether the derivative is taken from the activation's input,
// since the output does not determine it.
func (a Activation) FromInput() bool { return a == GELU || a == SiLU }

// AddAct sets y = act(a + b). y may be a or b.
func (k *Kernels) AddAct(act Activation, y, a, b []float32) {
	n := len(y)
	k.table.activations[act].add(n, ptr(y, n), ptr(a, n), ptr(b, n))
}

// Act sets y = act(x). y may be x. At −∞ GELU and SiLU are NaN, as −∞·0 is.
func (k *Kernels) Act(act Activation, y, x []float32) {
	n := len(y)
	from := ptr(x, n)
	if act == Identity {
		copy(y, x)
		return
	}
	k.table.activations[act].act(n, ptr(y, n), from)
}

// ActGrad sets dx = dy·act'(·). from is the activation's output y for softplus,
// 1 − e^−y, ReLU, [y > 0], and tanh, 1 − y². It is the input a where FromInput:
// with s = sigmoid(a), the derivative of SiLU is s + a·s·(1 − s); with
// g = 2√(2/π)·(a + 0.044715·a³) and s = sigmoid(g), that of GELU is
// s + a·s·(1 − s)·g'(a). Both are 0 at −∞ and 1 at +∞. dx may be dy or from.
func (k *Kernels) ActGrad(act Activation, dx, dy, from []float32) {
	n := len(dx)
	source := ptr(from, n)
	if act == Identity {
		copy(dx, dy[:n])
		return
	}
	k.table.activations[act].grad(n, ptr(dx, n), ptr(dy, n), source)
}

// AddTo sets dst += src.
func (k *Kernels) AddTo(dst, src []float32) { k.AddAct(Identity, dst, dst, src) }

// Exp sets y = eˣ. y may be x.
func (k *Kernels) Exp(y, x []float32) {
	n := len(y)
	k.table.exp(n, ptr(y, n), ptr(x, n))
}

// ColumnSums sets dst[j] = Σ_i src[i, j] of a matrix whose rows are ld elements
// apart, adding in the order of i.
func (k *Kernels) ColumnSums(dst, src []float32, rows, cols, ld int) {
	k.columnSums(dst, src, rows, cols, ld, 0)
}

// AddColumnSums sets dst[j] += Σ_i src[i, j], adding to dst in the order of i.
func (k *Kernels) AddColumnSums(dst, src []float32, rows, cols, ld int) {
	k.columnSums(dst, src, rows, cols, ld, 1)
}

func (k *Kernels) columnSums(dst, src []float32, rows, cols, ld int, accumulate uintptr) {
	holds(len(src), rows, cols, ld, "simd: a matrix is shorter than its rows and columns")
	if rows > 0 {
		k.table.columnSums(cols, ptr(dst, cols), at(src, 0), rows, uintptr(4*ld), accumulate)
	} else if accumulate == 0 {
		clear(dst)
	}
}

// Sum is Σx in float64. Element i is added to partial sum i mod 16, and the
// sixteen are added as a tree, halves first.
func (k *Kernels) Sum(x []float32) float64 { return k.table.sum(len(x), at(x, 0)) }

// SumSquares is Σx² in float64, in the order of Sum. The squares are exact and
// cannot overflow, so it is finite exactly where every element is.
func (k *Kernels) SumSquares(x []float32) float64 { return k.table.sumSquares(len(x), at(x, 0)) }
