package mat

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"ssdgm/train/data/strict"
)

// The types of elements that hold text.
const (
	typeUint8  = 2
	typeUint16 = 4
	typeUTF8   = 16
	typeUTF16  = 17
)

// maxText is the most bytes of an array of characters.
const maxText = 1 << 28

// rows reads an array of characters: the text of each row, without the space that fills it up.
func (m *parts) rows(shape []int) ([]string, error) {
	kind, length, inTag, err := m.tag()
	if err != nil {
		return nil, err
	}
	if length > maxText {
		return nil, strict.Errorf("wanted at most %d bytes of text, found %d", maxText, length)
	}
	var content []byte
	if inTag != nil {
		content, err = strict.Bytes(inTag, length)
	} else {
		padded := min((length+7)&^7, m.left)
		m.left -= padded
		content, err = strict.Bytes(m.r, padded)
	}
	if err != nil {
		return nil, strict.Errorf("truncated: the matrix breaks off in its text")
	}
	letters, err := decodeText(kind, content[:length])
	if err != nil {
		return nil, err
	}
	if total, ok := strict.Product(shape, maxText); len(shape) != 2 || !ok || total != int64(len(letters)) {
		return nil, strict.Errorf("wanted %s characters, found %d", strict.Join(shape), len(letters))
	}
	all := make([]string, shape[0])
	for i := range all {
		var row strings.Builder
		for k := range shape[1] {
			row.WriteRune(letters[i+k*shape[0]])
		}
		all[i] = strings.TrimRight(row.String(), " \x00")
	}
	return all, nil
}

// decodeText are the characters of an element.
func decodeText(kind uint32, content []byte) ([]rune, error) {
	switch kind {
	case typeName, typeUint8, typeUTF8:
		return []rune(string(content)), nil
	case typeUint16, typeUTF16:
		units := make([]uint16, len(content)/2)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(content[2*i:])
		}
		return utf16.Decode(units), nil
	}
	return nil, strict.Errorf("wanted text, found elements of type %d", kind)
}

// cells reads an array of cells, each of which is to hold a row of characters.
func (m *parts) cells(shape []int) ([]string, error) {
	// A cell takes more bytes than one.
	n, ok := strict.Product(shape, m.left)
	if !ok {
		return nil, strict.Errorf("claims %s cells in %d bytes", strict.Join(shape), m.left)
	}
	var all []string
	for i := range n {
		kind, length, inTag, err := m.tag()
		if err != nil {
			return nil, err
		}
		if kind != typeMatrix || inTag != nil {
			return nil, strict.Errorf("cell %d: wanted a matrix (type 14), found type %d", i, kind)
		}
		if length == 0 { // as an empty one may be written
			all = append(all, "")
			continue
		}
		inside := &parts{r: m.r, left: length}
		text, err := inside.cell()
		if err != nil {
			return nil, strict.Errorf("cell %d: %v", i, err)
		}
		all = append(all, text)
		m.left -= length
		if _, err := inside.bytes(inside.left); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// cell reads the matrix of a cell.
func (m *parts) cell() (string, error) {
	word, v, err := m.head()
	if err != nil {
		return "", err
	}
	if v == nil || word&0xff != classText {
		return "", strict.Errorf("wanted text, found a matrix of class %d", word&0xff)
	}
	if len(v.Shape) == 2 && v.Shape[0]*v.Shape[1] == 0 {
		return "", nil
	}
	rows, err := m.rows(v.Shape)
	if err != nil {
		return "", err
	}
	if len(rows) != 1 {
		return "", strict.Errorf("wanted one row of text, found %d", len(rows))
	}
	return rows[0], nil
}
