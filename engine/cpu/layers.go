package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
)

// layerStep compiles a step of the dense layers.
func (d *fast) layerStep(step engine.Step) func() {
	switch s := step.(type) {
	case engine.Dense:
		return d.dense(s)
	case labelsAdded:
		return d.labelsAdded(s)
	case engine.DenseGrad:
		return d.layerGrad(s, simd.MatMul{})
	case gradBelow:
		return d.gradBelow(s)
	default:
		return nil
	}
}

// dense is the portable device's, with the kernel of an activation that the product lacks.
func (d *fast) dense(s engine.Dense) func() {
	if s.Pre.IsNil() && !s.Layer.Activation.FromInput() {
		return d.portable.dense(s)
	}
	target := s.Pre
	if target.IsNil() {
		target = s.Y
	}
	product, n := d.affine(target, s, simd.Bias), s.Rows*s.Layer.Out
	j := &activateJob{fast: d, y: d.floats(s.Y)[:n], pre: d.floats(target)[:n], act: simd.Activation(s.Layer.Activation)}
	j.parts = d.cut(n, 4, line)
	return func() {
		product()
		d.run(j.parts, j)
	}
}

// activateJob: y = activation(pre).
type activateJob struct {
	*fast
	y, pre []float32
	act    simd.Activation
	parts  blocks
}

func (j *activateJob) Run(part int) {
	from, to := j.parts.at(part)
	j.kernels.Act(j.act, j.y[from:to], j.pre[from:to])
}

// layerGrad: see engine/ref/dense.go. The gradient of a bias is that of a table with one label. dx is what the product
// leaves. Where δ is there already, nothing waits for anything.
func (d *fast) layerGrad(s engine.DenseGrad, dx simd.MatMul) func() {
	delta := d.addLabelsGrad(engine.AddLabelsGrad{
		DTable: s.Grad.Bias, DH: s.DY, From: s.From, Width: s.Layer.Out, Activation: s.Layer.Activation,
		Pairs: engine.Pairs{Labelled: s.Rows, Labels: 1, Samples: 1},
	})
	products := d.denseProducts(s, dx)
	if s.Layer.Activation == engine.Identity {
		products.Other, products.Parts = delta, delta.parts.count
		return func() { d.kernels.Together(d.pool, products) }
	}
	return func() {
		d.run(delta.parts, delta)
		d.kernels.Together(d.pool, products)
	}
}
