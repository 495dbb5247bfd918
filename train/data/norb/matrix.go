package norb

import (
	"encoding/binary"
	"io"

	"ssdgm/train/data/strict"
	"ssdgm/train/looks"
)

// types are the element types that are supported, by magic number.
var types = map[uint32]strict.Type{
	0x1e3d4c55: strict.Uint8,
	0x1e3d4c54: strict.Int32,
}

// maxDimensions is more than any file of NORB has.
const maxDimensions = 8

// Reader reads one matrix, an index of its first dimension at a time. In the file it is a magic number
// that names the element type, the number of dimensions, the dimensions (three at least), then the
// elements. All numbers have their least byte first. Bytes and 32-bit integers are supported, gzipped
// or not.
type Reader struct {
	Shape []int // the last dimension varies fastest
	Type  strict.Type
	*strict.Entries
}

// NewReader reads the header of a matrix from r, which holds size bytes. Errors of the
// content are strict.ErrFormat.
func NewReader(r io.Reader, size int64) (*Reader, error) {
	content, zipped, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	like := looks.Like(content)
	var head [8]byte
	if err := strict.Header(content, head[:]); err != nil {
		return nil, err
	}
	magic, dimensions := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint32(head[4:])
	element, known := types[magic]
	if !known {
		return nil, strict.Errorf("wrong magic number: wanted 0x1e3d4c55 (bytes) or 0x1e3d4c54 (32-bit integers), found %#08x%s", magic, like)
	}
	if dimensions < 1 || dimensions > maxDimensions {
		return nil, strict.Errorf("the header at byte 4 claims %d dimensions; wanted 1 to %d", dimensions, maxDimensions)
	}
	// A matrix of fewer dimensions has three in its header all the same.
	sizes := make([]byte, 4*max(3, dimensions))
	if err := strict.Header(content, sizes); err != nil {
		return nil, err
	}
	shape := make([]int, dimensions)
	for i := range shape {
		shape[i] = int(binary.LittleEndian.Uint32(sizes[4*i:]))
	}
	limit := strict.Limit(size, zipped)
	if !zipped {
		limit -= int64(len(head) + len(sizes))
	}
	end := func(total int64) error { return strict.AtEnd(content, total) }
	entries, err := strict.NewEntries(content, shape, 0, element, size, limit, end)
	if err != nil {
		return nil, err
	}
	return &Reader{Shape: shape, Type: element, Entries: entries}, nil
}
