package input

import (
	"fmt"
	"math"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data/strict"
)

const (
	// farSpreads is how many standard deviations of the training values are so far that no new values can all be, and
	// oddSpreads how many are worth a line.
	farSpreads, oddSpreads = 50, 10
	// leastRows is how many rows tell something of all: fewer may well be outliers.
	leastRows = 3
)

// wild refuses rows whose values are surely scaled otherwise than those of training: all of the first ones lie far off in
// some column. One that does is an outlier, which a model tells better than a rule.
func (t *tableReader) wild() error {
	d := t.t.Width
	rows := make([]float32, t.ahead.n*d)
	width := len(t.layout.Numbers)
	for i := range t.ahead.n {
		words := t.ahead.texts[i*len(t.texts):][:len(t.layout.Words)]
		if err := t.layout.Row(rows[i*d:][:d], t.ahead.numbers[i*width:][:width], words); err != nil {
			return t.at(i, err)
		}
	}
	if err := t.scaledBefore(rows); err != nil {
		return err
	}
	for j := range d {
		if err := t.judge(rows, j); err != nil {
			return err
		}
	}
	return nil
}

const (
	// scaledRows is how many rows show a mean and a standard deviation, and scaledColumns how many columns that have 0 and
	// 1 of them, where those of training have others, are no accident.
	scaledRows, scaledColumns = 10, 3
)

// scaledBefore refuses rows that were brought to a mean of 0 and a standard deviation of 1 before, as the model does it
// itself: all columns are so, and at least some of them were not in training.
func (t *tableReader) scaledBefore(rows []float32) error {
	if t.t.Shift == nil || t.t.Kind == transform.Log1p {
		return nil
	}
	found, first := 0, 0
	for j := range t.t.Width {
		shift, scale := t.t.Shift[j], t.t.Scale[j]
		if scale == 1 {
			continue
		}
		if n, mean, deviation := moments(rows, j, t.t.Width); n < scaledRows || math.Abs(mean) > 0.5 || deviation < 0.5 || deviation > 2 {
			return nil
		}
		if math.Abs(float64(shift)) > 1.5 || scale < 1./3 || scale > 3 {
			if found++; found == 1 {
				first = j
			}
		}
	}
	if found < scaledColumns {
		return nil
	}
	return strict.Errorf("all columns have a mean of about 0 and a standard deviation of about 1, where column %s has %s in training: "+
		"give the values as they came, and not scaled, as the model does that itself", t.layout.Column(first), t.spread(first))
}

// moments are the mean and the standard deviation of a column's values, without those that are missing.
func moments(rows []float32, j, width int) (n int, mean, deviation float64) {
	sum, squares := 0.0, 0.0
	for at := j; at < len(rows); at += width {
		if v := float64(rows[at]); v == v {
			n++
			sum, squares = sum+v, squares+v*v
		}
	}
	mean = sum / float64(n)
	return n, mean, math.Sqrt(squares/float64(n) - mean*mean)
}

// judge looks at a column of the first rows. One whose scale is 1 was constant, and has none.
func (t *tableReader) judge(rows []float32, j int) error {
	if t.t.Shift == nil || t.t.Scale[j] == 1 {
		return nil
	}
	least, most := float32(math.Inf(1)), float32(math.Inf(-1))
	nearest, n := math.Inf(1), 0
	for at := j; at < len(rows); at += t.t.Width {
		v := rows[at]
		if v != v {
			continue
		}
		n++
		least, most = min(least, v), max(most, v)
		x := float64(v)
		if t.t.Kind == transform.Log1p {
			x = math.Log1p(x)
		}
		nearest = min(nearest, math.Abs((x-float64(t.t.Shift[j]))/float64(t.t.Scale[j])))
	}
	if n == 0 || nearest <= oddSpreads {
		return nil
	}
	found := fmt.Sprintf("column %s: the first %d values lie from %.4g to %.4g, where those of training have %s",
		t.layout.Column(j), n, least, most, t.spread(j))
	if nearest > farSpreads && n >= leastRows {
		return strict.Errorf("%s: give them in the same unit, and not scaled, as the model does that itself", found)
	}
	t.told(found + ": if they are in another unit, or scaled, the answers mean nothing")
	return nil
}

// spread says where the training values of a column lie.
func (t *tableReader) spread(j int) string {
	shift, scale := t.t.Shift[j], t.t.Scale[j]
	switch t.t.Kind {
	case transform.MinMax:
		return fmt.Sprintf("a range from %.4g to %.4g", shift, shift+scale)
	case transform.Robust:
		return fmt.Sprintf("a median of %.4g and a spread of %.4g", shift, scale)
	case transform.Log1p:
		return fmt.Sprintf("a mean of %.4g and a standard deviation of %.4g of ln(1 + x)", shift, scale)
	}
	return fmt.Sprintf("a mean of %.4g and a standard deviation of %.4g", shift, scale)
}
