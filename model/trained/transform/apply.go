package transform

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// blockRows is how many rows are taken at once: few enough for a cache, enough for a matrix product.
const blockRows = 64

// Apply writes what a model sees of rows, one or several, [n, Width], to dst, [n, Out]. Their bits are the same one by
// one and all at once. A missing value, NaN, is filled or stays missing, as Missing says; Check tells which rows there
// is no way to take.
func (t *Transformation) Apply(dst, raw []float32) {
	t.each(dst, t.Out(), raw, t.Width, func(dst, raw []float32) {
		switch {
		case t.Plain():
			copy(dst, raw)
		case t.PCA == nil:
			for i, v := range raw {
				dst[i] = float32(t.scaled(v, i%t.Width))
			}
		default:
			x := make([]float64, len(raw))
			for i, v := range raw {
				x[i] = t.scaled(v, i%t.Width)
			}
			t.PCA.project(dst, x)
		}
	})
}

// Invert writes raw values to dst, [n, Width], that Apply takes to x, [n, Out]. Of principal components these are the
// nearest to the mean; a filled value is not known to have been missing.
func (t *Transformation) Invert(dst, x []float32) {
	t.each(dst, t.Width, x, t.Out(), func(dst, x []float32) {
		switch {
		case t.Plain():
			copy(dst, x)
		case t.PCA == nil:
			for i, v := range x {
				dst[i] = float32(t.unscaled(float64(v), i%t.Width))
			}
		default:
			for i, v := range t.PCA.expand(x) {
				dst[i] = float32(t.unscaled(v, i%t.Width))
			}
		}
	})
}

// each hands blocks of rows to f, several at once.
func (t *Transformation) each(dst []float32, to int, src []float32, from int, f func(dst, src []float32)) {
	rows := len(src) / max(1, from)
	if rows*from != len(src) || rows*to != len(dst) {
		panic(fmt.Sprintf("transform: %d values for rows of %d, into %d for rows of %d", len(src), from, len(dst), to))
	}
	block := func(first int) {
		last := min(first+blockRows, rows)
		f(dst[first*to:last*to], src[first*from:last*from])
	}
	if rows <= 2*blockRows {
		for first := 0; first < rows; first += blockRows {
			block(first)
		}
		return
	}
	threads := runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	for thread := range threads {
		wait.Go(func() {
			for first := thread * blockRows; first < rows; first += threads * blockRows {
				block(first)
			}
		})
	}
	wait.Wait()
}

// scaled is a raw value in a column up to the components. A missing one that nothing fills stays NaN.
func (t *Transformation) scaled(v float32, column int) float64 {
	if v != v && t.Fill != nil {
		v = t.Fill[column]
	}
	x := t.logged(v)
	if t.Shift != nil {
		x = (x - float64(t.Shift[column])) / float64(t.Scale[column])
	}
	return x
}

// logged is ln(1+v), or v.
func (t *Transformation) logged(v float32) float64 {
	if t.Kind == Log1p {
		return math.Log1p(float64(v))
	}
	return float64(v)
}

// unscaled is the raw value that scaled takes to x.
func (t *Transformation) unscaled(x float64, column int) float64 {
	if t.Shift != nil {
		x = float64(x*float64(t.Scale[column])) + float64(t.Shift[column])
	}
	if t.Kind == Log1p {
		x = math.Expm1(x)
	}
	return x
}

// PCA is a projection on principal components: y = (x − Mean)·Wᵀ, and divided by Scale where it is whitened. A
// component is a unit vector whose largest loading is positive.
type PCA struct {
	Mean   []float32 // [d]
	Matrix []float32 // W, [k, d], the component of the largest variance first
	Scale  []float32 // [k], the components' standard deviations; nil: they are not whitened
	// Explained is the share of the training rows' variance that the components have, from 0 to 1.
	Explained float64

	once  sync.Once
	wide  blas64.General // W in float64
	wideT blas64.General // Wᵀ: both products go along the columns, whose order alone decides the bits
}

// Components is how many there are, k.
func (p *PCA) Components() int { return len(p.Matrix) / len(p.Mean) }

// matrices are W and Wᵀ.
func (p *PCA) matrices() (w, wT blas64.General) {
	p.once.Do(func() {
		k, d := p.Components(), len(p.Mean)
		p.wide, p.wideT = general(make([]float64, k*d), k, d), general(make([]float64, k*d), d, k)
		for i, v := range p.Matrix {
			p.wide.Data[i], p.wideT.Data[i%d*k+i/d] = float64(v), float64(v)
		}
	})
	return p.wide, p.wideT
}

// project writes the components of rows x, [n, d], which it uses up, to dst, [n, k].
func (p *PCA) project(dst []float32, x []float64) {
	k, d := p.Components(), len(p.Mean)
	for i := range x {
		x[i] -= float64(p.Mean[i%d])
	}
	_, wT := p.matrices()
	y := product(general(x, len(x)/d, d), wT)
	for i, v := range y.Data {
		if p.Scale != nil {
			v /= float64(p.Scale[i%k])
		}
		dst[i] = float32(v)
	}
}

// expand gives the rows, [n, d], that project takes to x, [n, k], and that lie nearest to the mean.
func (p *PCA) expand(x []float32) []float64 {
	k, d := p.Components(), len(p.Mean)
	y := general(make([]float64, len(x)), len(x)/k, k)
	for i, v := range x {
		y.Data[i] = float64(v)
		if p.Scale != nil {
			y.Data[i] *= float64(p.Scale[i%k])
		}
	}
	w, _ := p.matrices()
	rows := product(y, w).Data
	for i := range rows {
		rows[i] += float64(p.Mean[i%d])
	}
	return rows
}

// general is a matrix of so many rows.
func general(values []float64, rows, columns int) blas64.General {
	return blas64.General{Rows: rows, Cols: columns, Stride: columns, Data: values}
}

// product is a·b. Each of its elements is a sum along a row of a, from left to right.
func product(a, b blas64.General) blas64.General {
	c := general(make([]float64, a.Rows*b.Cols), a.Rows, b.Cols)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, a, b, 0, c)
	return c
}
