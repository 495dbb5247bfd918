package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/allocated"
	"ssdgm/train/data/strict"
)

// encode writes an array with any dictionary.
func encode(version byte, dictionary, data string) []byte {
	content := append([]byte(magic), version, 0)
	if version == 1 {
		content = binary.LittleEndian.AppendUint16(content, uint16(len(dictionary)))
	} else {
		content = binary.LittleEndian.AppendUint32(content, uint32(len(dictionary)))
	}
	return append(content, dictionary+data...)
}

// dictionary is one as NumPy writes it.
func dictionary(descr, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }   \n", descr, shape)
}

func readAll(content []byte) (shape []int, values []float64, err error) {
	array, err := NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, nil, err
	}
	for {
		entry, err := array.Next()
		if errors.Is(err, io.EOF) {
			return array.Shape, values, nil
		}
		if err != nil {
			return nil, nil, err
		}
		for ; len(entry) > 0; entry = entry[array.Type.Size:] {
			if array.Text != nil {
				values = append(values, float64(len(array.Text(entry))))
				continue
			}
			values = append(values, array.Type.Value(entry))
		}
	}
}

func TestEveryTypeAndVersionIsRead(t *testing.T) {
	for descr, data := range map[string]string{
		"|u1": "\x01\x02", "<i4": "\x01\x00\x00\x00\x02\x00\x00\x00", "<i8": "\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00",
		"<f4": "\x00\x00\x80\x3f\x00\x00\x00\x40", "<f8": "\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\x40",
	} {
		for version := byte(1); version <= 3; version++ {
			shape, values, err := readAll(encode(version, dictionary(descr, "(2, 1)"), data))
			if err != nil {
				t.Fatalf("%s, version %d: %v", descr, version, err)
			}
			if diff := cmp.Diff([]int{2, 1}, shape) + cmp.Diff([]float64{1, 2}, values); diff != "" {
				t.Errorf("%s, version %d: %s", descr, version, diff)
			}
		}
	}
}

func TestKeysComeInAnyOrderAndQuotes(t *testing.T) {
	for _, text := range []string{`{"shape":(1,),"fortran_order":False,"descr":"|u1"}`, "{ 'fortran_order' : False , 'descr' : '|u1', 'shape' : ( 1 ) }\n"} {
		if _, values, err := readAll(encode(1, text, "\x07")); err != nil || !cmp.Equal(values, []float64{7}) {
			t.Errorf("%s: found %v, %v", text, values, err)
		}
	}
}

// typeFault is how a fault of an element type begins.
const typeFault = "wanted truth values, integers, floats of 16 to 64 bits or text, found elements of type "

// TestEveryOrderOfBytesIsRead holds 1 and 2 of every type of numbers, the greatest byte first.
func TestEveryOrderOfBytesIsRead(t *testing.T) {
	for descr, data := range map[string]string{
		">u2": "\x00\x01\x00\x02", ">i4": "\x00\x00\x00\x01\x00\x00\x00\x02", ">f2": "\x3c\x00\x40\x00", "<f2": "\x00\x3c\x00\x40",
		">f4": "\x3f\x80\x00\x00\x40\x00\x00\x00", "|i1": "\x01\x02", "<i2": "\x01\x00\x02\x00", "=u4": "\x01\x00\x00\x00\x02\x00\x00\x00",
		"<u8": "\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00",
	} {
		_, values, err := readAll(encode(1, dictionary(descr, "(2,)"), data))
		if err != nil || !cmp.Equal(values, []float64{1, 2}) {
			t.Errorf("%s: found %v, %v", descr, values, err)
		}
	}
	if _, values, err := readAll(encode(1, dictionary("|b1", "(3,)"), "\x00\x01\x02")); err != nil || !cmp.Equal(values, []float64{0, 1, 1}) {
		t.Errorf("truth values: found %v, %v", values, err)
	}
	for _, half := range []struct {
		bits string
		want float64
	}{{"\x01\x00", 0x1p-24}, {"\x00\xbc", -1}, {"\xff\x7b", 65504}, {"\x00\x7c", math.Inf(1)}, {"\x00\xfc", math.Inf(-1)}} {
		if _, values, err := readAll(encode(1, dictionary("<f2", "(1,)"), half.bits)); err != nil || values[0] != half.want {
			t.Errorf("half %x: found %v, %v, want %g", half.bits, values, err, half.want)
		}
	}
}

// TestFortransOrderIsTurned holds an array of 2×3×2 whose first dimension varies fastest.
func TestFortransOrderIsTurned(t *testing.T) {
	var data []byte
	for k := range 2 {
		for j := range 3 {
			for i := range 2 {
				data = append(data, byte(100*i+10*j+k))
			}
		}
	}
	_, values, err := readAll(encode(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2), }", string(data)))
	if want := []float64{0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121}; err != nil || !cmp.Equal(values, want) {
		t.Errorf("found %v, %v, want %v", values, err, want)
	}
}

