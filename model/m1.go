package model

import "ssdgm/engine"

// Output is the distribution p(x|z).
type Output int

// Bernoulli outputs are logits; Gaussian ones a mean and a logvar per element.
const (
	Bernoulli Output = iota
	Gaussian
)

// M1Spec is the architecture of M1, the latent-feature model (section 2.1).
type M1Spec struct {
	Inputs     int   // D
	Hidden     []int // widths of the encoder; the decoder mirrors them
	Latents    int
	Activation engine.Activation
	Output     Output
	Missing    bool // values of x may be missing, see missing.go
}

// M1 is a variational autoencoder: q(z|x) = N(mean(x), exp(logvar(x))), p(z) = N(0, I).
type M1 struct {
	M1Spec
	Layout
	encoder []Dense
	heads   Dense // rows [mean | logvar] of q(z|x)
	decoder []Dense
	out     Dense // logits, or rows [mean | logvar] of p(x|z)
}

// NewM1 lays out the parameters m1.encoder.*, m1.decoder.*.
func NewM1(spec M1Spec) *M1 {
	m := &M1{M1Spec: spec}
	var width int
	m.encoder, width = m.hidden("m1.encoder", 0, spec.Inputs, spec.Hidden, spec.Activation)
	m.heads = m.gaussian("m1.encoder", width, spec.Latents)
	m.decoder, width = m.hidden("m1.decoder", 0, spec.Latents, reversed(spec.Hidden), spec.Activation)
	m.out = m.output("m1.decoder", width, spec.Inputs, spec.Output)
	return m
}

// output adds the head of p(x|·): NAME.out for logits, or NAME.mean and NAME.logvar.
func (l *Layout) output(name string, in, width int, output Output) Dense {
	if output == Gaussian {
		return l.gaussian(name, in, width)
	}
	return l.Dense(name+".out", in, width, engine.Identity)
}

// M1Graph is M1 on a device for a fixed number of examples: the memory of one
// evaluation of the bound and of its gradient.
type M1Graph struct {
	model *M1
	dev   engine.Device
	pairs engine.Pairs

	X   engine.Floats // [examples, Inputs], filled by the caller; NaN is a value that is missing, where any may be
	NLL engine.Floats // −log p(x|z) of each sample row, nats
	KL  engine.Floats // KL(q(z|x) ‖ p(z)) of each example, nats
	Out engine.Floats // logits or stats of p(x|z); its own gradient after Gradients

	seen             engine.Floats // what the encoder reads of X
	encoder, decoder stack
	stats, z         engine.Floats
	dstats, dz       engine.Floats
	weight           engine.Floats // ∂loss/∂J of each example: 1/examples
	scratch          *scratch
}

// Graph allocates what examples need; without gradients it can only evaluate.
func (m *M1) Graph(dev engine.Device, examples, samples int, gradients bool) *M1Graph {
	g := &M1Graph{model: m, dev: dev, pairs: engine.Pairs{Labelled: examples, Labels: 1, Samples: samples}}
	rows := g.pairs.SampleRows()
	g.X = dev.NewFloats(examples * m.Inputs)
	g.seen = seenOf(dev, g.X, m.Missing)
	g.NLL, g.KL = dev.NewFloats(rows), dev.NewFloats(examples)
	g.encoder, g.decoder = newStack(dev, examples, m.encoder, gradients), newStack(dev, rows, m.decoder, gradients)
	g.stats, g.z = dev.NewFloats(2*examples*m.Latents), dev.NewFloats(rows*m.Latents)
	g.Out = dev.NewFloats(rows * m.out.out)
	if !gradients {
		return g
	}
	g.dstats, g.dz = dev.NewFloats(g.stats.Len), dev.NewFloats(g.z.Len)
	g.setWeights()
	g.scratch = newScratch(dev, g.encoder, g.decoder)
	return g
}

// setWeights makes the loss the mean over examples. The device divides, so that its
// own precision decides what a third is.
func (g *M1Graph) setWeights() {
	mean := g.dev.NewDoubles(1)
	for r := range g.dev.Replicas() {
		g.dev.WriteDoubles(mean, r, []float64{1 / float64(g.pairs.Labelled)})
	}
	g.weight = g.dev.NewFloats(g.pairs.Rows())
	noLogits := g.weight.Slice(0, 0)
	engine.Do(g.dev, engine.LabelWeights{Weight: g.weight, Logits: noLogits, ScaleL: mean, ScaleU: mean, Pairs: g.pairs})
}

