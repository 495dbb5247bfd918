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

	X      engine.Floats // [examples, Inputs]: the labelled ones first
	Labels engine.Ints   // of the labelled examples
	Logits engine.Floats // of q(y|x), [examples, K]
	Cost   engine.Floats // L(x,y) of each pair, nats
	U      engine.Floats // U(x) of each unlabelled example, nats
	CE     engine.Floats // −log q(y|x) of each labelled example, nats
	NLL    engine.Floats // −log p(x|y,z) of each sample row, nats
	KL     engine.Floats // of each pair, nats
	Weight engine.Floats // ∂loss/∂L of each pair
	Out    engine.Floats // logits or stats of p(x|y,z); its own gradient after Gradients

	classifier          stack
	encoder, decoder    stack // without their first layers
	u, he, stats, z, hd engine.Floats
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
	g.U, g.CE = dev.NewFloats(pairs.Unlabelled), dev.NewFloats(pairs.Labelled)
	g.NLL, g.KL, g.Weight = dev.NewFloats(q), dev.NewFloats(p), dev.NewFloats(p)
	g.classifier = newStack(dev, n, m.classifier)
	g.encoder, g.decoder = newStack(dev, p, m.encoder), newStack(dev, q, m.decoder)
	g.u, g.he = dev.NewFloats(n*m.encoderInput.out), dev.NewFloats(p*m.encoderInput.out)
	g.stats, g.z = dev.NewFloats(2*p*m.Latents), dev.NewFloats(q*m.Latents)
	g.hd, g.Out = dev.NewFloats(q*m.decoderInput.out), dev.NewFloats(q*m.out.out)
	g.logPrior, g.scales = dev.NewFloats(pairs.Labels), dev.NewDoubles(scaleLen)
	g.setPrior()
	if !gradients {
		return g
	}
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
func (g *M2Graph) Classify(values engine.Floats) {
	top := g.classifier.forward(values, g.X)
	g.dev.Dense(g.Logits, top, g.pairs.Examples(), g.model.logits.Layer(values))
}

