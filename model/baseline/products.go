package baseline

import "ssdgm/engine"

// products are the two matrix products of K linear machines f = Φ·wᵀ + b on features Φ
// that lie on the device. A vector of all machines' coefficients is [K, width] weights
// and then K biases.
type products struct {
	dev                 engine.Device
	rows, width, labels int
	phi                 engine.Floats // [rows, width]
	coefficients, grads engine.Floats // [labels·(width+1)]
	scores              engine.Floats // [rows, labels]
}

func newProducts(dev engine.Device, rows, width, labels int) *products {
	return &products{
		dev: dev, rows: rows, width: width, labels: labels,
		phi:          dev.NewFloats(rows * width),
		coefficients: dev.NewFloats(labels * (width + 1)), grads: dev.NewFloats(labels * (width + 1)),
		scores: dev.NewFloats(rows * labels),
	}
}

// first is the same machines on the first so many rows.
func (p *products) first(rows int) *products {
	q := *p
	q.rows, q.phi, q.scores = rows, p.phi.Slice(0, rows*p.width), p.scores.Slice(0, rows*p.labels)
	return &q
}

func (p *products) layer() engine.Layer {
	return engine.Layer{
		Weight: p.coefficients.Slice(0, p.labels*p.width), Bias: p.coefficients.Slice(p.labels*p.width, p.labels),
		In: p.width, Out: p.labels,
	}
}

// forward: f = Φ·wᵀ + b, [rows, labels].
func (p *products) forward(f, v []float32) {
	p.dev.WriteFloats(p.coefficients, 0, v)
	engine.Do(p.dev, engine.Dense{Y: p.scores, X: p.phi, Rows: p.rows, Layer: p.layer()})
	p.dev.ReadFloats(f, p.scores, 0)
}

// backward: g = [rᵀ·Φ, Σ_rows r], for r of the shape of f.
func (p *products) backward(g, r []float32) {
	grad := engine.LayerGrad{Weight: p.grads.Slice(0, p.labels*p.width), Bias: p.grads.Slice(p.labels*p.width, p.labels)}
	p.dev.WriteFloats(p.scores, 0, r)
	engine.Do(p.dev, engine.DenseGrad{
		Grad: grad, DY: p.scores, X: p.phi, Rows: p.rows, Layer: p.layer(),
	})
	p.dev.ReadFloats(g, p.grads, 0)
}
