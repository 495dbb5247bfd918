package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// rule makes less of neighbours, where it can. What a program gives is the same to the bit
// without it; the test of rules says where it is not.
type rule struct {
	name string
	// merge makes other steps of the first n steps of a list; n is 0 where it makes none.
	merge func(steps []engine.Step) (made []engine.Step, n int)
}

// rules are applied one after another, each to the whole list.
var rules = []rule{
	{"the bias with the weights", pair(biasWithWeights)},
	{"δ in the product above", pair(deltaInProduct)},
	{"δ of labels in the product above", labelsDelta},
	{"labels in the product", pair(labelsInProduct)},
	{"the weights with the input", pair(weightsWithInput)},
	{"the beginning of a training step", beginning},
	{"checks and sums side by side", books},
}

// merge applies rules to a list.
func merge(steps []engine.Step, rules []rule) []engine.Step {
	for _, r := range rules {
		var merged []engine.Step
		for len(steps) > 0 {
			made, n := r.merge(steps)
			if n == 0 {
				made, n = steps[:1], 1
			}
			merged, steps = append(merged, made...), steps[n:]
		}
		steps = merged
	}
	return steps
}

// pair is a rule that makes one step of two.
func pair(merge func(a, b engine.Step) (engine.Step, bool)) func(steps []engine.Step) ([]engine.Step, int) {
	return func(steps []engine.Step) ([]engine.Step, int) {
		if len(steps) < 2 {
			return nil, 0
		}
		one, ok := merge(steps[0], steps[1])
		if !ok {
			return nil, 0
		}
		return []engine.Step{one}, 2
	}
}

// biasWithWeights: the product of the weights' gradient reads all of δ, and adds up its rows on the
// way. That sum is in another order than the bias's own.
func biasWithWeights(a, b engine.Step) (engine.Step, bool) {
	bias, ok := a.(kernels.BiasGrad)
	weight, also := b.(kernels.WeightGrad)
	if !ok || !also || !same(bias.DY, weight.DY) || bias.Rows != weight.Rows || bias.Layer != weight.Layer {
		return nil, false
	}
	weight.Grad.Bias = bias.Bias
	return weight, true
}

// deltaInProduct: δ of a hidden layer is left by the product that gives the gradient in its output,
// where it costs nothing.
func deltaInProduct(a, b engine.Step) (engine.Step, bool) {
	above, ok := a.(kernels.InputGrad)
	below, also := b.(kernels.Delta)
	if !ok || !also || !same(above.DX, below.DY) || above.Rows*above.Layer.In != below.N || above.Activation != engine.Identity {
		return nil, false
	}
	above.Below, above.Activation = below.From, below.Activation
	return above, true
}

// labelsDelta: so is that of a layer with labels. Then the table's gradient only reads it, and nothing waits
// for that.
func labelsDelta(steps []engine.Step) ([]engine.Step, int) {
	if len(steps) < 2 {
		return nil, 0
	}
	var delta kernels.Delta
	var rest engine.Step
	switch s := steps[1].(type) {
	case engine.AddLabelsGrad:
		delta = kernels.Delta{DY: s.DH, From: s.From, N: s.Pairs.SampleRows() * s.Width, Activation: s.Activation}
		s.Activation, s.From = engine.Identity, engine.Floats{}
		rest = s
	case kernels.ExpandDelta:
		delta = kernels.Delta{DY: s.DH, From: s.From, N: s.Pairs.Rows() * s.Width, Activation: s.Activation}
		s.Activation, s.From = engine.Identity, engine.Floats{}
		rest = s
	default:
		return nil, 0
	}
	if delta.Activation == engine.Identity {
		return nil, 0
	}
	product, ok := deltaInProduct(steps[0], delta)
	if !ok {
		return nil, 0
	}
	return []engine.Step{product, rest}, 2
}

// labelsInProduct: what a product gives is in registers when its labels' rows are added.
func labelsInProduct(a, b engine.Step) (engine.Step, bool) {
	dense, ok := a.(engine.Dense)
	labels, also := b.(engine.AddLabels)
	if !ok || !also || dense.Layer.Activation != engine.Identity || !dense.Pre.IsNil() || !same(dense.Y, labels.H) ||
		dense.Rows != labels.Pairs.SampleRows() || dense.Layer.Out != labels.Width {
		return nil, false
	}
	return kernels.LabelledDense{Dense: dense, Labels: labels}, true
}

// weightsWithInput: each product of a layer's gradient alone may leave most of the card idle.
func weightsWithInput(a, b engine.Step) (engine.Step, bool) {
	weight, ok := a.(kernels.WeightGrad)
	input, also := b.(kernels.InputGrad)
	if !ok || !also || !same(weight.DY, input.DY) || weight.Rows != input.Rows || weight.Layer != input.Layer || weight.Grad.Bias.IsNil() {
		return nil, false
	}
	return kernels.Products{Weights: weight, Input: input}, true
}

// same tells whether two arrays begin at the same element.
func same(a, b engine.Floats) bool {
	return a.Block == b.Block && a.Offset == b.Offset && a.Stride == b.Stride
}
