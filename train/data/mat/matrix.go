package mat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"ssdgm/train/data/strict"
)

// numbers are the types of elements that hold numbers.
var numbers = map[uint32]strict.Type{
	1: strict.Int8, 2: strict.Uint8, 3: strict.Int16, 4: strict.Uint16, 5: strict.Int32, 6: strict.Uint32,
	7: strict.Float32, 9: strict.Float64, 12: strict.Int64, 13: strict.Uint64,
}

// The types of the elements before a matrix's numbers, as MATLAB writes them.
const (
	typeName  = 1 // bytes
	typeShape = 5 // 32-bit integers
	typeFlags = 6 // 32-bit words
)

// The types of the same elements as other programs write them: any bytes and UTF-8, any integers, any words.
var (
	typesName  = []uint32{typeName, 2, 16}
	typesShape = []uint32{typeShape, 6, 3, 4, 12, 13}
	typesFlags = []uint32{typeFlags, 5}
)

// What the flags of an array say.
const (
	classCell                 = 1
	classText                 = 4
	classSparse               = 5
	classBytes                = 9
	firstNumeric, lastNumeric = 6, 14 // of the classes: double to signed 64-bit
	flagComplex               = 1 << 11
	flagLogical               = 1 << 9
)

// The most bytes of what stands before the numbers: MATLAB's names are of 63 characters.
const (
	maxName  = 256
	maxShape = 8 * 8
)

// openMatrix opens a matrix of so many bytes, of which a file of size bytes can hold no more
// than the limit. It returns nil for one that is of no kind that can be read, and for one without
// elements where these are passed over.
func openMatrix(r io.Reader, length, size, limit int64, passEmpty bool) (*Variable, error) {
	m := &parts{r: r, left: length}
	word, v, err := m.head()
	if err != nil || v == nil || passEmpty && slices.Contains(v.Shape, 0) {
		return nil, err
	}
	shape := v.Shape
	switch word & 0xff {
	case classSparse:
		v.Sparse, err = openSparse(m, v.Shape)
	case classText:
		v.Shape = []int{shape[0], 1}
		v.Texts = func() ([]string, error) { return m.rows(shape) }
	case classCell:
		v.Texts = func() ([]string, error) { return m.cells(shape) }
	default:
		v.Bytes = word&0xff == classBytes && word&flagLogical == 0
		err = v.open(m, size, limit)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// head reads what stands before the content of a matrix: its flags, its shape and its name. The variable is nil where
// it is of no kind that can be read.
func (m *parts) head() (word uint32, v *Variable, err error) {
	flags, _, err := m.part("flags", typesFlags, 8)
	if err != nil {
		return 0, nil, err
	}
	if len(flags) != 8 {
		return 0, nil, strict.Errorf("wanted 8 bytes of flags, found %d", len(flags))
	}
	word = binary.LittleEndian.Uint32(flags)
	numeric := word&0xff >= firstNumeric && word&0xff <= lastNumeric
	other := slices.Contains([]uint32{classCell, classText, classSparse}, word&0xff)
	if !numeric && !other || word&flagComplex != 0 {
		return word, nil, nil
	}
	sizes, kind, err := m.part("dimensions", typesShape, maxShape)
	if err != nil {
		return 0, nil, err
	}
	element := numbers[kind]
	if len(sizes) < 2*element.Size || len(sizes)%element.Size != 0 {
		return 0, nil, strict.Errorf("wanted at least 2 dimensions of %d bytes each, found %d bytes", element.Size, len(sizes))
	}
	shape := make([]int, len(sizes)/element.Size)
	for i := range shape {
		// More than a dimension may have is refused below, so that it need not fit.
		shape[i] = int(max(-1, min(element.Value(sizes[i*element.Size:]), 1<<32)))
	}
	name, _, err := m.part("name", typesName, maxName)
	return word, &Variable{Name: string(name), Shape: shape}, err
}

// open reads the tag of a variable's numbers.
func (v *Variable) open(m *parts, size, limit int64) error {
	kind, length, inTag, err := m.tag()
	if err != nil {
		return err
	}
	var known bool
	if v.Type, known = numbers[kind]; !known {
		return strict.Errorf("variable %q: wanted numbers, found elements of type %d", v.Name, kind)
	}
	content := io.Reader(m.r)
	if inTag != nil {
		content = inTag
	}
	end := func(int64) error { return nil } // Reader.Next goes on to the end of the element.
	v.Entries, err = strict.NewEntries(content, v.Shape, len(v.Shape)-1, v.Type, size, limit, end)
	if err != nil {
		return strict.Errorf("variable %q: %v", v.Name, err)
	}
	if want, _ := strict.Product(append([]int{v.Type.Size}, v.Shape...), limit); want != length {
		return strict.Errorf("variable %q: wanted %d bytes for %s elements of type %s, but its tag claims %d",
			v.Name, want, strict.Join(v.Shape), v.Type.Name, length)
	}
	return nil
}

// parts takes the elements inside a matrix one after the other.
type parts struct {
	r    io.Reader
	left int64
}

// tag reads the type and the length of the next element. One of up to four bytes may stand in
// the tag itself.
func (m *parts) tag() (kind uint32, length int64, inTag io.Reader, err error) {
	tag, err := m.bytes(8)
	if err != nil {
		return 0, 0, nil, err
	}
	kind, length = binary.LittleEndian.Uint32(tag), int64(binary.LittleEndian.Uint32(tag[4:]))
	if small := kind >> 16; small > 0 {
		if small > 4 {
			return 0, 0, nil, strict.Errorf("a tag claims %d bytes inside itself; wanted at most 4", small)
		}
		return kind & 0xffff, int64(small), bytes.NewReader(tag[4:][:small]), nil
	}
	if length > m.left {
		return 0, 0, nil, strict.Errorf("a tag in the matrix claims %d bytes, but %d are left in it", length, m.left)
	}
	return kind, length, nil, nil
}

// part reads a whole element of one of the types wanted and passes over what fills it up to eight bytes.
func (m *parts) part(what string, wanted []uint32, most int64) (content []byte, kind uint32, err error) {
	kind, length, inTag, err := m.tag()
	if err != nil {
		return nil, 0, err
	}
	if !slices.Contains(wanted, kind) || length > most {
		return nil, 0, strict.Errorf("wanted a matrix's %s as at most %d bytes of type %d, found %d bytes of type %d",
			what, most, wanted[0], length, kind)
	}
	if inTag != nil {
		content, err = io.ReadAll(inTag)
		return content, kind, err
	}
	padded, err := m.bytes((length + 7) &^ 7)
	if err != nil {
		return nil, 0, err
	}
	return padded[:length], kind, nil
}

// bytes reads a few bytes.
func (m *parts) bytes(n int64) ([]byte, error) {
	if n > m.left {
		return nil, strict.Errorf("wanted %d bytes more of the matrix, but %d are left in it", n, m.left)
	}
	m.left -= n
	p := make([]byte, n)
	if _, err := io.ReadFull(m.r, p); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, strict.Errorf("truncated: the matrix breaks off")
		}
		return nil, strict.Describe(err)
	}
	return p, nil
}
