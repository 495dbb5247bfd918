package train

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data"
)

// TestACompositionCountsEveryExampleOnce holds what summary.json says of the parts, by class.
func TestACompositionCountsEveryExampleOnce(t *testing.T) {
	nan := float32(math.NaN())
	set := &data.Set{
		N: 8, Height: 1, Width: 1, Channels: 1, Classes: 2, ClassNames: []string{"cat", "dog"},
		Floats: []float32{1, nan, 3, 4, 5, 6, 7, nan}, Labels: []uint8{0, 0, 1, data.Unlabelled, 1, 1, 0, 1},
	}
	split, err := data.NewSplit(set.Labels, 2, data.SplitOptions{Labels: 2, Validation: 3})
	if err != nil {
		t.Fatal(err)
	}
	test := &data.Set{
		N: 3, Height: 1, Width: 1, Channels: 1, Classes: 2, Floats: []float32{1, nan, 3}, Labels: []uint8{1, 1, 0},
	}
	training := compositionOf(set, split)
	want := &Composition{
		ClassNames: []string{"cat", "dog"}, Labelled: []int{1, 1}, Unlabelled: []int{1, 1}, WithoutLabel: 1,
		Validation: []int{1, 2}, Test: []int{1, 2}, Missing: 2, TestMissing: 1,
	}
	if diff := cmp.Diff(want, training.With(Judges{test, TestSplit})); diff != "" {
		t.Error(diff)
	}
	if training.Test != nil || training.With(Judges{test, ValidationSplit}).Test != nil {
		t.Error("the training part's composition has test examples")
	}
}
