package strict

import (
	"errors"
	"io"
)

// maxDimension is the largest dimension of a file: examples are numbered by int32.
const maxDimension = 1<<31 - 1

// Entries reads an array an entry at a time: what one index of its slowest dimension selects.
type Entries struct {
	content io.Reader
	n, read int
	bytes   int64 // of an entry
	buffer  []byte
	end     func(total int64) error
}

// NewEntries prepares to read an array of a shape whose slowest dimension is the given one. It
// refuses an array that has more bytes than the limit, which is all that a file of size bytes
// can hold. After the last entry, end is asked whether all is well with what follows.
func NewEntries(content io.Reader, shape []int, slowest int, element Type, size, limit int64, end func(total int64) error) (*Entries, error) {
	for _, n := range shape {
		if n < 1 || n > maxDimension {
			return nil, Errorf("the header claims a dimension of %d, want 1 to %d", n, maxDimension)
		}
	}
	total, ok := Product(append([]int{element.Size}, shape...), limit)
	if !ok {
		return nil, Errorf("the header claims %s elements of type %s, more than a file of %d bytes can hold", Join(shape), element.Name, size)
	}
	n := shape[slowest]
	return &Entries{content: content, n: n, bytes: total / int64(n), end: end}, nil
}

// Next returns the next entry's bytes, which are good until the next call, or io.EOF.
func (e *Entries) Next() ([]byte, error) {
	if e.read == e.n {
		if err := e.end(int64(e.n) * e.bytes); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	var err error
	found := 0
	if e.buffer == nil {
		e.buffer, err = Bytes(e.content, e.bytes)
		found = len(e.buffer)
	} else {
		found, err = io.ReadFull(e.content, e.buffer)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, Errorf("truncated: wanted %d bytes of data, found %d", int64(e.n)*e.bytes, int64(e.read)*e.bytes+int64(found))
	}
	if err != nil {
		return nil, Describe(err)
	}
	e.read++
	return e.buffer, nil
}

// Copy writes all entries that have not been read, in the order of the file.
func (e *Entries) Copy(w io.Writer) error {
	want := int64(e.n-e.read) * e.bytes
	found, err := io.CopyN(w, e.content, want)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Errorf("truncated: wanted %d bytes of data, found %d", want, found)
	}
	if err != nil {
		return Describe(err)
	}
	e.read = e.n
	return e.end(int64(e.n) * e.bytes)
}
