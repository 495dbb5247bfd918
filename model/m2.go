package model

import (
	"math"

	"ssdgm/engine"
)

// ClassPrior is how p(y) is known.
type ClassPrior int

// The same for every class, given by the user, or learned with the parameters.
const (
	UniformPrior ClassPrior = iota
	GivenPrior
	LearnedPrior
)

// M2Spec is the architecture of M2, the semi-supervised model (section 2.2).
type M2Spec struct {
	Inputs           int
	Labels           int   // K
	Hidden           []int // widths of q(z|x,y), at least one; p(x|y,z) mirrors them
	ClassifierHidden []int // widths of q(y|x)
	Latents          int
	Activation       engine.Activation
	Output           Output // Bernoulli on pixels, Gaussian on features
	Missing          bool   // values of x may be missing, see missing.go
	ClassPrior       ClassPrior
	Probabilities    []float64 // p(y) for GivenPrior
}

// M2 is q(y|x) = Cat(π(x)), q(z|x,y) = N(mean(x,y), exp(logvar(x,y))), p(z) = N(0, I)
// and p(x|y,z). The first layers of q(z|x,y) and p(x|y,z) take the label through a
// table with one row per label: W·x + table[y] is W·[x, onehot(y)].
type M2 struct {
	M2Spec
	Layout
	classifier []Dense
	logits     Dense

	encoderInput Dense // without activation: that comes after the label's row
	encoderTable int
	encoder      []Dense // further hidden layers
	heads        Dense

	decoderInput Dense
	decoderTable int
	decoder      []Dense
	out          Dense

	prior int // logits of a learned p(y)
}

// NewM2 lays out the parameters m2.classifier.*, m2.encoder.*, m2.decoder.*.
func NewM2(spec M2Spec) *M2 {
	if len(spec.Hidden) == 0 {
		panic("model: M2 without a hidden layer")
	}
	m := &M2{M2Spec: spec}
	var width int
	m.classifier, width = m.hidden("m2.classifier", 0, spec.Inputs, spec.ClassifierHidden, spec.Activation)
	m.logits = m.Dense("m2.classifier.out", width, spec.Labels, engine.Identity)
	m.encoderInput, m.encoderTable, m.encoder, width = m.labelled("m2.encoder", spec.Inputs, spec.Hidden)
	m.heads = m.gaussian("m2.encoder", width, spec.Latents)
	m.decoderInput, m.decoderTable, m.decoder, width = m.labelled("m2.decoder", spec.Latents, reversed(spec.Hidden))
	m.out = m.output("m2.decoder", width, spec.Inputs, spec.Output)
	if spec.ClassPrior == LearnedPrior {
		m.prior = m.add("m2.class_prior.logits", 0, spec.Labels)
	}
	return m
}

// labelled adds hidden layers of which the first also sees the label.
func (m *M2) labelled(name string, in int, widths []int) (input Dense, table int, rest []Dense, top int) {
	first := widths[0]
	input = Dense{in: in, out: first, weight: m.add(name+".0.weight", fanIn(in+m.Labels), first, in)}
	table = m.table(name+".0.label.weight", first, m.Labels, fanIn(in+m.Labels))
	input.bias = m.add(name+".0.bias", 0, first)
	rest, top = m.hidden(name, 1, first, widths[1:], m.Activation)
	return input, table, rest, top
}

// M2Weights are the factors of the loss's terms for one replica:
//
//	loss = Labelled·Σ L(x,y) + Unlabelled·Σ U(x) + Classifier·Σ −log q(y|x)
type M2Weights struct {
	Labelled, Unlabelled, Classifier float64
}