// Encode computes the stats of q(z|x,y) for every pair.
func (g *M2Graph) Encode(values engine.Floats) engine.Floats {
	m := g.model
	g.dev.Dense(g.u, g.X, g.pairs.Examples(), m.encoderInput.Layer(values))
	g.dev.ExpandLabels(g.he, g.u, m.encoderLabels(values), g.Labels, g.pairs, m.encoderInput.out, m.Activation)
	top := g.encoder.forward(values, g.he)
	g.dev.Dense(g.stats, top, g.pairs.Rows(), m.heads.Layer(values))
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
func (g *M2Graph) Decode(values engine.Floats) {
	m, rows := g.model, g.pairs.SampleRows()
	g.dev.Dense(g.hd, g.z, rows, m.decoderInput.Layer(values))
	g.dev.AddLabels(g.hd, m.decoderLabels(values), g.Labels, g.pairs, m.decoderInput.out, m.Activation)
	top := g.decoder.forward(values, g.hd)
	g.dev.Dense(g.Out, top, rows, m.out.Layer(values))
}

// Bound computes L(x,y) of every pair (equation 6), U(x) of every unlabelled
// example (equation 7) and the classifier's loss on the labelled ones.
func (g *M2Graph) Bound(values engine.Floats, klWeight engine.Doubles, noise engine.Noise) {
	g.forward(values, klWeight, noise, engine.Floats{}, engine.Floats{})
}

// forward runs the model; dout and dlogits receive gradients unless they are nil.
func (g *M2Graph) forward(values engine.Floats, klWeight engine.Doubles, noise engine.Noise, dout, dlogits engine.Floats) {
	m, p := g.model, g.pairs
	logitsL, logitsU := g.split(g.Logits)
	var dlogitsL, dlogitsU engine.Floats
	if !dlogits.IsNil() {
		dlogitsL, dlogitsU = g.split(dlogits)
	}
	g.Classify(values)
	g.dev.LabelWeights(g.Weight, logitsU, g.scales.At(scaleLabelled), g.scales.At(scaleUnlabelled), p)
	if m.ClassPrior == LearnedPrior {
		g.dev.LogSoftmax(g.logPrior, values.Slice(m.prior, p.Labels), 1, p.Labels)
	}
	g.Encode(values)
	g.dev.GaussianSample(g.z, g.KL, g.stats, p, m.Latents, noise)
	g.Decode(values)
	if m.Output == Gaussian {
		g.dev.GaussianNLL(g.NLL, dout, g.Out, g.X, g.Weight, p, m.Inputs)
	} else {
		g.dev.BernoulliNLL(g.NLL, dout, g.Out, g.X, g.Weight, p, m.Inputs)
	}
	g.dev.LabelCosts(g.Cost, g.NLL, g.KL, klWeight, g.logPrior, g.Labels, p)
	if p.Unlabelled > 0 {
		cost := g.Cost.Slice(p.Labelled, p.Unlabelled*p.Labels)
		g.dev.Marginalise(g.U, dlogitsU, logitsU, cost, g.scales.At(scaleUnlabelled), p.Unlabelled, p.Labels)
	}
	if p.Labelled > 0 {
		g.dev.CrossEntropy(g.CE, dlogitsL, logitsL, g.Labels, g.scales.At(scaleClassifier), p.Labelled, p.Labels)
	}
}

// Gradients computes the bounds and the gradient of the loss (see M2Weights) in
// every parameter; grads is overwritten. ∂U/∂L_k = q_k reaches the generative part
// through Weight, ∂U/∂logits the classifier.
func (g *M2Graph) Gradients(values, grads engine.Floats, klWeight engine.Doubles, noise engine.Noise) {
	m, p := g.model, g.pairs
	g.forward(values, klWeight, noise, g.Out, g.dlogits)

	// p(x|y,z)
	rows := p.SampleRows()
	dtop := g.decoder.target(g.dhd, g.scratch)
	g.dev.DenseGrad(dtop, m.out.Grad(grads), g.Out, g.Out, g.decoder.top(g.hd), rows, m.out.Layer(values))
	g.decoder.backward(values, grads, g.dhd, dtop, g.hd, g.scratch)
	g.dev.AddLabelsGrad(m.decoderLabels(grads), g.dhd, g.hd, g.Labels, p, m.decoderInput.out, m.Activation)
	g.dev.DenseGrad(g.dz, m.decoderInput.Grad(grads), g.dhd, g.hd, g.z, rows, m.decoderInput.Layer(values))

	// q(z|x,y)
	rows = p.Rows()
	g.dev.GaussianSampleGrad(g.dstats, g.dz, g.stats, g.Weight, klWeight, p, m.Latents, noise)
	dtop = g.encoder.target(g.dhe, g.scratch)
	g.dev.DenseGrad(dtop, m.heads.Grad(grads), g.dstats, g.stats, g.encoder.top(g.he), rows, m.heads.Layer(values))
	g.encoder.backward(values, grads, g.dhe, dtop, g.he, g.scratch)
	g.dev.ExpandLabelsGrad(g.du, m.encoderLabels(grads), g.dhe, g.he, g.Labels, p, m.encoderInput.out, m.Activation)
	g.dev.DenseGrad(g.dxEncoder, m.encoderInput.Grad(grads), g.du, g.u, g.X, p.Examples(), m.encoderInput.Layer(values))

	// q(y|x) and p(y)
	dtop = g.classifier.target(g.dxClassifier, g.scratch)
	g.dev.DenseGrad(dtop, m.logits.Grad(grads), g.dlogits, g.Logits, g.classifier.top(g.X), p.Examples(), m.logits.Layer(values))
	g.classifier.backward(values, grads, g.dxClassifier, dtop, g.X, g.scratch)
	if m.ClassPrior == LearnedPrior {
		g.dev.ClassPriorGrad(grads.Slice(m.prior, p.Labels), g.Weight, g.logPrior, g.Labels, p)
	}
}
