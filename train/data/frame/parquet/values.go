package parquet

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"

	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/encoding/bytestreamsplit"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/plain"
	"github.com/parquet-go/parquet-go/format"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

// vector is values of a leaf as they are stored: one of the slices holds them.
type vector struct {
	truths  []uint8
	int32s  []int32
	int64s  []int64
	floats  []float32
	doubles []float64
	data    []byte // of words, one after the other, or of values of one size
	offsets []uint32
	size    int
}

// len is how many values there are.
func (v *vector) len() int {
	n := len(v.truths) + len(v.int32s) + len(v.int64s) + len(v.floats) + len(v.doubles) + max(0, len(v.offsets)-1)
	if v.size > 0 {
		n += len(v.data) / v.size
	}
	return n
}

// bytes are those of a word, or of a value of a fixed size.
func (v *vector) bytes(i int) []byte {
	if v.size > 0 {
		return v.data[i*v.size:][:v.size]
	}
	return v.data[v.offsets[i]:v.offsets[i+1]]
}

// encodings are how values are stored, truth values and places in a dictionary aside.
var encodings = map[format.Encoding]encoding.Encoding{
	format.Plain:                &plain.Encoding{},
	format.ByteStreamSplit:      &bytestreamsplit.Encoding{},
	format.DeltaBinaryPacked:    &delta.BinaryPackedEncoding{},
	format.DeltaLengthByteArray: &delta.LengthByteArrayEncoding{},
	format.DeltaByteArray:       &delta.ByteArrayEncoding{},
}

// decodeVector makes n values of the content of a page.
func decodeVector(l *leaf, content []byte, encoding format.Encoding, n int) (*vector, error) {
	if err := checkDeltas(content, encoding, n); err != nil {
		return nil, err
	}
	if l.physical() == format.Boolean {
		return decodeTruths(content, encoding, n)
	}
	v := &vector{}
	if n == 0 {
		return v, nil
	}
	how, known := encodings[encoding]
	if !known {
		return nil, strict.Errorf("a page of values is encoded as %v, which is not read; write it again", encoding)
	}
	var err error
	switch l.physical() {
	case format.Int32:
		v.int32s, err = how.DecodeInt32(nil, content)
	case format.Int64:
		v.int64s, err = how.DecodeInt64(nil, content)
	case format.Float:
		v.floats, err = how.DecodeFloat(nil, content)
	case format.Double:
		v.doubles, err = how.DecodeDouble(nil, content)
	case format.ByteArray:
		v.data, v.offsets, err = how.DecodeByteArray(nil, content, nil)
	case format.FixedLenByteArray:
		v.size = int(l.TypeLength.V)
		v.data, err = how.DecodeFixedLenByteArray(nil, content, v.size)
	}
	if err != nil {
		return nil, strict.Errorf("a page of values, encoded as %v, is damaged: %v", encoding, err)
	}
	if v.len() < n {
		return nil, strict.Errorf("truncated: a page claims %d values, found %d", n, v.len())
	}
	return v, nil
}

func decodeTruths(content []byte, encoding format.Encoding, n int) (v *vector, err error) {
	v = &vector{}
	switch {
	case n == 0:
		return v, nil
	case encoding == format.RLE && len(content) >= 4: // the length stands before them
		v.truths, err = runs[uint8](content[4:], 1, n)
		return v, err
	case encoding != format.Plain || len(content) < (n+7)/8:
		return nil, strict.Errorf("a page of %d bytes, encoded as %v, claims %d truth values", len(content), encoding, n)
	}
	v.truths = make([]uint8, n)
	for i := range v.truths {
		v.truths[i] = content[i/8] >> (i % 8) & 1
	}
	return v, nil
}

// checkDeltas holds that values that are encoded as differences are as many as the page claims, before the library
// makes room for them: a few bytes can stand for any number.
func checkDeltas(content []byte, encoding format.Encoding, n int) error {
	switch encoding {
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray, format.DeltaByteArray:
	default:
		return nil
	}
	claimed, rest := uint64(0), content
	for range 3 { // the size of a block, how many parts it has, and how many values there are
		v, read := binary.Uvarint(rest)
		if read <= 0 {
			return strict.Errorf("truncated: a page breaks off before its values")
		}
		claimed, rest = v, rest[read:]
	}
	if claimed > uint64(n) {
		return strict.Errorf("a page claims %d values, its content %d", n, claimed)
	}
	if encoding != format.DeltaByteArray {
		return nil
	}
	shared, err := (&delta.BinaryPackedEncoding{}).DecodeInt32(nil, content)
	if err != nil {
		return strict.Errorf("a page of values, encoded as %v, is damaged: %v", encoding, err)
	}
	total := int64(0)
	for _, length := range shared { // that a word has in common with the one before
		total += max(0, int64(length))
	}
	if total > maxUnpacked {
		return strict.Errorf("a page of words claims %d bytes; wanted at most %d", total, maxUnpacked)
	}
	return nil
}

// number is a value as a number. Words are none.
func (l *leaf) number(v *vector, i int) float64 {
	switch l.content {
	case truths:
		return float64(v.truths[i])
	case halves:
		return strict.Float16.Value(v.bytes(i))
	case floats:
		return float64(v.floats[i])
	case doubles:
		return v.doubles[i]
	case decimals:
		return l.decimal(v, i)
	case integers:
		return float64(v.signed(i))
	}
	return float64(v.unsigned(i))
}

// signed is a whole number.
func (v *vector) signed(i int) int64 {
	if v.int32s != nil {
		return int64(v.int32s[i])
	}
	return v.int64s[i]
}

// unsigned is a whole number without a sign.
func (v *vector) unsigned(i int) uint64 {
	if v.int32s != nil {
		return uint64(uint32(v.int32s[i]))
	}
	return uint64(v.int64s[i])
}

// The whole numbers and the powers of ten that float64 has exactly, so that their quotient is rounded once.
const (
	maxExact = 1 << 53
	maxPower = 22
)

// decimal is a whole number with so many digits behind the point.
func (l *leaf) decimal(v *vector, i int) float64 {
	whole := new(big.Int)
	if v.int32s == nil && v.int64s == nil { // big-endian, of two's complement
		whole.SetBytes(v.bytes(i))
		if bytes := v.bytes(i); len(bytes) > 0 && bytes[0] >= 0x80 {
			whole.Sub(whole, new(big.Int).Lsh(big.NewInt(1), uint(8*len(bytes))))
		}
	} else {
		value := v.signed(i)
		if value > -maxExact && value < maxExact && l.scale <= maxPower {
			return float64(value) / math.Pow10(l.scale)
		}
		whole.SetInt64(value)
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(l.scale)), nil)
	value, _ := new(big.Rat).SetFrac(whole, power).Float64()
	return value
}

// text is a value in words, as marks have it, nil: as it is; a number in its shortest form.
func (l *leaf) text(v *vector, i int, marks *frame.Marks) string {
	bits := 64
	switch l.content {
	case words, binaries:
		if marks == nil {
			return string(v.bytes(i))
		}
		return marks.Text(string(v.bytes(i)))
	case truths:
		return strconv.FormatBool(v.truths[i] != 0)
	case integers:
		if whole := v.signed(i); whole <= -maxExact || whole >= maxExact {
			return strconv.FormatInt(whole, 10)
		}
	case unsigned, bytes8:
		if whole := v.unsigned(i); whole >= maxExact {
			return strconv.FormatUint(whole, 10)
		}
	case floats:
		bits = 32
	}
	if marks == nil {
		return frame.Verbatim(l.number(v, i), bits)
	}
	return marks.NumberText(l.number(v, i), bits)
}