// LossWeights are those of equation 9, divided by N_total = N_l + N_u: per example
// (N_l/B_l)/N_total, (N_u/B_u)/N_total and α/B_l, as β = α·N_total/N_l.
func LossWeights(pairs engine.Pairs, labelled, unlabelled int, alpha float64) M2Weights {
	total := float64(labelled + unlabelled)
	var w M2Weights
	if pairs.Labelled > 0 {
		w.Labelled = float64(labelled) / total / float64(pairs.Labelled)
		w.Classifier = alpha / float64(pairs.Labelled)
	}
	if pairs.Unlabelled > 0 {
		w.Unlabelled = float64(unlabelled) / total / float64(pairs.Unlabelled)
	}
	return w
}

// M2Graph is M2 on a device for fixed numbers of labelled and unlabelled examples.
type M2Graph struct {
	model *M2
	dev   engine.Device
	pairs engine.Pairs

	X      engine.Floats // [examples, Inputs]: the labelled ones first; NaN as M1Graph's
	Labels engine.Ints   // of the labelled examples
	Logits engine.Floats // of q(y|x), [examples, K]
	Cost   engine.Floats // L(x,y) of each pair, nats
	U      engine.Floats // U(x) of each unlabelled example, nats
	CE     engine.Floats // −log q(y|x) of each labelled example, nats
	NLL    engine.Floats // −log p(x|y,z) of each sample row, nats
	KL     engine.Floats // of each pair, nats
	Weight engine.Floats // ∂loss/∂L of each pair
	Out    engine.Floats // logits or stats of p(x|y,z); its own gradient after Gradients

	seen                engine.Floats // what q(y|x) and q(z|x,y) read of X
	classifier          stack
	encoder, decoder    stack // without their first layers
	u, he, stats, z, hd engine.Floats
	preHE, preHD        engine.Floats // what he and hd are activations of
	logPrior            engine.Floats
	scales              engine.Doubles
	du, dhe, dstats     engine.Floats
	dz, dhd, dlogits    engine.Floats
	// The gradients in X through the classifier and through the encoder, where X is itself
	// learned: see JointGraph. The likelihood's is −dmean of Out.
	dxClassifier, dxEncoder engine.Floats
	scratch                 *scratch
}

// Indices of M2Graph.scales.
const (
	scaleLabelled = iota
	scaleUnlabelled
	scaleClassifier
	scaleLen
)

// Graph allocates what the pairs need; without gradients it can only evaluate.
func (m *M2) Graph(dev engine.Device, pairs engine.Pairs, gradients bool) *M2Graph {
	pairs.Labels = m.M2Spec.Labels
	g := &M2Graph{model: m, dev: dev, pairs: pairs}
	n, p, q := pairs.Examples(), pairs.Rows(), pairs.SampleRows()
	g.X, g.Labels = dev.NewFloats(n*m.Inputs), dev.NewInts(max(1, pairs.Labelled))
	g.Logits, g.Cost = dev.NewFloats(n*pairs.Labels), dev.NewFloats(p)
	g.seen = seenOf(dev, g.X, m.Missing)
	g.U, g.CE = dev.NewFloats(pairs.Unlabelled), dev.NewFloats(pairs.Labelled)
	g.NLL, g.KL, g.Weight = dev.NewFloats(q), dev.NewFloats(p), dev.NewFloats(p)
	g.classifier = newStack(dev, n, m.classifier, gradients)
	g.encoder, g.decoder = newStack(dev, p, m.encoder, gradients), newStack(dev, q, m.decoder, gradients)
	g.u, g.he = dev.NewFloats(n*m.encoderInput.out), dev.NewFloats(p*m.encoderInput.out)
	g.stats, g.z = dev.NewFloats(2*p*m.Latents), dev.NewFloats(q*m.Latents)
	g.hd, g.Out = dev.NewFloats(q*m.decoderInput.out), dev.NewFloats(q*m.out.out)
	g.logPrior, g.scales = dev.NewFloats(pairs.Labels), dev.NewDoubles(scaleLen)
	g.setPrior()
	if !gradients {
		return g
	}
	g.preHE = preActivations(dev, g.he.Len, m.Activation, true)
	g.preHD = preActivations(dev, g.hd.Len, m.Activation, true)
	g.du, g.dhe = dev.NewFloats(g.u.Len), dev.NewFloats(g.he.Len)
	g.dstats, g.dz, g.dhd = dev.NewFloats(g.stats.Len), dev.NewFloats(g.z.Len), dev.NewFloats(g.hd.Len)
	g.dlogits = dev.NewFloats(g.Logits.Len)
	g.scratch = newScratch(dev, g.classifier, g.encoder, g.decoder)
	return g
}

