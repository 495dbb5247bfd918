package main

import (
	"math"
	"slices"
	"testing"
)

// TestNearIsByWhatIsThere fills a row whose second value is missing from those whose first one is near, in units of the
// column's deviation.
func TestNearIsByWhatIsThere(t *testing.T) {
	e := &experiment{d: 3, fit: rows{4, []float32{0, 10, 0, 1, 20, 0, 9, 30, 0, 1, 40, 100}}, scale: []float64{1, 1, 1000}}
	found := e.nearest([]float32{0.9, nan, 0, 9, nan, nan}, []int{1, 2})
	if want := []float32{0.9, 20, 0, 9, 30, 0}; !slices.Equal(found[0], want) {
		t.Errorf("want %v, found %v", want, found[0])
	}
	if want := []float32{0.9, 30, 0}; !slices.Equal(found[1][:3], want) {
		t.Errorf("want %v, found %v", want, found[1][:3])
	}
}

// TestErrorsAreOfWhatWasHidden holds RMSE and mean error, over hidden values of several columns.
func TestErrorsAreOfWhatWasHidden(t *testing.T) {
	e := &experiment{d: 2, scale: []float64{2, 1}}
	f := e.compare([]float32{0, 0, 0, 0}, []float32{4, 1, 9, 3}, []bool{true, true, false, true})
	if want := math.Sqrt((4 + 1 + 9) / 3.); math.Abs(f.RMSE-want) > 1e-12 || f.MAE != 2 {
		t.Errorf("want an RMSE of %g and a mean error of 2, found %g and %g", want, f.RMSE, f.MAE)
	}
	worse := e.compare([]float32{0, 0, 0, 0}, []float32{8, 2, 9, 6}, []bool{true, true, false, true})
	if d := difference("x", f, worse); math.Abs(d.Mean-f.RMSE) > 1e-12 || d.Low <= 0 || d.High < d.Mean {
		t.Errorf("want the RMSE of half the error as the difference, within its interval, found %+v", d)
	}
}

// TestTheSameIsHiddenAgain holds masks to the seed and the part alone.
func TestTheSameIsHiddenAgain(t *testing.T) {
	e := &experiment{d: 4, height: 2, width: 2, seed: 3}
	of := rows{100, make([]float32, 400)}
	_, first, err := e.hide("pixels", of, 0.25, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, again, _ := e.hide("pixels", of, 0.25, 1)
	_, other, _ := e.hide("pixels", of, 0.25, 2)
	if !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Error("want the same cells for the same part, and others for another")
	}
	_, lower, _ := e.hide("lower", of, 0.25, 1)
	if !slices.Equal(lower[:8], []bool{false, false, true, true, false, false, true, true}) {
		t.Errorf("want the lower half hidden, found %v", lower[:8])
	}
}
