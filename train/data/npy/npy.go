// Package npy reads arrays of numbers in NumPy's format, versions 1 to 3: a magic number,
// the version, the length of a header, the header, which is a literal of a Python
// dictionary, then the elements in C order.
package npy

import (
	"encoding/binary"
	"io"

	"ssdgm/train/data/strict"
)

// types are the element types that are supported, as NumPy spells them.
var types = map[string]strict.Type{
	"|u1": strict.Uint8,
	"<i4": strict.Int32,
	"<i8": strict.Int64,
	"<f4": strict.Float32,
	"<f8": strict.Float64,
}

const (
	magic         = "\x93NUMPY"
	maxHeader     = 1 << 14 // NumPy itself reads no longer ones unless it is asked to
	maxDimensions = 4
)

// Reader reads one array, an index of its first dimension at a time.
type Reader struct {
	Shape []int // the last dimension varies fastest
	Type  strict.Type
	*strict.Entries
}

// NewReader reads the header of an array from r, which holds size bytes, gzipped or not.
// Errors of the content are strict.ErrFormat.
func NewReader(r io.Reader, size int64) (*Reader, error) {
	content, zipped, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	text, before, err := readHeader(content)
	if err != nil {
		return nil, err
	}
	h, err := parse(text, before)
	if err != nil {
		return nil, err
	}
	element, known := types[h.descr]
	switch {
	case !known:
		return nil, strict.Errorf("wanted elements of type |u1, <i4, <i8, <f4 or <f8, found %q; convert them with astype", h.descr)
	case h.fortran:
		return nil, strict.Errorf("wanted an array in C order, found one in Fortran order; save numpy.ascontiguousarray of it")
	case len(h.shape) < 1 || len(h.shape) > maxDimensions:
		return nil, strict.Errorf("wanted an array of 1 to %d dimensions, found %d", maxDimensions, len(h.shape))
	}
	limit := strict.Limit(size, zipped)
	if !zipped {
		limit -= int64(before + len(text))
	}
	end := func(total int64) error { return strict.AtEnd(content, total) }
	entries, err := strict.NewEntries(content, h.shape, 0, element, size, limit, end)
	if err != nil {
		return nil, err
	}
	return &Reader{Shape: h.shape, Type: element, Entries: entries}, nil
}

// readHeader returns the dictionary and how many bytes stand before it.
func readHeader(r io.Reader) (text []byte, before int, err error) {
	var head [len(magic) + 2]byte
	if err := strict.Header(r, head[:]); err != nil {
		return nil, 0, err
	}
	if found := string(head[:len(magic)]); found != magic {
		return nil, 0, strict.Errorf("wrong magic number: wanted %q, found %q", magic, found)
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
