// Package mat reads real numeric arrays, sparse matrices and text from MATLAB's MAT-files of version
// 5, which is what SVHN is distributed in: a header of 128 bytes, then elements, each with a tag that
// says its type and its size. A variable is an element of type matrix, most often inside an element
// that is compressed with zlib. Variables of other kinds (structures, objects) are passed over.
package mat

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"

	"ssdgm/train/data/strict"
	"ssdgm/train/looks"
)

const headerSize = 128

// The types of top-level elements.
const (
	typeMatrix     = 14
	typeCompressed = 15
)

// Reader reads the variables of one file, one after the other.
type Reader struct {
	r    *counter
	size int64 // the most bytes that the content can have
	// close ends the element of the last variable, and holds that it is sound.
	close func() error
}

// counter counts the bytes of the file that have been read.
type counter struct {
	r  io.Reader
	at int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.at += int64(n)
	return n, err
}

// Variable is a variable of a file, of one of three kinds. It can be read until the next one is asked for.
type Variable struct {
	Name  string
	Shape []int
	// Entries are those of a real numeric array, nil otherwise: Next gives an index of its last dimension at a time, in
	// which the first dimension varies fastest.
	*strict.Entries
	Type strict.Type // of its elements in the file, which stores whole numbers in few bytes
	// Bytes tells whether the array is one of whole numbers from 0 to 255 by its own type.
	Bytes  bool
	Sparse *Sparse // a sparse matrix
	// Texts reads the text of each row of an array of characters, or of each cell; nil where there is none. The shape is
	// that of the texts.
	Texts func() ([]string, error)
}

// Begins tells whether a file that begins with some bytes, not zipped, is a MAT-file of version 5 or later.
func Begins(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\x89HDF\r\n\x1a\n")) || bytes.HasPrefix(b, []byte("MATLAB 5.0 MAT-file")) {
		return true
	}
	if len(b) < headerSize {
		return false
	}
	version, order := string(b[124:126]), string(b[126:headerSize])
	return order == "IM" && (version == "\x00\x01" || version == "\x00\x02") || order == "MI" && version[0] <= 2
}

// NewReader reads the header of a file from r, which holds size bytes, gzipped or not. Errors of
// the content are strict.ErrFormat.
func NewReader(r io.Reader, size int64) (*Reader, error) {
	content, zipped, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	like := looks.Like(content)
	m := &Reader{r: &counter{r: content}, size: strict.Limit(size, zipped)}
	var head [headerSize]byte
	if err := strict.Header(m.r, head[:]); err != nil {
		return nil, err
	}
	version, order := binary.LittleEndian.Uint16(head[124:]), string(head[126:])
	switch {
	case bytes.HasPrefix(head[:], []byte("\x89HDF\r\n\x1a\n")), order == "IM" && version == 0x0200:
		return nil, strict.Errorf("a MAT-file of version 7.3, which is HDF5: wanted version 5 to 7; save it with MATLAB's '-v7'")
	case order == "MI":
		return nil, strict.Errorf("byte 126: a MAT-file of a big-endian machine; wanted a little-endian one; load it and save it again with '-v7'")
	case order != "IM" || version != 0x0100:
		return nil, strict.Errorf("byte 124: wanted version 0x0100 and IM, the header of a MAT-file of version 5, found %#04x and %q%s", version, order, like)
	}
	return m, nil
}

// Next returns the next real numeric array, or io.EOF after the last. What has not been read of the
// one before is passed over, and its checksum compared.
func (m *Reader) Next() (*Variable, error) {
	for {
		v, err := m.next(false)
		if err != nil || v.Entries != nil {
			return v, err
		}
	}
}

// NextOfAny returns the next variable of any kind that can be read, as Next does. One without elements is passed over.
func (m *Reader) NextOfAny() (*Variable, error) { return m.next(true) }

// next returns the next variable.
func (m *Reader) next(passEmpty bool) (*Variable, error) {
	for {
		if m.close != nil {
			if err := m.close(); err != nil {
				return nil, err
			}
			m.close = nil
		}
		start := m.r.at
		v, err := m.element(passEmpty)
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, at(start, err)
		}
		if v != nil {
			return v, nil
		}
	}
}

// at says in which element of the file a fault lies.
func at(start int64, err error) error {
	if errors.Is(err, strict.ErrFormat) {
		return strict.Errorf("element at byte %d: %v", start, err)
	}
	return err
}

// element opens the next element of the file. It returns no variable for one of another kind,
// and io.EOF where the file ends.
func (m *Reader) element(passEmpty bool) (*Variable, error) {
	start := m.r.at
	var tag [8]byte
	if n, err := io.ReadFull(m.r, tag[:]); err != nil {
		if n == 0 && errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, strict.Errorf("truncated: wanted a tag of 8 bytes, found %d", n)
		}
		return nil, strict.Describe(err)
	}
	kind, length := binary.LittleEndian.Uint32(tag[:]), int64(binary.LittleEndian.Uint32(tag[4:]))
	if left := m.size - m.r.at; length > left {
		return nil, strict.Errorf("its tag claims %d bytes, but %d are left in the file", length, left)
	}
	body := &io.LimitedReader{R: m.r, N: length}
	skip := func() error {
		if _, err := io.Copy(io.Discard, body); err != nil {
			return strict.Describe(err)
		}
		if body.N > 0 {
			return at(start, strict.Errorf("truncated: wanted %d bytes, found %d", length, length-body.N))
		}
		return nil
	}
	switch kind {
	case typeMatrix:
		m.close = skip
		return openMatrix(body, length, m.size, length, passEmpty)
	case typeCompressed:
		v, inner, err := openCompressed(body, length, m.size, passEmpty)
		if err != nil {
			return nil, err
		}
		m.close = func() error {
			if err := inner(); err != nil {
				return at(start, err)
			}
			return skip()
		}
		return v, nil
	}
	return nil, strict.Errorf("wanted a matrix (type 14) or a compressed element (type 15), found type %d", kind)
}

// openCompressed opens the matrix that is in a compressed element, and returns what reads the
// element to its end, where its checksum is.
func openCompressed(body io.Reader, length, size int64, passEmpty bool) (v *Variable, end func() error, err error) {
	unzipped, err := zlib.NewReader(body)
	if err != nil {
		return nil, nil, describe(err)
	}
	var tag [8]byte
	if err := strict.Header(unzipped, tag[:]); err != nil {
		return nil, nil, err
	}
	if kind := binary.LittleEndian.Uint32(tag[:]); kind != typeMatrix {
		return nil, nil, strict.Errorf("wanted a matrix (type 14) in a compressed element, found type %d", kind)
	}
	inner := int64(binary.LittleEndian.Uint32(tag[4:]))
	limit := strict.Limit(length, true)
	if inner > limit {
		return nil, nil, strict.Errorf("its tag claims %d bytes, more than %d compressed ones can hold", inner, length)
	}
	content := &io.LimitedReader{R: unzipped, N: inner}
	end = func() error {
		if _, err := io.Copy(io.Discard, content); err != nil {
			return describe(err)
		}
		if content.N > 0 {
			return strict.Errorf("truncated: wanted %d bytes, found %d", inner, inner-content.N)
		}
		return strict.AtEnd(unzipped, inner)
	}
	v, err = openMatrix(content, inner, size, limit, passEmpty)
	return v, end, err
}

// describe puts what the reader of zlib says into words that tell what is wrong.
func describe(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return strict.Errorf("truncated: the zlib stream breaks off")
	}
	return strict.Describe(err)
}
