package numpy

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ssdgm/train/data/datatest"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/frame/frametest"
)

const (
	tallRows, tallWidth = 100_000, 30
	kept                = 1 << 20 // bytes that may be live beside what a format is said to take
)

// tall is a table of 12 MB.
func tall() []byte {
	values := make([]float32, tallRows*tallWidth)
	for i := range values {
		values[i] = float32(i % 1000)
	}
	data, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return data
}

// TestMemoryIsFlat reads 100,000 rows of every kind, of which no more may be live at once than Open says.
func TestMemoryIsFlat(t *testing.T) {
	shape := fmt.Sprintf("(%d, %d)", tallRows, tallWidth)
	turned := fmt.Sprintf("{'descr': '<f4', 'fortran_order': True, 'shape': %s, }\n", shape)
	data := tall()
	for _, c := range []struct {
		name    string
		content []byte
		most    int64
	}{
		{"npy", encoded("<f4", shape, data), kept},
		{"npy, turned", encodedAs(turned, data), array.BlockBytes + kept},
		{"npz", packed(t, zip.Deflate, member{"X.npy", encoded("<f4", shape, data)}), kept},
		{"npz, turned", packed(t, zip.Deflate, member{"X.npy", encodedAs(turned, data)}), array.BlockBytes + kept},
	} {
		path := filepath.Join(t.TempDir(), "x")
		datatest.WriteFile(t, path, c.content)
		c.content = nil
		rows, live, err := frametest.Live(func() (frame.Reader, error) { return openPath(t, path, frame.Options{}) })
		if err != nil || rows != tallRows || live > c.most {
			t.Errorf("%s: %d rows, %d live bytes, %v; want at most %d", c.name, rows, live, err, c.most)
		}
	}
}

// writeSparse writes a matrix in one of the formats, of which row i has the value i + 1 in each column from i on, so
// many; the first one follows the last.
func writeSparse(t *testing.T, path, format string, rows, width, each int) {
	t.Helper()
	entries := rows * each
	row, column, data := make([]int32, 0, entries), make([]int32, 0, entries), make([]float32, 0, entries)
	add := func(r, c int) {
		row, column, data = append(row, int32(r)), append(column, int32(c)), append(data, float32(r+1))
	}
	ends := []int32{0}
	if format == "csr" {
		for r := range rows {
			for k := range each {
				add(r, (r+k)%width)
			}
			ends = append(ends, int32(len(data)))
		}
	} else {
		for c := range width {
			for r := range rows {
				if (c-r%width+width)%width < each {
					add(r, c)
				}
			}
			ends = append(ends, int32(len(data)))
		}
	}
	n := fmt.Sprintf("(%d,)", entries)
	members := []member{
		{"format.npy", encoded("|S3", "()", []byte(format))}, {"shape.npy", encoded("<i8",
			"(2,)", []int64{int64(rows), int64(width)})},
		{"data.npy", encoded("<f4", n, data)},
	}
	indices := row
	if format == "csr" {
		indices = column
	}
	if format == "coo" {
		members = append(members, member{"row.npy", encoded("<i4", n, row)}, member{"col.npy", encoded("<i4", n, column)})
	} else {
		members = append(members, member{"indices.npy", encoded("<i4", n, indices)},
			member{"indptr.npy", encoded("<i4", fmt.Sprintf("(%d,)", len(ends)), ends)})
	}
	datatest.WriteFile(t, path, packed(t, zip.Store, members...))
}

// TestLargeSparseMatricesComeInTheOrderOfRows holds it of more than a bucket, and that csr takes no memory for them.
func TestLargeSparseMatricesComeInTheOrderOfRows(t *testing.T) {
	const width, each = 50, 14
	for format, most := range map[string]int64{
		"csr": kept, "csc": 4*array.BucketBytes + kept, "coo": 4*array.BucketBytes + kept,
	} {
		path := filepath.Join(t.TempDir(), "x.npz")
		writeSparse(t, path, format, tallRows, width, each)
		open := func() (frame.Reader, error) { return openPath(t, path, frame.Options{}) }
		if rows, live, err := frametest.Live(open); err != nil || rows != tallRows || live > most {
			t.Errorf("%s: %d rows, %d live bytes, %v; want at most %d", format, rows, live, err, most)
		}
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		r.Select([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, nil)
		values := make([]float32, 10)
		for row := range tallRows {
			if err := r.Next(values, nil); err != nil {
				t.Fatal(err)
			}
			for column, value := range values {
				want := float32(0)
				if (column-row%width+width)%width < each {
					want = float32(row + 1)
				}
				if value != want {
					t.Fatalf("%s, row %d, column %d: found %g, want %g", format, row, column, value, want)
				}
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestAZipBombIsReadRowByRow unpacks 64 MiB of zeros from 64 KiB.
func TestAZipBombIsReadRowByRow(t *testing.T) {
	const rows, width = 1 << 6, 1 << 18
	path := filepath.Join(t.TempDir(), "x.npz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(file)
	w := zip.NewWriter(out)
	f, err := w.Create("X.npy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(encoded("<f4", fmt.Sprintf("(%d, %d)", rows, width), []byte{})); err != nil {
		t.Fatal(err)
	}
	zeros := bytes.Repeat([]byte{0}, 4*width)
	for range rows {
		if _, err := f.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	// Of each column: what is known of it, its value as it lies in the file and as it is given, and two lists of numbers.
	const columnBytes = 24 + 4 + 4 + 8 + 8
	found, live, err := frametest.Live(func() (frame.Reader, error) { return openPath(t, path, frame.Options{}) })
	if most := int64(width*columnBytes) + 4*kept; err != nil || found != rows || live > most {
		t.Errorf("%d rows, %d live bytes, %v; want at most %d", found, live, err, most)
	}
}
