// Package eigen finds eigenvalues and eigenvectors of symmetric matrices: all of the former, and as many of the latter
// as are wanted, those of the largest eigenvalues.
//
// A matrix travels in this order: Householder reflections make it tridiagonal, A = Q·T·Qᵀ; the rational QL iteration
// gives T's eigenvalues; inverse iteration gives T's eigenvectors, each orthogonal to those of eigenvalues near it;
// one step of Newton and Schulz makes all of them orthogonal, Z ← Z + (I − Z·Zᵀ)·Z/2; the reflections take them back to
// A's. Golub and Van Loan, Matrix Computations, chapter 8, has all of it. This is a small multiple of d²·(d + k)
// operations, against the 3·d³ and more, in strides of d, of the rotations that mat.EigenSym makes.
//
// Every sum has one order, whatever the number of threads: the bits are always the same.
package eigen

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack"
	lapacked "gonum.org/v1/gonum/lapack/gonum"
)

// epsilon is the distance from 1 to the next float64.
const epsilon = 0x1p-52

// Largest gives all d eigenvalues of a symmetric matrix, ascending, and unit eigenvectors of the k largest, [k, d], the
// largest one's first. It reads the upper triangle, and uses the matrix up. It finds none, false, only where numbers
// are not finite.
func Largest(a blas64.Symmetric, k int) (values []float64, vectors blas64.General, ok bool) {
	scale, finite := normalise(a)
	if !finite {
		return nil, blas64.General{}, false
	}
	t := reduce(a)
	values = append(values, t.diagonal...)
	if !(lapacked.Implementation{}).Dsterf(t.d, values, append([]float64(nil), t.off...)) {
		return nil, blas64.General{}, false
	}
	if vectors, ok = t.inverse(values, k); !ok {
		if vectors, ok = t.rotated(k); !ok {
			return nil, blas64.General{}, false
		}
	}
	t.back(vectors)
	floats.Scale(scale, values)
	return values, vectors, true
}

// normalise divides a matrix by a power of 2, which it returns, so that its largest element lies from ½ to 1: no square
// of what matters overflows or underflows.
func normalise(a blas64.Symmetric) (scale float64, finite bool) {
	largest := 0.0
	for i := range a.N {
		for _, v := range a.Data[i*a.Stride+i : i*a.Stride+a.N] {
			if v-v != 0 {
				return 0, false
			}
			largest = max(largest, math.Abs(v))
		}
	}
	_, exponent := math.Frexp(largest)
	if largest == 0 {
		return 1, true
	}
	for i := range a.N {
		row := a.Data[i*a.Stride+i : i*a.Stride+a.N]
		for j, v := range row {
			row[j] = math.Ldexp(v, -exponent)
		}
	}
	return math.Ldexp(1, exponent), true
}

// rotated gives the eigenvectors of T by the QL iteration's rotations, which is slow and cannot fail.
func (t *tridiagonal) rotated(k int) (vectors blas64.General, ok bool) {
	diagonal, off := append([]float64(nil), t.diagonal...), append([]float64(nil), t.off...)
	z, work := make([]float64, t.d*t.d), make([]float64, max(1, 2*t.d-2))
	if !(lapacked.Implementation{}).Dsteqr(lapack.EVComp('I'), t.d, diagonal, off, z, t.d, work) {
		return blas64.General{}, false
	}
	vectors = rows(k, t.d)
	for i := range k {
		for j := range t.d {
			vectors.Data[i*t.d+j] = z[j*t.d+t.d-1-i]
		}
	}
	return vectors, true
}

// orthogonal makes rows orthonormal that nearly are. Each changes by no more than it must, so that it stays the
// eigenvector that it is. Rows that are far from it are refused.
func orthogonal(z blas64.General) bool {
	const (
		far  = 0.1
		near = 1e-6 // one step squares it
		done = 1e-13
	)
	for {
		g := rows(z.Rows, z.Rows)
		blas64.Gemm(blas.NoTrans, blas.Trans, -1, z, z, 0, g)
		for i := range g.Rows {
			g.Data[i*g.Stride+i]++
		}
		off := floats.Norm(g.Data, 2)
		switch {
		case off <= done:
			return true
		case !(off <= far):
			return false
		}
		before := append([]float64(nil), z.Data...)
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 0.5, g,
			blas64.General{Rows: z.Rows, Cols: z.Cols, Stride: z.Stride, Data: before}, 1, z)
		if off <= near {
			return true
		}
	}
}

// rows is a new matrix.
func rows(n, columns int) blas64.General {
	return blas64.General{Rows: n, Cols: columns, Stride: columns, Data: make([]float64, n*columns)}
}

// parallel calls f for each number below n, several at once.
func parallel(n int, f func(i int)) {
	threads := min(n, runtime.GOMAXPROCS(0))
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	if threads <= 1 {
		work()
		return
	}
	var wait sync.WaitGroup
	for range threads {
		wait.Go(work)
	}
	wait.Wait()
}
