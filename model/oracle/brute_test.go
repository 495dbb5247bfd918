//go:build !cuda

package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// brute evaluates the objectives one example, one label and one sample at a
// time, in plain loops. It shares no code with the graphs.
type brute struct {
	params     Params
	activation Activation
	kink       float64 // the smallest |pre-activation| met
}

func newBrute(params Params, activation Activation) *brute {
	return &brute{params: params, activation: activation, kink: math.Inf(1)}
}

func (b *brute) affine(name string, x []float64) []float64 {
	w, bias := b.params[name+".weight"], b.params[name+".bias"]
	y := make([]float64, w.Rows)
	for i := range y {
		y[i] = bias.Data[i]
		for j, xj := range x {
			y[i] += w.Data[i*w.Cols+j] * xj
		}
	}
	return y
}

func (b *brute) activate(a []float64) []float64 {
	y := make([]float64, len(a))
	for i, v := range a {
		b.kink = min(b.kink, math.Abs(v))
		switch b.activation {
		case ReLU:
			y[i] = max(v, 0)
		case Tanh:
			y[i] = math.Tanh(v)
		case Softplus:
			y[i] = math.Log1p(math.Exp(v))
		case GELU: // ½(1 + tanh u) = 1/(1 + e^−2u)
			y[i] = v / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
		case SiLU:
			y[i] = v / (1 + math.Exp(-v))
		}
	}
	return y
}

// hidden runs the hidden layers of one network; a label below 0 is none.
func (b *brute) hidden(prefix string, x []float64, label, layers int) []float64 {
	for i := range layers {
		a := b.affine(fmt.Sprintf("%s.%d", prefix, i), x)
		if i == 0 && label >= 0 {
			w := b.params[prefix+".0.label.weight"]
			for r := range a {
				a[r] += w.Data[r*w.Cols+label]
			}
		}
		x = b.activate(a)
	}
	return x
}

func (b *brute) logDensity(prefix, output string, h, x []float64) float64 {
	sum := 0.0
	if output == Bernoulli {
		for i, l := range b.affine(prefix+".out", h) {
			p := 1 / (1 + math.Exp(-l))
			sum += x[i]*math.Log(p) + (1-x[i])*math.Log(1-p)
		}
		return sum
	}
	mean, logvar := b.affine(prefix+".mean", h), b.affine(prefix+".logvar", h)
	for i := range x {
		sigma := math.Exp(logvar[i] / 2)
		u := (x[i] - mean[i]) / sigma
		sum += -u*u/2 - math.Log(sigma*math.Sqrt(2*math.Pi))
	}
	return sum
}

// bound is E[log p(x|z)] − w·KL over the samples eps[first:first+n] of one
// posterior; label is −1 for M1.
func (b *brute) bound(model, output string, x []float64, label, layers int, eps Matrix, first, n int, klWeight float64) float64 {
	h := b.hidden(model+".encoder", x, label, layers)
	mean, logvar := b.affine(model+".encoder.mean", h), b.affine(model+".encoder.logvar", h)
	kl, expected := 0.0, 0.0
	for i := range mean {
		kl += 0.5 * (mean[i]*mean[i] + math.Exp(logvar[i]) - 1 - logvar[i])
	}
	for s := first; s < first+n; s++ {
		z := make([]float64, len(mean))
		for i := range z {
			z[i] = mean[i] + math.Exp(logvar[i]/2)*eps.Data[s*eps.Cols+i]
		}
		hz := b.hidden(model+".decoder", z, label, layers)
		expected += b.logDensity(model+".decoder", output, hz, x) / float64(n)
	}
	return expected - klWeight*kl
}

func softmax(logits []float64) []float64 {
	q, sum := make([]float64, len(logits)), 0.0
	for k, l := range logits {
		q[k] = math.Exp(l)
		sum += q[k]
	}
	for k := range q {
		q[k] /= sum
	}
	return q
}

func (b *brute) classifier(prefix string, x []float64, layers int) []float64 {
	return softmax(b.affine(prefix+".out", b.hidden(prefix, x, -1, layers)))
}

func (b *brute) squaredNorm() float64 {
	sum := 0.0
	for _, m := range b.params {
		for _, v := range m.Data {
			sum += v * v
		}
	}
	return sum
}

func (b *brute) m1(s M1Spec, batch M1Batch) float64 {
	sum := 0.0
	for i := range batch.X.Rows {
		x := batch.X.Data[i*s.Inputs : (i+1)*s.Inputs]
		sum -= b.bound("m1", s.Output, x, -1, len(s.Hidden), batch.Eps, i*s.Samples, s.Samples, s.KLWeight)
	}
	return sum/float64(batch.X.Rows) + s.WeightPrior/(2*s.NTotal)*b.squaredNorm()
}

func (b *brute) classPrior(s M2Spec) []float64 {
	switch s.ClassPrior {
	case Given:
		return s.ClassProbabilities
	case Learned:
		return softmax(b.params["m2.class_prior.logits"].Data)
	}
	return softmax(make([]float64, s.Labels))
}

