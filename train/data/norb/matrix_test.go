package norb

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/allocated"
	"ssdgm/train/data/strict"
)

const (
	magicBytes    = 0x1e3d4c55
	magicIntegers = 0x1e3d4c54
)

// encode writes a matrix with any claim in its header.
func encode(magic, dimensions uint32, sizes []uint32, data string) (content []byte) {
	for _, word := range append([]uint32{magic, dimensions}, sizes...) {
		content = binary.LittleEndian.AppendUint32(content, word)
	}
	return append(content, data...)
}

func zip(content []byte) []byte {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(content)
	w.Close()
	return zipped.Bytes()
}

func readAll(content []byte) (shape []int, entries []string, err error) {
	m, err := NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, nil, err
	}
	for {
		entry, err := m.Next()
		if errors.Is(err, io.EOF) {
			return m.Shape, entries, nil
		}
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, string(entry))
	}
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	for _, c := range []struct {
		content []byte
		shape   []int
		entries []string
	}{
		{encode(magicBytes, 4, []uint32{2, 1, 1, 2}, "abcd"), []int{2, 1, 1, 2}, []string{"ab", "cd"}},
		{encode(magicIntegers, 1, []uint32{2, 1, 1}, "\x01\x00\x00\x00\x02\x00\x00\x00"), []int{2}, []string{"\x01\x00\x00\x00", "\x02\x00\x00\x00"}},
		{encode(magicBytes, 2, []uint32{1, 3, 1}, "abc"), []int{1, 3}, []string{"abc"}},
	} {
		for _, content := range [][]byte{c.content, zip(c.content)} {
			shape, entries, err := readAll(content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.shape, shape) + cmp.Diff(c.entries, entries); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	sound := encode(magicBytes, 1, []uint32{4, 1, 1}, "abcd")
	for _, fault := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "truncated: wanted a header of 8 bytes, found 0"},
		{"half a header", sound[:13], "truncated: wanted a header of 12 bytes, found 5"},
		{"float32 elements", encode(0x1e3d4c51, 1, []uint32{1, 1, 1}, "abcd"), "wrong magic number: wanted 0x1e3d4c55 (bytes) or 0x1e3d4c54 (32-bit integers), found 0x1e3d4c51"},
		{"dimensions", encode(magicBytes, 1<<30, nil, ""), "the header at byte 4 claims 1073741824 dimensions; wanted 1 to 8"},
		{"no dimension", encode(magicBytes, 1, []uint32{0, 1, 1}, ""), "the header claims a dimension of 0, want 1 to 2147483647"},
		{"claims the moon", encode(magicIntegers, 3, []uint32{1 << 30, 1 << 30, 1 << 30}, ""), "the header claims 1073741824×1073741824×1073741824 elements of type int32, more than a file of 20 bytes can hold"},
		{"claims too much", encode(magicBytes, 1, []uint32{5, 1, 1}, "abcd"), "the header claims 5 elements of type uint8, more than a file of 24 bytes can hold"},
		{"truncated", zip(encode(magicBytes, 1, []uint32{5, 1, 1}, "abcd")), "truncated: wanted 5 bytes of data, found 4"},
		{"trailing bytes", append(bytes.Clone(sound), 'e'), "trailing bytes after the 4 that the header claims"},
	} {
		_, _, err := readAll(fault.content)
		if err == nil || err.Error() != fault.want {
			t.Errorf("%s: error = %v\nwant %s", fault.name, err, fault.want)
		}
		if !errors.Is(err, strict.ErrFormat) {
			t.Errorf("%s: %v is not an ErrFormat", fault.name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	sound := encode(magicBytes, 4, []uint32{2, 1, 1, 2}, "abcd")
	f.Add(sound)
	f.Add(zip(sound))
	f.Add(encode(magicIntegers, 1, []uint32{2, 1, 1}, "\x01\x00\x00\x00\x02\x00\x00\x00"))
	f.Add(zip(encode(magicBytes, 3, []uint32{1 << 20, 1 << 20, 1 << 20}, "")))
	f.Fuzz(func(t *testing.T, content []byte) {
		used := allocated.Bytes(func() {
			shape, entries, err := readAll(content)
			if err == nil && len(entries) != shape[0] {
				t.Errorf("%d entries of shape %v", len(entries), shape)
			}
			if err != nil && !errors.Is(err, strict.ErrFormat) {
				t.Errorf("error = %v, want an ErrFormat", err)
			}
		})
		// The test keeps all entries, in 16 bytes at least and a list that doubles.
		if most := uint64(1<<20 + 64*strict.Limit(int64(len(content)), bytes.HasPrefix(content, []byte("\x1f\x8b")))); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(content), used, most)
		}
	})
}
