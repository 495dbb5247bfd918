//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// selfTest holds every step against the reference on a device like this one: a
// driver or a card that computes something else is found before it has spoilt a
// run. It is small, some ten thousand elements a step; the conformance suite is
// the thorough one.
func (d *device) selfTest() error {
	o := Options{Replicas: 2, Device: d.card.info.Index, Precision: FP32, MatMul: Own}
	if d.tf32 {
		o.Precision = TF32
	}
	if d.blas != nil {
		o.MatMul = CuBLAS
	}
	same, err := open(o)
	if err != nil {
		return err
	}
	// For a card this small, products this small are cut into tiles of every size.
	same.plans.Multiprocessors = 1
	// The way of data that stay on the host takes the other's kernels, and more.
	same.onHost = true
	reference := make(chan []seen)
	go func() { reference <- exercise(ref.New[float64](o.Replicas)) }()
	got, want := exercise(same), <-reference
	if err := errors.Join(same.Sync(), same.Close()); err != nil {
		return fmt.Errorf("self-test of %s: %w", d.Name(), err)
	}
	for i, w := range want {
		if e := w.distance(got[i]); !(e <= d.tolerance()) {
			return fmt.Errorf("self-test of %s: %s: relative error %.2g against the reference, want at most %.2g; update the driver, or see that the card is sound ('nvidia-smi -q'); %s=1 goes on without",
				d.Name(), w.step, e, d.tolerance(), skipVariable)
		}
	}
	return nil
}

// tolerance is far above what rounding does to these few elements, and far below
// what a wrong step does.
func (d *device) tolerance() float64 {
	if d.tf32 {
		return 1e-2
	}
	return 1e-4
}

// seen is what a step has written, all replicas' one after another.
type seen struct {
	step   string
	values []float64
}

// distance is the relative L2 error of values against these.
func (s seen) distance(other seen) float64 {
	var diff, norm float64
	for i, v := range s.values {
		diff += (other.values[i] - v) * (other.values[i] - v)
		norm += v * v
	}
	if norm == 0 {
		norm = 1
	}
	return math.Sqrt(diff / norm)
}

// trial takes every step of the contract on some device.
type trial struct {
	engine.Device
	tensors int // how many have been filled, which numbers their contents
	results []seen
}

// exercise is what every step gives on a device. The shapes make every kernel run.
func exercise(dev engine.Device) []seen {
	t := &trial{Device: dev}
	t.inputs()
	t.layers()
	t.latents()
	t.stack()
	t.labels()
	for _, labels := range []int{10, 40} {
		t.classes(60, labels)
	}
	t.optimisers()
	return t.results
}

// in is floats with normal values around a centre.
func (t *trial) in(n int, centre, scale float32) engine.Floats {
	t.tensors++
	a, host := t.NewFloats(n), make([]float32, n)
	for r := range t.Replicas() {
		noise.Fill(host, uint64(r), t.tensors)
		for i := range host {
			host[i] = centre + scale*host[i]
		}
		t.WriteFloats(a, r, host)
	}
	return a
}

// numbers is integers below a limit.
func (t *trial) numbers(n, limit int) engine.Ints {
	a, host := t.NewInts(n), make([]int32, n)
	for r := range t.Replicas() {
		for i := range host {
			host[i] = int32((7*i + 3*r) % limit)
		}
		t.WriteInts(a, r, host)
	}
	return a
}

// scalar is one number, a little larger in each replica.
func (t *trial) scalar(v float64) engine.Doubles {
	a := t.NewDoubles(1)
	for r := range t.Replicas() {
		t.WriteDoubles(a, r, []float64{v * (1 + float64(r)/8)})
	}
	return a
}

// noise is a seed for each replica, at a clock of 3.
func (t *trial) noise(stream uint32) engine.Noise {
	n := engine.Noise{Seed: t.NewInts(2), Clock: t.NewSharedInts(1), Stream: stream}
	for r := range t.Replicas() {
		t.WriteInts(n.Seed, r, noise.SeedWords(uint64(r)<<33|5))
	}
	t.WriteInts(n.Clock, 0, []int32{3})
	return n
}

