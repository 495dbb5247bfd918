package transform

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// components fits the principal components of the scaled rows: the eigenvectors of their covariance with the largest
// eigenvalues, which are the components' variances, Σ(x − mean)²/(n − 1).
func (f *fitting) components(rule Rule) error {
	d := f.table.Width
	mean, covariance, err := f.covariance()
	if err != nil {
		return err
	}
	total := 0.0
	for j := range d {
		total += covariance.At(j, j)
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return inputErrorf("data.pca = %d: the covariance of %s has no principal components that could be found; choose "+
			`another data.scale`, rule.PCA, f.table.Name)
	}
	values := eigen.Values(nil) // ascending
	rank, least := 0, values[d-1]*float64(max(f.rows, d))*0x1p-52
	for _, v := range values {
		if v > least {
			rank++
		}
	}
	if rule.PCA > rank {
		return inputErrorf("data.pca = %d: the training rows of %s span %d dimensions; lower it to that",
			rule.PCA, f.table.Name, rank)
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	f.t.PCA = principal(mean, values, &vectors, rule)
	for i := range rule.PCA {
		f.t.PCA.Explained += values[d-1-i] / total
	}
	f.t.PCA.Explained = min(1, f.t.PCA.Explained)
	f.note(fmt.Sprintf("data.pca = %d: the components have %.1f %% of the training rows' variance",
		rule.PCA, 100*f.t.PCA.Explained))
	f.seen(values[d-rule.PCA:])
	return nil
}

// seen keeps what a model sees of components with these variances, in ascending order. They take both signs.
func (f *fitting) seen(variances []float64) {
	f.found.Outside = "principal components, which have both signs"
	f.found.Least, f.found.Most = math.Sqrt(variances[0]), math.Sqrt(variances[len(variances)-1])
	if f.t.PCA.Scale != nil {
		f.found.Least, f.found.Most = 1, 1
	}
}

// principal takes the last eigenvectors, the largest first. Each has the sign that makes its largest loading positive.
func principal(mean, values []float64, vectors *mat.Dense, rule Rule) *PCA {
	d := len(mean)
	p := &PCA{Mean: make([]float32, d), Matrix: make([]float32, 0, rule.PCA*d)}
	for j, v := range mean {
		p.Mean[j] = float32(v)
	}
	for i := range rule.PCA {
		vector := mat.Col(nil, d-1-i, vectors)
		largest := 0.0
		for _, v := range vector {
			if math.Abs(v) > math.Abs(largest) {
				largest = v
			}
		}
		for _, v := range vector {
			p.Matrix = append(p.Matrix, float32(v*math.Copysign(1, largest)))
		}
		if rule.Whiten {
			p.Scale = append(p.Scale, float32(math.Sqrt(values[d-1-i])))
		}
	}
	return p
}

// covariance takes the walks for the mean and, about it, the covariance of the scaled rows. It is summed in the order
// of the rows, blocks of them at a time.
func (f *fitting) covariance() (mean []float64, covariance *mat.SymDense, err error) {
	d := f.table.Width
	mean = make([]float64, d)
	err = f.table.Rows(func(row []float32) error {
		for j, v := range row {
			mean[j] += f.t.scaled(v, j)
		}
		return nil
	})
	for j := range mean {
		mean[j] /= float64(f.rows)
	}
	sums := blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: make([]float64, d*d)}
	block := make([]float64, 0, blockRows*d)
	flush := func() {
		if len(block) > 0 {
			blas64.Syrk(blas.Trans, 1/float64(max(1, f.rows-1)), general(block, len(block)/d, d), 1, sums)
			block = block[:0]
		}
	}
	if err == nil {
		err = f.table.Rows(func(row []float32) error {
			for j, v := range row {
				block = append(block, f.t.scaled(v, j)-mean[j])
			}
			if len(block) == cap(block) {
				flush()
			}
			return nil
		})
	}
	if err != nil {
		return nil, nil, err
	}
	flush()
	covariance = new(mat.SymDense)
	covariance.SetRawSymmetric(sums)
	return mean, covariance, nil
}
