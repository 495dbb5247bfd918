// Package check holds the gradients that a device computes for a user's own
// architecture against those that Gorgonia derives by itself, in float64, from the
// same parameters, minibatch and noise.
//
// Reference asks Gorgonia, in builds that have it, and gives plain data. That can
// be stored, so that Answer.Compare also works where Gorgonia cannot be linked.
package check

import (
	"fmt"
	"math"

	"ssdgm/engine"
	"ssdgm/engine/ref"
	"ssdgm/model"
)

// Problem is an architecture with the size of its minibatch: M1, M2, Joint or Supervised.
type Problem interface {
	// layout is the model's parameters.
	layout() *model.Layout
	// inputs are the names and shapes of what a minibatch holds.
	inputs() []input
	// run takes one gradient on a device and returns replica 0's loss.
	run(dev engine.Device, l *model.Learner, batch map[string]Tensor) float64
}

// Tensor is plain numbers with their shape, row-major.
type Tensor struct {
	Shape []int
	Data  []float64
}

// Answer is one minibatch with the loss and the gradients that the oracle finds for
// it. Parameters and batch are exact in float32; the noise is package noise's under
// the seed, at step 1.
type Answer struct {
	Seed       uint64
	Loss       float64           // nats, without the weight prior
	Parameters map[string]Tensor // by the checkpoint's names
	Batch      map[string]Tensor // "x" [examples, inputs], the labelled ones first; "labels"
	Gradients  map[string]Tensor // by the parameters' names
}

// Row says how far a device is from the oracle in one tensor.
type Row struct {
	Parameter   string  // LossName, or the parameter that the gradient is in
	MaxRelative float64 // largest difference, relative to the largest element
	L2Relative  float64 // ‖device − oracle‖₂ / ‖oracle‖₂
	// Limit for L2Relative is twice what plain float32 code is off for the same
	// minibatch, and 1e-6; but what goes beyond limitMax is no rounding.
	Limit float64
}

// limitMax is for the case that plain code itself is wrong. Its rounding errors are
// about 1e-6 at the paper's sizes.
const limitMax = 1e-4

// LossName stands in Row.Parameter for the loss itself.
const LossName = "loss"

// Within says whether the device is as near to the oracle as rounding lets it be.
func (r Row) Within() bool { return r.L2Relative <= r.Limit }

// Compare runs the problem on a device and measures its answer against the
// oracle's: first the loss, then the gradients in the order of the model's tensors.
// What it allocates on the device it frees.
func (a *Answer) Compare(dev engine.Device, p Problem) ([]Row, error) {
	if err := a.fits(p); err != nil {
		return nil, err
	}
	rows, err := a.distance(dev, p)
	if err != nil {
		return nil, err
	}
	plain, err := a.distance(ref.New[float32](1), p)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Limit = min(2*plain[i].L2Relative+1e-6, limitMax)
	}
	return rows, nil
}

// fits makes sure that the answer is to this problem.
func (a *Answer) fits(p Problem) error {
	for _, t := range p.layout().Tensors {
		if err := wants(a.Parameters, "parameter", t.Name, t.Shape); err != nil {
			return err
		}
		if err := wants(a.Gradients, "gradient", t.Name, t.Shape); err != nil {
			return err
		}
	}
	for _, in := range p.inputs() {
		if err := wants(a.Batch, "minibatch", in.name, in.shape); err != nil {
			return err
		}
	}
	return nil
}

func wants(tensors map[string]Tensor, what, name string, shape []int) error {
	const advice = "the reference is of another configuration; write it anew from this one"
	t, ok := tensors[name]
	if !ok {
		return fmt.Errorf("%s %s: want shape %v, found none; %s", what, name, shape, advice)
	}
	if n := size(shape); size(t.Shape) != n || len(t.Data) != n {
		return fmt.Errorf("%s %s: want shape %v, found %v with %d values; %s", what, name, shape, t.Shape, len(t.Data), advice)
	}
	return nil
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// distance measures a device against the oracle.
func (a *Answer) distance(dev engine.Device, p Problem) ([]Row, error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	layout := p.layout()
	l := a.learner(dev, layout)
	loss := p.run(dev, l, a.Batch)
	if err := dev.Sync(); err != nil {
		return nil, err
	}
	grads := make([]float32, layout.Size)
	dev.ReadFloats(grads, l.Params.Grads, 0)

	rows := []Row{relative(LossName, []float64{loss}, []float64{a.Loss})}
	for _, t := range layout.Tensors {
		part := make([]float32, t.Len())
		t.Export(part, grads)
		rows = append(rows, relative(t.Name, wide(part), a.Gradients[t.Name].Data))
	}
	return rows, nil
}

// learner puts the answer's parameters on a device, the same in every replica, and
// begins step 1.
func (a *Answer) learner(dev engine.Device, layout *model.Layout) *model.Learner {
	seeds := make([]uint64, dev.Replicas())
	for r := range seeds {
		seeds[r] = a.Seed
	}
	l := model.NewLearner(dev, layout, engine.OptimiserOptions{}, make([]float64, len(seeds)), seeds)
	flat := make([]float32, layout.Size)
	for _, t := range layout.Tensors {
		t.Import(flat, narrow(a.Parameters[t.Name].Data))
	}
	for r := range seeds {
		dev.WriteFloats(l.Params.Values, r, flat)
	}
	var begin engine.List
	l.Begin(&begin)
	begin.Do(dev)
	return l
}

// relative compares one tensor. Where the oracle's is zero, the difference itself counts.
func relative(name string, got, want []float64) Row {
	row := Row{Parameter: name}
	var largest, norm float64
	for i, w := range want {
		d := math.Abs(got[i] - w)
		// Written so that a NaN is the largest difference of all.
		if !(d <= row.MaxRelative) {
			row.MaxRelative = d
		}
		row.L2Relative += d * d
		largest = max(largest, math.Abs(w))
		norm += w * w
	}
	row.L2Relative = math.Sqrt(row.L2Relative)
	if norm > 0 {
		row.MaxRelative /= largest
		row.L2Relative /= math.Sqrt(norm)
	}
	return row
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
