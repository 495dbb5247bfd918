// Package matlab reads an array of MATLAB's MAT-files of version 5 to 7 as a frame, with the labels beside it.
//
// The dimension of the examples is the one that has as many entries as there are labels: rows of n×d, as SciPy saves
// NumPy's arrays, and the last of h×w×c×n, as SVHN has it. Where both dimensions have, or there are no labels, it is the
// first of a matrix, and the last of an array of more dimensions; without labels the longer one of these two.
//
// Memory: MATLAB stores an array column by column. Where the last dimension is that of the examples, one is read after
// the other. Where it is the first, the array is unpacked into a temporary file, in the folder for such files ($TMPDIR),
// and read in blocks of rows, of 16 MiB. A sparse matrix takes 12 bytes of temporary files for each of its entries, and
// 16 more for being brought into the order of examples, where it has more than 2²⁰ of them. Labels lie in memory.
package matlab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/mat"
	"ssdgm/train/data/strict"
)

// maxVariables is the most variables of a file.
const maxVariables = 1 << 12

// archive is a file of variables.
type archive struct {
	file      *os.File
	size      int64
	heads     []*mat.Variable
	variables []frame.Variable // the same, whose vectors have one dimension
}

// Open reads the heads of the variables, and chooses that of the examples and that of the labels. It closes the file in
// the end, unless there is an error now.
func Open(file *os.File, size int64, o frame.Options) (frame.Reader, error) {
	in := &archive{file: file, size: size}
	if err := in.readHeads(); err != nil {
		return nil, err
	}
	examples, label, last, err := in.choose(o)
	if err != nil {
		return nil, err
	}
	a, err := in.open(examples, last)
	if err != nil {
		return nil, in.named(examples, err)
	}
	var labels *array.Array
	if label >= 0 {
		if labels, err = in.labels(label); err != nil {
			return nil, errors.Join(in.named(label, err), a.Close())
		}
	}
	both := *a
	both.Close = func() error { return errors.Join(a.Close(), file.Close()) }
	r, err := array.Open(both, labels, o)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return r, nil
}

// named says of which variable an error is.
func (in *archive) named(i int, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("array %.40q: %w", in.heads[i].Name, err)
}

// errText is the fault of text as examples.
var errText = strict.Errorf("wanted an array of numbers, found text")

// readHeads reads the file to its end, where the checksums are.
func (in *archive) readHeads() error {
	r, err := mat.NewReader(io.NewSectionReader(in.file, 0, in.size), in.size)
	if err != nil {
		return err
	}
	for {
		v, err := r.NextOfAny()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(in.heads) == maxVariables {
			return strict.Errorf("wanted at most %d variables, found more", maxVariables)
		}
		in.heads = append(in.heads, v)
		one := frame.Variable{Name: v.Name, Shape: v.Shape, Type: v.Type.Name}
		switch {
		case v.Sparse != nil:
			one.Type = "numbers, sparse"
		case v.Texts != nil:
			one.Type, one.Fault = "text", errText
		}
		if len(one.Shape) == 2 && slices.Contains(one.Shape, 1) {
			one.Shape = []int{max(one.Shape[0], one.Shape[1])}
		}
		in.variables = append(in.variables, one)
	}
}

// choose tells which variable is that of the examples, which one that of the labels, −1 for none, and whether the
// examples' dimension is the last one.
func (in *archive) choose(o frame.Options) (examples, label int, last bool, err error) {
	if examples, err = o.Examples(in.variables); err != nil {
		return 0, 0, false, err
	}
	shape := in.heads[examples].Shape
	first, end := shape[0], shape[len(shape)-1]
	readable := slices.Clone(in.variables)
	for i := range readable {
		if readable[i].Fault == errText {
			readable[i].Fault = nil
		}
	}
	last = len(shape) > 2 || first == 1
	for _, is := range []bool{last, !last} {
		n := first
		if is {
			n = end
		}
		at, wrong := o.Labels(readable, examples, n)
		if wrong == nil && at >= 0 {
			return examples, at, is, nil
		}
		if err == nil {
			err = wrong
		}
	}
	if len(shape) > 2 {
		last = end >= first
	}
	return examples, -1, last, err
}

