// Package idx reads the IDX format in which MNIST is distributed: a magic number
// that names the element type and the number of dimensions, the dimensions as
// big-endian 32-bit integers, then the elements. Only bytes are supported.
package idx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"ssdgm/train/data/strict"
)

// ErrFormat marks a file that is not a sound IDX file of the shape wanted.
var ErrFormat = strict.ErrFormat

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
	var array *Array
	err := strict.File(path, func(r io.Reader, size int64) (err error) {
		array, err = Read(r, size, options)
		return err
	})
	return array, err
}

// Read reads an array from r, which holds size bytes, gzipped or not.
func Read(r io.Reader, size int64, options Options) (*Array, error) {
	content, zipped, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	shape, err := readShape(content, options.Dims)
	if err != nil {
		return nil, err
	}
	limit := strict.Limit(size, zipped)
	if !zipped {
		limit -= int64(headerSize(options.Dims))
	}
	// A header can claim anything, so nothing is allocated for more than the file can hold.
	total, ok := strict.Product(shape, limit)
	if !ok {
		return nil, strict.Errorf("the header claims %s bytes, more than a file of %d bytes can hold", strict.Join(shape), size)
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
		return nil, strict.Errorf("truncated: wanted %d bytes of data, found %d", total, found)
	}
	if err != nil {
		return nil, strict.Describe(err)
	}
	return array, strict.AtEnd(content, total)
}

// readShape reads the magic number and the dimensions.
func readShape(r io.Reader, dims int) ([]int, error) {
	header := make([]byte, headerSize(dims))
	if err := strict.Header(r, header); err != nil {
		return nil, err
	}
	const typeUint8 = 0x08
	want := uint32(typeUint8<<8 | dims)
	if magic := binary.BigEndian.Uint32(header); magic != want {
		return nil, strict.Errorf("wrong magic number: wanted %#08x (bytes in %d dimensions), found %#08x", want, dims, magic)
	}
	shape := make([]int, dims)
	for i := range shape {
		n := binary.BigEndian.Uint32(header[4+4*i:])
		if n > math.MaxInt32 {
			return nil, strict.Errorf("the header claims a dimension of %d, want at most %d", n, math.MaxInt32)
		}
		shape[i] = int(n)
	}
	return shape, nil
}

func headerSize(dims int) int { return 4 + 4*dims }
