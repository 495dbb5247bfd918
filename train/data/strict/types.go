package strict

import (
	"encoding/binary"
	"math"
	"slices"
)

// Type is the type of an array's elements in a file.
type Type struct {
	Name string
	Size int // bytes
	// Value is the element that bytes begin with. Integers beyond 2⁵³ are rounded.
	Value func(bytes []byte) float64
}

// Fraction tells whether elements of the type need not be whole.
func (t Type) Fraction() bool {
	return t.Name == Float16.Name || t.Name == Float32.Name || t.Name == Float64.Name
}

// The types that the readers know, least byte first.
var (
	Bool    = Type{"bool", 1, func(b []byte) float64 { return float64(min(b[0], 1)) }}
	Uint8   = Type{"uint8", 1, func(b []byte) float64 { return float64(b[0]) }}
	Int8    = Type{"int8", 1, func(b []byte) float64 { return float64(int8(b[0])) }}
	Uint16  = Type{"uint16", 2, func(b []byte) float64 { return float64(binary.LittleEndian.Uint16(b)) }}
	Int16   = Type{"int16", 2, func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) }}
	Uint32  = Type{"uint32", 4, func(b []byte) float64 { return float64(binary.LittleEndian.Uint32(b)) }}
	Int32   = Type{"int32", 4, func(b []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(b))) }}
	Uint64  = Type{"uint64", 8, func(b []byte) float64 { return float64(binary.LittleEndian.Uint64(b)) }}
	Int64   = Type{"int64", 8, func(b []byte) float64 { return float64(int64(binary.LittleEndian.Uint64(b))) }}
	Float16 = Type{"float16", 2, func(b []byte) float64 { return half(binary.LittleEndian.Uint16(b)) }}
	Float32 = Type{"float32", 4, func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }}
	Float64 = Type{"float64", 8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }}
)

// BigEndian is a type whose greatest byte comes first. It has the name of the other.
func BigEndian(t Type) Type {
	if t.Size == 1 {
		return t
	}
	value := t.Value
	t.Value = func(b []byte) float64 {
		var turned [8]byte
		copy(turned[:], b[:t.Size])
		slices.Reverse(turned[:t.Size])
		return value(turned[:t.Size])
	}
	return t
}

// half is the number of IEEE 754's 16 bits: a sign, 5 bits of exponent, 10 of the fraction.
func half(bits uint16) float64 {
	sign, exponent, fraction := 1-2*float64(bits>>15), int(bits>>10&0x1f), float64(bits&0x3ff)
	switch {
	case exponent == 0x1f && fraction == 0:
		return math.Inf(int(sign))
	case exponent == 0x1f:
		return math.NaN()
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// Whole tells whether a value is a whole number within bounds.
func Whole(value, least, most float64) bool {
	return value >= least && value <= most && value == math.Trunc(value)
}
