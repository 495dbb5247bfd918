package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/ref"
)

var epilogues = [...]simd.Epilogue{
	engine.Identity: simd.Bias,
	engine.Softplus: simd.BiasSoftplus,
	engine.ReLU:     simd.BiasReLU,
	engine.Tanh:     simd.BiasTanh,
}

// Dense implements engine.LayerSteps: y = activation(x·Wᵀ + b), the bias and the
// activation while the product is in cache.
func (d *portable) Dense(y, x engine.Floats, rows int, l engine.Layer) {
	engine.CheckDense(y, x, rows, l)
	d.multiply(y, x, l.Weight, simd.MatMul{
		TransB: true, M: rows, N: l.Out, K: l.In, LDA: l.In, LDB: l.In,
		Epilogue: epilogues[l.Activation], Bias: d.floats(l.Bias),
	})
}

// DenseGrad implements engine.LayerSteps; see engine/ref/device.go.
func (d *portable) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, l engine.Layer) {
	engine.CheckDenseGrad(dx, grad, dy, y, x, rows, l)
	delta := d.floats(dy)[:rows*l.Out]
	ref.ActivateGrad(delta, d.floats(y), l.Activation)
	ref.ColumnSums(d.floats(grad.Bias)[:l.Out], delta, rows, l.Out)
	d.denseProducts(dx, grad.Weight, dy, x, rows, l)
}

// denseProducts: dW = δᵀ·x;  dx = δ·W, unless dx is nil.
func (d *portable) denseProducts(dx, weight, delta, x engine.Floats, rows int, l engine.Layer) {
	d.multiply(weight, delta, x, simd.MatMul{TransA: true, M: l.Out, N: l.In, K: rows, LDA: l.Out, LDB: l.In})
	if !dx.IsNil() {
		d.multiply(dx, delta, l.Weight, simd.MatMul{M: rows, N: l.In, K: l.Out, LDA: l.Out, LDB: l.In})
	}
}

// multiply fills in the operands and runs the product.
func (d *portable) multiply(c, a, b engine.Floats, m simd.MatMul) {
	m.A, m.B, m.C, m.LDC = d.floats(a), d.floats(b), d.floats(c), m.N
	d.product = m
	d.kernels.MatMul(d.pool, &d.workspace, &d.product)
}
