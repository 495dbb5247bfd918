// Package npz writes NumPy's archives of arrays.
package npz

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"ssdgm/train/safetensors"
)

// Write writes tensors as NumPy's archive: a zip file with an array NAME.npy each, and class_names.npy, what the
// columns of a classifier's arrays are called, where there are names. In a name, all but letters, digits and the signs
// . _ - are percent-encoded, as names of other programs' files would lead out of a folder. BF16, which NumPy does not
// have, is written as F32; any other type that it does not have is an error.
func Write(w io.Writer, tensors []safetensors.Tensor, classNames []string) error {
	archive := zip.NewWriter(w)
	named := false
	for _, t := range tensors {
		if t.DType() == safetensors.BF16 {
			t, _ = t.Single() // Exact.
		}
		kind, known := types[t.DType()]
		if !known {
			return fmt.Errorf("tensor %.100q: want a type that NumPy has, found %.100q", t.Name, t.DType())
		}
		if err := add(archive, t.Name, kind, t.Shape, t.WriteData); err != nil {
			return fmt.Errorf("tensor %.100q: %w", t.Name, err)
		}
		named = named || t.Name == classNamesName
	}
	if len(classNames) > 0 && !named {
		if err := addNames(archive, classNames); err != nil {
			return fmt.Errorf("class names: %w", err)
		}
	}
	return archive.Close()
}

const classNamesName = "class_names"

// The most that other programs' words may ask for, and what NumPy takes.
const (
	nameMax       = 255 // bytes of a member's name, as of a file's
	dimensionsMax = 64
	lettersMax    = 1 << 12 // of a class's name
)

// addNames writes words as NumPy's array of strings: each of as many letters as the longest has, four bytes a letter.
func addNames(archive *zip.Writer, words []string) error {
	width := 1
	for _, word := range words {
		width = max(width, utf8.RuneCountInString(word))
	}
	if width > lettersMax {
		return fmt.Errorf("want at most %d letters in a name, found %d", lettersMax, width)
	}
	return add(archive, classNamesName, fmt.Sprintf("<U%d", width), []int{len(words)}, func(w io.Writer) error {
		row := make([]byte, 4*width)
		for _, word := range words {
			clear(row)
			for i, letter := range []rune(word) {
				binary.LittleEndian.PutUint32(row[4*i:], uint32(letter))
			}
			if _, err := w.Write(row); err != nil {
				return err
			}
		}
		return nil
	})
}

// add writes an array's header and elements.
func add(archive *zip.Writer, name, kind string, shape []int, elements func(io.Writer) error) error {
	file := member(name)
	if len(file) > nameMax || len(shape) > dimensionsMax {
		return fmt.Errorf("want at most %d bytes in its name and %d dimensions for NumPy, found %d and %d",
			nameMax, dimensionsMax, len(file), len(shape))
	}
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: file, Method: zip.Store})
	if err != nil {
		return err
	}
	if _, err := entry.Write(header(kind, shape)); err != nil {
		return err
	}
	return elements(entry)
}

// member is the name of an array's file in the archive.
func member(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune("._-", r):
			b.WriteRune(r)
		default:
			for _, octet := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", octet)
			}
		}
	}
	return b.String() + ".npy"
}

// types are the types of elements as NumPy has them.
var types = map[safetensors.DType]string{
	safetensors.F32: "<f4", safetensors.F64: "<f8", safetensors.F16: "<f2", "C64": "<c8",
	safetensors.I64: "<i8", safetensors.I32: "<i4", safetensors.I16: "<i2", safetensors.I8: "|i1",
	safetensors.U64: "<u8", safetensors.U32: "<u4", safetensors.U16: "<u2", safetensors.U8: "|u1",
	safetensors.Bool: "|b1",
}

// header is what stands before an array's elements, in version 1.0 of NumPy's format: a
// mark, the header's length in two bytes, and a Python dictionary that is filled up with
// spaces so that the elements begin at a multiple of 64.
func header(kind string, of []int) []byte {
	const mark, align = "\x93NUMPY\x01\x00", 64
	shape := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(of), "[]")), ", ")
	if len(of) == 1 {
		shape += ","
	}
	dictionary := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, shape)
	used := len(mark) + 2 + len(dictionary) + 1
	dictionary += strings.Repeat(" ", (align-used%align)%align) + "\n"
	return append(binary.LittleEndian.AppendUint16([]byte(mark), uint16(len(dictionary))), dictionary...)
}
