package infer

import (
	"math"
	"testing"

	"ssdgm/engine/noise"
)

func TestAKeyIsOfTheValuesAlone(t *testing.T) {
	row := []float32{0, 1, float32(math.NaN()), -2.5, 3}
	same := []float32{float32(math.Copysign(0, -1)), 1, math.Float32frombits(0xFFC12345), -2.5, 3}
	if KeyOf(row) != KeyOf(same) {
		t.Error("the sign of a zero or the bits of a NaN count")
	}
	const golden = Key(0x4aa258527f77d032)
	if found := KeyOf(row); found != golden {
		t.Errorf("want %#x as ever, found %#x", golden, found)
	}
	seen := map[Key][]float32{}
	for place := range 7 {
		for _, v := range []float32{0, 1, 2, 0.5, float32(math.Inf(1)), math.SmallestNonzeroFloat32} {
			for width := place + 1; width <= 7; width++ {
				other := make([]float32, width)
				other[place] = v
				key := KeyOf(other)
				if v == 0 && place > 0 {
					continue // the row of zeros of this width
				}
				if first, ok := seen[key]; ok {
					t.Errorf("%v and %v have one key", first, other)
				}
				seen[key] = other
			}
		}
	}
}

// TestNoiseByKeyIsNormalAndItsOwn looks at the moments, and for what is the same in noise that should not be.
func TestNoiseByKeyIsNormalAndItsOwn(t *testing.T) {
	const n = noise.MaxElements + 4000 // of two blocks
	draw := func(key Key, label int, stream uint32, seed uint64) []float32 {
		eps := make([]float32, n)
		key.Normal(eps, label, stream, seed)
		return eps
	}
	key := KeyOf([]float32{1, 2, 3})
	first := draw(key, 0, 1, 0)
	var sum, squares float64
	for _, v := range first {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	if mean, variance := sum/n, squares/n; math.Abs(mean) > 5/math.Sqrt(n) || math.Abs(variance-1) > 5*math.Sqrt(2.0/n) {
		t.Errorf("mean %g and variance %g", mean, variance)
	}
	for name, other := range map[string][]float32{
		"another row": draw(KeyOf([]float32{1, 2, 4}), 0, 1, 0), "another sample": draw(key.At(1), 0, 1, 0),
		"another label": draw(key, 2, 1, 0), "another stream": draw(key, 0, 2, 0), "another seed": draw(key, 0, 1, 9),
		"another block": append(first[noise.MaxElements:len(first):len(first)], make([]float32, noise.MaxElements)...),
	} {
		var product float64
		for i, v := range other {
			product += float64(v) * float64(first[i])
		}
		if math.Abs(product/n) > 5/math.Sqrt(n) {
			t.Errorf("%s has noise that goes along: %g", name, product/n)
		}
	}
}

// TestMinibatchesAreAsLargeAsRowsFill cuts numbers of rows into minibatches of 1, 8, 64 and 500.
func TestMinibatchesAreAsLargeAsRowsFill(t *testing.T) {
	b := newBySize(SizesUpTo(500), func(size int) int { return size })
	for rows, want := range map[int][]int{
		0: nil, 1: {1}, 3: {1, 1, 1}, 4: {8}, 8: {8}, 30: {8, 8, 8, 8}, 33: {64}, 600: {500, 64, 64}, 1000: {500, 500},
	} {
		var sizes []int
		next := 0
		b.each(rows, func() bool { return false }, func(size, first, count int) {
			if first != next || count > size {
				t.Errorf("%d rows: %d from %d on, where %d are next", rows, count, first, next)
			}
			sizes, next = append(sizes, size), first+count
		})
		if next != rows || len(sizes) != len(want) {
			t.Errorf("%d rows: want minibatches of %v, found %v", rows, want, sizes)
			continue
		}
		for i := range want {
			if sizes[i] != want[i] {
				t.Errorf("%d rows: want minibatches of %v, found %v", rows, want, sizes)
			}
		}
	}
	for largest, want := range map[int]int{1: 1, 8: 2, 9: 3, 64: 3, 65: 4} {
		if sizes := SizesUpTo(largest); len(sizes) != want || sizes[len(sizes)-1] != largest {
			t.Errorf("up to %d: %v", largest, sizes)
		}
	}
}