func (b *brute) m2(s M2Spec, batch M2Batch) float64 {
	prior := b.classPrior(s)
	pairCost := func(x []float64, label, pair int) float64 {
		bound := b.bound("m2", s.Output, x, label, len(s.Hidden), batch.Eps, pair*s.Samples, s.Samples, s.KLWeight)
		return -bound - math.Log(prior[label])
	}
	bl, bu := batch.XL.Rows, batch.XU.Rows
	loss := 0.5 * s.WeightPrior * b.squaredNorm()
	for i := range bl {
		x, y := batch.XL.Data[i*s.Inputs:(i+1)*s.Inputs], batch.YL[i]
		q := b.classifier("m2.classifier", x, len(s.ClassifierHidden))
		loss += s.NLabelled / float64(bl) * pairCost(x, y, i)
		loss += s.Alpha * s.NTotal / float64(bl) * -math.Log(q[y])
	}
	for u := range bu {
		x := batch.XU.Data[u*s.Inputs : (u+1)*s.Inputs]
		q := b.classifier("m2.classifier", x, len(s.ClassifierHidden))
		for k := range s.Labels {
			cost := q[k] * (pairCost(x, k, bl+u*s.Labels+k) + math.Log(q[k]))
			loss += (s.NTotal - s.NLabelled) / float64(bu) * cost
		}
	}
	return loss / s.NTotal
}

func (b *brute) supervised(s SupervisedSpec, x Matrix, labels []int) float64 {
	loss := s.WeightPrior / (2 * s.NTotal) * b.squaredNorm()
	for i, y := range labels {
		q := b.classifier("classifier", x.Data[i*s.Inputs:(i+1)*s.Inputs], len(s.Hidden))
		loss -= math.Log(q[y]) / float64(len(labels))
	}
	return loss
}

// requireAgreement holds a graph's loss and gradients against the brute loss
// and its central differences, and returns the worst tensor's relative error.
func requireAgreement(t *testing.T, params Params, brute func() float64, loss float64, grads Params) {
	t.Helper()
	if want := brute(); math.Abs(loss-want) > 1e-12*(1+math.Abs(want)) {
		t.Errorf("loss %.15g, brute force %.15g", loss, want)
	}
	if len(grads) != len(params) {
		t.Errorf("%d gradients for %d parameters", len(grads), len(params))
	}
	worst := 0.0
	for _, name := range params.names() {
		relative := gradientError(params[name].Data, grads[name].Data, brute)
		worst = max(worst, relative)
		if !(relative <= 1e-8) {
			t.Errorf("%s: relative gradient error %.2g", name, relative)
		}
	}
	t.Logf("worst relative gradient error %.2g", worst)
}

// gradientError is ‖grad − differences‖ / ‖differences‖. The five-point
// formula leaves an error of order h⁴, so that at h = 2e-4 rounding
// is what remains: about 1e-11 of the loss.
func gradientError(values, grad []float64, loss func() float64) float64 {
	const h = 2e-4
	if len(grad) != len(values) {
		return math.Inf(1)
	}
	difference, norm := 0.0, 0.0
	for i, v := range values {
		at := func(steps float64) float64 {
			values[i] = v + steps*h
			return loss()
		}
		d := (8*(at(1)-at(-1)) - (at(2) - at(-2))) / (12 * h)
		values[i] = v
		difference += (grad[i] - d) * (grad[i] - d)
		norm += d * d
	}
	return math.Sqrt(difference / norm)
}

func normals(r *rand.Rand, rows, cols int, scale float64) Matrix {
	m := Matrix{Rows: rows, Cols: cols, Data: make([]float64, rows*cols)}
	for i := range m.Data {
		m.Data[i] = scale * r.NormFloat64()
	}
	return m
}

// examples are pixels in [0, 1) or, for a Gaussian output, any real numbers.
func examples(r *rand.Rand, rows, cols int, output string) Matrix {
	m := normals(r, rows, cols, 1)
	if output == Bernoulli {
		for i := range m.Data {
			m.Data[i] = r.Float64()
		}
	}
	return m
}

// initial draws parameters, biases too, so small that no variance gets extreme:
// the differences would drown in the rounding of a huge loss.
type initial struct {
	r      *rand.Rand
	params Params
}

func (p initial) matrix(name string, rows, cols int, scale float64) {
	m := normals(p.r, rows, cols, scale)
	p.params[name] = &m
}

func (p initial) dense(name string, in, out int) {
	p.matrix(name+".weight", out, in, 0.6/math.Sqrt(float64(in)))
	p.matrix(name+".bias", 1, out, 0.3)
}

func (p initial) stack(prefix string, in int, widths []int) int {
	for i, width := range widths {
		p.dense(fmt.Sprintf("%s.%d", prefix, i), in, width)
		in = width
	}
	return in
}

func (p initial) output(prefix string, in, out int, output string) {
	if output == Bernoulli {
		p.dense(prefix+".out", in, out)
		return
	}
	p.dense(prefix+".mean", in, out)
	p.dense(prefix+".logvar", in, out)
}
