package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// split gives the parts of steps, in their order.
func (c *compiler) split(steps []engine.Step) []engine.Step {
	var parts []engine.Step
	var drawn []engine.Minibatch
	for _, step := range steps {
		switch s := step.(type) {
		case engine.Dense:
			parts = append(parts, c.splitDense(s)...)
		case engine.DenseGrad:
			parts = append(parts, c.splitDenseGrad(s)...)
		case engine.ExpandLabelsGrad:
			parts = append(parts, splitExpandLabelsGrad(s)...)
		case engine.Minibatch:
			drawn = append(drawn, s)
			parts = append(parts, s)
		case engine.GatherPixels:
			parts = append(parts, c.fetchAhead(s, drawn)...)
		default:
			parts = append(parts, step)
		}
	}
	return parts
}

// libraryProduct is a matrix product that a library computes.
type libraryProduct struct {
	C, A, B engine.Floats
	product product
}

// Args implements engine.Step.
func (s libraryProduct) Args(v engine.Visitor) {
	p := &s.product
	v(s.C.View(), engine.Arg{Name: "c", Len: p.m * p.n, Access: engine.Write})
	v(s.A.View(), engine.Arg{Name: "a", Len: p.m * p.k, Access: engine.Read})
	v(s.B.View(), engine.Arg{Name: "b", Len: p.k * p.n, Access: engine.Read})
}

// Cost implements engine.Step.
func (libraryProduct) Cost(int) engine.Cost { return engine.Cost{} }

// splitDense leaves a dense layer whole, unless a library computes its product.
func (c *compiler) splitDense(s engine.Dense) []engine.Step {
	if c.library == nil {
		return []engine.Step{s}
	}
	l := s.Layer
	return []engine.Step{
		libraryProduct{C: s.Y, A: l.Weight, B: s.X, product: product{transA: true, m: l.Out, n: s.Rows, k: l.In}},
		engine.AddLabels{H: s.Y, Pre: s.Pre, Table: l.Bias, Pairs: asPairs(s.Rows), Width: l.Out, Activation: l.Activation},
	}
}

// splitDenseGrad gives δ, both parameters' gradients, and the input's. With a library, δ and the
// bias's gradient are what AddLabelsGrad gives for a table of one label.
func (c *compiler) splitDenseGrad(s engine.DenseGrad) []engine.Step {
	l := s.Layer
	if c.library != nil {
		parts := []engine.Step{
			engine.AddLabelsGrad{DTable: s.Grad.Bias, DH: s.DY, From: s.From, Pairs: asPairs(s.Rows), Width: l.Out, Activation: l.Activation},
			libraryProduct{C: s.Grad.Weight, A: s.X, B: s.DY, product: product{transB: true, m: l.In, n: l.Out, k: s.Rows}},
		}
		if !s.DX.IsNil() {
			parts = append(parts, libraryProduct{C: s.DX, A: l.Weight, B: s.DY, product: product{m: l.In, n: s.Rows, k: l.Out}})
		}
		return parts
	}
	var parts []engine.Step
	if l.Activation != engine.Identity {
		parts = append(parts, kernels.Delta{DY: s.DY, From: s.From, N: s.Rows * l.Out, Activation: l.Activation})
	}
	parts = append(parts,
		kernels.BiasGrad{Bias: s.Grad.Bias, DY: s.DY, Rows: s.Rows, Layer: l},
		kernels.WeightGrad{Grad: engine.LayerGrad{Weight: s.Grad.Weight}, DY: s.DY, X: s.X, Rows: s.Rows, Layer: l})
	if !s.DX.IsNil() {
		parts = append(parts, kernels.InputGrad{DX: s.DX, DY: s.DY, Rows: s.Rows, Layer: l})
	}
	return parts
}

// asPairs are rows that all have one label.
func asPairs(rows int) engine.Pairs { return engine.Pairs{Labelled: rows, Labels: 1, Samples: 1} }

// splitExpandLabelsGrad gives δ with its sums over pairs, and the table's gradient.
func splitExpandLabelsGrad(s engine.ExpandLabelsGrad) []engine.Step {
	pairs := s.Pairs
	pairs.Samples = 1
	return []engine.Step{
		kernels.ExpandDelta{ExpandLabelsGrad: s},
		engine.AddLabelsGrad{DTable: s.DTable, DH: s.DH, Labels: s.Labels, Pairs: pairs, Width: s.Width},
	}
}
