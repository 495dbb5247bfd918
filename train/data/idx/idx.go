// Package idx reads the IDX format in which MNIST is distributed: a magic number
// that names the element type and the number of dimensions, the dimensions as
// big-endian 32-bit integers, then the elements. Only bytes are supported.
package idx

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// ErrFormat marks a file that is not a sound IDX file of the shape wanted.
var ErrFormat = errors.New("not a sound IDX file")

// Array holds the elements of one file, the last dimension varying fastest.
type Array struct {
	Shape []int   // of the whole file
	Data  []uint8 // the elements that were kept
}

// Options say what a file must be and how much of it is kept.
type Options struct {
	Dims  int // the number of dimensions: 1 for labels, 3 for images
	First int // keep only the first so many entries of dimension 0; 0 keeps all
}

// deflateRatio is the most that deflate can expand: 258 bytes from two bits.
const deflateRatio = 1032

// Find returns the path of a file that may be spelt in four ways: NAME-idx3-ubyte or
// NAME.idx3-ubyte, each with .gz or without.
func Find(dir, name string) (string, error) {
	dotted := strings.Replace(name, "-idx", ".idx", 1)
	for _, base := range []string{name, dotted} {
		for _, extension := range []string{"", ".gz"} {
			path := filepath.Join(dir, base+extension)
			info, err := os.Stat(path)
			if err == nil && info.Mode().IsRegular() {
				return path, nil
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		}
	}
	return "", &fs.PathError{Op: "open", Path: dir, Err: absent(name)}
}

// absent is the name of a file that is in none of its spellings.
type absent string

func (a absent) Error() string {
	return fmt.Sprintf("wanted %[1]s or %[1]s.gz, found neither", string(a))
}
func (a absent) Is(target error) bool { return target == fs.ErrNotExist }

// ReadFile reads a file, gzipped or not, straight into the array it returns.
// A whole file is checked, also where only its first entries are kept.
func ReadFile(path string, options Options) (*Array, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	array, err := Read(file, info.Size(), options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return array, nil
}

// Read reads an array from r, which holds size bytes, gzipped or not.
func Read(r io.Reader, size int64, options Options) (*Array, error) {
	content, zipped, err := Unzip(r)
	if err != nil {
		return nil, describe(err)
	}
	shape, err := readShape(content, options.Dims)
	if err != nil {
		return nil, err
	}
	limit := size - int64(headerSize(options.Dims))
	if zipped {
		limit = saturatingProduct(size, deflateRatio)
	}
	// A header can claim anything, so nothing is allocated for more than the file can hold.
	total, ok := product(shape, limit)
	if !ok {
		return nil, formatError("the header claims %s bytes, more than a file of %d bytes can hold", join(shape), size)
	}
	kept := total
	if options.First > 0 && options.First < shape[0] {
		kept = total / int64(shape[0]) * int64(options.First)
	}
	array := &Array{Shape: shape, Data: make([]uint8, kept)}
	found, err := io.ReadFull(content, array.Data)
	if err == nil {
		var rest int64
		rest, err = io.CopyN(io.Discard, content, total-kept)
		found += int(rest)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, formatError("truncated: wanted %d bytes of data, found %d", total, found)
	}
	if err != nil {
		return nil, describe(err)
	}
	return array, atEnd(content, total)
}

// Unzip returns a reader of r's content, decompressed where it begins as a gzip
// stream does: names are no guide, since some tools unpack a .gz and keep its name.
func Unzip(r io.Reader) (content io.Reader, zipped bool, err error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if string(magic) != "\x1f\x8b" {
		return buffered, false, nil
	}
	content, err = gzip.NewReader(buffered)
	return content, true, err
}

// readShape reads the magic number and the dimensions.
func readShape(r io.Reader, dims int) ([]int, error) {
	header := make([]byte, headerSize(dims))
	if n, err := io.ReadFull(r, header); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, formatError("truncated: wanted a header of %d bytes, found %d", len(header), n)
		}
		return nil, describe(err)
	}
	const typeUint8 = 0x08
	want := uint32(typeUint8<<8 | dims)
	if magic := binary.BigEndian.Uint32(header); magic != want {
		return nil, formatError("wrong magic number: wanted %#08x (bytes in %d dimensions), found %#08x", want, dims, magic)
	}
	shape := make([]int, dims)
	for i := range shape {
		n := binary.BigEndian.Uint32(header[4+4*i:])
		if n > math.MaxInt32 {
			return nil, formatError("the header claims a dimension of %d", n)
		}
		shape[i] = int(n)
	}
	return shape, nil
}

// atEnd returns an error unless r is used up and, if zipped, its checksum is right.
func atEnd(r io.Reader, total int64) error {
	var one [1]byte
	n, err := io.ReadFull(r, one[:])
	switch {
	case n > 0:
		return formatError("trailing bytes after the %d that the header claims", total)
	case errors.Is(err, io.EOF):
		return nil
	}
	return describe(err)
}

// describe puts what the gzip reader says into words that tell what is wrong.
func describe(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return formatError("the gzip stream is damaged")
	case errors.Is(err, gzip.ErrHeader):
		return formatError("bytes that are not gzip where a gzip stream should begin or the file should end")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return formatError("truncated: the gzip stream breaks off")
	}
	return err
}

func formatError(format string, args ...any) error {
	return &formatProblem{fmt.Sprintf(format, args...)}
}

// formatProblem is an ErrFormat that tells only what is wrong.
type formatProblem struct{ message string }

func (e *formatProblem) Error() string        { return e.message }
func (e *formatProblem) Is(target error) bool { return target == ErrFormat }

func headerSize(dims int) int { return 4 + 4*dims }

// product multiplies dimensions and reports false above the limit.
func product(shape []int, limit int64) (int64, bool) {
	total := int64(1)
	for _, n := range shape {
		if n == 0 {
			return 0, true
		}
		if total > limit/int64(n) {
			return 0, false
		}
		total *= int64(n)
	}
	return total, total <= limit
}

func saturatingProduct(a, b int64) int64 {
	if a > math.MaxInt/b {
		return math.MaxInt
	}
	return a * b
}

func join(shape []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", "×"), "[]")
}
