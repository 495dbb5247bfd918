//go:build !cuda

package oracle

import (
	"maps"
	"slices"
)

// Matrix is a dense matrix, row-major: element (r, c) is Data[r*Cols+c].
type Matrix struct {
	Rows, Cols int
	Data       []float64
}

// Params are a model's parameters, or their gradients, by name. Weights are
// [outputs, inputs], biases [1, outputs].
type Params map[string]*Matrix

// names gives the parameters an order, so that sums over them repeat to the bit.
func (p Params) names() []string {
	return slices.Sorted(maps.Keys(p))
}

// everyNth copies the rows first, first+step, first+2·step, … of m.
func everyNth(m Matrix, first, step int) Matrix {
	out := Matrix{Rows: m.Rows / step, Cols: m.Cols}
	for r := first; r < m.Rows; r += step {
		out.Data = append(out.Data, m.row(r)...)
	}
	return out
}

// rowRange is rows [from, to) of m; it shares m's data.
func rowRange(m Matrix, from, to int) Matrix {
	return Matrix{Rows: to - from, Cols: m.Cols, Data: m.Data[from*m.Cols : to*m.Cols]}
}

// repeatRows writes every row of m down n times in succession.
func repeatRows(m Matrix, n int) Matrix {
	out := Matrix{Rows: m.Rows * n, Cols: m.Cols}
	for r := range m.Rows {
		for range n {
			out.Data = append(out.Data, m.row(r)...)
		}
	}
	return out
}

// oneHot turns labels into rows of length k with a single 1.
func oneHot(labels []int, k int) Matrix {
	out := Matrix{Rows: len(labels), Cols: k, Data: make([]float64, len(labels)*k)}
	for r, label := range labels {
		out.Data[r*k+label] = 1
	}
	return out
}

func (m Matrix) row(r int) []float64 {
	return m.Data[r*m.Cols : (r+1)*m.Cols]
}