// see keeps what a step has written.
func (t *trial) see(step string, arrays ...engine.Floats) {
	s := seen{step: step}
	for _, a := range arrays {
		if a.IsNil() {
			continue
		}
		host := make([]float32, a.Len)
		for r := range t.Replicas() {
			t.ReadFloats(host, a, r)
			for _, v := range host {
				s.values = append(s.values, float64(v))
			}
		}
	}
	t.results = append(t.results, s)
}

// seeDoubles keeps what a step has written.
func (t *trial) seeDoubles(step string, a engine.Doubles) {
	s := seen{step: step}
	host := make([]float64, a.Len)
	for r := range t.Replicas() {
		t.ReadDoubles(host, a, r)
		s.values = append(s.values, host...)
	}
	t.results = append(t.results, s)
}

// seeInts keeps what a step has written.
func (t *trial) seeInts(step string, a engine.Ints) {
	s := seen{step: step}
	host := make([]int32, a.Len)
	for r := range t.Replicas() {
		t.ReadInts(host, a, r)
		for _, v := range host {
			s.values = append(s.values, float64(v))
		}
	}
	t.results = append(t.results, s)
}

// inputs takes the steps that choose and fetch examples.
func (t *trial) inputs() {
	const examples, batch, width = 50, 33, 101
	index := t.NewInts(batch)
	pool, order := t.numbers(examples, examples), t.noise(noise.StreamM1Minibatch)
	for _, sizes := range []engine.Ints{{}, t.numbers(1, examples)} {
		t.Minibatch(index, pool, sizes, order)
		t.seeInts("Minibatch", index)
	}

	labels := t.NewInts(batch)
	t.GatherLabels(labels, t.numbers(examples, 10), index)
	t.seeInts("GatherLabels", labels)

	pixels := make([]uint8, examples*width)
	for i := range pixels {
		pixels[i] = uint8(37 * i)
	}
	images := t.NewSharedBytes(len(pixels))
	t.WriteBytes(images, pixels)
	x := t.NewFloats(batch * width)
	for b := engine.BinariseNone; b <= engine.BinariseResample; b++ {
		t.GatherPixels(x, images, index, width, b, t.noise(noise.StreamM1Pixels))
		t.see("GatherPixels", x)
	}
	t.program(images, examples, batch, width)
	stats := t.in(2*examples*width, 0, 1)
	for _, sample := range []bool{false, true} {
		t.GatherGaussian(x, stats, index, width, sample, t.noise(noise.StreamM2Feature))
		t.see("GatherGaussian", x)
	}
}

// program takes the steps of a few minibatches in a row.
func (t *trial) program(images engine.Bytes, examples, batch, width int) {
	index, pool, n := t.NewInts(batch), t.numbers(examples, examples), t.noise(noise.StreamM1Minibatch)
	x, scalars, rate := t.NewFloats(batch*width), t.NewDoubles(engine.ScalarLen), t.scalar(1)
	t.Record(func() {
		t.BeginStep(n.Clock, scalars, rate, engine.OptimiserOptions{})
		t.Minibatch(index, pool, engine.Ints{}, n)
		t.GatherPixels(x, images, index, width, engine.BinariseNone, n)
	}).Run(3)
	t.see("a program of GatherPixels", x)
}

