package matlab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssdgm/train/allocated"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/data/strict"
)

// matrix is a variable: its class, its shape, its name, and the elements behind it, each a type and its content.
func matrix(class uint32, name string, shape []uint32, parts ...any) []byte {
	content := bytes.Join([][]byte{item(6, words(class, 0)), item(5, words(shape...)), item(1, []byte(name))}, nil)
	for i := 0; i < len(parts); i += 2 {
		content = append(content, item(uint32(parts[i].(int)), parts[i+1].([]byte))...)
	}
	return item(14, content)
}

func item(kind uint32, content []byte) []byte {
	e := append(words(kind, uint32(len(content))), content...)
	return append(e, make([]byte, -len(content)&7)...)
}

func words(values ...uint32) (content []byte) {
	for _, v := range values {
		content = binary.LittleEndian.AppendUint32(content, v)
	}
	return content
}

func doubles(values ...float64) (content []byte) {
	for _, v := range values {
		content = binary.LittleEndian.AppendUint64(content, math.Float64bits(v))
	}
	return content
}

// write writes a file of variables.
func write(t testing.TB, variables ...[]byte) string {
	t.Helper()
	head := append(bytes.Repeat([]byte(" "), 124), 0, 1, 'I', 'M')
	path := filepath.Join(t.TempDir(), "a.mat")
	if err := os.WriteFile(path, append(head, bytes.Join(variables, nil)...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// fault reads a file to its first error.
func fault(path string) error {
	r, err := open(path, frame.Options{})
	if err != nil {
		return err
	}
	return frametest.Fault(r)
}

// The classes of variables that the cases are of.
const (
	cell, text, sparse, double = 1, 4, 5, 6
)

func TestEachFaultIsOneLine(t *testing.T) {
	y := matrix(double, "y", []uint32{3, 1}, 9, doubles(1, 2, 3))
	x := matrix(double, "X", []uint32{3, 2}, 2, []byte{1, 2, 3, 4, 5, 6})
	entries := func(ends []uint32, rows []uint32, values ...float64) []byte {
		return matrix(sparse, "X", []uint32{3, 2}, 5, words(rows...), 5, words(ends...), 9, doubles(values...))
	}
	for want, variables := range map[string][][]byte{
		"wanted an array of examples, found none": {},
		`array "z": wanted an array of numbers, found text`: {
			matrix(cell, "z", []uint32{1, 1}, 14, []byte{}),
		},
		"element at byte 128: its tag claims 64 bytes, but 56 are left in the file": {x[:len(x)-8]},
		`element at byte 128: variable "X": the header claims 2147483647×2147483647 elements of type uint8, more than a file of 200 bytes can hold`: {
			matrix(double, "X", []uint32{math.MaxInt32, math.MaxInt32}, 2, []byte{1, 2, 3, 4, 5, 6}),
		},
		"element at byte 128: wanted a sparse matrix of 1 to 2147483647 rows and columns, found 3×-1": {
			matrix(sparse, "X", []uint32{3, math.MaxUint32}),
		},
		`array "X": wanted rows from 0 to 2, found 3`:                                      {entries([]uint32{0, 1, 1}, []uint32{3}, 1)},
		`array "X": wanted the ends of 2 columns, rising from 0, found 1 at place 0`:       {entries([]uint32{1, 1, 1}, []uint32{0}, 1)},
		`array "X": wanted the ends of 2 columns, rising from 0, found 0 at place 1`:       {entries([]uint32{0, 1, 0}, []uint32{0}, 1)},
		`array "X": wanted the ends of 2 columns, found 1`:                                 {entries([]uint32{0, 1}, []uint32{0}, 1)},
		`array "X": wanted 9 entries, as the columns' ends say, found 1 rows and 1 values`: {entries([]uint32{0, 1, 9}, []uint32{0}, 1)},
		`array "X": wanted a sparse matrix's values as numbers, found 4 bytes of type 9`: {
			matrix(sparse, "X", []uint32{3, 2}, 5, words(0), 5, words(0, 1, 1), 9, []byte{1, 2, 3, 4}),
		},
		`the matrix claims 2000000000 rows, but has only 1 entries`: {
			matrix(sparse, "X", []uint32{2_000_000_000, 2}, 5, words(0), 5, words(0, 1, 1), 9, doubles(1)),
		},
		`array "y": cell 1: wanted text, found a matrix of class 6`: {
			x, matrix(cell, "y", []uint32{3, 1}, 14, matrix(text, "", []uint32{1, 1}, 4, []byte{65, 0})[8:],
				14, matrix(double, "", []uint32{1, 1}, 9, doubles(1))[8:], 14, []byte{}),
		},
		`array "y": cell 0: wanted one row of text, found 2`: {
			x, matrix(cell, "y", []uint32{3, 1}, 14, matrix(text, "", []uint32{2, 1}, 16, []byte("ab"))[8:], 14, []byte{}, 14, []byte{}),
		},
		`array "y": wanted 3×2 characters, found 4`: {x, matrix(text, "y", []uint32{3, 2}, 16, []byte("abcd"))},
		`array "y": wanted text, found elements of type 9`: {
			x, matrix(text, "y", []uint32{3, 1}, 9, doubles(1, 2, 3)),
		},
		`array "y": wanted labels as a dense array or as text, found a sparse matrix; save full(y)`: {
			x, matrix(sparse, "y", []uint32{3, 1}, 5, words(0), 5, words(0, 1), 9, doubles(1)),
		},
		"element at byte 288: its tag claims 2147483647 bytes, but 0 are left in the file": {x, y, words(14, math.MaxInt32)},
	} {
		path := write(t, variables...)
		var err error
		used := allocated.Bytes(func() { err = fault(path) })
		if !errors.Is(err, strict.ErrFormat) || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error = %v, want one of the format that ends in %q", err, want)
		}
		if used > 16<<20 {
			t.Errorf("%q: %d bytes were allocated", want, used)
		}
	}
}

func TestWholeNumbersThatMATLABStoresInFewBytesAreNoPixels(t *testing.T) {
	t.Parallel()
	for class, want := range map[uint32]bool{double: false, 9: true, 9 | 1<<9: false} {
		r, err := open(write(t, matrix(class, "X", []uint32{2, 2}, 2, []byte{0, 1, 2, 3})), frame.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Bytes() != want {
			t.Errorf("class %#x: pixels %v, want %v", class, r.Bytes(), want)
		}
		if rows := frametest.Numbers(t, r, []int{0, 1}); len(rows) != 2 || *rows[1][1] != 3 || *rows[0][1] != 2 {
			t.Errorf("found %v", rows)
		}
	}
}

// TestManyRowsNeedABlock holds that memory does not grow with the rows, along either dimension.
func TestManyRowsNeedABlock(t *testing.T) {
	const count, width = 100_000, 60
	values := make([]byte, count*width*8)
	for most, shape := range map[int64][]uint32{20 << 20: {count, width}, 2 << 20: {width, count}} {
		labels := matrix(double, "y", []uint32{count, 1}, 2, make([]byte, count))
		path := write(t, matrix(double, "X", shape, 9, values), labels)
		rows, used, err := frametest.Live(func() (frame.Reader, error) { return open(path, frame.Options{}) })
		if err != nil || rows != count || used > most {
			t.Errorf("%v: %d rows, %d bytes of memory, %v", shape, rows, used, err)
		}
	}
}

// FuzzRead wants an error of the format, or a table, of any bytes.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob(filepath.Join(fixtures, "*.mat"))
	if err != nil || len(names) == 0 {
		f.Fatalf("found %q, %v", names, err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "a.mat")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := open(path, frame.Options{})
		if err == nil {
			frametest.Fault(r)
		} else if !errors.Is(err, strict.ErrFormat) {
			t.Error(err)
		}
	})
}
