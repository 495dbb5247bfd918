package transform

import "math"

// Bits are those of a raw value, the same of both zeros, and of all that are no numbers: values that are one to a model
// have the same.
func Bits(v float32) uint32 {
	switch {
	case v == 0:
		return 0
	case v != v:
		return math.Float32bits(float32(math.NaN()))
	}
	return math.Float32bits(v)
}
