package npy

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"ssdgm/train/data/strict"
)

// types are the element types that hold numbers, as NumPy spells them behind the order of their bytes.
var types = map[string]strict.Type{
	"b1": strict.Bool,
	"i1": strict.Int8, "i2": strict.Int16, "i4": strict.Int32, "i8": strict.Int64,
	"u1": strict.Uint8, "u2": strict.Uint16, "u4": strict.Uint32, "u8": strict.Uint64,
	"f2": strict.Float16, "f4": strict.Float32, "f8": strict.Float64,
}

// maxText is the most characters of an element of text.
const maxText = 1 << 12

// typeOf reads an element type such as <f4, |b1 or <U5. text is the reader of one that holds text.
func typeOf(descr string) (element strict.Type, text func(element []byte) string, err error) {
	order, kind := "", descr
	if descr != "" && strings.Contains("<>|=", descr[:1]) {
		order, kind = descr[:1], descr[1:]
	}
	if element, known := types[kind]; known {
		if order == ">" {
			element = strict.BigEndian(element)
		}
		return element, nil, nil
	}
	if length, ok := textLength(kind, "U"); ok {
		return strict.Type{Name: "text", Size: 4 * length}, func(b []byte) string { return utf32(b, order == ">") }, nil
	}
	if length, ok := textLength(kind, "S"); ok {
		trimmed := func(b []byte) string { return strings.TrimRight(string(b), "\x00") }
		return strict.Type{Name: "text", Size: length}, trimmed, nil
	}
	convert := "convert them with astype"
	if kind == "O" {
		convert = "these are pickled objects of Python's; save astype(str) of them, or of numbers astype('int64')"
	}
	return element, nil, strict.Errorf("wanted truth values, integers, floats of 16 to 64 bits or text, "+
		"found elements of type %.20q; %s", descr, convert)
}

// textLength is how many characters the elements of a kind of text have.
func textLength(kind, letter string) (length int, ok bool) {
	digits, ok := strings.CutPrefix(kind, letter)
	length, err := strconv.Atoi(digits)
	return length, ok && err == nil && 0 < length && length <= maxText
}

// utf32 is text of four bytes a character, filled up with zeros.
func utf32(b []byte, greatestFirst bool) string {
	var text strings.Builder
	order := binary.ByteOrder(binary.LittleEndian)
	if greatestFirst {
		order = binary.BigEndian
	}
	for ; len(b) > 0; b = b[4:] {
		r := order.Uint32(b)
		if r > utf8.MaxRune {
			r = utf8.RuneError
		}
		text.WriteRune(rune(r))
	}
	return strings.TrimRight(text.String(), "\x00")
}

// cOrder puts an array whose first dimension varies fastest, as Fortran has it, into C's order: the last one does.
// Its elements are of size bytes.
func cOrder(whole []byte, shape []int, size int) []byte {
	turned := make([]byte, len(whole))
	strides, index := make([]int, len(shape)), make([]int, len(shape))
	stride := 1
	for d, n := range shape {
		strides[d] = stride
		stride *= n
	}
	from := 0
	for to := 0; to < len(turned); to += size {
		copy(turned[to:to+size], whole[from*size:])
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			from += strides[d]
			if index[d] < shape[d] {
				break
			}
			from -= strides[d] * shape[d]
			index[d] = 0
		}
	}
	return turned
}
