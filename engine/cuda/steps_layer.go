//go:build cuda

package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// Dense implements engine.LayerSteps.
func (d *device) Dense(y, x engine.Floats, rows int, l engine.Layer) {
	engine.CheckDense(y, x, rows, l)
	sizes, out, in := shape{rows, l.In, l.Out}, d.floats(y), d.floats(x)
	if d.blas != nil {
		d.step(sizes,
			d.blas.launch(d, product{transA: true, m: l.Out, n: rows, k: l.In}, out, d.floats(l.Weight), in),
			kernels.AddLabels(d.replicas, out, d.floats(l.Bias), kernels.Array{}, asPairs(rows), l.Out, l.Activation))
		return
	}
	plan := kernels.PlanDense(d.plans, rows, l.In, l.Out, d.precision())
	d.step(sizes,
		kernels.Dense(d.replicas, out, in, rows, d.layer(l), plan, d.scratchFor(plan.Scratch(rows, l.In, l.Out))))
}

// DenseGrad implements engine.LayerSteps.
func (d *device) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, l engine.Layer) {
	engine.CheckDenseGrad(dx, grad, dy, y, x, rows, l)
	if d.blas != nil {
		d.denseGradByLibrary(dx, grad, dy, y, x, rows, l)
		return
	}
	g := &gradient{
		dx: d.floats(dx), x: d.floats(x), dy: d.floats(dy),
		grad: kernels.LayerGrad{Weight: d.floats(grad.Weight), Bias: d.floats(grad.Bias)},
		rows: rows, layer: d.layer(l),
		plan: kernels.PlanDenseGrad(d.plans, rows, l.In, l.Out, !dx.IsNil(), d.precision()),
	}
	if g.scratch = d.scratchFor(g.plan.Scratch(rows, l.In, l.Out)); d.err != nil {
		return // after a failure nothing is recorded, so there is nothing to merge with
	}
	sizes := shape{rows, l.In, l.Out}
	if above := d.above; above.leads(g, d.floats(y)) {
		// δ of this layer is left by the step before, in whose product it costs nothing.
		d.recording.drop()
		d.step(above.sizes(), above.launch(d.replicas, l.Activation))
		d.step(sizes, g.launch(d.replicas, engine.Identity))
	} else {
		d.step(sizes,
			kernels.ActivationGrad(d.replicas, g.dy, d.floats(y), rows*l.Out, l.Activation),
			g.launch(d.replicas, engine.Identity))
	}
	if d.recording != nil && !dx.IsNil() {
		d.above = g
	}
}

// gradient is a layer's backward step, resolved.
type gradient struct {
	dx, dy, x kernels.Array
	grad      kernels.LayerGrad
	rows      int
	layer     kernels.Layer
	plan      kernels.DenseGradPlan
	scratch   kernels.Array
}

func (g *gradient) sizes() shape { return shape{g.rows, g.layer.In, g.layer.Out} }

// launch is both products; with input, dx becomes δ of the layer that x is the
// output of.
func (g *gradient) launch(replicas int, input engine.Activation) kernels.Launch {
	return kernels.DenseGrad(replicas, g.dx, g.grad, g.dy, g.x, g.rows, g.layer, input, g.plan, g.scratch)
}

// leads tells whether this step, the last in a recording, gives what another takes
// for its dy, from what the other takes for its y.
func (g *gradient) leads(next *gradient, y kernels.Array) bool {
	return g != nil && g.dx == next.dy && g.x == y && g.rows == next.rows && g.layer.In == next.layer.Out
}

// denseGradByLibrary is DenseGrad with cuBLAS. δ and the bias's gradient are what
// AddLabelsGrad gives for a table of one label.
func (d *device) denseGradByLibrary(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, l engine.Layer) {
	delta := d.floats(dy)
	launches := []kernels.Launch{
		kernels.AddLabelsGrad(d.replicas, d.floats(grad.Bias), delta, d.floats(y), kernels.Array{}, asPairs(rows), l.Out, l.Activation),
		d.blas.launch(d, product{transB: true, m: l.In, n: l.Out, k: rows}, d.floats(grad.Weight), d.floats(x), delta),
	}
	if !dx.IsNil() {
		launches = append(launches,
			d.blas.launch(d, product{m: l.In, n: rows, k: l.Out}, d.floats(dx), d.floats(l.Weight), delta))
	}
	d.step(shape{rows, l.In, l.Out}, launches...)
}

// asPairs are rows that all have one label.
func asPairs(rows int) engine.Pairs { return engine.Pairs{Labelled: rows, Labels: 1, Samples: 1} }

func (d *device) layer(l engine.Layer) kernels.Layer {
	return kernels.Layer{Weight: d.floats(l.Weight), Bias: d.floats(l.Bias), In: l.In, Out: l.Out, Activation: l.Activation}
}

func (d *device) precision() kernels.Precision {
	if d.tf32 {
		return kernels.TF32
	}
	return kernels.FP32
}
