package cpu

import "ssdgm/engine"

// likelihood is what the two likelihoods have in common: out holds logits or stats.
type likelihood struct {
	*fast
	nll, dout, out, x, weight []float32
	pairs                     engine.Pairs
	width                     int
	missing                   bool
	parts                     blocks
}

func (d *fast) bernoulli(s engine.BernoulliNLL) likelihood {
	return likelihood{
		d, d.floats(s.NLL), d.floats(s.DLogits), d.floats(s.Logits), d.floats(s.X), d.floats(s.Weight),
		s.Pairs, s.Width, s.Missing, d.cut(s.Pairs.SampleRows(), 4*s.Width, 1),
	}
}

func (d *fast) gaussian(s engine.GaussianNLL) likelihood {
	return likelihood{
		d, d.floats(s.NLL), d.floats(s.DStats), d.floats(s.Stats), d.floats(s.X), d.floats(s.Weight),
		s.Pairs, s.Width, s.Missing, d.cut(s.Pairs.SampleRows(), 4*s.Width, 1),
	}
}

// target is the example that a sample row is held against, and the weight of
// the row's gradient, which is of no use where there is none.
func (l *likelihood) target(i int) (x []float32, weight float32) {
	pair := i / l.pairs.Samples
	example, _ := l.pairs.Example(pair)
	if l.dout != nil {
		weight = l.weight[pair] / float32(l.pairs.Samples)
	}
	return row(l.x, example, l.width), weight
}

// bernoulliJob: nll = Σ softplus(l) − x·l;  dlogits = w·(sigmoid(l) − x).
type bernoulliJob struct{ likelihood }

func (j *bernoulliJob) Run(part int) {
	from, to := j.parts.at(part)
	for i := from; i < to; i++ {
		x, w := j.target(i)
		j.nll[i] = j.kernels.BernoulliNLL(row(j.dout, i, j.width), row(j.out, i, j.width), x, w, j.missing)
	}
}

// gaussianJob: nll = ½Σ [ln 2π + logvar + δ²·e^−logvar], δ = mean − x, and its
// gradients; see engine/ref/gaussian.go.
type gaussianJob struct{ likelihood }

func (j *gaussianJob) Run(part int) {
	from, to := j.parts.at(part)
	for i := from; i < to; i++ {
		x, w := j.target(i)
		mean, logvar := halves(j.out, i, j.width)
		dmean, dlogvar := halves(j.dout, i, j.width)
		j.nll[i] = j.kernels.GaussianNLL(dmean, dlogvar, x, mean, logvar, w, j.missing)
	}
}
