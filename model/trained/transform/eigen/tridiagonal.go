package eigen

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	lapacked "gonum.org/v1/gonum/lapack/gonum"
)

const (
	// tile is how many rows and columns a thread takes at once, panel how many columns are reduced before the rest of
	// the matrix is brought up to date.
	tile, panel = 64, 32
	// strip is how many vectors a thread takes back at once: few enough for a cache.
	strip = 16
)

// tridiagonal is a symmetric matrix of d rows as Q·T·Qᵀ, Q = H₀·H₁·…·H_{d−2} with H = I − tau·v·vᵀ.
type tridiagonal struct {
	d             int
	diagonal, off []float64 // of T, [d] and [d−1]
	tau           []float64 // [d−1]
	a             blas64.Symmetric
	// Row i of a holds H_i's v from place i+1 on; before it, v is 0.
}

// reduction is a tridiagonal on its way. Of the reduced columns of a panel it keeps what the rest of the matrix is
// still to lose, Σ v·wᵀ + w·vᵀ.
type reduction struct {
	*tridiagonal
	v, w  blas64.General // [panel, d]
	parts blas64.General // [tiles, d], the sums of each tile of rows in a product
}

// reduce makes a matrix tridiagonal and keeps the reflections in its upper triangle. See LAPACK's dsytrd and dlatrd.
func reduce(a blas64.Symmetric) *tridiagonal {
	d := a.N
	t := &tridiagonal{d: d, a: a, diagonal: make([]float64, d), off: make([]float64, d-1), tau: make([]float64, d-1)}
	r := &reduction{tridiagonal: t, v: rows(panel, d), w: rows(panel, d), parts: rows((d+tile-1)/tile, d)}
	for first := 0; first < d-1; first += panel {
		last := min(first+panel, d-1)
		for i := first; i < last; i++ {
			r.column(i, i-first)
		}
		r.update(last, last-first)
	}
	t.diagonal[d-1] = t.row(d - 1)[d-1]
	return t
}

// row is a row of the matrix; only what stands from the diagonal on has a meaning.
func (t *tridiagonal) row(i int) []float64 { return t.a.Data[i*t.a.Stride:][:t.d] }

// rowOf is a row of a matrix.
func rowOf(m blas64.General, i int) []float64 { return m.Data[i*m.Stride:][:m.Cols] }

// column reduces column i, before which the panel has so many.
func (r *reduction) column(i, before int) {
	row := r.row(i)
	for p := range before {
		v, w := rowOf(r.v, p), rowOf(r.w, p)
		floats.AddScaled(row[i:], -v[i], w[i:])
		floats.AddScaled(row[i:], -w[i], v[i:])
	}
	r.diagonal[i] = row[i]
	r.off[i], r.tau[i] = lapacked.Implementation{}.Dlarfg(r.d-i-1, row[i+1], row[min(i+2, r.d-1):], 1)
	row[i+1] = 1

	at := i + 1
	v, w := rowOf(r.v, before), rowOf(r.w, before)
	clear(v[:at])
	copy(v[at:], row[at:])
	clear(w)
	if r.tau[i] == 0 {
		return // The column is what it should be.
	}
	r.multiply(w, v, at)
	for p := range before {
		vp, wp := rowOf(r.v, p)[at:], rowOf(r.w, p)[at:]
		alongV, alongW := floats.Dot(vp, v[at:]), floats.Dot(wp, v[at:])
		floats.AddScaled(w[at:], -alongW, vp)
		floats.AddScaled(w[at:], -alongV, wp)
	}
	floats.Scale(r.tau[i], w[at:])
	floats.AddScaled(w[at:], -r.tau[i]/2*floats.Dot(w[at:], v[at:]), v[at:])
}

// multiply writes the product of the matrix's rows and columns from a place on with v to w, which is 0. It reads each
// element once, for its two places.
func (r *reduction) multiply(w, v []float64, from int) {
	tiles := (r.d - from + tile - 1) / tile
	parallel(tiles, func(s int) {
		first := from + s*tile
		part := rowOf(r.parts, s)
		clear(part[first:])
		for i := first; i < min(first+tile, r.d); i++ {
			row := r.row(i)
			part[i] += floats.Dot(row[i:], v[i:])
			floats.AddScaled(part[i+1:], v[i], row[i+1:])
		}
	})
	for s := range tiles {
		first := from + s*tile
		floats.Add(w[first:], rowOf(r.parts, s)[first:])
	}
}

// update takes what a panel of so many columns has kept from the rows and columns from a place on.
func (r *reduction) update(from, columns int) {
	// Rows of p and q are [v, w] and [w, v]: p·qᵀ is Σ v·wᵀ + w·vᵀ.
	n := r.d - from
	p, q := rows(n, 2*columns), rows(n, 2*columns)
	for c := range columns {
		v, w := rowOf(r.v, c)[from:], rowOf(r.w, c)[from:]
		for i := range n {
			at := i * p.Stride
			p.Data[at+c], p.Data[at+columns+c] = v[i], w[i]
			q.Data[at+c], q.Data[at+columns+c] = w[i], v[i]
		}
	}
	AddUpper(r.a, from, -1, p, q)
}

// AddUpper adds alpha·p·qᵀ, which is symmetric, to a matrix's rows and columns from a place on. Of its lower triangle
// nothing is kept. An element's bits depend on its rows of p and q alone.
func AddUpper(a blas64.Symmetric, from int, alpha float64, p, q blas64.General) {
	tiles := (p.Rows + tile - 1) / tile
	part := func(m blas64.General, s int) blas64.General {
		first := s * tile
		return blas64.General{
			Rows: min(tile, m.Rows-first), Cols: m.Cols, Stride: m.Stride, Data: m.Data[first*m.Stride:],
		}
	}
	parallel(tiles*(tiles+1)/2, func(n int) {
		i := 0
		for ; n >= tiles-i; i++ { // Row i of the tiles has tiles−i of them.
			n -= tiles - i
		}
		j := i + n
		pi, qj := part(p, i), part(q, j)
		blas64.Gemm(blas.NoTrans, blas.Trans, alpha, pi, qj, 1, blas64.General{
			Rows: pi.Rows, Cols: qj.Rows, Stride: a.Stride, Data: a.Data[(from+i*tile)*a.Stride+from+j*tile:],
		})
	})
}

// back takes vectors, [k, d], of T to those of the matrix: z ← Q·z.
func (t *tridiagonal) back(vectors blas64.General) {
	parallel((vectors.Rows+strip-1)/strip, func(s int) {
		first, last := s*strip, min((s+1)*strip, vectors.Rows)
		for i := t.d - 2; i >= 0; i-- {
			v := t.row(i)[i+1:]
			for n := first; n < last; n++ {
				z := rowOf(vectors, n)[i+1:]
				floats.AddScaled(z, -t.tau[i]*floats.Dot(v, z), v)
			}
		}
	})
}
