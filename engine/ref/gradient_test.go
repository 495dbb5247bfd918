package ref_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// lab is a float64 device with one replica whose arrays are host slices.
type lab struct {
	*ref.Device[float64]
	rng *rand.Rand
}

func newLab() lab { return lab{ref.New[float64](1), rand.New(rand.NewPCG(4, 2))} }

// normals is a new array of n draws from N(0, 1).
func (l lab) normals(n int) engine.Floats {
	a := l.NewFloats(n)
	for i := range l.host(a) {
		l.host(a)[i] = l.rng.NormFloat64()
	}
	return a
}

// weights is a new array of n draws from [0.1, 2.1).
func (l lab) weights(n int) engine.Floats {
	a := l.NewFloats(n)
	for i := range l.host(a) {
		l.host(a)[i] = 0.1 + 2*l.rng.Float64()
	}
	return a
}

// labels is a new array of n labels below classes.
func (l lab) labels(n, classes int) engine.Ints {
	a := l.NewInts(n)
	for i := range l.Ints(a, 0) {
		l.Ints(a, 0)[i] = int32(l.rng.IntN(classes))
	}
	return a
}

func (l lab) double(v float64) engine.Doubles {
	a := l.NewDoubles(1)
	l.Doubles(a, 0)[0] = v
	return a
}

func (l lab) noise() engine.Noise {
	n := engine.Noise{Seed: l.NewInts(2), Clock: l.NewInts(1), Stream: noise.StreamM2Latent}
	copy(l.Ints(n.Seed, 0), noise.SeedWords(99))
	l.Ints(n.Clock, 0)[0] = 5
	return n
}

// host is the slice behind an array: float64 at the border.
func (l lab) host(a engine.Floats) []float64 { return l.Floats(a, 0) }

// copyOf is a new array with the same contents.
func (l lab) copyOf(a engine.Floats) engine.Floats {
	b := l.NewFloats(a.Len)
	copy(l.host(b), l.host(a))
	return b
}

// dot is Σ a·b.
func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// checkGradient compares a gradient of loss in x with central differences.
func (l lab) checkGradient(t *testing.T, what string, loss func() float64, x, gradient engine.Floats) {
	t.Helper()
	const h = 1e-5
	analytic := append([]float64(nil), l.host(gradient)...)
	var off, norm float64
	for i, v := range l.host(x) {
		l.host(x)[i] = v + h
		above := loss()
		l.host(x)[i] = v - h
		below := loss()
		l.host(x)[i] = v
		numeric := (above - below) / (2 * h)
		off += (analytic[i] - numeric) * (analytic[i] - numeric)
		norm += numeric * numeric
	}
	if err := math.Sqrt(off / norm); !(err <= 1e-6) {
		t.Errorf("%s: relative error %.3g against central differences, want at most 1e-6", what, err)
	}
}

var minibatches = []engine.Pairs{
	{Labelled: 4, Labels: 1, Samples: 1},
	{Labelled: 3, Labels: 1, Samples: 3},
	{Unlabelled: 3, Labels: 4, Samples: 1},
	{Labelled: 3, Unlabelled: 2, Labels: 5, Samples: 2},
}

func TestDenseGradIsTheDerivative(t *testing.T) {
	const rows, in, out = 5, 4, 3
	for _, activation := range engine.Activations() {
		l := newLab()
		layer := engine.Layer{Weight: l.normals(in * out), Bias: l.normals(out), In: in, Out: out, Activation: activation}
		x, y, c := l.normals(rows*in), l.NewFloats(rows*out), l.normals(rows*out)
		pre := l.NewFloats(y.Len)
		loss := func() float64 {
			engine.Do(l, engine.Dense{Y: y, Pre: pre, X: x, Rows: rows, Layer: layer})
			return dot(l.host(c), l.host(y))
		}
		loss()
		dx := l.NewFloats(rows * in)
		grad := engine.LayerGrad{Weight: l.NewFloats(in * out), Bias: l.NewFloats(out)}
		engine.Do(l, engine.DenseGrad{
			DX: dx, Grad: grad, DY: l.copyOf(c), From: activation.From(y, pre), X: x, Rows: rows, Layer: layer,
		})
		l.checkGradient(t, activation.String()+": dx", loss, x, dx)
		l.checkGradient(t, activation.String()+": weight", loss, layer.Weight, grad.Weight)
		l.checkGradient(t, activation.String()+": bias", loss, layer.Bias, grad.Bias)
	}
}

