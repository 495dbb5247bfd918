package baseline

import (
	"context"
	"math"
)

// problem is K one-vs-rest support vector machines in the primal, with squared hinges:
// for each of them, on its own column of f = Φ·wᵀ + b,
//
//	½‖w‖² + ½Σ_i [up_i·(1 − f_i)₊² + down_i·(1 + f_i)₊²]
//
// up and down say how much an example should lie on the machine's side, and on the other.
// It is convex and piecewise quadratic: the modified finite Newton method of Keerthi and
// DeCoste (2005), as in Sindhwani and Keerthi (2006), ends at its minimum.
type problem struct {
	*products
	up, down []float32 // [rows, labels]
	v        []float32 // coefficients
	f        []float32 // [rows, labels], of v
}

func newProblem(p *products) *problem {
	n := p.rows * p.labels
	return &problem{
		products: p, up: make([]float32, n), down: make([]float32, n),
		v: make([]float32, p.labels*(p.width+1)), f: make([]float32, n),
	}
}

// effort bounds the work of a minimisation.
type effort struct {
	newton, conjugate int     // steps, and steps of conjugate gradients in each
	tolerance         float64 // of the square of a machine's gradient, relative to that at the start
}

// minimise takes Newton steps from v on. f must be v's.
func (p *problem) minimise(ctx context.Context, e effort) error {
	r, curvature := make([]float32, len(p.f)), make([]float32, len(p.f))
	g, start := make([]float32, len(p.v)), []float64(nil)
	for range e.newton {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.slopes(r, curvature)
		p.backward(g, r)
		p.regularise(g, p.v)
		norms := p.dots(g, g)
		if start == nil {
			start = norms
		}
		if !larger(norms, start, e.tolerance) {
			return nil
		}
		step, stepF := p.conjugate(g, curvature, e.conjugate)
		p.search(step, stepF)
	}
	return nil
}

// slopes: r = ∂loss/∂f = −up·(1 − f)₊ + down·(1 + f)₊, and its derivative.
func (p *problem) slopes(r, curvature []float32) {
	for i, f := range p.f {
		var slope, bend float32
		if f < 1 {
			slope -= p.up[i] * (1 - f)
			bend += p.up[i]
		}
		if f > -1 {
			slope += p.down[i] * (1 + f)
			bend += p.down[i]
		}
		r[i], curvature[i] = slope, bend
	}
}

// regularise adds the gradient of ½‖w‖²; the biases are free.
func (p *problem) regularise(g, v []float32) {
	for i, w := range v[:p.labels*p.width] {
		g[i] += w
	}
}

// conjugate solves H·step = −g for each machine by conjugate gradients, with
// H = I + ΦᵀDΦ, and gives the step in v and in f.
func (p *problem) conjugate(g, curvature []float32, steps int) (step, stepF []float32) {
	step, stepF = make([]float32, len(g)), make([]float32, len(p.f))
	residual, direction := make([]float32, len(g)), make([]float32, len(g))
	for i, x := range g {
		residual[i], direction[i] = -x, -x
	}
	df, r, h := make([]float32, len(p.f)), make([]float32, len(p.f)), make([]float32, len(g))
	rr := p.dots(residual, residual)
	enough := scaled(rr, conjugateTolerance)
	for range steps {
		p.forward(df, direction)
		for i, x := range df {
			r[i] = curvature[i] * x
		}
		p.backward(h, r)
		p.regularise(h, direction)
		dh := p.dots(direction, h)
		along, keep := make([]float64, p.labels), make([]float64, p.labels)
		for k := range along {
			if rr[k] > enough[k] && dh[k] > 0 {
				along[k] = rr[k] / dh[k]
			}
		}
		p.axpy(step, along, direction)
		p.axpyRows(stepF, along, df)
		for k := range along {
			along[k] = -along[k]
		}
		p.axpy(residual, along, h)
		next := p.dots(residual, residual)
		for k := range keep {
			keep[k] = next[k] / max(rr[k], math.SmallestNonzeroFloat64)
		}
		p.each(func(k, i int) { direction[i] = residual[i] + float32(keep[k])*direction[i] })
		if rr = next; !larger(rr, enough, 1) {
			break
		}
	}
	return step, stepF
}

// conjugateTolerance is the squared relative residual at which a Newton step is exact enough.
const conjugateTolerance = 1e-4

// search moves each machine to the minimum along its step. The derivative along a step
// grows with its length, so a bracketed Newton iteration finds where it is zero.
func (p *problem) search(step, stepF []float32) {
	along := make([]float64, p.labels)
	weights := p.width
	for k := range along {
		v, s := p.v[k*weights:][:weights], step[k*weights:][:weights]
		along[k] = p.length(k, stepF, dot(s, v), dot(s, s))
	}
	p.axpy(p.v, along, step)
	p.axpyRows(p.f, along, stepF)
}

// length is the t ≥ 0 at which machine k's objective is least along its step, whose
// product with w and with itself are sv and ss.
func (p *problem) length(k int, stepF []float32, sv, ss float64) float64 {
	low, high, t := 0.0, math.Inf(1), 1.0
	for range 30 {
		slope, bend := sv+t*ss, ss
		for i := k; i < len(p.f); i += p.labels {
			s := float64(stepF[i])
			f := float64(p.f[i]) + t*s
			if u := float64(p.up[i]); f < 1 {
				slope -= u * (1 - f) * s
				bend += u * s * s
			}
			if d := float64(p.down[i]); f > -1 {
				slope += d * (1 + f) * s
				bend += d * s * s
			}
		}
		if slope > 0 {
			high = t
		} else {
			low = t
		}
		if bend == 0 {
			return t
		}
		next := t - slope/bend
		if next <= low || next >= high {
			next = (low + min(high, 2*t+1)) / 2
		}
		if math.Abs(next-t) < 1e-4*t {
			return next
		}
		t = next
	}
	return t
}

// each calls f with every coefficient's machine and place.
func (p *problem) each(f func(k, i int)) {
	weights := p.labels * p.width
	for k := range p.labels {
		for i := k * p.width; i < (k+1)*p.width; i++ {
			f(k, i)
		}
		f(k, weights+k)
	}
}

// dots are the machines' products of two vectors of coefficients.
func (p *problem) dots(a, b []float32) []float64 {
	sums := make([]float64, p.labels)
	p.each(func(k, i int) { sums[k] += float64(a[i]) * float64(b[i]) })
	return sums
}

// axpy: y += a_k·x on coefficients; axpyRows on scores.
func (p *problem) axpy(y []float32, a []float64, x []float32) {
	p.each(func(k, i int) { y[i] += float32(a[k]) * x[i] })
}

func (p *problem) axpyRows(y []float32, a []float64, x []float32) {
	for first := 0; first < len(y); first += p.labels {
		for k, along := range a {
			y[first+k] += float32(along) * x[first+k]
		}
	}
}

func dot(a, b []float32) (sum float64) {
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

// larger tells whether any a is above factor times its limit.
func larger(a, limit []float64, factor float64) bool {
	for k := range a {
		if a[k] > factor*limit[k] {
			return true
		}
	}
	return false
}

func scaled(a []float64, factor float64) []float64 {
	b := make([]float64, len(a))
	for k := range a {
		b[k] = factor * a[k]
	}
	return b
}
