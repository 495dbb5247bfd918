package numpy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data/datatest"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/data/strict"
)

// encoded is an array's file; data is written as encoding/binary does it.
func encoded(descr, shape string, data any) []byte {
	return encodedAs(fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape), data)
}

func encodedAs(dictionary string, data any) []byte {
	head := append([]byte(Magic+"\x01\x00"), byte(len(dictionary)), byte(len(dictionary)>>8))
	content, err := binary.Append(append(head, dictionary...), binary.LittleEndian, data)
	if err != nil {
		panic(err)
	}
	return content
}

// member is a file in an archive.
type member struct {
	name    string
	content []byte
}

// packed is an archive.
func packed(t *testing.T, method uint16, members ...member) []byte {
	t.Helper()
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for _, m := range members {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

// open opens a file's content as the format that it begins as.
func open(t *testing.T, content []byte, o frame.Options) (frame.Reader, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x")
	datatest.WriteFile(t, path, content)
	return openPath(t, path, o)
}

func openPath(t *testing.T, path string, o frame.Options) (frame.Reader, error) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	opener := Open
	var begin [2]byte
	if _, err := file.ReadAt(begin[:], 0); err == nil && string(begin[:]) == "PK" {
		opener = OpenArchive
	}
	r, err := opener(file, info.Size(), o)
	if err != nil {
		file.Close()
	}
	return r, err
}

// fault is what opening and reading ends with.
func fault(t *testing.T, content []byte, o frame.Options) error {
	t.Helper()
	r, err := open(t, content, o)
	if err == nil {
		err = frametest.Fault(r)
	}
	return err
}

func TestEveryFaultOfAnArrayIsNamed(t *testing.T) {
	two := encoded("<f4", "(2, 2)", make([]float32, 4))
	turned := encodedAs("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }\n", make([]float32, 4))
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"2^60 rows", encoded("<f4", "(1152921504606846976, 2)", []float32{1}),
			"the header claims a dimension of 1152921504606846976"},
		{"2^31 rows", encoded("<f4", "(2147483647, 2)", []float32{1}),
			"the header claims 2147483647×2 elements of type float32, more than a file of"},
		{"no row", encoded("<f4", "(0, 2)", []float32{}), "the header claims a dimension of 0"},
		{"a single value", encoded("<f4", "()", []float32{1}), "wanted an array of 1 to 8 dimensions, found 0"},
		{"wide", encoded("|u1", "(1, 2000000)", make([]byte, 2000000)),
			"wanted at most 1048576 values in a row, found 2000000"},
		{"truncated", two[:len(two)-1], "the header claims 2×2 elements of type float32, more than a file of"},
		{"trailing", append(bytes.Clone(two), 0), "trailing bytes after the 16 that the header claims"},
		{"turned, trailing", append(bytes.Clone(turned), 0), "trailing bytes after the 16 that the header claims"},
		{"turned, truncated", turned[:len(turned)-1], "the header claims 2×2 elements of type float32, more than a file of"},
		{"objects", encoded("|O", "(2,)", []byte("pickle")), "these are pickled objects of Python's"},
		{"complex", encoded("<c8", "(1,)", make([]byte, 8)), `found elements of type "<c8"`},
		{"records", encodedAs("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }\n", []float64{1}),
			"wanted elements of one type, found records of several; save a table of their fields"},
		{"opacity", encoded("|u1", "(1, 2, 2, 4)", make([]byte, 16)), "if the fourth is opacity, save x[..., :3]"},
		{"cut header", two[:20], "truncated: wanted a header of"},
		{"not UTF-8", encoded("|S2", "(1,)", []byte("m\xe2")),
			`row 0, counted from 0: wanted text in UTF-8, found "m\xe2"; save it as str`},
	} {
		err := fault(t, c.content, frame.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") ||
			!errors.Is(err, strict.ErrFormat) {
			t.Errorf("%s: error = %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestNumbersThatWouldBeRoundedAreNoNames holds that two labels never become one.
func TestNumbersThatWouldBeRoundedAreNoNames(t *testing.T) {
	r, err := open(t, encoded("<i8", "(1,)", []int64{1<<53 + 1}), frame.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Select(nil, []int{0})
	if err = r.Next(nil, make([]string, 1)); err == nil || !strings.Contains(err.Error(), "save them with astype(str)") {
		t.Errorf("error = %v", err)
	}
}

// TestMarksOfNumbersAreMissing holds that a mark is one in every format, however it is written.
func TestMarksOfNumbersAreMissing(t *testing.T) {
	content := encoded("<f8", "(2, 2)", []float64{-999, 1, 2, -999})
	o := frame.Options{Missing: []string{"-999.0"}}
	want := [][]string{{"", "1"}, {"2", ""}}
	r, err := open(t, content, o)
	if err != nil {
		t.Fatal(err)
	}
	if found := frametest.Texts(t, r); !cmp.Equal(found, want) {
		t.Errorf("found %q", found)
	}
	if r, err = open(t, content, o); err != nil {
		t.Fatal(err)
	}
	if found := frametest.Numbers(t, r, []int{0, 1}); found[0][0] != nil || found[1][1] != nil || *found[0][1] != 1 {
		t.Errorf("found %v", found)
	}
}

func TestEveryFaultOfAnArchiveIsNamed(t *testing.T) {
	x := member{"X.npy", encoded("<f4", "(2, 2)", []float32{1, 2, 3, 4})}
	y := member{"y.npy", encoded("<i4", "(2,)", []int32{0, 1})}
	sound := packed(t, zip.Store, x, y)
	damaged := bytes.Clone(sound)
	damaged[bytes.Index(damaged, []byte{0, 0, 128, 63})] ^= 1
	folder := member{"../../escaped\n\x1b.npy", x.content}
	for _, c := range []struct {
		name    string
		content []byte
		o       frame.Options
		want    string
	}{
		{"several", packed(t, zip.Store, member{"a.npy", x.content}, member{"b.npy", x.content}), frame.Options{},
			`wanted one array of examples, found "a" (2×2 of float32), "b" (2×2 of float32); name it with data.variable`},
		{"no such variable", sound, frame.Options{Variable: "Z"},
			`data.variable = "Z": wanted one of the file's arrays, which are "X" (2×2 of float32), "y" (2 of int32)`},
		{"no such label", sound, frame.Options{Label: "z"}, `data.label_column = "z": wanted one of the file's arrays`},
		{"too few labels", packed(t, zip.Store, x, member{"z.npy", encoded("|u1",
			"(3,)", []byte{1, 2, 3})}), frame.Options{Label: "z"},
			`wanted a label for each of 2 examples, found "z" (3 of uint8)`},
		{"one of K", packed(t, zip.Store, x, member{"z.npy", encoded("|u1", "(2, 3)", make([]byte, 6))}),
			frame.Options{Variable: "X", Label: "z"},
			"if each row has a 1 in the place of its class, save argmax(axis=1) of it"},
		{"twice", packed(t, zip.Store, x, x), frame.Options{}, `the archive holds two arrays "X"`},
		{"a path", packed(t, zip.Store, folder, member{"b.npy", x.content}), frame.Options{},
			`found "../../escaped\n\x1b" (2×2 of float32), "b"`},
		{"damaged", damaged, frame.Options{}, `array "X": its bytes in the archive are damaged`},
		{"cut", sound[:len(sound)-30], frame.Options{}, "wanted a zip archive, found one that is damaged or breaks off"},
		{"a workbook", packed(t, zip.Store, member{"xl/workbook.xml", nil}), frame.Options{},
			"wanted an archive of arrays (npz), found one of a workbook of Excel; save the table as CSV"},
		{"of PyTorch", packed(t, zip.Store, member{"archive/data.pkl", nil}), frame.Options{},
			"found one of a file of PyTorch"},
		{"tables", packed(t, zip.Deflate, member{"train.csv", nil}), frame.Options{},
			`found one of files such as "train.csv"; unpack it`},
		{"nothing", packed(t, zip.Store), frame.Options{}, "found one of none"},
		{"2^60 rows", packed(t, zip.Deflate, member{"X.npy", encoded("<f4",
			"(1152921504606846976, 2)", []float32{1})}), frame.Options{},
			`array "X": the header claims a dimension of 1152921504606846976`},
		{"2^30 rows", packed(t, zip.Deflate, member{"X.npy", encoded("<f4",
			"(1073741824, 2)", make([]float32, 1<<16))}), frame.Options{},
			`array "X": the header claims 1073741824×2 elements of type float32, more than a file of`},
		{"objects", packed(t, zip.Store, member{"X.npy", encoded("|O", "(2,)", []byte("pickle"))}), frame.Options{},
			`array "X": wanted truth`},
	} {
		err := fault(t, c.content, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") ||
			!errors.Is(err, strict.ErrFormat) {
			t.Errorf("%s: error = %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestSizesOfAnArchiveAreNotBelieved holds that a directory that claims more than its bytes can hold is refused.
func TestSizesOfAnArchiveAreNotBelieved(t *testing.T) {
	content := packed(t, zip.Store, member{"X.npy", encoded("<f4", "(2, 2)", []float32{1, 2, 3, 4})})
	at := bytes.Index(content, []byte("PK\x01\x02")) + 24 // the length of what is packed
	binary.LittleEndian.PutUint32(content[at:], 1<<30)
	err := fault(t, content, frame.Options{})
	if err == nil || !strings.Contains(err.Error(), "the archive claims 1073741824 bytes, more than") {
		t.Errorf("error = %v", err)
	}
}

// TestLabelsAloneAreReadWithoutExamples holds that a pass over the labels does not unpack the examples.
func TestLabelsAloneAreReadWithoutExamples(t *testing.T) {
	content := packed(t, zip.Store, member{"X.npy", encoded("<f4", "(3, 2)", []float32{1, 2, 3, 4, 5, 6})},
		member{"y.npy", encoded("<i4", "(3, 1)", []int32{1, -1, 2})})
	content[bytes.Index(content, []byte{0, 0, 128, 63})] ^= 1
	r, err := open(t, content, frame.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Select(nil, []int{2})
	label := make([]string, 1)
	for _, want := range []string{"1", "-1", "2"} {
		if err := r.Next(nil, label); err != nil || label[0] != want {
			t.Errorf("found %q, %v, want %q", label[0], err, want)
		}
	}
	if err := r.Next(nil, label); !errors.Is(err, io.EOF) {
		t.Errorf("error = %v", err)
	}
}

// parts are those of a sparse matrix, some of them other ones.
func parts(format string, others ...member) []member {
	all := []member{
		{"format.npy", encoded(fmt.Sprintf("|S%d", len(format)), "()", []byte(format))},
		{"shape.npy", encoded("<i8", "(2,)", []int64{2, 3})},
		{"data.npy", encoded("<f4", "(3,)", []float32{1, 2, 3})},
		{"indptr.npy", encoded("<i4", "(3,)", []int32{0, 1, 3})},
		{"indices.npy", encoded("<i4", "(3,)", []int32{2, 0, 1})},
		{"row.npy", encoded("<i4", "(3,)", []int32{1, 0, 1})},
		{"col.npy", encoded("<i4", "(3,)", []int32{2, 0, 1})},
	}
	if format == "csc" {
		all[3] = member{"indptr.npy", encoded("<i4", "(4,)", []int32{0, 1, 1, 3})}
		all[4] = member{"indices.npy", encoded("<i4", "(3,)", []int32{1, 0, 1})}
	}
	for _, other := range others {
		for i := range all {
			if all[i].name == other.name {
				all[i] = other
			}
		}
	}
	return all
}

func TestEveryFaultOfASparseMatrixIsNamed(t *testing.T) {
	ints := func(name string, values ...int32) member {
		return member{name + ".npy", encoded("<i4", fmt.Sprintf("(%d,)", len(values)), values)}
	}
	longs := func(name string, values ...int64) member {
		return member{name + ".npy", encoded("<i8", fmt.Sprintf("(%d,)", len(values)), values)}
	}
	for _, c := range []struct {
		format string
		other  member
		want   string
	}{
		{"dia", member{}, `wanted a sparse matrix in the format csr, csc or coo, found "dia"; save x.tocsr()`},
		{"csr", longs("shape", 2), "wanted a matrix of two dimensions, found one of 1"},
		{"csr", longs("shape", 1<<60, 3), `array "shape": wanted 1 to 2147483647 rows, found 1.152921504606847e+18`},
		{"csr", longs("shape", 2, 1<<60), `array "shape": wanted 1 to 1048576 columns, found 1.152921504606847e+18`},
		{"csr", longs("shape", 1<<30, 3), `array "indptr": wanted 1073741825 elements, one more than the shape has, found 3`},
		{"csr", ints("indptr", 1, 1, 3), `array "indptr": wanted 0 first, found 1`},
		{"csr", ints("indptr", 0, 2, 1), `array "indptr", place 2: wanted at least the number before, 2, and at most that of all entries, 3, found 1`},
		{"csr", ints("indptr", 0, 1, 4), `array "indptr", place 2: wanted at least the number before, 1, and at most that of all entries, 3, found 4`},
		{"csr", ints("indptr", 0, 1, 2), `array "indptr": wanted the number of all entries, 3, last, found 2`},
		{"csr", ints("indices", 3, 0, 1), `array "indices": wanted places from 0 to 2, as the shape says, found 3`},
		{"csr", ints("indices", -1, 0, 1), `array "indices": wanted places from 0 to 2, as the shape says, found -1`},
		{"csr", ints("indices", 0, 1), "wanted as many indices as data, found 2 and 3"},
		{"csr", member{"indices.npy", encoded("<f4", "(3,)", []float32{0, 1, 2})},
			`array "indices": wanted integers, found elements of type float32`},
		{"csr", member{"data.npy", encoded("<U1", "(3,)", make([]int32, 3))}, `array "data": wanted numbers, found text`},
		{"csr", member{"data.npy", encoded("<f4", "(1000000000,)", []float32{0})},
			`array "data": the header claims 1000000000 elements of type float32, but 4 bytes follow`},
		{"csr", member{"indptr.npy", encoded("<i4", "(3, 1)", []int32{0, 1, 3})},
			`array "indptr": wanted one dimension, found 2`},
		{"csc", ints("indptr", 0, 1, 1), `array "indptr": wanted 4 elements, one more than the shape has, found 3`},
		{"csc", ints("indptr", 0, 1, 1, 2), `array "indptr": wanted the number of all entries, 3, last, found 2`},
		{"csc", ints("indices", 2, 0, 1), `array "indices": wanted places from 0 to 1, as the shape says, found 2`},
		{"csc", longs("shape", 1<<30, 3), `the matrix claims 1073741824 rows, but has only 3 entries`},
		{"coo", ints("row", 2, 0, 1), `array "row": wanted places from 0 to 1, as the shape says, found 2`},
		{"coo", ints("col", 2, 0, 3), `array "col": wanted places from 0 to 2, as the shape says, found 3`},
		{"coo", ints("col", 2, 0), "wanted as many integers col as data, found 2 of type int32 and 3"},
		{"coo", longs("shape", 1<<30, 3), `the matrix claims 1073741824 rows, but has only 3 entries`},
	} {
		for _, method := range []uint16{zip.Store, zip.Deflate} {
			err := fault(t, packed(t, method, parts(c.format, c.other)...), frame.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") ||
				!errors.Is(err, strict.ErrFormat) {
				t.Errorf("%s, %s: error = %v\nwant %s", c.format, c.other.name, err, c.want)
			}
		}
	}
	for _, format := range []string{"csr", "csc", "coo"} {
		if err := fault(t, packed(t, zip.Deflate, parts(format)...), frame.Options{}); !errors.Is(err, io.EOF) {
			t.Errorf("%s: error = %v without a fault", format, err)
		}
		without := parts(format)[:3]
		err := fault(t, packed(t, zip.Store, without...), frame.Options{})
		if err == nil || !strings.Contains(err.Error(), "beside the others of a sparse matrix, found none") {
			t.Errorf("%s: error = %v", format, err)
		}
	}
}

// TestADamagedByteIsOneClearLine turns over a byte of an archive, each in turn: where it is not told, it changes nothing
// that is read, as that of a date.
func TestADamagedByteIsOneClearLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npz")
	for _, name := range []string{"both.npz", "csc-f8.npz"} {
		sound, err := os.ReadFile(filepath.Join("../testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for at := range sound {
			damaged := bytes.Clone(sound)
			damaged[at] ^= 0xff
			datatest.WriteFile(t, path, damaged)
			r, err := openPath(t, path, frame.Options{})
			if err == nil {
				err = frametest.Fault(r)
			}
			if !errors.Is(err, io.EOF) && !errors.Is(err, strict.ErrFormat) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, byte %d: error = %q", name, at, err)
			}
		}
	}
}

// TestMoreEntriesThanColumnsAreSummedAndForgotten holds that a place that stands often has its sum, and the next row none
// of it.
func TestMoreEntriesThanColumnsAreSummedAndForgotten(t *testing.T) {
	content := packed(t, zip.Store, parts("csr",
		member{"data.npy", encoded("<f4", "(6,)", []float32{1, 2, 3, 4, 5, 6})},
		member{"indices.npy", encoded("<i4", "(6,)", []int32{1, 1, 1, 1, 1, 2})},
		member{"indptr.npy", encoded("<i4", "(3,)", []int32{0, 6, 6})})...)
	r, err := open(t, content, frame.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"0", "15", "6"}, {"0", "0", "0"}}
	if found := frametest.Texts(t, r); !cmp.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
}