func TestExpandLabelsGradIsTheDerivative(t *testing.T) {
	const width = 3
	for _, activation := range engine.Activations() {
		for _, p := range minibatches {
			l := newLab()
			labels := l.labels(p.Labelled, p.Labels)
			u, table := l.normals(p.Examples()*width), l.normals(p.Labels*width)
			h, c := l.NewFloats(p.Rows()*width), l.normals(p.Rows()*width)
			pre := l.NewFloats(h.Len)
			loss := func() float64 {
				engine.Do(l, engine.ExpandLabels{
					H: h, Pre: pre, U: u, Table: table, Labels: labels, Pairs: p, Width: width, Activation: activation,
				})
				return dot(l.host(c), l.host(h))
			}
			loss()
			du, dtable := l.NewFloats(u.Len), l.NewFloats(table.Len)
			engine.Do(l, engine.ExpandLabelsGrad{
				DU: du, DTable: dtable, DH: l.copyOf(c), From: activation.From(h, pre), Labels: labels, Pairs: p, Width: width,
				Activation: activation,
			})
			l.checkGradient(t, fmt.Sprint(activation, p, ": du"), loss, u, du)
			l.checkGradient(t, fmt.Sprint(activation, p, ": dtable"), loss, table, dtable)
		}
	}
}

func TestAddLabelsGradIsTheDerivative(t *testing.T) {
	const width = 3
	for _, activation := range engine.Activations() {
		for _, p := range minibatches {
			l := newLab()
			labels := l.labels(p.Labelled, p.Labels)
			a, table := l.normals(p.SampleRows()*width), l.normals(p.Labels*width)
			h, c := l.NewFloats(a.Len), l.normals(a.Len)
			pre := l.NewFloats(h.Len)
			loss := func() float64 {
				copy(l.host(h), l.host(a))
				engine.Do(l, engine.AddLabels{
					H: h, Pre: pre, Table: table, Labels: labels, Pairs: p, Width: width, Activation: activation,
				})
				return dot(l.host(c), l.host(h))
			}
			loss()
			dh, dtable := l.copyOf(c), l.NewFloats(table.Len)
			engine.Do(l, engine.AddLabelsGrad{
				DTable: dtable, DH: dh, From: activation.From(h, pre), Labels: labels, Pairs: p, Width: width,
				Activation: activation,
			})
			l.checkGradient(t, fmt.Sprint(activation, p, ": dh"), loss, a, dh)
			l.checkGradient(t, fmt.Sprint(activation, p, ": dtable"), loss, table, dtable)
		}
	}
}

// Through z and through the KL, each alone and both together.
func TestGaussianSampleGradIsTheDerivative(t *testing.T) {
	const latents = 5
	for _, p := range minibatches {
		for _, part := range []struct {
			name         string
			kl, ofSample float64
		}{{"z", 0, 1}, {"kl", 0.7, 0}, {"z and kl", 0.7, 1}} {
			l := newLab()
			stats, at := l.normals(2*p.Rows()*latents), l.noise()
			z, kl := l.NewFloats(p.SampleRows()*latents), l.NewFloats(p.Rows())
			dz, weight := l.normals(z.Len), l.weights(p.Rows())
			for i := range l.host(dz) {
				l.host(dz)[i] *= part.ofSample
			}
			loss := func() float64 {
				engine.Do(l, engine.GaussianSample{
					Z: z, KL: kl, Stats: stats, Pairs: p, Latents: latents, Noise: at,
				})
				return dot(l.host(dz), l.host(z)) + part.kl*dot(l.host(weight), l.host(kl))
			}
			dstats := l.NewFloats(stats.Len)
			engine.Do(l, engine.GaussianSampleGrad{
				DStats: dstats, DZ: dz, Stats: stats, Weight: weight, KLWeight: l.double(part.kl),
				Pairs: p, Latents: latents, Noise: at,
			})
			l.checkGradient(t, fmt.Sprint(part.name, p), loss, stats, dstats)
		}
	}
}

// weighted is Σ_rows weight[pair]/S · nll, the loss that a likelihood's gradient is of.
func weighted(nll, weight []float64, p engine.Pairs) (sum float64) {
	for row, v := range nll {
		sum += weight[row/p.Samples] / float64(p.Samples) * v
	}
	return sum
}

func TestBernoulliNLLGradientIsTheDerivative(t *testing.T) {
	const width = 5
	for _, p := range minibatches {
		l := newLab()
		x := l.NewFloats(p.Examples() * width)
		for i := range l.host(x) {
			l.host(x)[i] = l.rng.Float64()
		}
		logits, weight := l.normals(p.SampleRows()*width), l.weights(p.Rows())
		nll, dlogits := l.NewFloats(p.SampleRows()), l.NewFloats(logits.Len)
		loss := func() float64 {
			engine.Do(l, engine.BernoulliNLL{NLL: nll, Logits: logits, X: x, Pairs: p, Width: width})
			return weighted(l.host(nll), l.host(weight), p)
		}
		engine.Do(l, engine.BernoulliNLL{
			NLL: nll, DLogits: dlogits, Logits: logits, X: x, Weight: weight, Pairs: p, Width: width,
		})
		l.checkGradient(t, fmt.Sprint(p), loss, logits, dlogits)
	}
}

