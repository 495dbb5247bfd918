package cpu

import (
	"math"
	"math/rand/v2"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// sequence is a training step composed of a device's steps as the models do it:
// what benchmarks and profiles run without the models.
type sequence struct {
	dev    engine.Device
	pairs  engine.Pairs
	layers []engine.Layer
	grads  []engine.LayerGrad
	params engine.Parameters

	images        engine.Bytes
	pool, index   engine.Ints
	sizes         engine.Ints
	labels        engine.Ints
	clock, fault  engine.Ints
	scalars, rate engine.Doubles
	norm, sum     engine.Doubles
	noise         engine.Noise
	used          int // of the flat parameters

	steps engine.List // of a training step
}

var adam = engine.OptimiserOptions{Rule: engine.Adam, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightPrior: 1e-5}

func newSequence(dev engine.Device, pairs engine.Pairs, parameters, width int) *sequence {
	const images = 2000
	s := &sequence{
		dev: dev, pairs: pairs,
		images: dev.NewSharedBytes(images * width), pool: dev.NewSharedInts(images),
		index: dev.NewInts(pairs.Examples()), sizes: dev.NewInts(1), labels: dev.NewInts(max(1, pairs.Labelled)),
		clock: dev.NewSharedInts(1), fault: dev.NewInts(engine.FaultLen),
		scalars: dev.NewDoubles(engine.ScalarLen), rate: dev.NewDoubles(1),
		norm: dev.NewDoubles(1), sum: dev.NewDoubles(1),
	}
	for _, a := range []*engine.Floats{&s.params.Values, &s.params.Grads, &s.params.States[0], &s.params.States[1]} {
		*a = dev.NewFloats(parameters)
	}
	s.noise = engine.Noise{Seed: dev.NewInts(2), Clock: s.clock, Stream: noise.StreamM1Latent}
	random := rand.New(rand.NewPCG(1, 2))
	pixels, order, values := make([]uint8, images*width), make([]int32, images), make([]float32, parameters)
	for i := range pixels {
		pixels[i] = uint8(random.Uint32())
	}
	for i := range order {
		order[i] = int32(i)
	}
	for i := range values {
		values[i] = float32(random.NormFloat64() / math.Sqrt(600))
	}
	dev.WriteBytes(s.images, pixels)
	dev.WriteInts(s.pool, 0, order)
	for r := range dev.Replicas() {
		dev.WriteFloats(s.params.Values, r, values)
		dev.WriteDoubles(s.rate, r, []float64{3e-4})
		dev.WriteInts(s.noise.Seed, r, noise.SeedWords(uint64(r+1)))
	}
	return s
}

// layer takes the next parameters for a dense layer.
func (s *sequence) layer(in, out int, activation engine.Activation) {
	weight, bias := s.take(in*out), s.take(out)
	s.layers = append(s.layers, engine.Layer{
		Weight: s.params.Values.Slice(weight, in*out), Bias: s.params.Values.Slice(bias, out), In: in, Out: out, Activation: activation,
	})
	s.grads = append(s.grads, engine.LayerGrad{Weight: s.params.Grads.Slice(weight, in*out), Bias: s.params.Grads.Slice(bias, out)})
}

func (s *sequence) take(n int) (offset int) {
	offset = s.used
	s.used += n
	return offset
}

func parametersOf(sizes ...[2]int) (n int) {
	for _, s := range sizes {
		n += (s[0] + 1) * s[1]
	}
	return n
}

// newM1 is M1 with the paper's sizes, on pixels made binary at every visit.
func newM1(dev engine.Device, batch int) *sequence {
	const width, hidden, latents = 784, 600, 50
	sizes := [][2]int{{width, hidden}, {hidden, hidden}, {hidden, 2 * latents}, {latents, hidden}, {hidden, hidden}, {hidden, width}}
	s := newSequence(dev, engine.Pairs{Labelled: batch, Labels: 1, Samples: 1}, parametersOf(sizes...), width)
	for i, size := range sizes {
		activation := engine.Softplus
		if i == 2 || i == 5 {
			activation = engine.Identity
		}
		s.layer(size[0], size[1], activation)
	}
	x, kl, nll, weight := dev.NewFloats(batch*width), dev.NewFloats(batch), dev.NewFloats(batch), dev.NewFloats(batch)
	h1, h2, g1, g2 := dev.NewFloats(batch*hidden), dev.NewFloats(batch*hidden), dev.NewFloats(batch*hidden), dev.NewFloats(batch*hidden)
	stats, z, out := dev.NewFloats(2*batch*latents), dev.NewFloats(batch*latents), dev.NewFloats(batch*width)
	dstats, dz := dev.NewFloats(stats.Len), dev.NewFloats(z.Len)
	da, db := dev.NewFloats(batch*hidden), dev.NewFloats(batch*hidden)
	fill(dev, weight, 1/float32(batch))
	steps := &s.steps
	steps.Add(engine.BeginStep{Clock: s.clock, Scalars: s.scalars, BaseRate: s.rate, Options: adam})
	steps.Add(engine.Minibatch{Index: s.index, Pool: s.pool, Sizes: s.sizes, Noise: s.noise})
	steps.Add(engine.GatherPixels{
		Dst: x, Images: s.images, Index: s.index, Width: width, Binarise: engine.BinariseResample,
		Noise: s.noise,
	})
	l, g := s.layers, s.grads
	steps.Add(engine.Dense{Y: h1, X: x, Rows: batch, Layer: l[0]})
	steps.Add(engine.Dense{Y: h2, X: h1, Rows: batch, Layer: l[1]})
	steps.Add(engine.Dense{Y: stats, X: h2, Rows: batch, Layer: l[2]})
	steps.Add(engine.GaussianSample{
		Z: z, KL: kl, Stats: stats, Pairs: s.pairs, Latents: latents, Noise: s.noise,
	})
	steps.Add(engine.Dense{Y: g1, X: z, Rows: batch, Layer: l[3]})
	steps.Add(engine.Dense{Y: g2, X: g1, Rows: batch, Layer: l[4]})
	steps.Add(engine.Dense{Y: out, X: g2, Rows: batch, Layer: l[5]})
	steps.Add(engine.BernoulliNLL{
		NLL: nll, DLogits: out, Logits: out, X: x, Weight: weight, Pairs: s.pairs, Width: width,
	})
	steps.Add(engine.CheckFinite{Fault: s.fault, Values: nll, Clock: s.clock, Site: engine.SiteRows})
	steps.Add(engine.DenseGrad{DX: da, Grad: g[5], DY: out, From: out, X: g2, Rows: batch, Layer: l[5]})
	steps.Add(engine.DenseGrad{DX: db, Grad: g[4], DY: da, From: g2, X: g1, Rows: batch, Layer: l[4]})
	steps.Add(engine.DenseGrad{DX: dz, Grad: g[3], DY: db, From: g1, X: z, Rows: batch, Layer: l[3]})
	steps.Add(engine.GaussianSampleGrad{
		DStats: dstats, DZ: dz, Stats: stats, Weight: weight,
		KLWeight: s.scalars.At(engine.ScalarKLWeight), Pairs: s.pairs, Latents: latents,
		Noise: s.noise,
	})
	steps.Add(engine.DenseGrad{
		DX: da, Grad: g[2], DY: dstats, From: stats, X: h2, Rows: batch, Layer: l[2],
	})
	steps.Add(engine.DenseGrad{DX: db, Grad: g[1], DY: da, From: h2, X: h1, Rows: batch, Layer: l[1]})
	steps.Add(engine.DenseGrad{Grad: g[0], DY: db, From: h1, X: x, Rows: batch, Layer: l[0]})
	s.update(nll, kl)
	return s
}

// update ends a step.
func (s *sequence) update(terms ...engine.Floats) {
	s.steps.Add(engine.GradientNorm{Norm: s.norm, Fault: s.fault, Grads: s.params.Grads, Clock: s.clock})
	s.steps.Add(engine.Update{
		Params: s.params, Scalars: s.scalars, Norm: s.norm, Fault: s.fault, Options: adam,
	})
	for _, t := range terms {
		s.steps.Add(engine.AddSum{Sum: s.sum, X: t})
	}
}

func fill(dev engine.Device, a engine.Floats, value float32) {
	host := make([]float32, a.Len)
	for i := range host {
		host[i] = value
	}
	for r := range dev.Replicas() {
		dev.WriteFloats(a, r, host)
	}
}

// newM2 is M2 on Gaussian features at the paper's sizes.
func newM2(dev engine.Device, labelled, unlabelled int) *sequence {
	return newM2Of(dev, labelled, unlabelled, 50, 500, 50)
}

// newM2Of is M2 with one hidden layer and 10 labels.
func newM2Of(dev engine.Device, labelled, unlabelled, inputs, hidden, latents int) *sequence {
	const labels = 10
	pairs := engine.Pairs{Labelled: labelled, Unlabelled: unlabelled, Labels: labels, Samples: 1}
	sizes := [][2]int{{inputs, hidden}, {hidden, labels}, {inputs, hidden}, {hidden, 2 * latents}, {latents, hidden}, {hidden, 2 * inputs}}
	s := newSequence(dev, pairs, parametersOf(sizes...)+2*labels*hidden, 1)
	for i, size := range sizes {
		activation := engine.Identity
		if i == 0 {
			activation = engine.Softplus
		}
		s.layer(size[0], size[1], activation)
	}
	tables := s.take(2 * labels * hidden)
	m := &m2{sequence: s, features: dev.NewSharedFloats(2 * 2000 * inputs), scales: dev.NewDoubles(3), logPrior: dev.NewFloats(labels)}
	table := func(flat engine.Floats, i int) engine.Floats {
		return flat.Slice(tables+i*labels*hidden, labels*hidden)
	}
	m.table = [2]engine.Floats{table(s.params.Values, 0), table(s.params.Values, 1)}
	m.dtable = [2]engine.Floats{table(s.params.Grads, 0), table(s.params.Grads, 1)}
	n, p := pairs.Examples(), pairs.Rows()
	for _, a := range []struct {
		array *engine.Floats
		n     int
	}{
		{&m.x, n * inputs}, {&m.h, n * hidden}, {&m.logits, n * labels}, {&m.u, n * hidden}, {&m.he, p * hidden}, {&m.stats, 2 * p * latents},
		{&m.z, p * latents}, {&m.hd, p * hidden}, {&m.out, 2 * p * inputs}, {&m.kl, p}, {&m.nll, p}, {&m.weight, p}, {&m.cost, p}, {&m.bound, unlabelled},
		{&m.ce, labelled}, {&m.dlogits, n * labels}, {&m.dstats, 2 * p * latents}, {&m.dz, p * latents}, {&m.dh, p * hidden},
	} {
		*a.array = dev.NewFloats(a.n)
	}
	for r := range dev.Replicas() {
		dev.WriteDoubles(m.scales, r, []float64{0.01, 0.01, 0.5})
	}
	steps := &s.steps
	steps.Add(engine.BeginStep{Clock: s.clock, Scalars: s.scalars, BaseRate: s.rate, Options: adam})
	steps.Add(engine.Minibatch{Index: s.index, Pool: s.pool, Sizes: s.sizes, Noise: s.noise})
	steps.Add(engine.GatherGaussian{
		Dst: m.x, Stats: m.features, Index: s.index, Width: inputs, Sample: true, Noise: s.noise,
	})
	m.forward(hidden, latents, inputs)
	m.backward(hidden, latents)
	s.update(m.bound, m.ce)
	return s
}

// m2 is the memory of M2's step.
type m2 struct {
	*sequence
	features, logPrior                     engine.Floats
	scales                                 engine.Doubles
	table, dtable                          [2]engine.Floats
	x, h, logits, u, he, stats, z, hd, out engine.Floats
	kl, nll, weight, cost, bound, ce       engine.Floats
	dlogits, dstats, dz, dh                engine.Floats
}

func (m *m2) forward(hidden, latents, inputs int) {
	steps, l, p, n := &m.steps, m.layers, m.pairs, m.pairs.Examples()
	own, all := p.Labelled*p.Labels, p.Unlabelled*p.Labels
	klWeight := m.scalars.At(engine.ScalarKLWeight)
	steps.Add(engine.Dense{Y: m.h, X: m.x, Rows: n, Layer: l[0]})
	steps.Add(engine.Dense{Y: m.logits, X: m.h, Rows: n, Layer: l[1]})
	steps.Add(engine.LabelWeights{
		Weight: m.weight, Logits: m.logits.Slice(own, all), ScaleL: m.scales.At(0),
		ScaleU: m.scales.At(1), Pairs: p,
	})
	steps.Add(engine.Dense{Y: m.u, X: m.x, Rows: n, Layer: l[2]})
	steps.Add(engine.ExpandLabels{
		H: m.he, U: m.u, Table: m.table[0], Labels: m.labels, Pairs: p, Width: hidden,
		Activation: engine.Softplus,
	})
	steps.Add(engine.Dense{Y: m.stats, X: m.he, Rows: p.Rows(), Layer: l[3]})
	steps.Add(engine.GaussianSample{
		Z: m.z, KL: m.kl, Stats: m.stats, Pairs: p, Latents: latents, Noise: m.noise,
	})
	steps.Add(engine.Dense{Y: m.hd, X: m.z, Rows: p.Rows(), Layer: l[4]})
	steps.Add(engine.AddLabels{
		H: m.hd, Table: m.table[1], Labels: m.labels, Pairs: p, Width: hidden,
		Activation: engine.Softplus,
	})
	steps.Add(engine.Dense{Y: m.out, X: m.hd, Rows: p.Rows(), Layer: l[5]})
	steps.Add(engine.GaussianNLL{
		NLL: m.nll, DStats: m.out, Stats: m.out, X: m.x, Weight: m.weight, Pairs: p, Width: inputs,
	})
	steps.Add(engine.LabelCosts{
		Costs: m.cost, NLL: m.nll, KL: m.kl, KLWeight: klWeight, LogPrior: m.logPrior,
		Labels: m.labels, Pairs: p,
	})
	steps.Add(engine.CheckFinite{Fault: m.fault, Values: m.cost, Clock: m.clock, Site: engine.SiteRows})
	steps.Add(engine.Marginalise{
		U: m.bound, DLogits: m.dlogits.Slice(own, all), Logits: m.logits.Slice(own, all),
		Costs: m.cost.Slice(p.Labelled, all), Scale: m.scales.At(1), Examples: p.Unlabelled,
		Labels: p.Labels,
	})
	steps.Add(engine.CrossEntropy{
		CE: m.ce, DLogits: m.dlogits.Slice(0, own), Logits: m.logits.Slice(0, own),
		Labels: m.labels, Scale: m.scales.At(2), Examples: p.Labelled, Classes: p.Labels,
	})
}

func (m *m2) backward(hidden, latents int) {
	steps, l, g, p, n := &m.steps, m.layers, m.grads, m.pairs, m.pairs.Examples()
	rows := p.Rows()
	steps.Add(engine.DenseGrad{DX: m.dh, Grad: g[5], DY: m.out, From: m.out, X: m.hd, Rows: rows, Layer: l[5]})
	steps.Add(engine.AddLabelsGrad{
		DTable: m.dtable[1], DH: m.dh, From: m.hd, Labels: m.labels, Pairs: p, Width: hidden,
		Activation: engine.Softplus,
	})
	steps.Add(engine.DenseGrad{DX: m.dz, Grad: g[4], DY: m.dh, From: m.hd, X: m.z, Rows: rows, Layer: l[4]})
	steps.Add(engine.GaussianSampleGrad{
		DStats: m.dstats, DZ: m.dz, Stats: m.stats, Weight: m.weight,
		KLWeight: m.scalars.At(engine.ScalarKLWeight), Pairs: p, Latents: latents, Noise: m.noise,
	})
	steps.Add(engine.DenseGrad{
		DX: m.dh, Grad: g[3], DY: m.dstats, From: m.stats, X: m.he, Rows: rows, Layer: l[3],
	})
	steps.Add(engine.ExpandLabelsGrad{
		DU: m.u, DTable: m.dtable[0], DH: m.dh, From: m.he, Labels: m.labels, Pairs: p,
		Width: hidden, Activation: engine.Softplus,
	})
	steps.Add(engine.DenseGrad{Grad: g[2], DY: m.u, From: m.u, X: m.x, Rows: n, Layer: l[2]})
	steps.Add(engine.DenseGrad{
		DX: m.dh, Grad: g[1], DY: m.dlogits, From: m.logits, X: m.h, Rows: n, Layer: l[1],
	})
	steps.Add(engine.DenseGrad{Grad: g[0], DY: m.dh, From: m.h, X: m.x, Rows: n, Layer: l[0]})
}
