package ckpt

import (
	"math"
	"testing"

	"ssdgm/train/safetensors"
)

func TestDifferencesAreCountedInStepsBetweenNeighbours(t *testing.T) {
	tiny := math.Float32frombits(1)
	floats := func(values ...float32) safetensors.Tensor {
		return safetensors.Tensor{Shape: []int{len(values)}, Data: values}
	}
	raw := func(kind safetensors.DType, bytes ...byte) safetensors.Tensor {
		return safetensors.Tensor{Data: safetensors.Raw{Type: kind, Bytes: bytes}}
	}
	for _, c := range []struct {
		a, b safetensors.Tensor
		want gap
	}{
		{floats(1, 2), floats(1, 2), gap{of: 2}},
		{floats(1, 2), floats(math.Nextafter32(1, 2), 2), gap{of: 2, elements: 1, largest: math.Pow(2, -23), bits: 1}},
		{floats(tiny), floats(-tiny), gap{of: 1, elements: 1, largest: 2 * float64(tiny), bits: 2}},
		{floats(0, 1), floats(1, 0), gap{of: 2, elements: 2, largest: 1, bits: 30}},
		{
			safetensors.Tensor{Shape: []int{1}, Data: []int64{-1}}, safetensors.Tensor{Shape: []int{1}, Data: []int64{1}},
			gap{of: 1, elements: 1, largest: 2, bits: 2},
		},
		{raw("F16", 0, 0x3c, 0, 0x3c), raw("F16", 0, 0x3c, 0, 0x40), gap{of: 2, elements: 1, largest: 1, bits: 24}},
		{raw("I32", 1, 0, 0, 0), raw("I32", 3, 0, 0, 0), gap{of: 4, elements: 1, largest: 2, bits: 2}},
	} {
		if found := difference(c.a, c.b); found != c.want {
			t.Errorf("%v and %v: want %+v, found %+v", c.a.Data, c.b.Data, c.want, found)
		}
	}
	if found := difference(floats(1, 1), floats(float32(math.NaN()), 3)); !math.IsNaN(found.largest) {
		t.Errorf("a difference to NaN: found %+v", found)
	}
}
