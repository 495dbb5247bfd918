package safetensors

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"ssdgm/train/looks"
)

// errForeign is what errors.Is finds where a file does not even begin like one of this format.
var errForeign = errors.New("not a safetensors file")

// ReadFile reads the file of that name. Its errors name the file.
func ReadFile(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("read %s: want a file, found a folder", name)
	}
	content := bufio.NewReader(f)
	like := looks.Like(content) // While its beginning has not been read.
	file, err := Read(content, info.Size())
	if errors.Is(err, errForeign) {
		err = fmt.Errorf("%w%s", err, like)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return file, nil
}

// Read reads a file of size bytes from r. The header is checked as a whole before any tensor
// is allocated, and no more than about size bytes ever are. Tensors come in the order in
// which the file has them. A sum of the tensors in the metadata must be theirs, see Summed.
func Read(r io.Reader, size int64) (*File, error) {
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return nil, fmt.Errorf("%w: want at least 8 bytes, found %d", errForeign, size)
	}
	if err := fill(r, prefix[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if n == 0 || n > headerMax {
		return nil, fmt.Errorf("%w: want a header of 1 to %d bytes, found a length of %d", errForeign, headerMax, n)
	}
	dataSize := size - 8 - int64(n)
	if dataSize < 0 {
		return nil, fmt.Errorf("truncated: want a header of %d bytes, found %d bytes in all", n, size)
	}
	raw := make([]byte, n)
	if err := fill(r, raw); err != nil {
		return nil, err
	}
	h, err := parseHeader(raw)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(h.entries, func(a, b namedEntry) int {
		return cmp.Or(cmp.Compare(a.Offsets[0], b.Offsets[0]), cmp.Compare(a.Offsets[1], b.Offsets[1]))
	})
	if err := checkLayout(h.entries, dataSize); err != nil {
		return nil, err
	}
	file := &File{Tensors: make([]Tensor, len(h.entries)), Metadata: h.metadata}
	buf := make([]byte, chunkBytes)
	for i, e := range h.entries {
		data, err := readData(r, e, buf)
		if err != nil {
			return nil, fmt.Errorf("tensor %.100q: %w", e.name, err)
		}
		file.Tensors[i] = Tensor{Name: e.name, Shape: e.Shape, Data: data}
	}
	if err := file.checkSum(); err != nil {
		return nil, err
	}
	return file, nil
}

// checkLayout holds that the entries, in the order of their offsets, have the length that
// their type and shape say, and cover the data without a gap, an overlap or a rest. Of a type
// that is not known the offsets alone tell the length.
func checkLayout(entries []namedEntry, dataSize int64) error {
	var at int64
	for _, e := range entries {
		if e.DType == "" {
			return fmt.Errorf("tensor %.100q: want a type such as F32, found %q", e.name, e.DType)
		}
		size := e.DType.size()
		n, ok := elements(e.Shape, max(size, 1))
		if !ok {
			return fmt.Errorf("tensor %.100q: shape %v is too large", e.name, e.Shape)
		}
		begin, end := e.Offsets[0], e.Offsets[1]
		switch {
		case size == 0 && end < begin:
			return fmt.Errorf("tensor %.100q: want a begin and an end, found offsets %d to %d", e.name, begin, end)
		case size > 0 && (end < begin || end-begin != int64(n)*int64(size)):
			return fmt.Errorf("tensor %.100q: want %d bytes for %s %v, found offsets %d to %d", e.name, int64(n)*int64(size), e.DType, e.Shape, begin, end)
		case begin < at:
			return fmt.Errorf("tensor %.100q: overlaps the tensor before it at offset %d", e.name, begin)
		case begin > at:
			return fmt.Errorf("tensor %.100q: a gap of %d bytes before it", e.name, begin-at)
		}
		at = end
	}
	if at > dataSize {
		return fmt.Errorf("truncated: want %d bytes of data, found %d", at, dataSize)
	}
	if at < dataSize {
		return fmt.Errorf("want %d bytes of data, found %d: the rest belongs to no tensor", at, dataSize)
	}
	return nil
}

// readData allocates and reads the elements of one tensor, by way of buf.
func readData(r io.Reader, e namedEntry, buf []byte) (any, error) {
	bytes := int(e.Offsets[1] - e.Offsets[0])
	n := bytes / max(e.DType.size(), 1)
	switch e.DType {
	case F32:
		return readChunks(r, make([]float32, n), 4, buf, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) })
	case F64:
		return readChunks(r, make([]float64, n), 8, buf, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) })
	case I64:
		return readChunks(r, make([]int64, n), 8, buf, func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) })
	case U64:
		return readChunks(r, make([]uint64, n), 8, buf, binary.LittleEndian.Uint64)
	case U8:
		data := make([]uint8, n)
		return data, fill(r, data)
	}
	data := make([]byte, bytes)
	return Raw{Type: e.DType, Bytes: data}, fill(r, data)
}

// readChunks fills data through buf.
func readChunks[T Element](r io.Reader, data []T, size int, buf []byte, get func([]byte) T) ([]T, error) {
	for at := 0; at < len(data); {
		n := min(len(data)-at, len(buf)/size)
		if err := fill(r, buf[:n*size]); err != nil {
			return nil, err
		}
		for i := range data[at : at+n] {
			data[at+i] = get(buf[i*size:])
		}
		at += n
	}
	return data, nil
}

// fill reads exactly len(b) bytes. That they are missing although the size of the file had
// promised them means that it shrank meanwhile, so the end of the file is an error here.
func fill(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("truncated: %w", io.ErrUnexpectedEOF)
	}
	return err
}
