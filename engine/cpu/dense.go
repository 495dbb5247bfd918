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
		Epilogue: epilogues[l.Activation], Bias: d.all(l.Bias), StrideBias: l.Bias.Stride,
	})
}

// DenseGrad implements engine.LayerSteps; see engine/ref/device.go.
func (d *portable) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, l engine.Layer) {
	engine.CheckDenseGrad(dx, grad, dy, y, x, rows, l)
	for r := range d.Replicas() {
		delta := d.Floats(dy, r)[:rows*l.Out]
		ref.ActivateGrad(delta, d.Floats(y, r), l.Activation)
		ref.ColumnSums(d.Floats(grad.Bias, r)[:l.Out], delta, rows, l.Out)
	}
	d.denseProducts(dx, grad.Weight, dy, x, rows, l)
}

// denseProducts: dW = δᵀ·x;  dx = δ·W, unless dx is nil.
func (d *portable) denseProducts(dx, weight, delta, x engine.Floats, rows int, l engine.Layer) {
	d.multiply(weight, delta, x, simd.MatMul{TransA: true, M: l.Out, N: l.In, K: rows, LDA: l.Out, LDB: l.In})
	if !dx.IsNil() {
		d.multiply(dx, delta, l.Weight, simd.MatMul{M: rows, N: l.In, K: l.Out, LDA: l.Out, LDB: l.In})
	}
}

// multiply fills in the operands, one product for each replica, and runs it.
func (d *portable) multiply(c, a, b engine.Floats, m simd.MatMul) {
	m.A, m.B, m.C, m.LDC = d.all(a), d.all(b), d.all(c), m.N
	m.Batch, m.StrideA, m.StrideB, m.StrideC = d.Replicas(), a.Stride, b.Stride, c.Stride
	d.product = m
	d.kernels.MatMul(d.pool, &d.workspace, &d.product)
}
