// Package safetensors reads and writes named arrays in the safetensors format: eight bytes
// with the length of a JSON header, the header, then the bytes of all arrays end to end.
//
// It is strict on both sides. What it writes depends on the arrays and the metadata alone,
// so equal content gives equal bytes; what it reads is checked against the size of the file
// before anything is allocated, and every byte must belong to exactly one array.
//
// The format: https://github.com/huggingface/safetensors
package safetensors

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A DType names the type of a tensor's elements, in the format's own spelling.
type DType string

// The element types that have a Go type; see Raw for all others.
const (
	F32 DType = "F32"
	F64 DType = "F64"
	I64 DType = "I64"
	U64 DType = "U64"
	U8  DType = "U8"
)

// Element types of other programs' files: half precision and its relative, which Values converts to float32, and what
// ssdgm has no use for.
const (
	F16  DType = "F16"
	BF16 DType = "BF16"
	Bool DType = "BOOL"
	I8   DType = "I8"
	I16  DType = "I16"
	I32  DType = "I32"
	U16  DType = "U16"
	U32  DType = "U32"
)

// sizes are the bytes of an element of each type that the format's text lists.
var sizes = map[DType]int{
	F64: 8, I64: 8, U64: 8, "C64": 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2,
	U8: 1, I8: 1, Bool: 1, "F8_E4M3": 1, "F8_E5M2": 1,
}

// size returns the bytes of one element, and 0 for a type that this package does not know.
func (d DType) size() int { return sizes[d] }

// An Element is a Go type that can be a tensor's element.
type Element interface {
	float32 | float64 | int64 | uint64 | uint8
}

// Raw is the data of a tensor whose type has no Element: its bytes as the file has them. A type that this package does
// not know, of a later version of the format, is carried too, but its bytes are not held to its shape.
type Raw struct {
	Type  DType
	Bytes []byte
}

// A Tensor is a named array in row-major order. Data is a slice of an Element, and its type is the tensor's type; its
// length is the product of Shape, which is 1 for an empty Shape. Or Data is Raw.
type Tensor struct {
	Name  string
	Shape []int
	Data  any
}

// A File is what one safetensors file holds.
type File struct {
	Tensors  []Tensor
	Metadata map[string]string
}

// DType returns the type of t's elements, and "" where Data is neither a slice of an Element nor Raw.
func (t Tensor) DType() DType {
	switch d := t.Data.(type) {
	case []float32:
		return F32
	case []float64:
		return F64
	case []int64:
		return I64
	case []uint64:
		return U64
	case []uint8:
		return U8
	case Raw:
		return d.Type
	}
	return ""
}

// bytes returns how many bytes Data has in a file.
func (t Tensor) bytes() int {
	switch d := t.Data.(type) {
	case []float32:
		return 4 * len(d)
	case []float64:
		return 8 * len(d)
	case []int64:
		return 8 * len(d)
	case []uint64:
		return 8 * len(d)
	case []uint8:
		return len(d)
	case Raw:
		return len(d.Bytes)
	}
	return 0
}

// Lookup returns the tensor of that name.
func (f *File) Lookup(name string) (Tensor, bool) {
	i := slices.IndexFunc(f.Tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return Tensor{}, false
	}
	return f.Tensors[i], true
}

// Values returns the elements of the named tensor, which must have exactly the given type and shape; but float32 is
// also made of other types of numbers with a point, see Single. The slice may be f's own.
func Values[T Element](f *File, name string, shape ...int) ([]T, error) {
	t, ok := f.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("tensor %.100q: want shape %v, found no tensor of that name", name, shape)
	}
	wanted := Tensor{Data: []T{}}.DType()
	if wanted == F32 {
		var err error
		if t, err = t.Single(); err != nil {
			return nil, err
		}
	}
	data, ok := t.Data.([]T)
	if !ok {
		return nil, fmt.Errorf("tensor %.100q: want %s, found %s", name, wanted, t.DType().quoted())
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("tensor %.100q: want shape %v, found %v", name, shape, t.Shape)
	}
	return data, nil
}

// quoted is a type in a message: what this package does not know is another program's word.
func (d DType) quoted() string {
	if d.size() == 0 {
		return fmt.Sprintf("%.100q", string(d))
	}
	return string(d)
}

// inFileOrder returns the tensors with the widest elements first, then by name. Wide before
// narrow keeps every tensor aligned to its own element size without gaps, which the format
// does not allow, so that other tools can map the file into memory.
func inFileOrder(tensors []Tensor) []Tensor {
	sorted := slices.Clone(tensors)
	slices.SortFunc(sorted, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(b.DType().size(), a.DType().size()), cmp.Compare(a.Name, b.Name))
	})
	return sorted
}

// elements returns the product of shape; false where it, times size, overflows an int or
// where a dimension is negative.
func elements(shape []int, size int) (int, bool) {
	if slices.Contains(shape, 0) {
		return 0, slices.Min(shape) >= 0
	}
	n := 1
	for _, d := range shape {
		if d < 0 || n > math.MaxInt/size/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}
