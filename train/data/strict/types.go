package strict

import (
	"encoding/binary"
	"math"
)

// Type is the type of an array's elements in a file.
type Type struct {
	Name string
	Size int // bytes
	// Value is the element that bytes begin with. Integers beyond 2⁵³ are rounded.
	Value func(bytes []byte) float64
}

// Fraction tells whether elements of the type need not be whole.
func (t Type) Fraction() bool { return t.Name == Float32.Name || t.Name == Float64.Name }

// The types that the readers know, least byte first.
var (
	Uint8   = Type{"uint8", 1, func(b []byte) float64 { return float64(b[0]) }}
	Int8    = Type{"int8", 1, func(b []byte) float64 { return float64(int8(b[0])) }}
	Uint16  = Type{"uint16", 2, func(b []byte) float64 { return float64(binary.LittleEndian.Uint16(b)) }}
	Int16   = Type{"int16", 2, func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) }}
	Uint32  = Type{"uint32", 4, func(b []byte) float64 { return float64(binary.LittleEndian.Uint32(b)) }}
	Int32   = Type{"int32", 4, func(b []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(b))) }}
	Int64   = Type{"int64", 8, func(b []byte) float64 { return float64(int64(binary.LittleEndian.Uint64(b))) }}
	Float32 = Type{"float32", 4, func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }}
	Float64 = Type{"float64", 8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }}
)

// Whole tells whether a value is a whole number within bounds.
func Whole(value, least, most float64) bool {
	return value >= least && value <= most && value == math.Trunc(value)
}
