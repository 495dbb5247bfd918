package trained

import (
	"encoding/json"
	"math"
	"slices"
	"sort"

	"ssdgm/model/trained/format"
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
// in proportion. class is one of them, or −1 for all. It is NaN where no training example was taken for the class.
func (u *Usual) Percentile(class int, bound float32) float64 {
	levels := u.Bounds[class+1]
	if levels == nil || math.IsNaN(float64(bound)) {
		return math.NaN()
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
