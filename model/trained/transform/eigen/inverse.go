package eigen

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// beside is how near, a share of T's norm, eigenvalues are for their eigenvectors to be made orthogonal to each other
// while they are found: rounding alone mixes others by less than epsilon/beside, which orthogonal takes away.
const beside = 1e-8

// inverse gives unit eigenvectors of T for the k largest of its eigenvalues, ascending, by inverse iteration; see
// LAPACK's dstein. It tells where it has not found them.
func (t *tridiagonal) inverse(values []float64, k int) (vectors blas64.General, ok bool) {
	norm := t.norm()
	f := newShifted(t, norm)
	vectors = rows(k, t.d)
	near := 0 // the first vector whose eigenvalue is near
	for i := range k {
		value := values[t.d-1-i]
		for values[t.d-1-near]-value > beside*norm {
			near++
		}
		earlier := vectors
		earlier.Rows, earlier.Data = i-near, vectors.Data[near*t.d:i*t.d]
		f.shift(value)
		if !f.find(rowOf(vectors, i), earlier, uint64(i)) {
			return vectors, false
		}
	}
	return vectors, orthogonal(vectors)
}

// norm bounds the absolute eigenvalues of T.
func (t *tridiagonal) norm() float64 {
	norm, before := math.SmallestNonzeroFloat64, 0.0
	for i, v := range t.diagonal {
		after := 0.0
		if i < len(t.off) {
			after = math.Abs(t.off[i])
		}
		norm = max(norm, before+math.Abs(v)+after)
		before = after
	}
	return norm
}

// shifted is T − λ·I as P·L·U: U has two diagonals above its own, L one below.
type shifted struct {
	*tridiagonal
	norm, value float64
	u, u1, u2   []float64
	l           []float64
	swapped     []bool
	image       []float64 // (T − λ·I)·x
}

func newShifted(t *tridiagonal, norm float64) *shifted {
	d := t.d
	return &shifted{
		tridiagonal: t, norm: norm, u: make([]float64, d), u1: make([]float64, d), u2: make([]float64, d),
		l: make([]float64, d), swapped: make([]bool, d), image: make([]float64, d),
	}
}

// shift factorises for another λ. A pivot that vanishes is as large as rounding: the solution grows, as it should.
func (f *shifted) shift(value float64) {
	f.value = value
	pivot := func(p float64) float64 {
		if least := epsilon * f.norm; math.Abs(p) < least {
			return math.Copysign(least, p)
		}
		return p
	}
	above := func(i int) float64 {
		if i < len(f.off) {
			return f.off[i]
		}
		return 0
	}
	p, q := f.diagonal[0]-value, above(0)
	for i, below := range f.off {
		diagonal, next := f.diagonal[i+1]-value, above(i+1)
		if f.swapped[i] = math.Abs(p) < math.Abs(below); f.swapped[i] {
			f.l[i] = p / below
			f.u[i], f.u1[i], f.u2[i] = pivot(below), diagonal, next
			p, q = q-f.l[i]*diagonal, -f.l[i]*next
			continue
		}
		p = pivot(p)
		f.l[i] = below / p
		f.u[i], f.u1[i], f.u2[i] = p, q, 0
		p, q = diagonal-f.l[i]*q, next
	}
	f.u[f.d-1] = pivot(p)
}

// solve makes x into (T − λ·I)⁻¹·x.
func (f *shifted) solve(x []float64) {
	for i := range f.off {
		if f.swapped[i] {
			x[i], x[i+1] = x[i+1], x[i]
		}
		x[i+1] -= f.l[i] * x[i]
	}
	next, second := 0.0, 0.0 // of x, one and two places on
	for i := f.d - 1; i >= 0; i-- {
		x[i] = (x[i] - f.u1[i]*next - f.u2[i]*second) / f.u[i]
		next, second = x[i], next
	}
}

// find writes a unit eigenvector of λ that is orthogonal to earlier ones to x. Each start is another random vector, but
// always the same ones.
func (f *shifted) find(x []float64, earlier blas64.General, stream uint64) bool {
	const (
		starts = 4
		fewest = 2 // iterations: the first one's error is of the start
		most   = 6
	)
	for start := range uint64(starts) {
		random := rand.New(rand.NewPCG(stream, start))
		for i := range x {
			x[i] = random.Float64() - 0.5
		}
		for n := 1; n <= most && unit(x); n++ {
			f.solve(x)
			if !unit(x) {
				break
			}
			without(x, earlier)
			if !unit(x) {
				break
			}
			without(x, earlier)
			if n >= fewest && unit(x) && f.residual(x) <= float64(f.d+16)*epsilon*f.norm {
				return true
			}
		}
	}
	return false
}

// residual is |T·x − λ·x|.
func (f *shifted) residual(x []float64) float64 {
	for i, v := range x {
		f.image[i] = (f.diagonal[i] - f.value) * v
	}
	for i, off := range f.off {
		f.image[i] += off * x[i+1]
		f.image[i+1] += off * x[i]
	}
	return floats.Norm(f.image, 2)
}

// unit makes a vector's length 1 where it has one.
func unit(x []float64) bool {
	length := floats.Norm(x, 2)
	if !(length > 0) || math.IsInf(length, 0) {
		return false
	}
	for i := range x {
		x[i] /= length
	}
	return true
}

// without takes from x what it has of orthonormal vectors.
func without(x []float64, of blas64.General) {
	if of.Rows == 0 {
		return
	}
	all := blas64.Vector{N: len(x), Inc: 1, Data: x}
	share := blas64.Vector{N: of.Rows, Inc: 1, Data: make([]float64, of.Rows)}
	blas64.Gemv(blas.NoTrans, 1, of, all, 0, share)
	blas64.Gemv(blas.Trans, -1, of, share, 1, all)
}
