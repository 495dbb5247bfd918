package transform

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// The tensors of a transformation in a model's file.
const (
	shiftName         = "input.shift"
	scaleName         = "input.scale"
	fillName          = "input.fill"
	pcaMeanName       = "input.pca.mean"
	pcaComponentsName = "input.pca.components"
	pcaScaleName      = "input.pca.scale"
)

// Tensor is an array under its name in a file; Data is a []float32.
type Tensor struct {
	Name  string
	Shape []int
	Data  any
}

// fitted is the kind of all that is neither pixels nor none: a reader that knows these two alone refuses it.
const fitted = "fitted"

// described is a transformation in a file's metadata, but for its arrays.
type described struct {
	Kind     string        `json:"kind"` // Pixels, None or fitted
	Divisor  float32       `json:"divisor"`
	Scale    string        `json:"scale,omitempty"` // of what is fitted
	Missing  string        `json:"missing,omitempty"`
	Features []Feature     `json:"features,omitempty"`
	PCA      *describedPCA `json:"pca,omitempty"`
}

type describedPCA struct {
	Components int     `json:"components"`
	Whiten     bool    `json:"whiten"`
	Explained  float64 `json:"explained"`
}

// MarshalJSON writes the transformation as a file's metadata have it, without its arrays, see Tensors.
func (t *Transformation) MarshalJSON() ([]byte, error) {
	d := described{Kind: t.Kind, Divisor: t.Divisor, Features: t.Features}
	if !t.Plain() || t.Missing != Refuse || t.Kind != Pixels && (t.Kind != None || t.Image()) {
		d.Kind, d.Scale, d.Missing = fitted, t.Kind, t.Missing
	}
	if t.PCA != nil {
		d.PCA = &describedPCA{t.PCA.Components(), t.PCA.Scale != nil, t.PCA.Explained}
	}
	return json.Marshal(d)
}

// Tensors are the arrays, none of pixels and of values as they are.
func (t *Transformation) Tensors() (all []Tensor) {
	add := func(name string, values []float32, shape ...int) {
		if values != nil {
			all = append(all, Tensor{name, shape, values})
		}
	}
	add(shiftName, t.Shift, t.Width)
	add(scaleName, t.Scale, t.Width)
	add(fillName, t.Fill, t.Width)
	if p := t.PCA; p != nil {
		add(pcaMeanName, p.Mean, t.Width)
		add(pcaComponentsName, p.Matrix, p.Components(), t.Width)
		add(pcaScaleName, p.Scale, p.Components())
	}
	return all
}

// Digest tells transformations apart: it is the SHA-256 of all that decides what a model sees, in hexadecimal.
func (t *Transformation) Digest() string {
	hash := sha256.New()
	text, err := t.MarshalJSON()
	if err != nil {
		panic("transform: " + err.Error()) // Words, finite numbers and lists of them have a JSON.
	}
	hash.Write(text)
	for _, tensor := range t.Tensors() {
		var word [4]byte
		for _, v := range tensor.Data.([]float32) {
			binary.LittleEndian.PutUint32(word[:], math.Float32bits(v))
			hash.Write(word[:])
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Read takes back what MarshalJSON and Tensors gave, for raw rows of width values. find gives a tensor by its name. The
// arrays are those of the file, not copies. Its errors are ErrInput.
func Read(text string, width int, find func(name string) (Tensor, bool)) (*Transformation, error) {
	var d described
	err := json.Unmarshal([]byte(text), &d)
	divisor := float64(d.Divisor)
	if err != nil || !d.known() || !(divisor > 0) || math.IsInf(divisor, 0) {
		return nil, inputErrorf("want a transformation of kind %q, with a divisor, %q or %q, found %s; "+
			"it may be of a newer ssdgm", Pixels, None, fitted, text)
	}
	t := &Transformation{Kind: d.Kind, Width: width, Divisor: d.Divisor, Missing: Refuse, Features: d.Features}
	if d.Kind == fitted {
		t.Kind, t.Missing = d.Scale, d.Missing
	}
	values := 0
	for _, f := range d.Features {
		values += f.Width()
	}
	if d.Features != nil && values != width {
		return nil, inputErrorf("want features of %d values in the transformation, found %d", width, values)
	}
	r := reader{find: find}
	if d.Kind == fitted {
		r.arrays(t, d.PCA)
	}
	return t, r.err
}

// known tells whether these are words that a transformation can have.
func (d described) known() bool {
	switch d.Kind {
	case Pixels:
		return true
	case None:
		return d.Divisor == 1
	case fitted:
		return slices.Contains([]string{Pixels, None, Standard, Robust, Log1p, MinMax}, d.Scale) &&
			slices.Contains([]string{Refuse, Mean, Mask}, d.Missing)
	}
	return false
}

// reader keeps the first error.
type reader struct {
	find func(name string) (Tensor, bool)
	err  error
}

// arrays reads what a transformation of its kind has.
func (r *reader) arrays(t *Transformation, pca *describedPCA) {
	if t.Kind != Pixels && t.Kind != None {
		t.Shift, t.Scale = r.floats(shiftName, t.Width), r.divisors(scaleName, t.Width)
	}
	if t.Missing == Mean {
		t.Fill = r.floats(fillName, t.Width)
	}
	if pca == nil {
		return
	}
	k := pca.Components
	if k < 1 || k > t.Width {
		r.fail("want from 1 to %d principal components, found %d", t.Width, k)
		return
	}
	t.PCA = &PCA{
		Mean: r.floats(pcaMeanName, t.Width), Matrix: r.floats(pcaComponentsName, k, t.Width), Explained: pca.Explained,
	}
	if pca.Whiten {
		t.PCA.Scale = r.divisors(pcaScaleName, k)
	}
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = inputErrorf(format, args...)
	}
}

// floats are a tensor's finite numbers, of that shape.
func (r *reader) floats(name string, shape ...int) []float32 {
	tensor, ok := r.find(name)
	if !ok {
		r.fail("want the tensor %s of the transformation, found none", name)
		return nil
	}
	values, single := tensor.Data.([]float32)
	if !single || !slices.Equal(tensor.Shape, shape) {
		r.fail("tensor %q: want float32 of shape %v, found %s of shape %v", name, shape, kindOf(tensor.Data), tensor.Shape)
		return nil
	}
	for i, v := range values {
		if v-v != 0 {
			r.fail("tensor %q: want finite numbers, found %g at place %d", name, v, i)
		}
	}
	return values
}

// divisors are floats above 0.
func (r *reader) divisors(name string, shape ...int) []float32 {
	values := r.floats(name, shape...)
	for i, v := range values {
		if v <= 0 {
			r.fail("tensor %q: want numbers above 0, found %g at place %d", name, v, i)
		}
	}
	return values
}

// kindOf is what an array holds.
func kindOf(data any) string {
	if _, single := data.([]float32); single {
		return "float32"
	}
	return fmt.Sprintf("%T", data)
}
