package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/ref"
)

// epilogue adds the bias to a product and applies the activation while the product is in cache.
func epilogue(a engine.Activation) simd.Epilogue { return simd.Bias + simd.Epilogue(a) }

// affine is pre = x·Wᵀ + b, with an epilogue.
func (d *portable) affine(pre engine.Floats, s engine.Dense, e simd.Epilogue) func() {
	l := &s.Layer
	return d.multiply(pre, s.X, l.Weight, simd.MatMul{
		TransB: true, M: s.Rows, N: l.Out, K: l.In, LDA: l.In, LDB: l.In, Epilogue: e, Bias: d.floats(l.Bias),
	})
}

// dense: y = activation(pre), pre = x·Wᵀ + b. Where pre is not kept, and the product knows the
// activation, there is only y.
func (d *portable) dense(s engine.Dense) func() {
	if s.Pre.IsNil() && !s.Layer.Activation.FromInput() {
		return d.affine(s.Y, s, epilogue(s.Layer.Activation))
	}
	target := s.Pre
	if target.IsNil() {
		target = s.Y
	}
	product, n := d.affine(target, s, simd.Bias), s.Rows*s.Layer.Out
	y, pre := d.floats(s.Y)[:n], d.floats(target)[:n]
	return func() {
		product()
		for i, a := range pre {
			y[i] = ref.Activate(s.Layer.Activation, a)
		}
	}
}

// denseGrad: see engine/ref/dense.go.
func (d *portable) denseGrad(s engine.DenseGrad) func() {
	l := &s.Layer
	products := d.denseProducts(s, simd.MatMul{})
	delta, from, bias := d.floats(s.DY)[:s.Rows*l.Out], d.floats(s.From), d.floats(s.Grad.Bias)[:l.Out]
	return func() {
		ref.ActivateGrad(delta, from, l.Activation)
		ref.ColumnSums(bias, delta, s.Rows, l.Out)
		products()
	}
}

// denseProducts: dW = δᵀ·x;  dx = δ·W with dx's epilogue, unless DX is absent.
func (d *portable) denseProducts(s engine.DenseGrad, dx simd.MatMul) func() {
	l := &s.Layer
	weight := d.multiply(s.Grad.Weight, s.DY, s.X, simd.MatMul{TransA: true, M: l.Out, N: l.In, K: s.Rows, LDA: l.Out, LDB: l.In})
	if s.DX.IsNil() {
		return weight
	}
	dx.M, dx.N, dx.K, dx.LDA, dx.LDB = s.Rows, l.In, l.Out, l.Out, l.In
	input := d.multiply(s.DX, s.DY, l.Weight, dx)
	return func() {
		weight()
		input()
	}
}

// multiply fills in the operands of a product.
func (d *portable) multiply(c, a, b engine.Floats, m simd.MatMul) func() {
	m.A, m.B, m.C, m.LDC = d.floats(a), d.floats(b), d.floats(c), m.N
	return func() { d.kernels.MatMul(d.pool, &d.workspace, &m) }
}
