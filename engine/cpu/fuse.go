package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
)

// gradBelow is a DenseGrad whose DX is also multiplied by the derivative of the activation that gave X, while the
// product has it in cache.
type gradBelow struct {
	engine.DenseGrad
	below      engine.Floats // what the derivative is taken from
	activation engine.Activation
}

// labelsAdded is a Dense without an activation, to whose result an AddLabels adds its table, while the product has it
// in cache.
type labelsAdded struct {
	engine.Dense
	add engine.AddLabels
}

// fuse joins neighbours of a program where one goes on with what the other has just computed. Each element is
// computed as without it, so that no bit changes.
func fuse(steps []engine.Step) []engine.Step {
	var fused []engine.Step
	for _, s := range steps {
		if last := len(fused) - 1; last >= 0 {
			if a, ok := fused[last].(engine.DenseGrad); ok {
				fused[last], s = deltaInProduct(a, s)
			}
			if a, ok := fused[last].(engine.Dense); ok {
				if both, ok := tableInProduct(a, s); ok {
					fused[last] = both
					continue
				}
			}
		}
		fused = append(fused, s)
	}
	return fused
}

// deltaInProduct has the layer above multiply the gradient in its input by the derivative that the step below begins
// with.
func deltaInProduct(above engine.DenseGrad, below engine.Step) (engine.Step, engine.Step) {
	n := above.Rows * above.Layer.In
	fits := func(dy, from engine.Floats, elements int, a engine.Activation) bool {
		return same(above.DX, dy) && elements == n && a != engine.Identity && !above.DX.View().Overlaps(from.View())
	}
	switch s := below.(type) {
	case engine.DenseGrad:
		if l := &s.Layer; fits(s.DY, s.From, s.Rows*l.Out, l.Activation) {
			both := gradBelow{above, s.From, l.Activation}
			l.Activation = engine.Identity
			return both, s
		}
	case engine.AddLabelsGrad:
		if fits(s.DH, s.From, s.Pairs.SampleRows()*s.Width, s.Activation) {
			both := gradBelow{above, s.From, s.Activation}
			s.Activation = engine.Identity
			return both, s
		}
	case engine.ExpandLabelsGrad:
		if fits(s.DH, s.From, s.Pairs.Rows()*s.Width, s.Activation) {
			both := gradBelow{above, s.From, s.Activation}
			s.Activation = engine.Identity
			return both, s
		}
	}
	return above, below
}

// tableInProduct has a product add the rows of a table of labels, and apply the activation.
func tableInProduct(a engine.Dense, below engine.Step) (engine.Step, bool) {
	s, ok := below.(engine.AddLabels)
	if !ok || a.Layer.Activation != engine.Identity || !a.Pre.IsNil() || !same(a.Y, s.H) || a.Layer.Out != s.Width ||
		a.Rows != s.Pairs.SampleRows() || !s.Pre.IsNil() {
		return nil, false
	}
	return labelsAdded{a, s}, true
}

// same tells whether two arrays begin at the same element.
func same(a, b engine.Floats) bool { return !a.IsNil() && a.Block == b.Block && a.Offset == b.Offset }

// gradBelow: see engine/ref/dense.go.
func (d *fast) gradBelow(s gradBelow) func() {
	return d.layerGrad(s.DenseGrad, simd.MatMul{
		Epilogue: simd.Derivative, Activation: simd.Activation(s.activation), From: d.floats(s.below),
	})
}

// labelsAdded: h = activation(x·Wᵀ + b + table[label]).
func (d *fast) labelsAdded(s labelsAdded) func() {
	j := &addJob{d.labelled(s.add.Table, s.add.Labels, s.add.Pairs, s.add.Width, s.add.Activation, s.Rows, 1), d.floats(s.add.H), nil}
	l := &s.Layer
	return d.multiply(s.Y, s.X, l.Weight, simd.MatMul{
		TransB: true, M: s.Rows, N: l.Out, K: l.In, LDA: l.In, LDB: l.In, Epilogue: simd.BiasTable, Bias: d.floats(l.Bias),
		Activation: j.act, Table: func(i int) []float32 { return j.row(i / s.add.Pairs.Samples) },
	})
}
