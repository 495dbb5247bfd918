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

// The element types that this package carries. The format knows more (F16, BF16, BOOL, …);
// a file that holds one of those is refused by name.
const (
	F32 DType = "F32"
	F64 DType = "F64"
	I64 DType = "I64"
	U64 DType = "U64"
	U8  DType = "U8"
)

// size returns the bytes of one element, and 0 for a type that this package does not carry.
func (d DType) size() int {
	switch d {
	case F64, I64, U64:
		return 8
	case F32:
		return 4
	case U8:
		return 1
	}
	return 0
}

// An Element is a Go type that can be a tensor's element.
type Element interface {
	float32 | float64 | int64 | uint64 | uint8
}

// A Tensor is a named array in row-major order. Data is a slice of an Element, and its type
// is the tensor's type; its length is the product of Shape, which is 1 for an empty Shape.
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

// DType returns the type of t's elements, and "" where Data is no slice of an Element.
func (t Tensor) DType() DType {
	switch t.Data.(type) {
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
	}
	return ""
}

// len returns the number of elements in Data.
func (t Tensor) len() int {
	switch d := t.Data.(type) {
	case []float32:
		return len(d)
	case []float64:
		return len(d)
	case []int64:
		return len(d)
	case []uint64:
		return len(d)
	case []uint8:
		return len(d)
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

// Values returns the elements of the named tensor, which must have exactly the given type
// and shape. The slice is f's own.
func Values[T Element](f *File, name string, shape ...int) ([]T, error) {
	t, ok := f.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("tensor %q: want shape %v, found no tensor of that name", name, shape)
	}
	data, ok := t.Data.([]T)
	if !ok {
		return nil, fmt.Errorf("tensor %q: want %s, found %s", name, Tensor{Data: []T{}}.DType(), t.DType())
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("tensor %q: want shape %v, found %v", name, shape, t.Shape)
	}
	return data, nil
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
