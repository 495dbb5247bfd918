package transform

import (
	"fmt"
	"math"
)

// Check holds that rows, [n, Width], can be taken: no infinite value, none that is missing where these are refused,
// none below 0 for log1p. name is what they are called in the error, which is ErrInput.
func (t *Transformation) Check(name string, rows Rows) error {
	var missing []int
	n := 0
	err := rows(func(row []float32) error {
		n++
		for j, v := range row {
			switch {
			case v != v:
				if missing == nil {
					missing = make([]int, t.Width)
				}
				missing[j]++
			case math.IsInf(float64(v), 0):
				return inputErrorf("%s: want finite numbers, found %g in row %d, column %s", name, v, n-1, t.Column(j))
			case v < 0 && t.Kind == Log1p:
				return negativeError(name, t.Column(j), v)
			}
		}
		return nil
	})
	if err != nil || missing == nil || t.Missing != Refuse {
		return err
	}
	var names []string
	for j, count := range missing {
		if count > 0 {
			names = append(names, fmt.Sprintf("%s (%d)", t.Column(j), count))
		}
	}
	return missingError(name, names, n)
}

// Column is what a message calls a raw value: by its name, or by its number from 1.
func (t *Transformation) Column(j int) string { return columnIn(t.Features, j) }