func TestGaussianNLLGradientIsTheDerivative(t *testing.T) {
	const width = 5
	for _, p := range minibatches {
		l := newLab()
		x, weight := l.normals(p.Examples()*width), l.weights(p.Rows())
		stats := l.normals(2 * p.SampleRows() * width)
		nll, dstats := l.NewFloats(p.SampleRows()), l.NewFloats(stats.Len)
		loss := func() float64 {
			engine.Do(l, engine.GaussianNLL{NLL: nll, Stats: stats, X: x, Pairs: p, Width: width})
			return weighted(l.host(nll), l.host(weight), p)
		}
		engine.Do(l, engine.GaussianNLL{
			NLL: nll, DStats: dstats, Stats: stats, X: x, Weight: weight, Pairs: p, Width: width,
		})
		l.checkGradient(t, fmt.Sprint(p), loss, stats, dstats)
	}
}

// In the logits by Marginalise, in the costs by LabelWeights: ∂U/∂L_k = q_k.
func TestMarginaliseGradientsAreTheDerivatives(t *testing.T) {
	const examples, scale = 4, 0.3
	for _, k := range []int{2, 10} {
		l := newLab()
		logits, cost := l.normals(examples*k), l.normals(examples*k)
		u, dlogits, dcost := l.NewFloats(examples), l.NewFloats(examples*k), l.NewFloats(examples*k)
		loss := func() float64 {
			engine.Do(l, engine.Marginalise{
				U: u, Logits: logits, Costs: cost, Scale: l.double(scale), Examples: examples, Labels: k,
			})
			sum := 0.0
			for _, v := range l.host(u) {
				sum += scale * v
			}
			return sum
		}
		engine.Do(l, engine.Marginalise{
			U: u, DLogits: dlogits, Logits: logits, Costs: cost, Scale: l.double(scale),
			Examples: examples, Labels: k,
		})
		engine.Do(l, engine.LabelWeights{
			Weight: dcost, Logits: logits, ScaleL: l.double(0), ScaleU: l.double(scale),
			Pairs: engine.Pairs{Unlabelled: examples, Labels: k, Samples: 1},
		})
		l.checkGradient(t, fmt.Sprint(k, " labels: dlogits"), loss, logits, dlogits)
		l.checkGradient(t, fmt.Sprint(k, " labels: dcost"), loss, cost, dcost)
	}
}

func TestCrossEntropyGradientIsTheDerivative(t *testing.T) {
	const examples, classes, scale = 6, 5, 0.3
	l := newLab()
	logits, labels := l.normals(examples*classes), l.labels(examples, classes)
	ce, dlogits := l.NewFloats(examples), l.NewFloats(logits.Len)
	loss := func() float64 {
		engine.Do(l, engine.CrossEntropy{
			CE: ce, Logits: logits, Labels: labels, Scale: l.double(scale), Examples: examples,
			Classes: classes,
		})
		sum := 0.0
		for _, v := range l.host(ce) {
			sum += scale * v
		}
		return sum
	}
	engine.Do(l, engine.CrossEntropy{
		CE: ce, DLogits: dlogits, Logits: logits, Labels: labels, Scale: l.double(scale),
		Examples: examples, Classes: classes,
	})
	l.checkGradient(t, "dlogits", loss, logits, dlogits)
}

// The loss's part in the prior is −Σ weight·log π_label, with π = softmax(prior).
func TestClassPriorGradIsTheDerivative(t *testing.T) {
	for _, p := range minibatches[2:] {
		l := newLab()
		prior, logPrior, labels := l.normals(p.Labels), l.NewFloats(p.Labels), l.labels(p.Labelled, p.Labels)
		weight, zero := l.weights(p.Rows()), l.NewFloats(p.SampleRows())
		cost := l.NewFloats(p.Rows())
		loss := func() float64 {
			engine.Do(l, engine.LogSoftmax{Y: logPrior, Logits: prior, Rows: 1, Classes: p.Labels})
			engine.Do(l, engine.LabelCosts{
				Costs: cost, NLL: zero, KL: zero, KLWeight: l.double(1), LogPrior: logPrior,
				Labels: labels, Pairs: p,
			})
			return dot(l.host(weight), l.host(cost))
		}
		loss()
		dprior := l.NewFloats(p.Labels)
		engine.Do(l, engine.ClassPriorGrad{
			DLogits: dprior, Weight: weight, LogPrior: logPrior, Labels: labels, Pairs: p,
		})
		l.checkGradient(t, fmt.Sprint(p), loss, prior, dprior)
	}
}