// layers takes the dense layers, in shapes that ask for different tiles, and for
// sums in one piece and in several.
func (t *trial) layers() {
	for i, s := range [][3]int{{1, 5, 3}, {32, 170, 32}, {33, 170, 40}, {330, 12, 40}, {128, 16, 128}, {16, 128, 128}} {
		rows, in, out := s[0], s[1], s[2]
		layer := engine.Layer{
			Weight: t.in(in*out, 0, float32(1/math.Sqrt(float64(in)))), Bias: t.in(out, 0, 1),
			In: in, Out: out, Activation: engine.Activation(i % 4),
		}
		x, y := t.in(rows*in, 0, 1), t.NewFloats(rows*out)
		t.Dense(y, x, rows, layer)
		t.see(fmt.Sprintf("Dense %d×%d×%d", rows, in, out), y)

		dx, dy := t.NewFloats(rows*in), t.in(rows*out, 0, 1)
		if rows == 16 {
			dx = engine.Floats{} // alone, the weights' gradient takes the largest tile
		}
		grad := engine.LayerGrad{Weight: t.NewFloats(in * out), Bias: t.NewFloats(out)}
		y = t.in(rows*out, 0.5, 0.1)
		t.DenseGrad(dx, grad, dy, y, x, rows, layer)
		t.see(fmt.Sprintf("DenseGrad %d×%d×%d", rows, in, out), dx, dy, grad.Weight, grad.Bias)
	}
}

// trialPairs is a minibatch with everything in it.
var trialPairs = engine.Pairs{Labelled: 5, Unlabelled: 6, Labels: 10, Samples: 2}

// latents takes the stochastic layer and the likelihoods.
func (t *trial) latents() {
	const latents, width = 50, 70
	p, n := trialPairs, t.noise(noise.StreamM2Latent)
	stats, weight := t.in(2*p.Rows()*latents, 0, 0.5), t.in(p.Rows(), 1, 0.1)
	z, kl := t.NewFloats(p.SampleRows()*latents), t.NewFloats(p.Rows())
	t.GaussianSample(z, kl, stats, p, latents, n)
	t.see("GaussianSample", z, kl)

	dstats := t.NewFloats(stats.Len)
	t.GaussianSampleGrad(dstats, t.in(z.Len, 0, 1), stats, weight, t.scalar(0.5), p, latents, n)
	t.see("GaussianSampleGrad", dstats)

	nll, x := t.NewFloats(p.SampleRows()), t.in(p.Examples()*width, 0.5, 0.1)
	logits, dlogits := t.in(p.SampleRows()*width, 0, 1), t.NewFloats(p.SampleRows()*width)
	t.BernoulliNLL(nll, dlogits, logits, x, weight, p, width)
	t.see("BernoulliNLL", nll, dlogits)

	out, dout := t.in(2*p.SampleRows()*width, 0, 0.5), t.NewFloats(2*p.SampleRows()*width)
	t.GaussianNLL(nll, dout, out, x, weight, p, width)
	t.see("GaussianNLL", nll, dout)
}

// stack takes the step of M1's latents under M2, which has every other of them.
func (t *trial) stack() {
	const latents, kept = 50, 25
	p, host := trialPairs, make([]int32, latents)
	for j := range host {
		host[j] = int32(j/2*(1-j%2) - j%2)
	}
	places := t.NewInts(latents)
	for r := range t.Replicas() {
		t.WriteInts(places, r, host)
	}
	n := p.Examples()
	cost, dstats, weight := t.NewFloats(n), t.NewFloats(2*n*latents), t.in(n, 1, 0.1)
	t.StackPosterior(cost, dstats, t.in(2*n*latents, 0, 0.5), engine.StackGrads{
		Decoder: t.in(n*latents, 0, 1), Classifier: t.in(n*kept, 0, 1), Encoder: t.in(n*kept, 0, 1),
		Likelihood: t.in(2*p.SampleRows()*kept, 0, 1),
	}, weight, places, p, latents, kept, t.noise(noise.StreamM1Latent))
	t.see("StackPosterior", cost, dstats)
}

