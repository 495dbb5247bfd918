package ref

import "ssdgm/engine"

// MatMul sets C = op(A)·op(B) for row-major matrices: C is [m, n], k the inner size.
// transA says that a holds Aᵀ, [k, m]; transB that b holds Bᵀ, [n, k].
func MatMul[T Float](c, a, b []T, m, n, k int, transA, transB bool) {
	for i := range m {
		for j := range n {
			var sum T
			for p := range k {
				ai, bi := i*k+p, p*n+j
				if transA {
					ai = p*m + i
				}
				if transB {
					bi = j*k + p
				}
				sum += a[ai] * b[bi]
			}
			c[i*n+j] = sum
		}
	}
}

// BiasActivate sets pre = y + bias and y = activation(pre), row by row. pre may be nil.
func BiasActivate[T Float](y, pre, bias []T, rows, width int, activation engine.Activation) {
	for i := range rows {
		row := y[i*width:][:width]
		for j, b := range bias {
			row[j] += b
		}
		activateRow(row, pre, i, activation)
	}
}

// activateRow keeps row i of what an activation is applied to, where pre asks for it, and
// applies it in place.
func activateRow[T Float](row, pre []T, i int, activation engine.Activation) {
	if pre != nil {
		copy(pre[i*len(row):], row)
	}
	for j, a := range row {
		row[j] = Activate(activation, a)
	}
}

// ActivateGrad sets dy = dy ∘ activation'(·), see Derivative for what it is taken from.
func ActivateGrad[T Float](dy, from []T, activation engine.Activation) {
	if activation == engine.Identity {
		return
	}
	for i := range dy {
		dy[i] *= Derivative(activation, from[i])
	}
}

// ColumnSums sets dst[j] = Σ_i x[i,j].
func ColumnSums[T Float](dst, x []T, rows, width int) {
	clear(dst)
	for i := range rows {
		for j, v := range x[i*width:][:width] {
			dst[j] += v
		}
	}
}

// layerStep takes a step of the dense layers.
func (d *Device[T]) layerStep(step engine.Step, r int) bool {
	switch s := step.(type) {
	case engine.Dense:
		l, y := &s.Layer, d.Floats(s.Y, r)
		MatMul(y, d.Floats(s.X, r), d.Floats(l.Weight, r), s.Rows, l.Out, l.In, false, true)
		BiasActivate(y, d.Floats(s.Pre, r), d.Floats(l.Bias, r)[:l.Out], s.Rows, l.Out, l.Activation)
	case engine.DenseGrad:
		l, delta := &s.Layer, d.Floats(s.DY, r)[:s.Rows*s.Layer.Out]
		ActivateGrad(delta, d.Floats(s.From, r), l.Activation)
		ColumnSums(d.Floats(s.Grad.Bias, r)[:l.Out], delta, s.Rows, l.Out)
		MatMul(d.Floats(s.Grad.Weight, r), delta, d.Floats(s.X, r), l.Out, l.In, s.Rows, true, false)
		if !s.DX.IsNil() {
			MatMul(d.Floats(s.DX, r), delta, d.Floats(l.Weight, r), s.Rows, l.In, l.Out, false, false)
		}
	default:
		return false
	}
	return true
}
