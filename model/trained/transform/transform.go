// Package transform is what becomes of an example's raw values before a model sees them, and back: log1p, a shift and a
// scale of each column, principal components, and what stands for a missing value. It is fitted on training rows,
// stored with the model and applied to whatever the model is given later.
//
// An example travels in this order: the fill of missing values, ln(1+x), (x − shift)/scale, the components (x −
// mean)·Wᵀ, and the scale of each component where they are whitened. Every value is computed in float64 and rounded
// once. A row's bits depend neither on the rows beside it nor on the number of threads.
package transform

import (
	"errors"
	"fmt"
	"strconv"
)

// ErrInput marks every error that the user can mend.
var ErrInput = errors.New("input")

// The words of Rule.Scale.
const (
	Auto     = "auto"     // what the values ask for: pixels, none or standard
	Pixels   = "pixels"   // bytes of images, as numbers from 0 to 1
	None     = "none"     // values as they are
	Standard = "standard" // mean 0 and standard deviation 1
	Robust   = "robust"   // median 0, and an interquartile range of 1.349, as that of N(0, 1)
	Log1p    = "log1p"    // ln(1+x), then as standard
	MinMax   = "minmax"   // from 0 to 1
)

// The words of Rule.Missing.
const (
	Refuse = "error" // a missing value is an error
	Mean   = "mean"  // the column's mean over the training rows stands for it
	Mask   = "mask"  // it stays missing, NaN, and is left out by the model
)

// Rule is what is to be fitted.
type Rule struct {
	Scale   string
	PCA     int  // how many principal components; 0: the values themselves
	Whiten  bool // components are scaled to a standard deviation of 1
	Missing string
}

// Feature is what one or several values of an example stand for.
type Feature struct {
	Name string `json:"name"`
	// Categories are those of a feature that is one-hot: one value each. None: it is one number.
	Categories []string `json:"categories,omitempty"`
}

// Width is how many values a feature has.
func (f Feature) Width() int { return max(1, len(f.Categories)) }

// Transformation is a fitted rule. It is not changed once it is made; several goroutines may use it at once.
type Transformation struct {
	Kind  string // the word of Rule.Scale that it came to, never Auto
	Width int    // values of a raw row
	// Divisor is that of the bytes of images: their quotients, from 0 to 1, are the raw values. 1: there are no bytes.
	Divisor  float32
	Missing  string
	Features []Feature // of the raw values; nil where they have no names

	Shift, Scale []float32 // [Width]; nil: values are neither shifted nor scaled
	Fill         []float32 // [Width], raw values in place of missing ones; nil where Missing is not Mean
	PCA          *PCA      // nil: the values themselves
}

// OfPixels takes bytes of images as numbers from 0 to 1.
func OfPixels(width int) *Transformation {
	return &Transformation{Kind: Pixels, Width: width, Divisor: 255, Missing: Refuse}
}

// Identity takes real values as they are.
func Identity(width int) *Transformation {
	return &Transformation{Kind: None, Width: width, Divisor: 1, Missing: Refuse}
}

// Out is how many values a model sees of an example.
func (t *Transformation) Out() int {
	if t.PCA != nil {
		return t.PCA.Components()
	}
	return t.Width
}

// Image tells whether the examples are bytes of images. Their raw values are numbers from 0 to 1.
func (t *Transformation) Image() bool { return t.Divisor != 1 }

// Real tells whether a model sees real values; not, where it sees pixels from 0 to 1.
func (t *Transformation) Real() bool { return t.Kind != Pixels || t.PCA != nil }

// Plain tells whether a model sees the raw values as they are.
func (t *Transformation) Plain() bool {
	return t.Kind != Log1p && t.Shift == nil && t.Fill == nil && t.PCA == nil
}

// Columns names the raw values: a feature by its name, a category as name=category. nil where they have no names.
func (t *Transformation) Columns() []string { return columns(t.Features) }

func columns(features []Feature) (names []string) {
	for _, f := range features {
		if len(f.Categories) == 0 {
			names = append(names, f.Name)
		}
		for _, category := range f.Categories {
			names = append(names, f.Name+"="+category)
		}
	}
	return names
}

// columnIn is what a message calls a column: by its name, or by its number from 1.
func columnIn(features []Feature, j int) string {
	for _, f := range features {
		if j < f.Width() {
			name := f.Name
			if len(f.Categories) > 0 {
				name += "=" + f.Categories[j]
			}
			return fmt.Sprintf("%.60q", name)
		}
		j -= f.Width()
	}
	return strconv.Itoa(j + 1)
}

// String says in a few words what the transformation is, as in "standard, 20 principal components, whitened".
func (t *Transformation) String() string {
	text := t.Kind
	if t.PCA != nil {
		text += fmt.Sprintf(", %d principal components", t.PCA.Components())
		if t.PCA.Scale != nil {
			text += ", whitened"
		}
	}
	if t.Missing != Refuse {
		text += fmt.Sprintf(", missing values by %q", t.Missing)
	}
	return text
}

// inputErrorf formats an error that is ErrInput. It may wrap another with %w.
func inputErrorf(format string, args ...any) error { return inputError{fmt.Errorf(format, args...)} }

// inputError is an ErrInput that tells only what is wrong.
type inputError struct{ error }

func (e inputError) Is(target error) bool { return target == ErrInput }
func (e inputError) Unwrap() error        { return e.error }