// at opens the file at a variable.
func (in *archive) at(i int) (*mat.Variable, error) {
	r, err := mat.NewReader(io.NewSectionReader(in.file, 0, in.size), in.size)
	if err != nil {
		return nil, err
	}
	for range i {
		if _, err := r.NextOfAny(); err != nil {
			return nil, err
		}
	}
	return r.NextOfAny()
}

// open prepares to read the examples.
func (in *archive) open(i int, last bool) (*array.Array, error) {
	v, err := in.at(i)
	if err != nil {
		return nil, err
	}
	if v.Sparse != nil {
		return in.openSparse(i, v, last)
	}
	a := &array.Array{Name: v.Name, Shape: v.Shape, Type: element(v), Close: func() error { return nil }}
	if last {
		k := len(v.Shape) - 1
		a.Shape = append([]int{v.Shape[k]}, v.Shape[:k]...)
		a.Next = in.entries(i, v, a.Shape)
		return a, nil
	}
	// The array is unpacked when the first row is read.
	var spool *os.File
	var next func() ([]byte, error)
	a.Close = func() error {
		if spool == nil {
			return nil
		}
		return spool.Close()
	}
	a.Next = func() (row []byte, err error) {
		if next == nil {
			if spool, err = array.Spool(); err == nil {
				err = v.Copy(spool)
			}
			if err != nil {
				return nil, in.named(i, err)
			}
			next = array.Columns(spool, a.Shape, a.Type)
		}
		return next()
	}
	return a, nil
}

// element is the type of a variable's elements. Those that the file stores as bytes to save room have another name.
func element(v *mat.Variable) strict.Type {
	t := v.Type
	if t.Name == strict.Uint8.Name && !v.Bytes {
		t.Name = "whole"
	}
	return t
}

// entries gives the examples of an array of such a shape, whose last dimension is theirs in the file. In an example the
// last dimension varies fastest then.
func (in *archive) entries(i int, v *mat.Variable, shape []int) func() ([]byte, error) {
	if len(shape) == 2 {
		return func() ([]byte, error) {
			entry, err := v.Next()
			return entry, in.named(i, err)
		}
	}
	var from []int
	var row []byte
	return func() ([]byte, error) {
		entry, err := v.Next()
		if err != nil {
			return nil, in.named(i, err)
		}
		size := v.Type.Size
		if from == nil { // now that as many bytes were there
			from, row = array.Turned(shape[1:], len(entry)/size), make([]byte, len(entry))
		}
		for to, at := range from {
			copy(row[to*size:][:size], entry[at*size:])
		}
		return row, nil
	}
}

// labels reads the labels.
func (in *archive) labels(i int) (*array.Array, error) {
	v, err := in.at(i)
	if err != nil {
		return nil, err
	}
	if v.Sparse != nil {
		return nil, strict.Errorf("wanted labels as a dense array or as text, found a sparse matrix; save full(%.40s)", v.Name)
	}
	a := &array.Array{Name: v.Name, Type: v.Type, Close: func() error { return nil }}
	var elements []byte
	if v.Texts != nil {
		elements, err = texts(a, v)
	} else {
		var b bytes.Buffer
		err = v.Copy(&b)
		elements = b.Bytes()
	}
	if err != nil {
		return nil, err
	}
	size := a.Type.Size
	a.Shape = []int{len(elements) / size}
	a.Next = func() ([]byte, error) {
		if len(elements) == 0 {
			return nil, io.EOF
		}
		element := elements[:size]
		elements = elements[size:]
		return element, nil
	}
	return a, nil
}

// texts reads labels that are text: the elements are the numbers of the words.
func texts(a *array.Array, v *mat.Variable) ([]byte, error) {
	words, err := v.Texts()
	if err != nil {
		return nil, err
	}
	var elements []byte
	for i := range words {
		elements = binary.LittleEndian.AppendUint32(elements, uint32(i))
	}
	a.Type = strict.Uint32
	a.Text = func(element []byte) string { return words[binary.LittleEndian.Uint32(element)] }
	return elements, nil
}
