package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

const (
	// headerMax is the format's own bound on the length of a header.
	headerMax = 100_000_000
	// align is what the start of the data is padded to, with spaces behind the header.
	align = 8
	// chunkBytes is how much is converted at a time; a multiple of every element size.
	chunkBytes = 64 << 10
	// metadataKey is the one name in a header that is not a tensor's.
	metadataKey = "__metadata__"
)

// entry is what a header says of one tensor.
type entry struct {
	DType   DType    `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// Write writes the tensors and the metadata as one safetensors file. The bytes depend on the
// content alone, not on the order of the arguments. No tensor is copied as a whole.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	sorted := inFileOrder(tensors)
	header, err := encodeHeader(sorted, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	buf := make([]byte, chunkBytes)
	for _, t := range sorted {
		if err := writeData(w, t.Data, buf); err != nil {
			return err
		}
	}
	return nil
}

// encodeHeader returns the length, the header and its padding for tensors in file order.
func encodeHeader(sorted []Tensor, metadata map[string]string) ([]byte, error) {
	b := make([]byte, 8, 256)
	b = append(b, '{')
	if len(metadata) > 0 {
		for k, v := range metadata {
			if !utf8.ValidString(k) || !utf8.ValidString(v) {
				return nil, fmt.Errorf("metadata %.100q: want UTF-8, found %.100q", k, v)
			}
		}
		b = appendMember(b, metadataKey, metadata)
	}
	var offset int64
	seen := make(map[string]bool, len(sorted))
	for _, t := range sorted {
		if err := check(t, seen); err != nil {
			return nil, err
		}
		end := offset + int64(t.bytes())
		// An empty shape is a scalar and must read [], not null.
		shape := append([]int{}, t.Shape...)
		b = appendMember(b, t.Name, entry{DType: t.DType(), Shape: shape, Offsets: [2]int64{offset, end}})
		offset = end
	}
	b = append(b, '}')
	b = append(b, bytes.Repeat([]byte{' '}, (align-len(b)%align)%align)...)
	if n := len(b) - 8; n > headerMax {
		return nil, fmt.Errorf("header: want at most %d bytes, found %d", headerMax, n)
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
	return b, nil
}

// appendMember appends "key":value to the object that b holds the beginning of.
func appendMember(b []byte, key string, value any) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	k, err := json.Marshal(key)
	if err != nil {
		panic("safetensors: " + err.Error()) // A string always marshals.
	}
	v, err := json.Marshal(value)
	if err != nil {
		panic("safetensors: " + err.Error()) // So do strings and integers.
	}
	return append(append(append(b, k...), ':'), v...)
}

// check reports what keeps t from being written, and notes its name in seen.
func check(t Tensor, seen map[string]bool) error {
	switch {
	case t.Name == metadataKey:
		return fmt.Errorf("tensor %.100q: the format keeps this name for the metadata", t.Name)
	case !utf8.ValidString(t.Name):
		return fmt.Errorf("tensor %.100q: want a name in UTF-8", t.Name)
	case seen[t.Name]:
		return fmt.Errorf("tensor %.100q: two tensors have this name", t.Name)
	case t.DType() == "":
		return fmt.Errorf("tensor %.100q: want a slice of float32, float64, int64, uint64 or uint8, found %T", t.Name, t.Data)
	case !utf8.ValidString(string(t.DType())):
		return fmt.Errorf("tensor %.100q: want a type in UTF-8, found %q", t.Name, t.DType())
	}
	seen[t.Name] = true
	size := t.DType().size()
	n, ok := elements(t.Shape, max(size, 1))
	if !ok || size > 0 && n*size != t.bytes() {
		return fmt.Errorf("tensor %.100q: want as many elements as shape %v has, found %d", t.Name, t.Shape,
			t.bytes()/max(size, 1))
	}
	return nil
}

// WriteData writes t's elements as a file has them: end to end, in little-endian order.
func (t Tensor) WriteData(w io.Writer) error {
	if t.DType() == "" {
		panic(fmt.Sprintf("safetensors: a tensor of %T", t.Data))
	}
	return writeData(w, t.Data, make([]byte, chunkBytes))
}

// writeData writes the elements of data in little-endian order, by way of buf.
func writeData(w io.Writer, data any, buf []byte) error {
	switch d := data.(type) {
	case []float32:
		return writeChunks(w, d, 4, buf, func(b []byte, chunk []float32) {
			for i, v := range chunk {
				binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(v))
			}
		})
	case []float64:
		return writeChunks(w, d, 8, buf, func(b []byte, chunk []float64) {
			for i, v := range chunk {
				binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(v))
			}
		})
	case []int64:
		return writeChunks(w, d, 8, buf, func(b []byte, chunk []int64) {
			for i, v := range chunk {
				binary.LittleEndian.PutUint64(b[8*i:], uint64(v))
			}
		})
	case []uint64:
		return writeChunks(w, d, 8, buf, func(b []byte, chunk []uint64) {
			for i, v := range chunk {
				binary.LittleEndian.PutUint64(b[8*i:], v)
			}
		})
	case []uint8:
		_, err := w.Write(d)
		return err
	case Raw:
		_, err := w.Write(d.Bytes)
		return err
	}
	panic(fmt.Sprintf("safetensors: unchecked %T", data))
}

// writeChunks converts as much of data as fits into buf, writes it, and goes on.
func writeChunks[T Element](w io.Writer, data []T, size int, buf []byte, put func([]byte, []T)) error {
	for len(data) > 0 {
		n := min(len(data), len(buf)/size)
		put(buf[:n*size], data[:n])
		if _, err := w.Write(buf[:n*size]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
