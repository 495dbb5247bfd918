package trained

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEachClassHasItsFigures holds them on logits whose largest is known, a class without an example among them.
func TestEachClassHasItsFigures(t *testing.T) {
	labels := []uint8{0, 0, 0, 0, 1, 3, 3}
	taken := []int{0, 1, 3, 1, 1, 0, 1}
	names := []string{"cat", "dog", "owl", "cow"}
	logits := make([]float32, len(labels)*len(names))
	for i, class := range taken {
		logits[i*len(names)+class] = 2
	}
	var e Evaluation
	e.classification(logits, labels, &Model{K: len(names), ClassNames: names})
	want := []ClassFigures{
		{Name: "cat", N: 4, Wrong: 3, TakenFor: "dog", Mistakes: 2},
		{Name: "dog", N: 1},
		{Name: "cow", N: 2, Wrong: 2, TakenFor: "cat", Mistakes: 1},
	}
	if diff := cmp.Diff(want, e.Classes); diff != "" {
		t.Error(diff)
	}
	if got := *e.ErrorPercent; got != 100*float64(5)/7 {
		t.Errorf("test error %g %%, want 5 of 7", got)
	}
}
