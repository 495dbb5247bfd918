package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"ssdgm/engine"
)

// KNNOptions are the constants of a k-nearest-neighbours classifier.
type KNNOptions struct {
	Options
	// K is the number of neighbours that vote. 0: that of 1, 3, 5, … 15 which classifies
	// the labelled examples best when each is left out in turn, the smaller of equals.
	K int
}

// KNN gives an example the label of most of its k nearest labelled examples, in
// Euclidean distance. Of labels with equally many votes the nearest example's wins.
// Nothing depends on the order of the examples.
type KNN struct {
	KNNOptions
	k        int
	examples Matrix
	labels   []int32
	biases   []float32 // −½‖x‖² of each example
}

// NewKNN makes a classifier that has learnt nothing yet.
func NewKNN(o KNNOptions) *KNN { return &KNN{KNNOptions: o} }

// mostNeighbours is the largest k that is tried.
const mostNeighbours = 15

// Fit implements Classifier.
func (c *KNN) Fit(ctx context.Context, e Examples) error {
	c.check(&e)
	if err := ctx.Err(); err != nil {
		return err
	}
	fitted := &KNN{KNNOptions: c.KNNOptions}
	fitted.keep(e.Labelled, e.Labels)
	fitted.k = min(c.K, e.Labelled.Rows)
	if c.K == 0 {
		if err := fitted.choose(ctx, e); err != nil {
			return err
		}
	}
	*c = *fitted
	return nil
}

// choose sets k to the one with the fewest mistakes on the examples, each left out in turn.
func (c *KNN) choose(ctx context.Context, e Examples) error {
	right := make([]int, mostNeighbours+1)
	err := c.nearest(ctx, e.Labelled, func(row int, order []int32) {
		order = slices.DeleteFunc(order, func(i int32) bool { return int(i) == row })
		for k := 1; k <= min(mostNeighbours, len(order)); k += 2 {
			if best(c.vote(order[:k], k)) == int(e.Labels[row]) {
				right[k]++
			}
		}
	})
	c.k = 1
	for k, count := range right {
		if count > right[c.k] {
			c.k = k
		}
	}
	return err
}

func (c *KNN) keep(examples Matrix, labels []int32) {
	c.examples, c.labels = examples, labels
	c.biases = make([]float32, examples.Rows)
	for i := range c.biases {
		row := examples.Row(i)
		c.biases[i] = float32(-dot(row, row) / 2)
	}
}

// nearest calls f with each row of x and as many of its nearest examples as are needed,
// the nearest first, in a slice that f may change. Of x·x_i − ½‖x_i‖², which is
// ½‖x‖² − ½‖x − x_i‖², the largest is the nearest. It ends with ctx.
func (c *KNN) nearest(ctx context.Context, x Matrix, f func(row int, order []int32)) error {
	dev, n := c.Device, c.examples.Rows
	mark := dev.Mark()
	defer dev.Release(mark)
	layer := engine.Layer{Weight: dev.NewFloats(len(c.examples.Data)), Bias: dev.NewFloats(n), In: c.examples.Width, Out: n}
	dev.WriteFloats(layer.Weight, 0, c.examples.Data)
	dev.WriteFloats(layer.Bias, 0, c.biases)
	rows, near := dev.NewFloats(pieceRows*layer.In), dev.NewFloats(pieceRows*n)
	host, order := make([]float32, pieceRows*n), make([]int32, 0, mostNeighbours+2)
	x.pieces(pieceRows, func(first int, piece Matrix) {
		if ctx.Err() != nil {
			return
		}
		dev.WriteFloats(rows.Slice(0, len(piece.Data)), 0, piece.Data)
		engine.Do(dev, engine.Dense{Y: near, X: rows, Rows: piece.Rows, Layer: layer})
		dev.ReadFloats(host, near, 0)
		for i := range piece.Rows {
			order = c.largest(order[:0], host[i*n:][:n], max(c.k, mostNeighbours)+1)
			f(first+i, order)
		}
	})
	return cmp.Or(ctx.Err(), dev.Sync())
}

