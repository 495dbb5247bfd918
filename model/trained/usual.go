package trained

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/train/safetensors"
)

// UsualLevels is how many percentiles of the training examples' bounds are kept: the 0th to the 100th.
const UsualLevels = 101

// Usual tells how usual an example is: where its bound on log p(x) stands among those of training examples, overall and
// among those of one class. A training example counts as one of the class that the model takes it for.
type Usual struct {
	Examples int   `json:"examples"` // how many training examples
	Classes  []int `json:"classes"`  // how many of them were taken for each class; nil of an M1 alone
	Samples  int   `json:"samples"`  // noise samples of each bound, see Applied.Bounds
	// Bounds are in nats, ascending, [UsualLevels] each: of all, then of each class; nil of a class without examples.
	Bounds [][]float32 `json:"-"`
}

// Percentile is how many in a hundred training examples have a lower bound than this, from 0 to 100, between two levels
// in proportion. class is one of them, or −1 for all. It is NaN where no training example was taken for the class. A bound
// that is no number is that of a row so far from all others that it overflowed: lower than all.
func (u *Usual) Percentile(class int, bound float32) float64 {
	if class < -1 || class+1 >= len(u.Bounds) {
		panic(fmt.Sprintf("trained: want a class from -1 to %d, found %d", len(u.Bounds)-2, class))
	}
	levels := u.Bounds[class+1]
	switch {
	case levels == nil:
		return math.NaN()
	case math.IsNaN(float64(bound)):
		return 0
	}
	at := sort.Search(len(levels), func(i int) bool { return levels[i] >= bound })
	switch {
	case at == 0:
		return 0
	case at == len(levels):
		return 100
	}
	low, high := float64(levels[at-1]), float64(levels[at])
	return float64(at-1) + (float64(bound)-low)/(high-low)
}

// NewUsual keeps the percentiles of training examples' bounds; class is what each was taken for, nil of a model without
// classes.
func NewUsual(bounds []float32, class []int, classes, samples int) *Usual {
	u := &Usual{Examples: len(bounds), Samples: samples, Bounds: make([][]float32, classes+1)}
	of := make([][]float32, classes+1)
	of[0] = slices.Clone(bounds)
	for i, k := range class {
		of[k+1] = append(of[k+1], bounds[i])
	}
	for k, all := range of {
		if k > 0 {
			u.Classes = append(u.Classes, len(all))
		}
		if len(all) == 0 {
			continue
		}
		slices.Sort(all)
		levels := make([]float32, UsualLevels)
		for i := range levels {
			levels[i] = all[int(math.Round(float64(i)*float64(len(all)-1)/(UsualLevels-1)))]
		}
		u.Bounds[k] = levels
	}
	return u
}

const (
	usualRows = 1000 // how many examples FitUsual takes at a time
	// UsualSamples is how many noise samples a bound of FitUsual has at most, whatever eval.samples is: the noise of one
	// is less than what tells examples apart.
	UsualSamples = 10
)

// HasBound tells whether there is a lower bound on log p(x): a supervised network and a baseline have none.
func (m *Model) HasBound() bool { return !m.classifies() || m.M2 != nil }

// FitUsual measures how usual examples are of which the model was trained on: their labels do not count. It does not set
// m.Usual. It is nil where a bound is no number: the parameters are too large.
func (m *Model) FitUsual(ctx context.Context, set *Set) (u *Usual, err error) {
	samples := min(m.Config.Eval.Samples, UsualSamples)
	measured := *m
	measured.Usual = &Usual{Samples: samples}
	a, err := measured.Apply()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var fault error // of reading a row
	rows := m.rowsOf(set, &fault)
	var bounds []float32
	var class []int
	for piece := range slices.Chunk(infer.Sequence(set.N), usualRows) {
		x := make([]float32, len(piece)*m.Inputs)
		if rows(x, piece); fault != nil {
			return nil, fault
		}
		some, err := a.Bounds(ctx, x)
		if err != nil {
			return nil, err
		}
		bounds = append(bounds, some...)
		if !m.classifies() {
			continue
		}
		p, err := a.Classify(ctx, x)
		if err != nil {
			return nil, err
		}
		for row := range slices.Chunk(p, m.K) {
			class = append(class, infer.Argmax(row))
		}
	}
	if slices.ContainsFunc(bounds, func(b float32) bool { return b-b != 0 }) {
		return nil, nil
	}
	classes := 0
	if m.classifies() {
		classes = m.K
	}
	return NewUsual(bounds, class, classes, samples), nil
}

// tensor holds the percentiles, [1 + classes, UsualLevels]; zeros of a class without examples.
func (u *Usual) tensor() safetensors.Tensor {
	all := make([]float32, 0, len(u.Bounds)*UsualLevels)
	for _, levels := range u.Bounds {
		if levels == nil {
			levels = make([]float32, UsualLevels)
		}
		all = append(all, levels...)
	}
	return safetensors.Tensor{Name: format.UsualBounds, Shape: []int{len(u.Bounds), UsualLevels}, Data: all}
}

// readUsual reads how usual training examples are, where a file has it.
func (m *Model) readUsual(f *safetensors.File) error {
	text, ok := f.Metadata[format.Usual]
	if !ok {
		return nil
	}
	u, classes := &Usual{}, 0
	if m.classifies() {
		classes = m.K
	}
	if err := json.Unmarshal([]byte(text), u); err != nil || u.Examples < 1 || u.Samples < 1 || len(u.Classes) != classes {
		return format.Errorf(`want "examples", "samples" and the numbers of %d "classes" as %q in its metadata, found %.200s`,
			classes, format.Usual, text)
	}
	all, err := safetensors.Values[float32](f, format.UsualBounds, classes+1, UsualLevels)
	if err != nil {
		return format.Errorf("%w", err)
	}
	for k := range classes + 1 {
		levels := all[k*UsualLevels:][:UsualLevels]
		if k > 0 && u.Classes[k-1] == 0 {
			levels = nil
		}
		if !slices.IsSorted(levels) {
			return format.Errorf("tensor %q: want bounds in ascending order, found others in row %d", format.UsualBounds, k)
		}
		u.Bounds = append(u.Bounds, levels)
	}
	m.Usual = u
	return nil
}
