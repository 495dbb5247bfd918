package simd

import "ssdgm/engine/cpu/pool"

// Epilogue is what happens to the product's elements while they are in cache.
type Epilogue int

// The epilogues: nothing; an activation of the sum with a bias per column; Activation of that sum and a row of Table;
// or the product with Activation's derivative, taken from From. The last two want vector kernels.
const (
	None Epilogue = iota
	Bias
	BiasSoftplus
	BiasReLU
	BiasTanh
	BiasTable
	Derivative
)

// MatMul is a product of row-major matrices, C[M, N] = op(A)·op(B), or += with
// Accumulate. op(A) is [M, K] and A is stored [K, M] if TransA; op(B) is [K, N] and
// B is stored [N, K] if TransB. LDA, LDB and LDC are the distances between stored
// rows. The three uses of a dense layer with weights W[out, in] are
//
//	y  = x·Wᵀ   (TransB, with the bias and the activation as epilogue)
//	dx = dy·W
//	dW = dyᵀ·x  (TransA)
type MatMul struct {
	TransA, TransB bool
	M, N, K        int
	A              []float32
	LDA            int
	B              []float32
	LDB            int
	C              []float32
	LDC            int
	Accumulate     bool
	Epilogue       Epilogue
	Bias           []float32 // N elements, nil with None and Derivative

	Activation Activation            // of BiasTable and Derivative
	Table      func(i int) []float32 // of BiasTable: the N elements that are added to row i
	From       []float32             // of Derivative: [M, N], dense; see ActGrad
}

// Workspace is the scratch memory of matrix products. It grows to what the
// largest product needs and is kept. One product at a time uses a workspace.
type Workspace struct{ product product }

// MatMul carries out m on the pool, with scratch memory from w. Every element
// of C is one chain of multiply-adds in the order of k: its bits depend on
// its row of op(A), its column of op(B) and the level, and on nothing else.
func (k *Kernels) MatMul(p *pool.Pool, w *Workspace, m *MatMul) {
	m.check()
	if m.M == 0 || m.N == 0 {
		return
	}
	w.product.run(p, k, m)
}

// check panics unless the slices hold the matrices.
func (m *MatMul) check() {
	if m.M < 0 || m.N < 0 || m.K < 0 {
		panic("simd: a matrix product has a negative size")
	}
	rowsA, columnsA, rowsB, columnsB := m.M, m.K, m.K, m.N
	if m.TransA {
		rowsA, columnsA = columnsA, rowsA
	}
	if m.TransB {
		rowsB, columnsB = columnsB, rowsB
	}
	holds(len(m.A), rowsA, columnsA, m.LDA, "simd: A is shorter than its matrix")
	holds(len(m.B), rowsB, columnsB, m.LDB, "simd: B is shorter than its matrix")
	holds(len(m.C), m.M, m.N, m.LDC, "simd: C is shorter than its matrix")
	if m.Epilogue < None || m.Epilogue > Derivative {
		panic("simd: unknown epilogue")
	}
	if m.Epilogue == Derivative {
		holds(len(m.From), m.M, m.N, m.N, "simd: what the derivative is taken from is shorter than C")
	} else if m.Epilogue != None && len(m.Bias) < m.N {
		panic("simd: the bias is shorter than a row")
	}
}

func holds(length, rows, columns, ld int, message string) {
	if rows == 0 || columns == 0 {
		return
	}
	if ld < columns || length < (rows-1)*ld+columns {
		panic(message)
	}
}
