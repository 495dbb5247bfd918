package mat

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/allocated"
	"ssdgm/train/data/strict"
)

// file is the header of a MAT-file and its elements.
func file(elements ...[]byte) []byte {
	head := append(bytes.Repeat([]byte(" "), 124), 0, 1, 'I', 'M')
	return bytes.Join(append([][]byte{head}, elements...), nil)
}

// element is a tag and its content, filled up to eight bytes as inside a matrix.
func element(kind uint32, content []byte) []byte {
	e := binary.LittleEndian.AppendUint32(nil, kind)
	e = binary.LittleEndian.AppendUint32(e, uint32(len(content)))
	e = append(e, content...)
	return append(e, make([]byte, -len(content)&7)...)
}

func words(values ...uint32) (content []byte) {
	for _, v := range values {
		content = binary.LittleEndian.AppendUint32(content, v)
	}
	return content
}

// matrix is a variable of bytes of a class.
func matrix(name string, class uint32, shape []uint32, data []byte) []byte {
	return element(typeMatrix, joined(element(typeFlags, words(class, 0)), element(typeShape, words(shape...)),
		element(typeName, []byte(name)), element(2, data)))
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func compressed(content []byte) []byte {
	var zipped bytes.Buffer
	w := zlib.NewWriter(&zipped)
	w.Write(content)
	w.Close()
	head := words(typeCompressed, uint32(zipped.Len()))
	return append(head, zipped.Bytes()...)
}

func zip(content []byte) []byte {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(content)
	w.Close()
	return zipped.Bytes()
}

// inTag is an element whose content stands in its tag.
func inTag(kind uint32, content []byte) []byte {
	return append(words(kind|uint32(len(content))<<16), append(content, make([]byte, 4-len(content))...)...)
}

// readAll reads every entry of every variable.
func readAll(content []byte) (map[string][]string, error) {
	m, err := NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for {
		v, err := m.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		for {
			entry, err := v.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			all[v.Name] = append(all[v.Name], string(entry))
		}
	}
}

const uint8Class = 9

// TestOtherWritersVariablesAreRead holds that integers of any type are dimensions, and bytes of any type a name.
func TestOtherWritersVariablesAreRead(t *testing.T) {
	want := map[string][]string{"X": {"ab", "cd", "ef"}}
	for _, name := range typesName {
		for kind, shape := range map[uint32][]byte{
			5: words(2, 1, 3), 6: words(2, 1, 3), 3: {2, 0, 1, 0, 3, 0}, 4: {2, 0, 1, 0, 3, 0}, 12: words(2, 0, 1, 0, 3, 0),
			13: words(2, 0, 1, 0, 3, 0),
		} {
			for _, flags := range typesFlags {
				x := element(typeMatrix, joined(element(flags, words(uint8Class, 0)), element(kind, shape),
					inTag(name, []byte("X")), element(2, []byte("abcdef"))))
				if got, err := readAll(file(compressed(x))); err != nil || !cmp.Equal(want, got) {
					t.Errorf("dimensions of type %d, name of %d, flags of %d: %v, %v", kind, name, flags, got, err)
				}
			}
		}
	}
}

func TestEveryWayToStoreAVariableGivesTheSame(t *testing.T) {
	x := matrix("X", uint8Class, []uint32{2, 1, 3}, []byte("abcdef"))
	small := element(typeMatrix, joined(element(typeFlags, words(uint8Class, 0)), element(typeShape, words(2, 2)),
		inTag(typeName, []byte("y")), inTag(2, []byte("ghij"))))
	text := element(typeMatrix, joined(element(typeFlags, words(classText, 0)), element(typeShape, words(1, 2)),
		inTag(typeName, []byte("t")), element(typeUint16, []byte("h\x00i\x00"))))
	want := map[string][]string{"X": {"ab", "cd", "ef"}, "y": {"gh", "ij"}}
	for name, content := range map[string][]byte{
		"plain": file(x, small), "compressed": file(compressed(x), compressed(small)), "gzipped": zip(file(x, compressed(small))), "text beside": file(text, x, compressed(text), small),
	} {
		got, err := readAll(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestVariablesCanBePassedOver(t *testing.T) {
	content := file(compressed(matrix("X", uint8Class, []uint32{2, 2}, []byte("abcd"))), matrix("y", uint8Class, []uint32{1, 1}, []byte("e")))
	m, err := NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"X", "y"} {
		if v, err := m.Next(); err != nil || v.Name != want {
			t.Fatalf("found %v, %v, want variable %s", v, err, want)
		}
	}
	if _, err := m.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last variable: %v", err)
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	sound := compressed(matrix("X", uint8Class, []uint32{2, 2}, []byte("abcd")))
	damaged := bytes.Clone(sound)
	damaged[len(damaged)-1] ^= 1
	cut := bytes.Clone(sound[:len(sound)-6])
	binary.LittleEndian.PutUint32(cut[4:], uint32(len(cut)-8))
	hdf := file()
	hdf[124], hdf[125] = 0, 2
	for _, fault := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "truncated: wanted a header of 128 bytes, found 0"},
		{"7.3", hdf, "a MAT-file of version 7.3, which is HDF5: wanted version 5 to 7; save it with MATLAB's '-v7'"},
		{"HDF5", append([]byte("\x89HDF\r\n\x1a\n"), make([]byte, 200)...), "a MAT-file of version 7.3, which is HDF5: wanted version 5 to 7; save it with MATLAB's '-v7'"},
		{"no MAT-file", make([]byte, 128), `byte 124: wanted version 0x0100 and IM, the header of a MAT-file of version 5, found 0x0000 and "\x00\x00"; it looks like zeros, as a download that was broken off leaves them`},
		{"half a tag", append(file(), 14, 0, 0), "element at byte 128: truncated: wanted a tag of 8 bytes, found 3"},
		{"claims too much", file(words(typeMatrix, 1<<31)), "element at byte 128: its tag claims 2147483648 bytes, but 0 are left in the file"},
		{"another element", file(element(3, nil)), "element at byte 128: wanted a matrix (type 14) or a compressed element (type 15), found type 3"},
		{"claims the moon", file(matrix("X", uint8Class, []uint32{1 << 30, 1 << 30}, nil)),
			`element at byte 128: variable "X": the header claims 1073741824×1073741824 elements of type uint8, more than a file of 192 bytes can hold`},
		{"no dimension", file(matrix("X", uint8Class, []uint32{2, 0}, nil)), `element at byte 128: variable "X": the header claims a dimension of 0, want 1 to 2147483647`},
		{"too little data", file(matrix("X", uint8Class, []uint32{2, 3}, []byte("abcd"))),
			`element at byte 128: variable "X": wanted 6 bytes for 2×3 elements of type uint8, but its tag claims 4`},
		{"a zlib checksum", file(damaged), "element at byte 128: the zlib stream is damaged"},
		{"a zlib stream cut", file(cut), "element at byte 128: truncated: the zlib stream breaks off"},
		{"no zlib stream", file(words(typeCompressed, 4, 0)), "element at byte 128: the zlib stream is damaged"},
	} {
		_, err := readAll(fault.content)
		if err == nil || err.Error() != fault.want {
			t.Errorf("%s: error = %v\nwant %s", fault.name, err, fault.want)
		}
		if !errors.Is(err, strict.ErrFormat) {
			t.Errorf("%s: %v is not an ErrFormat", fault.name, err)
		}
	}
}

func TestTheSecondVariablesFaultIsAtItsPlace(t *testing.T) {
	x := matrix("X", uint8Class, []uint32{2, 2}, []byte("abcd"))
	_, err := readAll(file(x, element(typeMatrix, nil)))
	if want := "element at byte 200: wanted 8 bytes more of the matrix"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func FuzzRead(f *testing.F) {
	x := matrix("X", uint8Class, []uint32{2, 1, 3}, []byte("abcdef"))
	f.Add(file(x))
	f.Add(file(compressed(x), compressed(matrix("y", uint8Class, []uint32{3, 1}, []byte("\x01\x0a\x02")))))
	f.Add(file(matrix("X", uint8Class, []uint32{1 << 30, 1 << 30}, nil)))
	f.Add(file(x)[:150])
	f.Add(zip(file(x)))
	f.Fuzz(func(t *testing.T, content []byte) {
		used := allocated.Bytes(func() {
			if _, err := readAll(content); err != nil && !errors.Is(err, strict.ErrFormat) {
				t.Errorf("error = %v, want an ErrFormat", err)
			}
		})
		// A test keeps all entries; a zlib reader has 40 KB of tables for an element of 30 bytes.
		if most := uint64(2<<20 + 8*strict.DeflateRatio*strict.Limit(int64(len(content)), bytes.HasPrefix(content, []byte("\x1f\x8b")))); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(content), used, most)
		}
	})
}
