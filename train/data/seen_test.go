package data

import (
	"math"
	"testing"
)

// TestSeenRowsAreKnownWhateverTheirBits holds that equal values are the same row: both zeros, and all that are missing.
func TestSeenRowsAreKnownWhateverTheirBits(t *testing.T) {
	negative, missing := float32(math.Copysign(0, -1)), math.Float32frombits(0x7fc00123)
	training := &Set{N: 3, Height: 1, Width: 2, Channels: 1, Floats: []float32{0, 1, 2, float32(math.NaN()), 5, 6}}
	test := &Set{N: 4, Height: 1, Width: 2, Channels: 1, Floats: []float32{negative, 1, 2, missing, 6, 5, 0, 1}}
	if n, all := test.Shared(training); n != 3 || !all {
		t.Errorf("%d of 4 examples, all %v, want 3", n, all)
	}
}

// TestSeenKeepsAShareOfMany holds that memory is bounded, and that what is known of a share is true.
func TestSeenKeepsAShareOfMany(t *testing.T) {
	seen := NewSeen()
	seen.most = 1000
	const n = 50_000
	for i := range n {
		seen.AddFloats([]float32{float32(i)})
	}
	known := 0
	for i := range 2 * n {
		if seen.HasFloats([]float32{float32(i)}) {
			known++
			if i >= n {
				t.Errorf("row %d was never added", i)
			}
		}
	}
	if len(seen.rows) > 1000 || known != len(seen.rows) || known < 250 || seen.Whole() {
		t.Errorf("%d rows kept, %d known, whole %v", len(seen.rows), known, seen.Whole())
	}
}
