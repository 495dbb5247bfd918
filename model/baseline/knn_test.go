package baseline

import (
	"context"
	"math"
	"testing"
)

func TestOneNeighbourIsPerfectOnItsOwnExamples(t *testing.T) {
	e := blobExamples()
	c := NewKNN(KNNOptions{Options: Options{Device: device(t, 1), Inputs: 16, Classes: 3}, K: 1})
	if err := c.Fit(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	logits, err := c.Predict(e.Labelled)
	if wrong := mistakes(logits, e.Labels, 3); err != nil || wrong > 0 {
		t.Errorf("%d of its own examples wrong (%v)", wrong, err)
	}
}

// On a line, the nearest of 0.9 are 1 (label 1), 0 (label 0) and 2 (label 2).
func TestEqualVotesGoToTheNearest(t *testing.T) {
	line := Matrix{Rows: 4, Width: 1, Data: []float32{0, 1, 2, 9}}
	e := Examples{Labelled: line, Labels: []int32{0, 1, 2, 0}}
	c := NewKNN(KNNOptions{Options: Options{Device: device(t, 1), Inputs: 1, Classes: 3}, K: 3})
	if err := c.Fit(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	logits, err := c.Predict(Matrix{Rows: 1, Width: 1, Data: []float32{0.9}})
	if err != nil || best(logits) != 1 {
		t.Fatalf("want label 1, found logits %v (%v)", logits, err)
	}
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l))
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("the probabilities sum to %g", sum)
	}
}

// Two clouds, and in each of them one example with the other's label: one neighbour alone is
// misled around them, several are not.
func TestNumberOfNeighboursIsChosenOnTheLabelsAlone(t *testing.T) {
	x := Matrix{Rows: 40, Width: 2, Data: normals(80, 1)}
	labels := make([]int32, 40)
	for i := range labels {
		labels[i] = int32(i % 2)
		x.Row(i)[0] += 20 * float32(i%2)
	}
	labels[0], labels[1] = 1, 0
	c := NewKNN(KNNOptions{Options: Options{Device: device(t, 1), Inputs: 2, Classes: 2}})
	if err := c.Fit(context.Background(), Examples{Labelled: x, Labels: labels}); err != nil {
		t.Fatal(err)
	}
	if c.Neighbours() < 3 {
		t.Errorf("want 3 neighbours or more, found %d", c.Neighbours())
	}
}
