// Package npz writes NumPy's archives of arrays.
package npz

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"ssdgm/train/safetensors"
)

// Write writes tensors as NumPy's archive: a zip file with an array NAME.npy each.
func Write(w io.Writer, tensors []safetensors.Tensor) error {
	archive := zip.NewWriter(w)
	for _, t := range tensors {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: t.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := entry.Write(header(t)); err != nil {
			return err
		}
		if err := t.WriteData(entry); err != nil {
			return err
		}
	}
	return archive.Close()
}

// types are the types of elements as NumPy has them.
var types = map[safetensors.DType]string{
	safetensors.F32: "<f4", safetensors.F64: "<f8", safetensors.I64: "<i8", safetensors.U64: "<u8", safetensors.U8: "|u1",
}

// header is what stands before an array's elements, in version 1.0 of NumPy's format: a
// mark, the header's length in two bytes, and a Python dictionary that is filled up with
// spaces so that the elements begin at a multiple of 64.
func header(t safetensors.Tensor) []byte {
	const mark, align = "\x93NUMPY\x01\x00", 64
	shape := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(t.Shape), "[]")), ", ")
	if len(t.Shape) == 1 {
		shape += ","
	}
	dictionary := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", types[t.DType()], shape)
	used := len(mark) + 2 + len(dictionary) + 1
	dictionary += strings.Repeat(" ", (align-used%align)%align) + "\n"
	return append(binary.LittleEndian.AppendUint16([]byte(mark), uint16(len(dictionary))), dictionary...)
}
