package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// rule makes one step of two neighbours, where it can. What a program gives is the same to the bit
// without it; the test of rules says where it is not.
type rule struct {
	name  string
	merge func(a, b engine.Step) (engine.Step, bool)
}

// rules are applied one after another, each to the whole list.
var rules = []rule{
	{"the bias with the weights", biasWithWeights},
	{"δ in the product above", deltaInProduct},
	{"the weights with the input", weightsWithInput},
}

// merge applies rules to a list.
func merge(steps []engine.Step, rules []rule) []engine.Step {
	for _, r := range rules {
		var merged []engine.Step
		for _, s := range steps {
			if last := len(merged) - 1; last >= 0 {
				if one, ok := r.merge(merged[last], s); ok {
					merged[last] = one
					continue
				}
			}
			merged = append(merged, s)
		}
		steps = merged
	}
	return steps
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
