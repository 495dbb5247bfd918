package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// tensor is one of a request or of an answer of the open inference protocol.
type tensor struct {
	name     string
	datatype string
	shape    []int
	// values are [product of shape], row-major: []uint8, []int32, []int64, []float32, []float64 or, of BYTES, []string.
	values any
}

// The datatypes that are taken.
const (
	typeUint8   = "UINT8"
	typeInt32   = "INT32"
	typeInt64   = "INT64"
	typeFloat32 = "FP32"
	typeFloat64 = "FP64"
	typeBytes   = "BYTES"
)

// emptyOf makes room for the values of a tensor.
func emptyOf(datatype string, n int) any {
	switch datatype {
	case typeUint8:
		return make([]uint8, n)
	case typeInt32:
		return make([]int32, n)
	case typeInt64:
		return make([]int64, n)
	case typeFloat32:
		return make([]float32, n)
	case typeFloat64:
		return make([]float64, n)
	case typeBytes:
		return make([]string, n)
	}
	return nil
}

// bytesEach is how many bytes a value has at least.
var bytesEach = map[string]int{
	typeUint8: 1, typeInt32: 4, typeInt64: 8, typeFloat32: 4, typeFloat64: 8, typeBytes: 4,
}

// count is how many values a tensor has, which its shape says.
func (t *tensor) count(most int) (int, error) {
	if bytesEach[t.datatype] == 0 {
		return 0, wrong("input %.60q: want the datatype %s, found %.40q", t.name, oneOf(bytesEach), t.datatype)
	}
	if len(t.shape) == 0 {
		return 0, wrong("input %.60q: want a shape, found none", t.name)
	}
	n := 1
	for _, side := range t.shape {
		if side < 1 {
			return 0, wrong("input %.60q: want a shape of sides from 1 on, found %s", t.name, shown(t.shape))
		}
		if n > most/side {
			return 0, wrong("input %.60q: want a shape of at most %d values, found %s", t.name, most, shown(t.shape))
		}
		n *= side
	}
	return n, nil
}

func shown(shape []int) string { return strings.Join(strings.Fields(fmt.Sprint(shape)), ", ") }

// unpack reads values as bytes, little-endian; a text has its length before it, in four bytes.
func (t *tensor) unpack(content []byte, n int) error {
	t.values = emptyOf(t.datatype, n)
	if texts, ok := t.values.([]string); ok {
		for i := range texts {
			if len(content) < 4 || int64(binary.LittleEndian.Uint32(content)) > int64(len(content)-4) {
				return t.otherSize(n)
			}
			end := 4 + int(binary.LittleEndian.Uint32(content))
			texts[i], content = string(content[4:end]), content[end:]
		}
		if len(content) > 0 {
			return t.otherSize(n)
		}
		return nil
	}
	if len(content) != n*bytesEach[t.datatype] {
		return t.otherSize(n)
	}
	_, err := binary.Decode(content, binary.LittleEndian, t.values)
	return err
}

func (t *tensor) otherSize(n int) error {
	return wrong("input %.60q: want the bytes of %d values of %s, as its shape says, found another number of bytes",
		t.name, n, t.datatype)
}

// packed are values as unpack reads them.
func (t *tensor) packed() []byte {
	texts, ok := t.values.([]string)
	if !ok {
		all, err := binary.Append(nil, binary.LittleEndian, t.values)
		if err != nil {
			panic("server: " + err.Error())
		}
		return all
	}
	var all []byte
	for _, text := range texts {
		all = append(binary.LittleEndian.AppendUint32(all, uint32(len(text))), text...)
	}
	return all
}

// parse reads values as JSON, flat or nested as the shape is.
func (t *tensor) parse(d *decoder, n int) error {
	t.values = emptyOf(t.datatype, n)
	at := 0
	depth := 0
	for {
		token, err := d.token()
		if err != nil {
			return err
		}
		switch token.Kind() {
		case '[':
			if depth++; depth > len(t.shape) {
				return wrong("input %.60q: want its data in a list, or in %d as its shape, found lists in lists deeper", t.name,
					len(t.shape))
			}
		case ']':
			depth--
		default:
			if depth == 0 {
				return wrong("input %.60q: want its data in a list, found %s", t.name, kinds[token.Kind()])
			}
			if at == n {
				return t.otherCount(n, "more")
			}
			if err := t.set(at, token); err != nil {
				return err
			}
			at++
		}
		if depth == 0 {
			break
		}
	}
	if at < n {
		return t.otherCount(n, fmt.Sprint(at))
	}
	return nil
}