// labels takes the steps on (example, label) pairs.
func (t *trial) labels() {
	const width = 70
	p, labels := trialPairs, t.numbers(trialPairs.Labelled, trialPairs.Labels)
	for a := engine.Identity; a <= engine.Tanh; a++ {
		h, table := t.NewFloats(p.Rows()*width), t.in(p.Labels*width, 0, 1)
		t.ExpandLabels(h, t.in(p.Examples()*width, 0, 1), table, labels, p, width, a)
		t.see("ExpandLabels", h)

		du, dtable, dh := t.NewFloats(p.Examples()*width), t.NewFloats(table.Len), t.in(h.Len, 0, 1)
		t.ExpandLabelsGrad(du, dtable, dh, t.in(h.Len, 0.5, 0.1), labels, p, width, a)
		t.see("ExpandLabelsGrad", du, dtable, dh)

		g := t.in(p.SampleRows()*width, 0, 1)
		t.AddLabels(g, table, labels, p, width, a)
		t.see("AddLabels", g)

		dg := t.in(g.Len, 0, 1)
		t.AddLabelsGrad(dtable, dg, t.in(g.Len, 0.5, 0.1), labels, p, width, a)
		t.see("AddLabelsGrad", dtable, dg)
	}
	weight, prior := t.NewFloats(p.Rows()), t.in(p.Labels, -2, 0.1)
	t.LabelWeights(weight, t.in(p.Unlabelled*p.Labels, 0, 1), t.scalar(2), t.scalar(3), p)
	t.see("LabelWeights", weight)

	cost := t.NewFloats(p.Rows())
	t.LabelCosts(cost, t.in(p.SampleRows(), 100, 10), t.in(p.Rows(), 10, 1), t.scalar(0.5), prior, labels, p)
	t.see("LabelCosts", cost)

	dprior := t.NewFloats(p.Labels)
	t.ClassPriorGrad(dprior, weight, prior, labels, p)
	t.see("ClassPriorGrad", dprior)
}

// classes takes the steps on logits.
func (t *trial) classes(examples, labels int) {
	logits, cost := t.in(examples*labels, 0, 2), t.in(examples*labels, 20, 5)
	u, dlogits, scale := t.NewFloats(examples), t.NewFloats(logits.Len), t.scalar(0.1)
	t.Marginalise(u, dlogits, logits, cost, scale, examples, labels)
	t.see("Marginalise", u, dlogits)

	t.CrossEntropy(u, dlogits, logits, t.numbers(examples, labels), scale, examples, labels)
	t.see("CrossEntropy", u, dlogits)

	t.LogSoftmax(dlogits, logits, examples, labels)
	t.see("LogSoftmax", dlogits)
}

// optimisers takes a training step's frame for each rule.
func (t *trial) optimisers() {
	const n = 5000
	fault, norm, sum := t.NewInts(engine.FaultLen), t.NewDoubles(1), t.NewDoubles(1)
	for rule := engine.SGD; rule <= engine.Adam; rule++ {
		o := engine.OptimiserOptions{
			Rule: rule, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-3, Momentum: 0.9, RMSDecay: 0.9,
			WarmupSteps: 10, Decay: engine.DecayCosine, TotalSteps: 20, KLWarmupSteps: 10,
			ClipNorm: 1, WeightPrior: 1e-2, EMA: 0.99,
		}
		clock, scalars := t.NewSharedInts(1), t.NewDoubles(engine.ScalarLen)
		t.BeginStep(clock, scalars, t.scalar(1e-2), o)
		t.seeDoubles("BeginStep", scalars)

		p := engine.Parameters{Values: t.in(n, 0, 1), Grads: t.in(n, 0, 1), Average: t.in(n, 0, 1)}
		for i := range rule.States() {
			p.States[i] = t.in(n, 1, 0.1)
		}
		t.GradientNorm(norm, fault, p.Grads, clock)
		t.seeDoubles("GradientNorm", norm)
		t.CheckFinite(fault, p.Values, clock, engine.SiteRows)
		t.seeInts("CheckFinite", fault)
		t.Update(p, scalars, norm, fault, o)
		t.see("Update", p.Values, p.States[0], p.Average)
		t.AddSum(sum, p.Values, p.Grads)
		t.AddSum(sum, p.Values, engine.Floats{})
		t.seeDoubles("AddSum", sum)
	}
}
