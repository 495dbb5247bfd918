// Package idx reads the IDX format in which MNIST is distributed: a magic number
// that names the element type and the number of dimensions, the dimensions as
// big-endian 32-bit integers, then the elements, their greatest bytes first.
package idx

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	"ssdgm/train/data/strict"
	"ssdgm/train/looks"
)

// ErrFormat marks a file that is not a sound IDX file.
var ErrFormat = strict.ErrFormat

// Array holds the elements of one file, the last dimension varying fastest.
type Array struct {
	Shape []int // of the whole file
	Type  strict.Type
	Data  []uint8 // the elements that were kept, Type.Size bytes each
}

// Options say how much of a file is kept.
type Options struct {
	First int // keep only the first so many entries of dimension 0; 0 keeps all
}

// types are the element types, as the third byte of a file names them.
var types = map[byte]strict.Type{
	0x08: strict.Uint8,
	0x09: strict.Int8,
	0x0b: strict.BigEndian(strict.Int16),
	0x0c: strict.BigEndian(strict.Int32),
	0x0d: strict.BigEndian(strict.Float32),
	0x0e: strict.BigEndian(strict.Float64),
}

// likelyRatio is more than images shrink by. Room for what a header claims is made at once up to there, and beyond as the
// bytes arrive.
const likelyRatio = 64

// Begins tells whether a file that begins so is of the format.
func Begins(with []byte) bool {
	if len(with) < 4 {
		return false
	}
	_, known := types[with[2]]
	return known && with[0] == 0 && with[1] == 0 && 1 <= with[3] && with[3] <= maxDimensions
}

// maxDimensions is more than any data set has.
const maxDimensions = 8

// Find returns the path of a file that may be spelt in four ways: NAME-idx3-ubyte or
// NAME.idx3-ubyte, each with .gz or without.
func Find(dir, name string) (string, error) {
	dotted := strings.Replace(name, "-idx", ".idx", 1)
	return strict.Find(dir, name+" or "+name+".gz", name, name+".gz", dotted, dotted+".gz")
}

// ReadFile reads a file, gzipped or not, straight into the array it returns.
// A whole file is checked, also where only its first entries are kept.
func ReadFile(path string, options Options) (*Array, error) {
	var array *Array
	err := strict.File(path, func(r io.Reader, size int64) (err error) {
		array, err = Read(r, size, options)
		return err
	})
	return array, err
}

// opened is a file whose header has been read.
type opened struct {
	*Array
	content *bufio.Reader
	total   int64 // bytes of elements
	limit   int64 // bytes that the file can hold
}

// open reads the header of an array from r, which holds size bytes, gzipped or not.
func open(r io.Reader, size int64) (*opened, error) {
	content, zipped, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	like := looks.Like(content)
	if !zipped {
		like = ", and it is not gzip" + like
	}
	o := &opened{Array: &Array{}, content: content}
	header, err := o.readHeader(content, like)
	if err != nil {
		return nil, err
	}
	o.limit = strict.Limit(size, zipped)
	if !zipped {
		o.limit -= int64(header)
	}
	// A header can claim anything, so nothing is allocated for more than the file can hold.
	total, ok := strict.Product(append(slices.Clone(o.Shape), o.Type.Size), o.limit)
	if !ok {
		return nil, strict.Errorf("the header claims %s elements of type %s, more than a file of %d bytes can hold",
			strict.Join(o.Shape), o.Type.Name, size)
	}
	o.total = total
	return o, nil
}

// Reader reads one array, an index of its first dimension at a time.
type Reader struct {
	Shape []int // the last dimension varies fastest
	Type  strict.Type
	*strict.Entries
}

// NewReader reads the header of an array from r, which holds size bytes, gzipped or not.
func NewReader(r io.Reader, size int64) (*Reader, error) {
	o, err := open(r, size)
	if err != nil {
		return nil, err
	}
	end := func(total int64) error { return strict.AtEnd(o.content, total) }
	entries, err := strict.NewEntries(o.content, o.Shape, 0, o.Type, size, o.limit, end)
	return &Reader{o.Shape, o.Type, entries}, err
}

// Read reads an array from r, which holds size bytes, gzipped or not.
func Read(r io.Reader, size int64, options Options) (*Array, error) {
	o, err := open(r, size)
	if err != nil {
		return nil, err
	}
	array, content, total := o.Array, o.content, o.total
	kept := total
	if options.First > 0 && options.First < array.Shape[0] {
		kept = total / int64(array.Shape[0]) * int64(options.First)
	}
	found := 0
	if kept <= likelyRatio*size {
		array.Data = make([]uint8, kept)
		found, err = io.ReadFull(content, array.Data)
	} else {
		array.Data, err = strict.Bytes(content, kept)
		found = len(array.Data)
	}
	if err == nil {
		var rest int64
		rest, err = io.CopyN(io.Discard, content, total-kept)
		found += int(rest)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, strict.Errorf("truncated: wanted %d bytes of data, found %d", total, found)
	}
	if err != nil {
		return nil, strict.Describe(err)
	}
	return array, strict.AtEnd(content, total)
}

// readHeader reads the magic number and the dimensions, and returns how many bytes they are.
func (a *Array) readHeader(r io.Reader, like string) (size int, err error) {
	var magic [4]byte
	if err := strict.Header(r, magic[:]); err != nil {
		return 0, err
	}
	dims := int(magic[3])
	element := types[magic[2]]
	if !Begins(magic[:]) {
		return 0, strict.Errorf("wrong magic number: wanted that of an IDX file, such as 0x00000803 (bytes in 3 dimensions), "+
			"found %#08x%s", binary.BigEndian.Uint32(magic[:]), like)
	}
	sizes := make([]byte, 4*dims)
	if err := strict.Header(r, sizes); err != nil {
		return 0, err
	}
	a.Type, a.Shape = element, make([]int, dims)
	for i := range a.Shape {
		n := binary.BigEndian.Uint32(sizes[4*i:])
		if n > math.MaxInt32 {
			return 0, strict.Errorf("the header claims a dimension of %d, want at most %d", n, math.MaxInt32)
		}
		a.Shape[i] = int(n)
	}
	return len(magic) + len(sizes), nil
}

// Value returns the element at a place of those that were kept.
func (a *Array) Value(i int) float64 { return a.Type.Value(a.Data[i*a.Type.Size:]) }

// Len returns how many elements were kept.
func (a *Array) Len() int { return len(a.Data) / a.Type.Size }
