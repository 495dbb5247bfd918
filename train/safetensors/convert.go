package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/x448/float16"
)

// Single returns a tensor of F16, BF16 or F64 as one of F32, and any other as it is. Half precision of both kinds is
// exact; F64 is rounded, and a finite number that float32 cannot hold is an error.
func (t Tensor) Single() (Tensor, error) {
	switch d := t.Data.(type) {
	case []float64:
		values := make([]float32, len(d))
		for i, v := range d {
			values[i] = float32(v)
			if math.IsInf(float64(values[i]), 0) && !math.IsInf(v, 0) {
				return t, fmt.Errorf("tensor %.100q: want numbers that single precision can hold, found %g at place %d",
					t.Name, v, i)
			}
		}
		t.Data = values
	case Raw:
		switch d.Type {
		case F16:
			t.Data = halves(d.Bytes, func(bits uint16) float32 { return float16.Frombits(bits).Float32() })
		case BF16: // The upper half of a float32.
			t.Data = halves(d.Bytes, func(bits uint16) float32 { return math.Float32frombits(uint32(bits) << 16) })
		}
	}
	return t, nil
}

func halves(bytes []byte, convert func(bits uint16) float32) []float32 {
	values := make([]float32, len(bytes)/2)
	for i := range values {
		values[i] = convert(binary.LittleEndian.Uint16(bytes[2*i:]))
	}
	return values
}

// NotFinite counts the elements that are no numbers or infinite, and tells the place of the first; −1 where there is
// none. Only numbers with a point can be: F32, F64, F16 and BF16.
func (t Tensor) NotFinite() (count, first int) {
	if _, wide := t.Data.([]float64); !wide {
		t, _ = t.Single() // Half precision always converts.
	}
	switch d := t.Data.(type) {
	case []float32:
		return notFinite(d)
	case []float64:
		return notFinite(d)
	}
	return 0, -1
}

func notFinite[T float32 | float64](values []T) (count, first int) {
	first = -1
	for i, v := range values {
		if v-v == 0 {
			continue
		}
		if count++; first < 0 {
			first = i
		}
	}
	return count, first
}
