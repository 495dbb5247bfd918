package transform

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"ssdgm/model/trained/transform/eigen"
)

// components fits the principal components of the scaled rows: the eigenvectors of their covariance with the largest
// eigenvalues, which are the components' variances, Σ(x − mean)²/(n − 1).
func (f *fitting) components(rule Rule) error {
	d := f.table.Width
	mean, err := f.centre()
	if err != nil {
		return err
	}
	if f.isKnown(mean, rule) {
		return f.adopt(mean)
	}
	if f.table.Wait != nil {
		f.table.Wait(f.wait(rule.PCA))
	}
	covariance, err := f.covariance(mean)
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
	f.seen(values[d-rule.PCA], values[d-1])
	return nil
}

// isKnown tells whether the table's known transformation is that of rows with this mean.
func (f *fitting) isKnown(mean []float64, rule Rule) bool {
	k, t := f.table.Known, f.t
	return k != nil && k.PCA != nil && k.Kind == t.Kind && k.Missing == t.Missing && k.Divisor == t.Divisor &&
		k.PCA.Components() == rule.PCA && (k.PCA.Scale != nil) == rule.Whiten &&
		slices.Equal(k.Shift, t.Shift) && slices.Equal(k.Scale, t.Scale) && slices.Equal(k.Fill, t.Fill) &&
		slices.Equal(k.PCA.Mean, rounded(mean))
}

// adopt takes the components that are known. A walk gives the variances of the first and the last one.
func (f *fitting) adopt(mean []float64) error {
	p := f.table.Known.PCA
	f.t.PCA = p
	d, k := f.table.Width, p.Components()
	var least, most float64
	err := f.table.Rows(func(row []float32) error {
		first, last := 0.0, 0.0
		for j, v := range row {
			x := f.t.scaled(v, j) - mean[j]
			first += x * float64(p.Matrix[j])
			last += x * float64(p.Matrix[(k-1)*d+j])
		}
		most += first * first
		least += last * last
		return nil
	})
	degrees := float64(max(1, f.rows-1))
	f.seen(least/degrees, most/degrees)
	return err
}

// threadRate is how many operations of principal components a thread does a second, see BenchmarkPrincipalComponents.
const threadRate = 8e9

// wait is about how long k components take.
func (f *fitting) wait(k int) time.Duration {
	n, d := float64(f.rows), float64(f.table.Width)
	operations := d * d * (n + 3*d + 6*float64(k))
	return time.Duration(operations / threadRate / float64(runtime.GOMAXPROCS(0)) * float64(time.Second))
}

// seen keeps what a model sees of components whose variances lie between these. They take both signs.
func (f *fitting) seen(least, most float64) {
	f.note(fmt.Sprintf("data.pca = %d: the components have %.1f %% of the training rows' variance",
		f.t.PCA.Components(), 100*f.t.PCA.Explained))
	f.found.Outside = "principal components, which have both signs"
	f.found.Least, f.found.Most = math.Sqrt(least), math.Sqrt(most)
	if f.t.PCA.Scale != nil {
		f.found.Least, f.found.Most = 1, 1
	}
}

// principal takes eigenvectors, that of the largest eigenvalue first; these are ascending. Each has the sign that makes
// its largest loading positive.
func principal(mean, values []float64, vectors blas64.General, rule Rule) *PCA {
	d := len(mean)
	p := &PCA{Mean: rounded(mean), Matrix: make([]float32, 0, rule.PCA*d)}
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

// rounded is an array in single precision.
func rounded(values []float64) []float32 {
	single := make([]float32, len(values))
	for i, v := range values {
		single[i] = float32(v)
	}
	return single
}

// covarianceRows is how many rows are added to a covariance at once.
const covarianceRows = 256

// centre takes the walk for the mean of the scaled rows.
func (f *fitting) centre() ([]float64, error) {
	mean := make([]float64, f.table.Width)
	err := f.table.Rows(func(row []float32) error {
		for j, v := range row {
			mean[j] += f.t.scaled(v, j)
		}
		return nil
	})
	for j := range mean {
		mean[j] /= float64(f.rows)
	}
	return mean, err
}

// covariance takes the walk for the upper triangle of the covariance of the scaled rows about their mean. It is summed
// in the order of the rows, blocks of them at a time.
func (f *fitting) covariance(mean []float64) (blas64.Symmetric, error) {
	d := f.table.Width
	covariance := blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: make([]float64, d*d)}
	block := general(make([]float64, d*covarianceRows), d, covarianceRows) // a row of the table in each column
	block.Cols = 0
	flush := func() {
		if block.Cols > 0 {
			eigen.AddUpper(covariance, 0, 1/float64(max(1, f.rows-1)), block, block)
		}
		block.Cols = 0
	}
	err := f.table.Rows(func(row []float32) error {
		for j, v := range row {
			block.Data[j*block.Stride+block.Cols] = f.t.scaled(v, j) - mean[j]
		}
		if block.Cols++; block.Cols == covarianceRows {
			flush()
		}
		return nil
	})
	flush()
	return covariance, err
}
