package cpu

import "ssdgm/engine"

// likelihood is what the two likelihoods have in common: out holds logits or stats.
type likelihood struct {
	*fast
	nll, dout, out, x, weight engine.Floats
	pairs                     engine.Pairs
	width                     int
	parts                     blocks
}

// resolved are the arrays' slices.
type resolved struct {
	nll, dout, out, x, weight []float32
}

func (l *likelihood) resolve() resolved {
	return resolved{l.floats(l.nll), l.floats(l.dout), l.floats(l.out), l.floats(l.x), l.floats(l.weight)}
}

// target is the example that a sample row is held against, and the weight of
// the row's gradient, which is of no use where there is none.
func (l *likelihood) target(v resolved, i int) (x []float32, weight float32) {
	pair := i / l.pairs.Samples
	example, _ := l.pairs.Example(pair)
	if v.dout != nil {
		weight = v.weight[pair] / float32(l.pairs.Samples)
	}
	return row(v.x, example, l.width), weight
}

// BernoulliNLL implements engine.LatentSteps.
func (d *fast) BernoulliNLL(nll, dlogits, logits, x, weight engine.Floats, pairs engine.Pairs, width int) {
	engine.CheckNLL("BernoulliNLL", nll, dlogits, logits, x, weight, pairs, width, width)
	j := &d.jobs.bernoulli
	*j = bernoulliJob{likelihood{d, nll, dlogits, logits, x, weight, pairs, width, d.cut(pairs.SampleRows(), 4*width, 1)}}
	d.run(j.parts, j)
}

// bernoulliJob: nll = Σ softplus(l) − x·l;  dlogits = w·(sigmoid(l) − x).
type bernoulliJob struct{ likelihood }

func (j *bernoulliJob) Run(part int) {
	from, to := j.parts.at(part)
	v := j.resolve()
	for i := from; i < to; i++ {
		x, w := j.target(v, i)
		v.nll[i] = j.kernels.BernoulliNLL(row(v.dout, i, j.width), row(v.out, i, j.width), x, w)
	}
}

// GaussianNLL implements engine.LatentSteps.
func (d *fast) GaussianNLL(nll, dstats, stats, x, weight engine.Floats, pairs engine.Pairs, width int) {
	engine.CheckNLL("GaussianNLL", nll, dstats, stats, x, weight, pairs, width, 2*width)
	j := &d.jobs.gaussian
	*j = gaussianJob{likelihood{d, nll, dstats, stats, x, weight, pairs, width, d.cut(pairs.SampleRows(), 4*width, 1)}}
	d.run(j.parts, j)
}

// gaussianJob: nll = ½Σ [ln 2π + logvar + δ²·e^−logvar], δ = mean − x, and its
// gradients; see engine/ref/gaussian.go.
type gaussianJob struct{ likelihood }

func (j *gaussianJob) Run(part int) {
	from, to := j.parts.at(part)
	v := j.resolve()
	for i := from; i < to; i++ {
		x, w := j.target(v, i)
		mean, logvar := halves(v.out, i, j.width)
		dmean, dlogvar := halves(v.dout, i, j.width)
		v.nll[i] = j.kernels.GaussianNLL(dmean, dlogvar, x, mean, logvar, nil, w)
	}
}
