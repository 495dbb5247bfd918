// Package numpy reads NumPy's arrays, and archives of them, as frames: also the sparse matrices that SciPy saves so.
package numpy

import (
	"bufio"
	"io"
	"math"
	"os"
	"slices"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/npy"
	"ssdgm/train/data/strict"
)

// Magic begins an array's file.
const Magic = "\x93NUMPY"

// maxDimensions is more than any data set has.
const maxDimensions = 8

// Open reads the head of an array's file, gzipped or not. It closes the file in the end, unless there is an error now.
//
// Rows are read one after the other. An array in Fortran's order is read in blocks of rows, of 16 MiB; where it is
// compressed, it is unpacked into a temporary file first, in the folder for such files ($TMPDIR).
func Open(file *os.File, size int64, o frame.Options) (frame.Reader, error) {
	s, err := whole(file, size)
	if err != nil {
		return nil, err
	}
	return s.frame(o)
}

// OpenStream is Open of an array that is read once, and is not gzipped. One in Fortran's order is copied into a temporary
// file first.
func OpenStream(r io.ReadCloser, o frame.Options) (frame.Reader, error) {
	content, _, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	head, err := npy.ReadHeader(content)
	if err != nil {
		return nil, err
	}
	const unbounded = math.MaxInt64
	s := &source{content: content, head: head, size: unbounded, limit: unbounded, close: r.Close}
	return s.frame(o)
}

// frame is the array of a file that is one.
func (s *source) frame(o frame.Options) (frame.Reader, error) {
	a, err := s.open()
	if err != nil {
		return nil, err
	}
	return array.Open(*a, nil, o)
}

// source is where an array is read from.
type source struct {
	name    string
	content *bufio.Reader // behind its header
	head    *npy.Header
	size    int64       // bytes in the file
	limit   int64       // the most bytes of elements that those can hold
	at      io.ReaderAt // the elements; nil where they are compressed
	// checksum tells that one stands behind the content.
	checksum bool
	close    func() error
}

// whole is the source of a file that is one array.
func whole(file *os.File, size int64) (*source, error) {
	content, zipped, err := strict.Unzip(file)
	if err != nil {
		return nil, strict.Describe(err)
	}
	head, err := npy.ReadHeader(content)
	if err != nil {
		return nil, err
	}
	s := &source{content: content, head: head, size: size, limit: strict.Limit(size, zipped), close: file.Close}
	if !zipped {
		s.limit -= int64(head.Size)
		s.at = io.NewSectionReader(file, int64(head.Size), s.limit)
	}
	return s, nil
}

// open prepares to read the array's rows.
func (s *source) open() (*array.Array, error) {
	shape := s.head.Shape
	if len(shape) < 1 || len(shape) > maxDimensions {
		return nil, strict.Errorf("wanted an array of 1 to %d dimensions, found %d", maxDimensions, len(shape))
	}
	a := &array.Array{Name: s.name, Shape: shape, Type: s.head.Type, Text: s.head.Text, Close: s.close}
	end := func(total int64) error { return strict.AtEnd(s.content, total) }
	entries, err := strict.NewEntries(s.content, shape, 0, a.Type, s.size, s.limit, end)
	if err != nil {
		return nil, err
	}
	a.Next = entries.Next
	if s.head.Fortran && len(shape) > 1 && slices.Max(shape[1:]) > 1 {
		err = s.turn(a)
	}
	return a, err
}
