package trained

import (
	"context"
	"math"

	"ssdgm/model/trained/format"
)

// Percentiles tells how usual rows x, [n, Inputs], are, from 0 to 100, see Usual.Percentile: among all training
// examples, [n], and among those that were taken for the class that classes names for each row, [n]; −1 stands for all.
// Both are nil where the model does not know, see Model.Usual.
func (a *Applied) Percentiles(ctx context.Context, x []float32, classes []int) (all, own []float32, err error) {
	u := a.model.Usual
	if u == nil {
		return nil, nil, nil
	}
	if err := wantClasses(classes, len(x)/a.model.Inputs, len(u.Bounds)-1); err != nil {
		return nil, nil, err
	}
	bounds, err := a.Bounds(ctx, x)
	if err != nil {
		return nil, nil, err
	}
	all, own = make([]float32, len(bounds)), make([]float32, len(bounds))
	for i, bound := range bounds {
		all[i], own[i] = float32(u.Percentile(-1, bound)), float32(u.Percentile(classes[i], bound))
	}
	return all, own, nil
}

// wantClasses holds that there is a class for each row, one of so many or −1.
func wantClasses(classes []int, rows, k int) error {
	if len(classes) != rows {
		return format.Errorf("percentiles: want a class for each of %d rows, found %d", rows, len(classes))
	}
	for row, class := range classes {
		if class < -1 || class >= k {
			return format.Errorf("percentiles: want a class from 0 to %d, or -1 for all of them, found %d for row %d", k-1, class, row)
		}
	}
	return nil
}

// Percentiles are the means of those of the models that know, see Applied.Percentiles; classes are the first model's.
func (e *Ensemble) Percentiles(ctx context.Context, x []float32, classes []int) (all, own []float32, err error) {
	if err := wantClasses(classes, len(x)/e.Inputs(), len(e.Classes())); err != nil {
		return nil, nil, err
	}
	var means [2][]float32
	var counts [2][]int
	theirs := make([]int, len(classes))
	for _, m := range e.members {
		for i, class := range classes {
			if theirs[i] = class; class >= 0 {
				theirs[i] = m.classes[class]
			}
		}
		all, own, err := m.Applied.Percentiles(ctx, m.own(x), theirs)
		if err != nil {
			return nil, nil, err
		}
		for of, found := range [][]float32{all, own} {
			if found != nil && means[of] == nil {
				means[of], counts[of] = make([]float32, len(found)), make([]int, len(found))
			}
			for i, p := range found {
				if !math.IsNaN(float64(p)) {
					means[of][i] += p
					counts[of][i]++
				}
			}
		}
	}
	for of := range means {
		for i, n := range counts[of] {
			if means[of][i] /= float32(n); n == 0 {
				means[of][i] = float32(math.NaN())
			}
		}
	}
	return means[0], means[1], nil
}
