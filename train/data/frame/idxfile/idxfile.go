// Package idxfile reads files of the IDX format as frames: images, labels or tables, of any type and any
// number of dimensions.
package idxfile

import (
	"io"
	"math"
	"os"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/idx"
)

// Open reads the head of a file, gzipped or not. It closes the file in the end, unless there is an error now.
func Open(file *os.File, size int64, o frame.Options) (frame.Reader, error) {
	return open(file, size, o)
}

// OpenStream is Open of a file that is read once.
func OpenStream(r io.ReadCloser, o frame.Options) (frame.Reader, error) {
	return open(r, math.MaxInt64, o)
}

func open(r io.ReadCloser, size int64, o frame.Options) (frame.Reader, error) {
	in, err := idx.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	return array.Open(array.Array{Shape: in.Shape, Type: in.Type, Next: in.Next, Close: r.Close}, nil, o)
}
