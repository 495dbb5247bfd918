package main

import (
	"math"
	"testing"
)

// TestAreaIsTheShareOfPairsInOrder holds it and its interval by hand, with a tie.
func TestAreaIsTheShareOfPairsInOrder(t *testing.T) {
	// 3 is above all of 2, 1 and 0; 1 is above 0, ties with 1, and is below 2: 4.5 of 6 pairs.
	found := areaOf([]float32{3, 1}, []float32{2, 1, 0})
	if math.Abs(found.Value-0.75) > 1e-12 {
		t.Errorf("found %g, want 4.5 of 6", found.Value)
	}
	// The usual ones' shares are 1 and ½, of variance ⅛; those of the others ½, ¾ and 1 of being below, of variance 1/16.
	half := 1.96 * math.Sqrt(0.125/2+0.0625/3)
	if want := 0.75 - half; math.Abs(found.Low-want) > 1e-12 || found.High != 1 {
		t.Errorf("found %g to %g, want %g to 1", found.Low, found.High, want)
	}
	if found := areaOf([]float32{3, 4}, []float32{1, 2, 2}); found != (area{1, 1, 1}) {
		t.Errorf("all in order: found %+v", found)
	}
	if found := areaOf([]float32{1, 1}, []float32{1, 1}); found.Value != 0.5 {
		t.Errorf("all equal: found %+v", found)
	}
}