// largest lists the places of the count largest scores, the largest first; equal ones by
// label, so that the order of the examples does not count.
func (c *KNN) largest(order []int32, scores []float32, count int) []int32 {
	compare := func(a, b int32) int {
		return cmp.Or(-cmp.Compare(scores[a], scores[b]), cmp.Compare(c.labels[a], c.labels[b]))
	}
	for i := range scores {
		at := int32(i)
		if len(order) == count {
			if compare(at, order[count-1]) >= 0 {
				continue
			}
			order = order[:count-1]
		}
		place, _ := slices.BinarySearchFunc(order, at, compare)
		order = slices.Insert(order, place, at)
	}
	return order
}

// vote gives log p(y|x), smoothed as Laplace did: one vote more for each class.
func (c *KNN) vote(order []int32, k int) []float32 {
	logits := make([]float32, c.Classes)
	for _, i := range order[:k] {
		logits[c.labels[i]]++
	}
	logits[c.labels[order[0]]] += firstVote
	for label, votes := range logits {
		logits[label] = float32(math.Log(float64(votes+1) / (float64(k+c.Classes) + firstVote)))
	}
	return logits
}

// firstVote is how much more the nearest example's vote counts: as good as nothing, but
// enough where votes are equal.
const firstVote = 1.0 / 1024

// best is the place of the largest; of equal ones the first.
func best(logits []float32) int {
	at := 0
	for k, v := range logits {
		if v > logits[at] {
			at = k
		}
	}
	return at
}

// Neighbours is the number that vote, after Fit.
func (c *KNN) Neighbours() int { return c.k }

// Predict implements Classifier.
func (c *KNN) Predict(x Matrix) ([]float32, error) {
	if c.k == 0 {
		panic("baseline: KNN: Predict before Fit")
	}
	logits := make([]float32, 0, x.Rows*c.Classes)
	err := c.nearest(context.Background(), x, func(_ int, order []int32) { logits = append(logits, c.vote(order, c.k)...) })
	return logits, err
}

// Export implements Classifier.
func (c *KNN) Export() []Tensor {
	labels := make([]int64, len(c.labels))
	for i, label := range c.labels {
		labels[i] = int64(label)
	}
	return []Tensor{
		{Name: "knn.examples", Shape: []int{c.examples.Rows, c.examples.Width}, Data: c.examples.Data},
		{Name: "knn.labels", Shape: []int{len(labels)}, Data: labels},
		{Name: "knn.k", Shape: []int{1}, Data: []int64{int64(c.k)}},
	}
}

// Import implements Classifier.
func (c *KNN) Import(lookup func(string) (Tensor, bool)) error {
	examples, shape, err := find[float32](lookup, "knn.examples")
	if err != nil {
		return err
	}
	if len(shape) != 2 || shape[0] == 0 || shape[1] != c.Inputs {
		return fmt.Errorf("tensor %q: want one row or more of %d numbers, found the shape %v", "knn.examples", c.Inputs, shape)
	}
	wide, err := sized[int64](lookup, "knn.labels", shape[0])
	if err != nil {
		return err
	}
	k, err := sized[int64](lookup, "knn.k", 1)
	if err != nil {
		return err
	}
	if k[0] < 1 || k[0] > int64(shape[0]) {
		return fmt.Errorf("tensor %q: want 1 to %d, found %d", "knn.k", shape[0], k[0])
	}
	labels := make([]int32, len(wide))
	for i, label := range wide {
		if label < 0 || label >= int64(c.Classes) {
			return fmt.Errorf("tensor %q: want labels below %d, found %d at place %d", "knn.labels", c.Classes, label, i)
		}
		labels[i] = int32(label)
	}
	c.keep(Matrix{Rows: shape[0], Width: shape[1], Data: examples}, labels)
	c.k = int(k[0])
	return nil
}