func (t *tensor) otherCount(n int, found string) error {
	return wrong("input %.60q: want %d values, as its shape says, found %s", t.name, n, found)
}

// set puts a value that JSON has at a place.
func (t *tensor) set(at int, token jsontext.Token) error {
	kind, ok := token.Kind(), true
	whole := func(least, most int64) int64 {
		v, err := token.Int()
		ok = kind == '0' && err == nil && v >= least && v <= most
		return v
	}
	switch values := t.values.(type) {
	case []uint8:
		values[at] = uint8(whole(0, math.MaxUint8))
	case []int32:
		values[at] = int32(whole(math.MinInt32, math.MaxInt32))
	case []int64:
		values[at] = whole(math.MinInt64, math.MaxInt64)
	case []string:
		if ok = kind == '"'; ok {
			values[at] = token.String()
		}
	case []float32:
		values[at], ok = single(token)
	case []float64:
		values[at], ok = double(token)
	}
	if !ok {
		return wrong("input %.60q: want values of %s, found %.40s", t.name, t.datatype, token.String())
	}
	return nil
}

// single is a number, or NaN for null.
func single(t jsontext.Token) (float32, bool) {
	if t.Kind() != '0' {
		return float32(math.NaN()), t.Kind() == 'n'
	}
	v, err := t.Float32()
	return v, err == nil && !math.IsInf(float64(v), 0)
}

// double is single in 64 bits.
func double(t jsontext.Token) (float64, bool) {
	if t.Kind() != '0' {
		return math.NaN(), t.Kind() == 'n'
	}
	v, err := t.Float()
	return v, err == nil && !math.IsInf(v, 0)
}

// floats are a tensor's values as numbers; those of bytes are divided.
func (t *tensor) floats(divisor float32) ([]float32, bool) {
	switch values := t.values.(type) {
	case []float32:
		return values, true
	case []uint8:
		return floatsOf(values, divisor), true
	case []int32:
		return floatsOf(values, 1), true
	case []int64:
		return floatsOf(values, 1), true
	case []float64:
		return floatsOf(values, 1), true
	}
	return nil, false
}

func floatsOf[T uint8 | int32 | int64 | float64](values []T, divisor float32) []float32 {
	all := make([]float32, len(values))
	for i, v := range values {
		all[i] = float32(v) / divisor
	}
	return all
}

// wholes are a tensor's values as whole numbers.
func (t *tensor) wholes() ([]int64, bool) {
	switch values := t.values.(type) {
	case []int64:
		return values, true
	case []int32:
		all := make([]int64, len(values))
		for i, v := range values {
			all[i] = int64(v)
		}
		return all, true
	}
	return nil, false
}

// write writes an output: its values as JSON, or how many bytes they are behind it.
func (t *tensor) write(e *encoder, packed []byte) {
	e.object(func() {
		e.text("name", t.name)
		e.text("datatype", t.datatype)
		e.string("shape")
		e.wholes(t.shape)
		if packed != nil {
			e.member("parameters", func() { e.integer(binarySize, int64(len(packed))) })
			return
		}
		e.list("data", func() {
			switch values := t.values.(type) {
			case []float32:
				for _, v := range values {
					e.single(v)
				}
			case []int64:
				for _, v := range values {
					e.whole(v)
				}
			case []uint8:
				for _, v := range values {
					e.whole(int64(v))
				}
			case []string:
				for _, v := range values {
					e.string(v)
				}
			}
		})
	})
}

// headed are a JSON text and the bytes behind it.
func headed(text []byte, packed [][]byte) []byte {
	return bytes.Join(append([][]byte{text}, packed...), nil)
}
