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
		d.kernels.Together(d.pool, products)
	}
}

// denseProducts are dW = δᵀ·x and, unless DX is absent, dx = δ·W with dx's epilogue.
func (d *portable) denseProducts(s engine.DenseGrad, dx simd.MatMul) *simd.Together {
	l := &s.Layer
	weight := d.operands(s.Grad.Weight, s.DY, s.X, simd.MatMul{TransA: true, M: l.Out, N: l.In, K: s.Rows, LDA: l.Out, LDB: l.In})
	t := &simd.Together{Products: []simd.MatMul{weight}, Spaces: []*simd.Workspace{&d.workspace, &d.second}}
	if !s.DX.IsNil() {
		dx.M, dx.N, dx.K, dx.LDA, dx.LDB = s.Rows, l.In, l.Out, l.Out, l.In
		t.Products = append(t.Products, d.operands(s.DX, s.DY, l.Weight, dx))
	}
	return t
}

// operands fills in those of a product.
func (d *portable) operands(c, a, b engine.Floats, m simd.MatMul) simd.MatMul {
	m.A, m.B, m.C, m.LDC = d.floats(a), d.floats(b), d.floats(c), m.N
	return m
}

// multiply is a product.
func (d *portable) multiply(c, a, b engine.Floats, m simd.MatMul) func() {
	m = d.operands(c, a, b, m)
	return func() { d.kernels.MatMul(d.pool, &d.workspace, &m) }
}
