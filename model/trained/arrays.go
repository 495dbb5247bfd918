package trained

import (
	"slices"

	"gorgonia.org/tensor"

	"ssdgm/model"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
)

// matrix gives the elements of an array, row-major, that must be float32 of shape [n, width], and n. what it is for
// and of are named in the error.
func matrix(what, of string, x *tensor.Dense, width int) (values []float32, n int, err error) {
	if x == nil {
		return nil, 0, format.Errorf("%s: want an array of float32, [n, %d], found none", what, width)
	}
	if shape := x.Shape(); x.Dtype() != tensor.Float32 || len(shape) != 2 || shape[1] != width || shape[0] < 1 {
		return nil, 0, format.Errorf("%s: want an array of float32, [n, %d]: %s; found %v, %v",
			what, width, of, x.Dtype(), []int(shape))
	}
	if x.RequiresIterator() || !x.DataOrder().IsRowMajor() || x.DataOrder().IsTransposed() {
		if x, err = rowMajor(x); err != nil {
			return nil, 0, err
		}
	}
	values, ok := x.Data().([]float32)
	if !ok || len(values) != x.Shape().TotalSize() {
		return nil, 0, format.Errorf("%s: want an array whose elements are at hand, found one that hides them", what)
	}
	return values, x.Shape()[0], nil
}

// rowMajor copies a view.
func rowMajor(x *tensor.Dense) (*tensor.Dense, error) {
	rows, columns := x.Shape()[0], x.Shape()[1]
	values := make([]float32, 0, rows*columns)
	for i := range rows {
		for j := range columns {
			v, err := x.At(i, j)
			if err != nil {
				return nil, err
			}
			values = append(values, v.(float32))
		}
	}
	return dense(values, rows, columns), nil
}

// dense is an array of the given shape.
func dense(values []float32, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// examples gives examples, raw, as a network's input, and how many they are.
func (m *Model) examples(what string, x *tensor.Dense) (infer.Input, int, error) {
	values, n, err := matrix(what, "an example a row, of as many values as the model was trained on", x, m.Inputs)
	if err != nil {
		return infer.Input{}, 0, err
	}
	if err := m.Check(what, values); err != nil {
		return infer.Input{}, 0, err
	}
	return m.seen(rowsOf(values, m.Inputs), n), n, nil
}

// Unit tells whether raw real values must lie from 0 to 1: those that a Bernoulli sees as they are.
func (m *Model) Unit() bool {
	return m.M1 != nil && m.M1.Output == model.Bernoulli && m.Input.Plain()
}

// Check holds that raw values of examples, [n, Inputs], are such as the model was trained on: what Classify and the other
// methods hold of theirs. The error, ErrInput, begins with what they are for.
func (m *Model) Check(what string, values []float32) error {
	if !m.Input.Image() {
		return m.takes(what, transform.RowsOf(values, m.Inputs))
	}
	for i, v := range values {
		if !(v >= 0 && v <= 1) { // also where it is no number
			return format.Errorf("%s: want pixels from 0 to 1, found %g in example %d, place %d; divide bytes by %g",
				what, v, i/m.Inputs, i%m.Inputs, m.Input.Divisor)
		}
	}
	return nil
}

// takes holds that rows of real values are such as the model was trained on.
func (m *Model) takes(what string, rows transform.Rows) error {
	if err := m.Input.Check(what, rows); err != nil {
		return format.Errorf("%w", err)
	}
	if !m.Unit() {
		return nil
	}
	example := -1
	return rows(func(row []float32) error {
		example++
		if at := slices.IndexFunc(row, func(v float32) bool { return v < 0 || v > 1 }); at >= 0 {
			return format.Errorf("%s: want values from 0 to 1, as those that the model was trained on, found %g in example %d, "+
				`place %d; train with m1.output = "gaussian" to take others`, what, row[at], example, at)
		}
		return nil
	})
}

// wantClass holds that there is a class of that number.
func (m *Model) wantClass(what string, class int) error {
	if class < 0 || class >= m.K {
		return format.Errorf("%s: want a class from 0 to %d, found %d", what, m.K-1, class)
	}
	return nil
}