// setPrior writes log p(y) where it is not learned.
func (g *M2Graph) setPrior() {
	host := make([]float32, g.pairs.Labels)
	for k := range host {
		host[k] = float32(-math.Log(float64(len(host))))
		if g.model.ClassPrior == GivenPrior {
			host[k] = float32(math.Log(g.model.Probabilities[k]))
		}
	}
	for r := range g.dev.Replicas() {
		g.dev.WriteFloats(g.logPrior, r, host)
	}
}

// SetWeights writes the loss's factors of one replica.
func (g *M2Graph) SetWeights(replica int, w M2Weights) {
	g.dev.WriteDoubles(g.scales, replica, []float64{w.Labelled, w.Unlabelled, w.Classifier})
}

// split gives the rows of the labelled and of the unlabelled examples of an array
// with one row of K per example.
func (g *M2Graph) split(a engine.Floats) (labelled, unlabelled engine.Floats) {
	k := g.pairs.Labels
	return a.Slice(0, g.pairs.Labelled*k), a.Slice(g.pairs.Labelled*k, g.pairs.Unlabelled*k)
}

// Classify computes the logits of q(y|x) for all examples in X.
func (g *M2Graph) Classify(l *engine.List, values engine.Floats) {
	observe(l, g.seen, g.X)
	g.classify(l, values)
}

func (g *M2Graph) classify(l *engine.List, values engine.Floats) {
	top := g.classifier.forward(l, values, g.seen)
	l.Add(engine.Dense{Y: g.Logits, X: top, Rows: g.pairs.Examples(), Layer: g.model.logits.Layer(values)})
}

// Encode computes the stats of q(z|x,y) for every pair.
func (g *M2Graph) Encode(l *engine.List, values engine.Floats) engine.Floats {
	observe(l, g.seen, g.X)
	return g.encode(l, values)
}

func (g *M2Graph) encode(l *engine.List, values engine.Floats) engine.Floats {
	m := g.model
	l.Add(engine.Dense{Y: g.u, X: g.seen, Rows: g.pairs.Examples(), Layer: m.encoderInput.Layer(values)})
	l.Add(engine.ExpandLabels{
		H: g.he, Pre: g.preHE, U: g.u, Table: m.encoderLabels(values), Labels: g.Labels, Pairs: g.pairs,
		Width: m.encoderInput.out, Activation: m.Activation,
	})
	top := g.encoder.forward(l, values, g.he)
	l.Add(engine.Dense{Y: g.stats, X: top, Rows: g.pairs.Rows(), Layer: m.heads.Layer(values)})
	return g.stats
}

// encoderLabels and decoderLabels are the label tables, [K, width], in a flat array.
func (m *M2) encoderLabels(flat engine.Floats) engine.Floats {
	return flat.Slice(m.encoderTable, m.Labels*m.encoderInput.out)
}

func (m *M2) decoderLabels(flat engine.Floats) engine.Floats {
	return flat.Slice(m.decoderTable, m.Labels*m.decoderInput.out)
}

// Z is where Decode takes the latents from.
func (g *M2Graph) Z() engine.Floats { return g.z }

