package transform

import (
	"fmt"
	"slices"
)

// normalRange is the interquartile range of N(0, 1): 2·Φ⁻¹(¾).
const normalRange = 1.3489795003921634

// quartileBytes is how much of the columns is held at once for their quartiles.
const quartileBytes = 256 << 20

// quartiles fits the median and the interquartile range of each column, exactly, blocks of columns at a time. A column
// of which more than half is one value has a range of 0: its standard deviation stands for it.
func (f *fitting) quartiles() error {
	d := f.table.Width
	block := min(d, max(1, quartileBytes/(4*f.rows)))
	var flat []string
	for first := 0; first < d; first += block {
		columns := make([][]float32, min(block, d-first))
		for j := range columns {
			columns[j] = make([]float32, 0, f.count[first+j])
		}
		err := f.table.Rows(func(row []float32) error {
			for j := range columns {
				if v := row[first+j]; v == v {
					columns[j] = append(columns[j], v)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for j, values := range columns {
			slices.Sort(values)
			f.t.Shift[first+j] = float32(quantile(values, 0.5))
			spread := (quantile(values, 0.75) - quantile(values, 0.25)) / normalRange
			if spread == 0 && !f.constant(first+j) {
				flat = append(flat, f.column(first+j))
				spread = f.deviation[first+j]
			}
			f.t.Scale[first+j] = float32(spread)
		}
	}
	if flat != nil {
		f.note(fmt.Sprintf("%s: half of column %s is one value, so its interquartile range is 0: it is divided by its "+
			"standard deviation", f.table.Name, Some(flat)))
	}
	return nil
}

// quantile is that of sorted values, linear between two of them.
func quantile(sorted []float32, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	low := float64(sorted[i])
	if i+1 == len(sorted) {
		return low
	}
	return low + float64((at-float64(i))*(float64(sorted[i+1])-low))
}
