package simd

// Activation is a layer's elementwise function.
type Activation int

// The activations. Their derivatives are taken from their outputs.
const (
	Identity Activation = iota
	Softplus
	ReLU
	Tanh
)

// AddAct sets y = act(a + b). y may be a or b.
func (k *Kernels) AddAct(act Activation, y, a, b []float32) {
	n := len(y)
	k.table.addAct[act](n, ptr(y, n), ptr(a, n), ptr(b, n))
}

// ActGrad sets dx = dy·act'(·), from the activation's output y: 1 − e^−y for
// softplus, [y > 0] for ReLU, 1 − y² for tanh. dx may be dy.
func (k *Kernels) ActGrad(act Activation, dx, dy, y []float32) {
	n := len(dx)
	if act == Identity {
		ptr(y, n)
		copy(dx, dy[:n])
		return
	}
	k.table.actGrad[act](n, ptr(dx, n), ptr(dy, n), ptr(y, n))
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