// Decode computes Out for the latents in Z and every sample row's label.
func (g *M2Graph) Decode(l *engine.List, values engine.Floats) {
	m, rows := g.model, g.pairs.SampleRows()
	l.Add(engine.Dense{Y: g.hd, X: g.z, Rows: rows, Layer: m.decoderInput.Layer(values)})
	l.Add(engine.AddLabels{
		H: g.hd, Pre: g.preHD, Table: m.decoderLabels(values), Labels: g.Labels, Pairs: g.pairs,
		Width: m.decoderInput.out, Activation: m.Activation,
	})
	top := g.decoder.forward(l, values, g.hd)
	l.Add(engine.Dense{Y: g.Out, X: top, Rows: rows, Layer: m.out.Layer(values)})
}

// Bound computes L(x,y) of every pair (equation 6), U(x) of every unlabelled
// example (equation 7) and the classifier's loss on the labelled ones.
func (g *M2Graph) Bound(l *engine.List, values engine.Floats, klWeight engine.Doubles, noise engine.Noise) {
	g.Infer(l, values, noise)
	g.Score(l, values, klWeight)
}

// Stats are the rows [mean | logvar] of q(z|x,y) of every pair, as Encode and Infer leave them.
func (g *M2Graph) Stats() engine.Floats { return g.stats }

// Infer is the first part of Bound: q(y|x), every pair's KL, and samples of q(z|x,y) in Z.
func (g *M2Graph) Infer(l *engine.List, values engine.Floats, noise engine.Noise) {
	m, p := g.model, g.pairs
	_, logitsU := g.split(g.Logits)
	observe(l, g.seen, g.X)
	g.classify(l, values)
	l.Add(engine.LabelWeights{
		Weight: g.Weight, Logits: logitsU, ScaleL: g.scales.At(scaleLabelled),
		ScaleU: g.scales.At(scaleUnlabelled), Pairs: p,
	})
	if m.ClassPrior == LearnedPrior {
		l.Add(engine.LogSoftmax{
			Y: g.logPrior, Logits: values.Slice(m.prior, p.Labels), Rows: 1, Classes: p.Labels,
		})
	}
	g.encode(l, values)
	l.Add(engine.GaussianSample{Z: g.z, KL: g.KL, Stats: g.stats, Pairs: p, Latents: m.Latents, Noise: noise})
}

// Score is the rest of Bound, at the latents in Z, whoever wrote them.
func (g *M2Graph) Score(l *engine.List, values engine.Floats, klWeight engine.Doubles) {
	g.score(l, values, klWeight, engine.Floats{}, engine.Floats{})
}

// score is Score; dout and dlogits receive gradients unless they are nil.
func (g *M2Graph) score(l *engine.List, values engine.Floats, klWeight engine.Doubles, dout, dlogits engine.Floats) {
	m, p := g.model, g.pairs
	logitsL, logitsU := g.split(g.Logits)
	var dlogitsL, dlogitsU engine.Floats
	if !dlogits.IsNil() {
		dlogitsL, dlogitsU = g.split(dlogits)
	}
	g.Decode(l, values)
	if m.Output == Gaussian {
		l.Add(engine.GaussianNLL{
			NLL: g.NLL, DStats: dout, Stats: g.Out, X: g.X, Weight: g.Weight, Pairs: p,
			Width: m.Inputs, Missing: m.Missing,
		})
	} else {
		l.Add(engine.BernoulliNLL{
			NLL: g.NLL, DLogits: dout, Logits: g.Out, X: g.X, Weight: g.Weight, Pairs: p,
			Width: m.Inputs, Missing: m.Missing,
		})
	}
	l.Add(engine.LabelCosts{
		Costs: g.Cost, NLL: g.NLL, KL: g.KL, KLWeight: klWeight, LogPrior: g.logPrior,
		Labels: g.Labels, Pairs: p,
	})
	if p.Unlabelled > 0 {
		cost := g.Cost.Slice(p.Labelled, p.Unlabelled*p.Labels)
		l.Add(engine.Marginalise{
			U: g.U, DLogits: dlogitsU, Logits: logitsU, Costs: cost,
			Scale: g.scales.At(scaleUnlabelled), Examples: p.Unlabelled, Labels: p.Labels,
		})
	}
	if p.Labelled > 0 {
		l.Add(engine.CrossEntropy{
			CE: g.CE, DLogits: dlogitsL, Logits: logitsL, Labels: g.Labels,
			Scale: g.scales.At(scaleClassifier), Examples: p.Labelled, Classes: p.Labels,
		})
	}
}

