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

	step func()
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
	s.step = func() {
		dev.BeginStep(s.clock, s.scalars, s.rate, adam)
		dev.Minibatch(s.index, s.pool, s.sizes, s.noise)
		dev.GatherPixels(x, s.images, s.index, width, engine.BinariseResample, s.noise)
		l, g := s.layers, s.grads
		dev.Dense(h1, x, batch, l[0])
		dev.Dense(h2, h1, batch, l[1])
		dev.Dense(stats, h2, batch, l[2])
		dev.GaussianSample(z, kl, stats, s.pairs, latents, s.noise)
		dev.Dense(g1, z, batch, l[3])
		dev.Dense(g2, g1, batch, l[4])
		dev.Dense(out, g2, batch, l[5])
		dev.BernoulliNLL(nll, out, out, x, weight, s.pairs, width)
		dev.CheckFinite(s.fault, nll, s.clock, engine.SiteRows)
		dev.DenseGrad(da, g[5], out, out, g2, batch, l[5])
		dev.DenseGrad(db, g[4], da, g2, g1, batch, l[4])
		dev.DenseGrad(dz, g[3], db, g1, z, batch, l[3])
		dev.GaussianSampleGrad(dstats, dz, stats, weight, s.scalars.At(engine.ScalarKLWeight), s.pairs, latents, s.noise)
		dev.DenseGrad(da, g[2], dstats, stats, h2, batch, l[2])
		dev.DenseGrad(db, g[1], da, h2, h1, batch, l[1])
		dev.DenseGrad(engine.Floats{}, g[0], db, h1, x, batch, l[0])
		s.update(nll, kl)
	}
	return s
}

// update ends a step.
func (s *sequence) update(terms ...engine.Floats) {
	s.dev.GradientNorm(s.norm, s.fault, s.params.Grads, s.clock)
	s.dev.Update(s.params, s.scalars, s.norm, s.fault, adam)
	for _, t := range terms {
		s.dev.AddSum(s.sum, t, engine.Floats{})
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
	s.step = func() {
		dev.BeginStep(s.clock, s.scalars, s.rate, adam)
		dev.Minibatch(s.index, s.pool, s.sizes, s.noise)
		dev.GatherGaussian(m.x, m.features, s.index, inputs, true, s.noise)
		m.forward(hidden, latents, inputs)
		m.backward(hidden, latents)
		s.update(m.bound, m.ce)
	}
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
	dev, l, p, n := m.dev, m.layers, m.pairs, m.pairs.Examples()
	own, all := p.Labelled*p.Labels, p.Unlabelled*p.Labels
	klWeight := m.scalars.At(engine.ScalarKLWeight)
	dev.Dense(m.h, m.x, n, l[0])
	dev.Dense(m.logits, m.h, n, l[1])
	dev.LabelWeights(m.weight, m.logits.Slice(own, all), m.scales.At(0), m.scales.At(1), p)
	dev.Dense(m.u, m.x, n, l[2])
	dev.ExpandLabels(m.he, m.u, m.table[0], m.labels, p, hidden, engine.Softplus)
	dev.Dense(m.stats, m.he, p.Rows(), l[3])
	dev.GaussianSample(m.z, m.kl, m.stats, p, latents, m.noise)
	dev.Dense(m.hd, m.z, p.Rows(), l[4])
	dev.AddLabels(m.hd, m.table[1], m.labels, p, hidden, engine.Softplus)
	dev.Dense(m.out, m.hd, p.Rows(), l[5])
	dev.GaussianNLL(m.nll, m.out, m.out, m.x, m.weight, p, inputs)
	dev.LabelCosts(m.cost, m.nll, m.kl, klWeight, m.logPrior, m.labels, p)
	dev.CheckFinite(m.fault, m.cost, m.clock, engine.SiteRows)
	dev.Marginalise(m.bound, m.dlogits.Slice(own, all), m.logits.Slice(own, all), m.cost.Slice(p.Labelled, all), m.scales.At(1), p.Unlabelled, p.Labels)
	dev.CrossEntropy(m.ce, m.dlogits.Slice(0, own), m.logits.Slice(0, own), m.labels, m.scales.At(2), p.Labelled, p.Labels)
}

func (m *m2) backward(hidden, latents int) {
	dev, l, g, p, n := m.dev, m.layers, m.grads, m.pairs, m.pairs.Examples()
	rows := p.Rows()
	dev.DenseGrad(m.dh, g[5], m.out, m.out, m.hd, rows, l[5])
	dev.AddLabelsGrad(m.dtable[1], m.dh, m.hd, m.labels, p, hidden, engine.Softplus)
	dev.DenseGrad(m.dz, g[4], m.dh, m.hd, m.z, rows, l[4])
	dev.GaussianSampleGrad(m.dstats, m.dz, m.stats, m.weight, m.scalars.At(engine.ScalarKLWeight), p, latents, m.noise)
	dev.DenseGrad(m.dh, g[3], m.dstats, m.stats, m.he, rows, l[3])
	dev.ExpandLabelsGrad(m.u, m.dtable[0], m.dh, m.he, m.labels, p, hidden, engine.Softplus)
	dev.DenseGrad(engine.Floats{}, g[2], m.u, m.u, m.x, n, l[2])
	dev.DenseGrad(m.dh, g[1], m.dlogits, m.logits, m.h, n, l[1])
	dev.DenseGrad(engine.Floats{}, g[0], m.dh, m.h, m.x, n, l[0])
}
