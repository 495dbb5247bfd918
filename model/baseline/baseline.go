// Package baseline holds the classifiers that the models are compared with: nearest
// neighbours, a transductive support vector machine and a convolutional network. Each
// learns from a few labelled examples, and the transductive machine from unlabelled ones
// too; on M1's features instead of pixels they are the paper's M1+KNN and M1+TSVM.
//
// Matrix products are the device's; all else is done on the host, in one order, so that
// a result depends on the device, the examples and the seed, never on the number of threads.
package baseline

import (
	"context"
	"fmt"
	"slices"

	"ssdgm/engine"
)

// Matrix is a table of examples, one a row.
type Matrix struct {
	Rows, Width int
	Data        []float32 // [Rows, Width]
}

// Row is one example.
func (m Matrix) Row(i int) []float32 { return m.Data[i*m.Width:][:m.Width] }

// Examples are what a classifier learns from.
type Examples struct {
	Labelled   Matrix
	Labels     []int32 // of the labelled examples, each below Options.Classes
	Unlabelled Matrix  // the classifiers that have no use for it ignore it
}

// Classifier is a method that learns from examples and then classifies others.
type Classifier interface {
	// Fit learns from the examples. When ctx ends, it returns ctx's error, and nothing
	// has been learnt.
	Fit(ctx context.Context, examples Examples) error
	// Predict gives log p(y|x) of each row of x, up to a constant for each row:
	// [x.Rows, Options.Classes]. The largest is the label. It panics before Fit or Import.
	Predict(x Matrix) ([]float32, error)
	// Export names what Fit has learnt; Import takes it back.
	Export() []Tensor
	Import(lookup func(name string) (Tensor, bool)) error
}

// Tensor is a named part of what a classifier has learnt. Data is []float32 or []int64.
type Tensor struct {
	Name  string
	Shape []int
	Data  any
}

// Options are what all classifiers work with.
type Options struct {
	Device          engine.Device // of one replica
	Inputs, Classes int           // numbers in an example, and labels
	Seed            uint64
	// Progress is told how much of Fit is done; it may be nil.
	Progress func(done, total int)
}

func (o *Options) progress(done, total int) {
	if o.Progress != nil {
		o.Progress(done, total)
	}
}

// check panics unless the examples fit together: who calls Fit has made them.
func (o *Options) check(e *Examples) {
	switch {
	case e.Labelled.Rows < 1:
		panic("baseline: no labelled examples")
	case len(e.Labels) != e.Labelled.Rows:
		panic(fmt.Sprintf("baseline: %d labels for %d examples", len(e.Labels), e.Labelled.Rows))
	case e.Labelled.Width != o.Inputs || e.Unlabelled.Rows > 0 && e.Unlabelled.Width != o.Inputs:
		panic(fmt.Sprintf("baseline: labelled examples of width %d and unlabelled ones of %d for %d inputs", e.Labelled.Width, e.Unlabelled.Width, o.Inputs))
	}
	for _, m := range []Matrix{e.Labelled, e.Unlabelled} {
		if len(m.Data) != m.Rows*m.Width {
			panic(fmt.Sprintf("baseline: %d numbers for %d examples of width %d", len(m.Data), m.Rows, m.Width))
		}
	}
	for i, label := range e.Labels {
		if label < 0 || int(label) >= o.Classes {
			panic(fmt.Sprintf("baseline: label %d of %d classes at place %d", label, o.Classes, i))
		}
	}
}

// pieceRows is how many examples are classified at once.
const pieceRows = 500

// pieces calls f with consecutive rows of a matrix, at most so many at once.
func (m Matrix) pieces(rows int, f func(first int, piece Matrix)) {
	for first := 0; first < m.Rows; first += rows {
		n := min(rows, m.Rows-first)
		f(first, Matrix{Rows: n, Width: m.Width, Data: m.Data[first*m.Width:][:n*m.Width]})
	}
}

// find gives a learnt tensor's numbers and shape.
func find[T float32 | int64](lookup func(string) (Tensor, bool), name string) ([]T, []int, error) {
	t, ok := lookup(name)
	if !ok {
		return nil, nil, fmt.Errorf("want a tensor %q, found none", name)
	}
	values, ok := t.Data.([]T)
	n := 1
	for _, size := range t.Shape {
		n *= size
	}
	if !ok || n != len(values) {
		return nil, nil, fmt.Errorf("tensor %q: want %d numbers of type %T, found %T", name, n, *new(T), t.Data)
	}
	notFinite := func(v T) bool { return v-v != 0 }
	if at := slices.IndexFunc(values, notFinite); at >= 0 {
		count := len(values) - len(slices.DeleteFunc(slices.Clone(values), notFinite))
		return nil, nil, fmt.Errorf("tensor %q: want finite numbers, found %d of %d that are not, the first %v at place %d",
			name, count, len(values), values[at], at)
	}
	return values, t.Shape, nil
}

// sized is find for a tensor whose shape is known.
func sized[T float32 | int64](lookup func(string) (Tensor, bool), name string, shape ...int) ([]T, error) {
	values, found, err := find[T](lookup, name)
	if err == nil && !slices.Equal(found, shape) {
		err = fmt.Errorf("tensor %q: want the shape %v, found %v", name, shape, found)
	}
	return values, err
}