// Gradients computes the bounds and the gradient of the loss (see M2Weights) in
// every parameter; grads is overwritten. ∂U/∂L_k = q_k reaches the generative part
// through Weight, ∂U/∂logits the classifier.
func (g *M2Graph) Gradients(l *engine.List, values, grads engine.Floats, klWeight engine.Doubles, noise engine.Noise) {
	m, p := g.model, g.pairs
	g.Infer(l, values, noise)
	g.score(l, values, klWeight, g.Out, g.dlogits)

	// p(x|y,z)
	rows := p.SampleRows()
	dtop := g.decoder.target(g.dhd, g.scratch)
	l.Add(engine.DenseGrad{
		DX: dtop, Grad: m.out.Grad(grads), DY: g.Out, X: g.decoder.top(g.hd),
		Rows: rows, Layer: m.out.Layer(values),
	})
	g.decoder.backward(l, values, grads, g.dhd, dtop, g.hd, g.scratch)
	l.Add(engine.AddLabelsGrad{
		DTable: m.decoderLabels(grads), DH: g.dhd, From: m.Activation.From(g.hd, g.preHD), Labels: g.Labels, Pairs: p,
		Width: m.decoderInput.out, Activation: m.Activation,
	})
	l.Add(engine.DenseGrad{
		DX: g.dz, Grad: m.decoderInput.Grad(grads), DY: g.dhd, X: g.z, Rows: rows,
		Layer: m.decoderInput.Layer(values),
	})

	// q(z|x,y)
	rows = p.Rows()
	l.Add(engine.GaussianSampleGrad{
		DStats: g.dstats, DZ: g.dz, Stats: g.stats, Weight: g.Weight, KLWeight: klWeight, Pairs: p,
		Latents: m.Latents, Noise: noise,
	})
	dtop = g.encoder.target(g.dhe, g.scratch)
	l.Add(engine.DenseGrad{
		DX: dtop, Grad: m.heads.Grad(grads), DY: g.dstats, X: g.encoder.top(g.he),
		Rows: rows, Layer: m.heads.Layer(values),
	})
	g.encoder.backward(l, values, grads, g.dhe, dtop, g.he, g.scratch)
	l.Add(engine.ExpandLabelsGrad{
		DU: g.du, DTable: m.encoderLabels(grads), DH: g.dhe, From: m.Activation.From(g.he, g.preHE), Labels: g.Labels,
		Pairs: p, Width: m.encoderInput.out, Activation: m.Activation,
	})
	l.Add(engine.DenseGrad{
		DX: g.dxEncoder, Grad: m.encoderInput.Grad(grads), DY: g.du, X: g.seen,
		Rows: p.Examples(), Layer: m.encoderInput.Layer(values),
	})

	// q(y|x) and p(y)
	dtop = g.classifier.target(g.dxClassifier, g.scratch)
	l.Add(engine.DenseGrad{
		DX: dtop, Grad: m.logits.Grad(grads), DY: g.dlogits,
		X: g.classifier.top(g.seen), Rows: p.Examples(), Layer: m.logits.Layer(values),
	})
	g.classifier.backward(l, values, grads, g.dxClassifier, dtop, g.seen, g.scratch)
	if m.ClassPrior == LearnedPrior {
		l.Add(engine.ClassPriorGrad{
			DLogits: grads.Slice(m.prior, p.Labels), Weight: g.Weight, LogPrior: g.logPrior,
			Labels: g.Labels, Pairs: p,
		})
	}
}