// Encode computes the stats of q(z|x), rows [mean | logvar].
func (g *M1Graph) Encode(l *engine.List, values engine.Floats) engine.Floats {
	observe(l, g.seen, g.X)
	top := g.encoder.forward(l, values, g.seen)
	l.Add(engine.Dense{Y: g.stats, X: top, Rows: g.pairs.Rows(), Layer: g.model.heads.Layer(values)})
	return g.stats
}

// Decode computes Out from the latents in Z.
func (g *M1Graph) Decode(l *engine.List, values engine.Floats) {
	top := g.decoder.forward(l, values, g.z)
	l.Add(engine.Dense{Y: g.Out, X: top, Rows: g.pairs.SampleRows(), Layer: g.model.out.Layer(values)})
}

// Z is where Decode takes the latents from.
func (g *M1Graph) Z() engine.Floats { return g.z }

// Stats is where Encode leaves the rows [mean | logvar] of q(z|x).
func (g *M1Graph) Stats() engine.Floats { return g.stats }

// Bound computes both parts of the bound, −J(x) = −NLL − KL, for the examples in X
// (equation 5 without the label).
func (g *M1Graph) Bound(l *engine.List, values engine.Floats, noise engine.Noise) {
	g.Infer(l, values, noise)
	g.Score(l, values)
}

// Infer is the first part of Bound: KL, and a sample of q(z|x) in Z.
func (g *M1Graph) Infer(l *engine.List, values engine.Floats, noise engine.Noise) {
	g.Encode(l, values)
	l.Add(engine.GaussianSample{
		Z: g.z, KL: g.KL, Stats: g.stats, Pairs: g.pairs, Latents: g.model.Latents, Noise: noise,
	})
}

// Score is the rest of Bound: NLL at the latents in Z, whoever wrote them.
func (g *M1Graph) Score(l *engine.List, values engine.Floats) {
	g.Decode(l, values)
	g.nll(l, engine.Floats{})
}

func (g *M1Graph) forward(l *engine.List, values engine.Floats, noise engine.Noise) {
	g.Infer(l, values, noise)
	g.Decode(l, values)
}

func (g *M1Graph) nll(l *engine.List, dout engine.Floats) {
	if g.model.Output == Gaussian {
		l.Add(engine.GaussianNLL{
			NLL: g.NLL, DStats: dout, Stats: g.Out, X: g.X, Weight: g.weight, Pairs: g.pairs,
			Width: g.model.Inputs, Missing: g.model.Missing,
		})
		return
	}
	l.Add(engine.BernoulliNLL{
		NLL: g.NLL, DLogits: dout, Logits: g.Out, X: g.X, Weight: g.weight, Pairs: g.pairs,
		Width: g.model.Inputs, Missing: g.model.Missing,
	})
}

// Gradients computes the bound's parts and the gradient of the loss
// mean_x [NLL + klWeight·KL] in every parameter; grads is overwritten.
func (g *M1Graph) Gradients(l *engine.List, values, grads engine.Floats, klWeight engine.Doubles, noise engine.Noise) {
	g.forward(l, values, noise)
	g.nll(l, g.Out)
	g.decoderGradients(l, values, grads)
	l.Add(engine.GaussianSampleGrad{
		DStats: g.dstats, DZ: g.dz, Stats: g.stats, Weight: g.weight, KLWeight: klWeight,
		Pairs: g.pairs, Latents: g.model.Latents, Noise: noise,
	})
	g.encoderGradients(l, values, grads)
}

// decoderGradients takes the gradient in Out and leaves that in z.
func (g *M1Graph) decoderGradients(l *engine.List, values, grads engine.Floats) {
	m := g.model
	dtop := g.decoder.target(g.dz, g.scratch)
	l.Add(engine.DenseGrad{
		DX: dtop, Grad: m.out.Grad(grads), DY: g.Out, X: g.decoder.top(g.z),
		Rows: g.pairs.SampleRows(), Layer: m.out.Layer(values),
	})
	g.decoder.backward(l, values, grads, g.dz, dtop, g.z, g.scratch)
}

// encoderGradients takes the gradient in the stats.
func (g *M1Graph) encoderGradients(l *engine.List, values, grads engine.Floats) {
	m := g.model
	dtop := g.encoder.target(engine.Floats{}, g.scratch)
	l.Add(engine.DenseGrad{
		DX: dtop, Grad: m.heads.Grad(grads), DY: g.dstats, X: g.encoder.top(g.seen),
		Rows: g.pairs.Rows(), Layer: m.heads.Layer(values),
	})
	g.encoder.backward(l, values, grads, engine.Floats{}, dtop, g.seen, g.scratch)
}