// TestTextIsRead holds text of bytes and of characters, of either order.
func TestTextIsRead(t *testing.T) {
	for descr, data := range map[string]string{
		"<U3": "\xe9\x00\x00\x00b\x00\x00\x00\x00\x00\x00\x00", ">U2": "\x00\x00\x00\xe9\x00\x00\x00b", "|S4": "éb\x00",
	} {
		content := encode(1, dictionary(descr, "(1,)"), data)
		array, err := NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		if entry, err := array.Next(); err != nil || array.Text(entry) != "éb" {
			t.Errorf("%s: found %q, %v", descr, array.Text(entry), err)
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	sound := encode(1, dictionary("|u1", "(2, 2)"), "abcd")
	for _, fault := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "truncated: wanted a header of 8 bytes, found 0"},
		{"another format", []byte("PK\x03\x04 an archive"), `wrong magic number: wanted "\x93NUMPY", found "PK\x03\x04 a"; it looks like a zip archive, as .npz of NumPy, .pt of PyTorch and .xlsx of Excel are; unpack it, or save it in the format wanted`},
		{"version", encode(4, dictionary("|u1", "(2, 2)"), "abcd"), "wanted version 1, 2 or 3 of the format, found 4"},
		{"a header cut", sound[:30], "truncated: wanted a header of 63 bytes, found 20"},
		{"a header of gigabytes", append([]byte(magic), 2, 0, 0, 0, 0, 0x80), "byte 8 claims a header of 2147483648 bytes; wanted at most 16384"},
		{"complex", encode(1, dictionary("<c8", "(1,)"), "abcdefgh"), typeFault + `"<c8"; convert them with astype`},
		{"objects", encode(1, dictionary("|O", "(1,)"), "abcd"), typeFault + `"|O"; these are pickled objects of Python's; save astype(str) of them, or of numbers astype('int64')`},
		{"text of gigabytes", encode(1, dictionary("<U999999999", "(1,)"), "abcd"), typeFault + `"<U999999999"; convert them with astype`},
		{"Fortran order, cut", encode(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "abcde"), "the header claims 2×3 elements of type uint8, more than a file of 73 bytes can hold"},
		{"a number", encode(1, dictionary("|u1", "()"), "a"), "wanted an array of 1 to 4 dimensions, found 0"},
		{"no dimension", encode(1, dictionary("|u1", "(0, 4)"), ""), "the header claims a dimension of 0, want 1 to 2147483647"},
		{"the moon", encode(1, dictionary("<f8", "(1073741824, 1073741824)"), ""), "the header claims 1073741824×1073741824 elements of type float64, more than a file of 91 bytes can hold"},
		{"beyond 63 bits", encode(1, dictionary("|u1", "(99999999999999999999,)"), ""), `byte 61 of the header: wanted a whole number that fits into 63 bits, found "99999999999999999999"`},
		{"truncated", sound[:len(sound)-1], "the header claims 2×2 elements of type uint8, more than a file of 76 bytes can hold"},
		{"trailing bytes", append(bytes.Clone(sound), 'e'), "trailing bytes after the 4 that the header claims"},
		{"structured", encode(1, "{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (1,), }", "a"),
			"wanted elements of one type, found records of several; save a table of their fields"},
		{"a key missing", encode(1, "{'descr': '|u1', 'shape': (1,), }", "a"), "wanted the keys descr, fortran_order and shape in the header, found 2 of them"},
		{"a key twice", encode(1, "{'descr': '|u1', 'descr': '|u1', 'shape': (1,), }", "a"), `byte 36 of the header: wanted a key that has not been yet, found "'|u1', 'shape': (1,)"`},
		{"a key unknown", encode(1, "{'order': 1}", "a"), `byte 20 of the header: wanted a key descr, fortran_order or shape before this, found "1}"`},
		{"no dictionary", encode(1, "print('hello')", "a"), `byte 10 of the header: wanted {, found "print('hello')"`},
		{"something after", encode(1, dictionary("|u1", "(1,)")+"x", "a"), `byte 71 of the header: wanted the end of the header, found "x"`},
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
	f.Add(encode(1, dictionary("|u1", "(2, 2)"), "abcd"))
	f.Add(encode(2, dictionary("<f8", "(1,)"), "abcdefgh"))
	f.Add(encode(3, dictionary("<i4", "(1, 1, 1)"), "abcd"))
	f.Add(encode(1, dictionary("<f8", "(1073741824, 1073741824)"), ""))
	f.Add(encode(1, strings.Repeat("{", 100), ""))
	f.Fuzz(func(t *testing.T, content []byte) {
		used := allocated.Bytes(func() {
			shape, values, err := readAll(content)
			if n, _ := strict.Product(shape, 1<<40); err == nil && int64(len(values)) != n {
				t.Errorf("%d values of shape %v", len(values), shape)
			}
			if err != nil && !errors.Is(err, strict.ErrFormat) {
				t.Errorf("error = %v, want an ErrFormat", err)
			}
		})
		// The test keeps a float64 for every byte, in a list that doubles.
		if most := uint64(1<<20 + 64*strict.Limit(int64(len(content)), bytes.HasPrefix(content, []byte("\x1f\x8b")))); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(content), used, most)
		}
	})
}
