package transform

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"ssdgm/model/trained/transform/eigen"
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
		total += covariance.Data[j*d+j]
	}
	values, vectors, ok := eigen.Largest(covariance, rule.PCA)
	if !ok {
		return inputErrorf("data.pca = %d: the covariance of %s has no principal components that could be found; choose "+
			`another data.scale`, rule.PCA, f.table.Name)
	}
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
	f.t.PCA = principal(mean, values, vectors, rule)
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

// principal takes eigenvectors, that of the largest eigenvalue first; these are ascending. Each has the sign that makes
// its largest loading positive.
func principal(mean, values []float64, vectors blas64.General, rule Rule) *PCA {
	d := len(mean)
	p := &PCA{Mean: make([]float32, d), Matrix: make([]float32, 0, rule.PCA*d)}
	for j, v := range mean {
		p.Mean[j] = float32(v)
	}
	for i := range rule.PCA {
		vector := vectors.Data[i*vectors.Stride:][:d]
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

// covarianceRows is how many rows are added to a covariance at once.
const covarianceRows = 256

// covariance takes the walks for the mean and, about it, the upper triangle of the covariance of the scaled rows. It is
// summed in the order of the rows, blocks of them at a time.
func (f *fitting) covariance() (mean []float64, covariance blas64.Symmetric, err error) {
	d := f.table.Width
	mean = make([]float64, d)
	err = f.table.Rows(func(row []float32) error {
		for j, v := range row {
			mean[j] += f.t.scaled(v, j)
		}
		return nil
	})
	if err != nil {
		return nil, covariance, err
	}
	for j := range mean {
		mean[j] /= float64(f.rows)
	}
	covariance = blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: make([]float64, d*d)}
	block := general(make([]float64, d*covarianceRows), d, covarianceRows) // a row of the table in each column
	block.Cols = 0
	flush := func() {
		if block.Cols > 0 {
			eigen.AddUpper(covariance, 0, 1/float64(max(1, f.rows-1)), block, block)
		}
		block.Cols = 0
	}
	err = f.table.Rows(func(row []float32) error {
		for j, v := range row {
			block.Data[j*block.Stride+block.Cols] = f.t.scaled(v, j) - mean[j]
		}
		if block.Cols++; block.Cols == covarianceRows {
			flush()
		}
		return nil
	})
	flush()
	return mean, covariance, err
}
