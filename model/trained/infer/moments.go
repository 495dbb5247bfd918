package infer

import "math"

// Moments are the mean and the variance of each column of a table that is seen a
// row at a time (Welford 1962).
type Moments struct {
	n                int
	mean, sumSquares []float64
}

// NewMoments are those of so many columns, of no row yet.
func NewMoments(columns int) *Moments {
	return &Moments{mean: make([]float64, columns), sumSquares: make([]float64, columns)}
}

// Add counts a row in. It may be longer than there are columns.
func (m *Moments) Add(row []float32) {
	m.n++
	for j := range m.mean {
		delta := float64(row[j]) - m.mean[j]
		m.mean[j] += delta / float64(m.n)
		m.sumSquares[j] += delta * (float64(row[j]) - m.mean[j])
	}
}

// Above lists the columns whose standard deviation is greater than the threshold.
func (m *Moments) Above(threshold float64) []int {
	var kept []int
	for j, s := range m.sumSquares {
		if math.Sqrt(s/float64(m.n)) > threshold {
			kept = append(kept, j)
		}
	}
	return kept
}

// ActiveThreshold is the standard deviation of a latent's mean, over the data, above
// which the latent counts as active.
const ActiveThreshold = 0.1
