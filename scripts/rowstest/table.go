package main

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
)

// write writes the table as a sparse matrix, row by row. A row has as many values that are not 0 as every other, in
// ascending columns that are drawn; they are log-normal, and larger in a tenth of the columns, which goes by the row.
func write(path string, o options) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	archive := zip.NewWriter(file)
	each := max(1, int(math.Round(float64(o.columns)*(1-o.zeros))))
	words := func(emit func(uint32)) func() { return func() { entries(o, each, emit, nil) } }
	for _, array := range []struct {
		name, header string
		content      func(emit func(uint32)) func()
	}{
		{"indices", fmt.Sprintf("'<i4', 'fortran_order': False, 'shape': (%d,)", o.rows*each), words},
		{"indptr", fmt.Sprintf("'<i4', 'fortran_order': False, 'shape': (%d,)", o.rows+1), func(emit func(uint32)) func() {
			return func() {
				for i := range o.rows + 1 {
					emit(uint32(i * each))
				}
			}
		}},
		{"data", fmt.Sprintf("'<f4', 'fortran_order': False, 'shape': (%d,)", o.rows*each), func(emit func(uint32)) func() {
			return func() { entries(o, each, nil, func(v float32) { emit(math.Float32bits(v)) }) }
		}},
		{"shape", "'<i4', 'fortran_order': False, 'shape': (2,)", func(emit func(uint32)) func() {
			return func() { emit(uint32(o.rows)); emit(uint32(o.columns)) }
		}},
	} {
		out, err := begin(archive, array.name, array.header)
		if err != nil {
			return err
		}
		var word [4]byte
		array.content(func(v uint32) {
			binary.LittleEndian.PutUint32(word[:], v)
			_, _ = out.Write(word[:]) // Flush tells.
		})()
		if err := out.Flush(); err != nil {
			return err
		}
	}
	out, err := begin(archive, "format", "'|S3', 'fortran_order': False, 'shape': ()")
	if err != nil {
		return err
	}
	_, _ = io.WriteString(out, "csr") // Flush tells.
	return errors.Join(out.Flush(), archive.Close())
}

// begin begins an array of an archive.
func begin(archive *zip.Writer, name, header string) (*bufio.Writer, error) {
	to, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
	if err != nil {
		return nil, err
	}
	text := "{'descr': " + header + ", }"
	text = fmt.Sprintf("%-117s\n", text) // 128 bytes with what is before it
	out := bufio.NewWriterSize(to, 1<<20)
	_, err = fmt.Fprintf(out, "\x93NUMPY\x01\x00%c\x00%s", len(text), text)
	return out, err
}

// entries calls column or value, whichever is there, with each entry's, row after row.
func entries(o options, each int, column func(uint32), value func(float32)) {
	random := rand.New(rand.NewPCG(5, 6))
	for row := range o.rows {
		for k := range each {
			from, to := k*o.columns/each, (k+1)*o.columns/each
			at, size := from+random.IntN(to-from), math.Exp(0.5*random.NormFloat64())
			if at*10/o.columns == row%10 {
				size *= 4
			}
			if column != nil {
				column(uint32(at))
			} else {
				value(float32(size))
			}
		}
	}
}
