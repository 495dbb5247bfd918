// Package npy reads arrays of numbers in NumPy's format, versions 1 to 3: a magic number,
// the version, the length of a header, the header, which is a literal of a Python
// dictionary, then the elements. They are numbers of any size and order of bytes, or text, in C's
// or Fortran's order.
package npy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"ssdgm/train/data/strict"
	"ssdgm/train/looks"
)

const (
	magic         = "\x93NUMPY"
	maxHeader     = 1 << 14 // NumPy itself reads no longer ones unless it is asked to
	maxDimensions = 4
)

// Header is what stands before an array's elements.
type Header struct {
	Shape []int // the last dimension varies fastest, unless the order is Fortran's
	Type  strict.Type
	// Text returns the text of an element, where the elements are text; nil where they are numbers.
	Text    func(element []byte) string
	Fortran bool
	Size    int // bytes before the elements
}

// ReadHeader reads the header of an array that is not gzipped. Errors of the content are strict.ErrFormat.
func ReadHeader(content *bufio.Reader) (*Header, error) {
	text, before, err := readHeader(content, looks.Like(content))
	if err != nil {
		return nil, err
	}
	h, err := parse(text, before)
	if err != nil {
		return nil, err
	}
	head := &Header{Shape: h.shape, Fortran: h.fortran, Size: before + len(text)}
	head.Type, head.Text, err = typeOf(h.descr)
	return head, err
}

// Reader reads one array, an index of its first dimension at a time.
type Reader struct {
	*Header
	*strict.Entries
}

// NewReader reads the header of an array from r, which holds size bytes, gzipped or not.
// Errors of the content are strict.ErrFormat.
func NewReader(r io.Reader, size int64) (*Reader, error) {
	content, zipped, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	h, err := ReadHeader(content)
	if err != nil {
		return nil, err
	}
	if len(h.Shape) < 1 || len(h.Shape) > maxDimensions {
		return nil, strict.Errorf("wanted an array of 1 to %d dimensions, found %d", maxDimensions, len(h.Shape))
	}
	limit := strict.Limit(size, zipped)
	if !zipped {
		limit -= int64(h.Size)
	}
	a := &Reader{Header: h}
	end := func(total int64) error { return strict.AtEnd(content, total) }
	a.Entries, err = strict.NewEntries(content, h.Shape, 0, a.Type, size, limit, end)
	if err == nil && h.Fortran {
		a.Entries, err = a.turned(content, size, limit, end)
	}
	return a, err
}

// turned reads an array in Fortran's order whole, and gives its entries in C's. It has been held that the file can hold
// it.
func (a *Reader) turned(content io.Reader, size, limit int64, end func(total int64) error) (*strict.Entries, error) {
	total, _ := strict.Product(append(slices.Clone(a.Shape), a.Type.Size), limit)
	whole, err := strict.Bytes(content, total)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, strict.Errorf("truncated: wanted %d bytes of data, found %d", total, len(whole))
	}
	if err != nil {
		return nil, strict.Describe(err)
	}
	turned := bytes.NewReader(cOrder(whole, a.Shape, a.Type.Size))
	return strict.NewEntries(turned, a.Shape, 0, a.Type, size, limit, end)
}

// readHeader returns the dictionary and how many bytes stand before it.
func readHeader(r io.Reader, like string) (text []byte, before int, err error) {
	var head [len(magic) + 2]byte
	if err := strict.Header(r, head[:]); err != nil {
		return nil, 0, err
	}
	if found := string(head[:len(magic)]); found != magic {
		return nil, 0, strict.Errorf("wrong magic number: wanted %q, found %q%s", magic, found, like)
	}
	var length [4]byte
	version, width := head[len(magic)], 4
	switch version {
	case 1:
		width = 2
	case 2, 3:
	default:
		return nil, 0, strict.Errorf("wanted version 1, 2 or 3 of the format, found %d", version)
	}
	if err := strict.Header(r, length[:width]); err != nil {
		return nil, 0, err
	}
	before = len(head) + width
	n := binary.LittleEndian.Uint32(length[:])
	if n > maxHeader {
		return nil, 0, strict.Errorf("byte %d claims a header of %d bytes; wanted at most %d", len(head), n, maxHeader)
	}
	text = make([]byte, n)
	return text, before, strict.Header(r, text)
}
