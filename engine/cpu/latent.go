package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// shape is what the addresses of a step's noise depend on, besides what all of
// its rows share.
type shape struct {
	pairs   engine.Pairs
	latents int
}

// addresses are the first two counter words of every block of four normals, for
// each sample row in turn; see package noise. Rows are padded to whole blocks.
type addresses struct {
	row, element []uint32
	blocks       int // of four normals in a row
}

// addressesOf computes the addresses of a shape once and keeps them.
func (d *fast) addressesOf(pairs engine.Pairs, latents int) *addresses {
	key := shape{pairs, latents}
	if a := d.addresses[key]; a != nil {
		return a
	}
	a := &addresses{blocks: (latents + 3) / 4}
	for i := range pairs.SampleRows() {
		example, label := pairs.Example(i / pairs.Samples)
		for block := range a.blocks {
			a.row = append(a.row, uint32(example))
			a.element = append(a.element, noise.Address(4*block, label, i%pairs.Samples))
		}
	}
	d.addresses[key] = a
	return a
}

// chunk is about the number of normals that are drawn at a time, so that they
// are still in the first cache when they are used.
const chunk = 1 << 10

// latentStep compiles a step of the stochastic layer or a likelihood.
func (d *fast) latentStep(step engine.Step) func() {
	switch s := step.(type) {
	case engine.GaussianSample:
		j := &sampleJob{d.normals(s.Stats, s.Pairs, s.Latents, s.Noise), d.floats(s.Z), d.floats(s.KL)}
		return d.job(j.parts, j)
	case engine.GaussianSampleGrad:
		j := &sampleGradJob{
			d.normals(s.Stats, s.Pairs, s.Latents, s.Noise), d.floats(s.DStats), d.floats(s.DZ), d.floats(s.Weight), d.doubles(s.KLWeight),
		}
		return d.job(j.parts, j)
	case engine.BernoulliNLL:
		j := &bernoulliJob{d.bernoulli(s)}
		return d.job(j.parts, j)
	case engine.GaussianNLL:
		j := &gaussianJob{d.gaussian(s)}
		return d.job(j.parts, j)
	case engine.StackPosterior:
		return d.stackPosterior(s)
	default:
		return nil
	}
}

// normals is what the steps that draw normals have in common.
type normals struct {
	*fast
	stats   []float32
	pairs   engine.Pairs
	latents int
	noise   engine.Noise
	parts   blocks
	addr    *addresses
	rows    int // sample rows whose normals are drawn at a time
}

func (d *fast) normals(stats engine.Floats, pairs engine.Pairs, latents int, noise engine.Noise) normals {
	// A normal costs about as much as eight plain elements.
	weight := 8 * pairs.Samples * latents
	s := normals{
		fast: d, stats: d.floats(stats), pairs: pairs, latents: latents, noise: noise,
		parts: d.cut(pairs.Rows(), weight, 1), addr: d.addressesOf(pairs, latents),
	}
	s.rows = max(1, chunk/max(1, s.width()))
	d.needScratch(s.parts.count * s.rows * s.width())
	return s
}

// width is the length of a row of normals.
func (s *normals) width() int { return 4 * s.addr.blocks }

// draw gives the normals of some sample rows, in the part's own scratch memory.
func (s *normals) draw(part, from, to int, at ref.Address) []float32 {
	size := s.rows * s.width()
	eps := s.scratch[part*size:][:(to-from)*s.width()]
	n := s.addr.blocks
	s.kernels.Normals(eps, s.addr.row[from*n:to*n], s.addr.element[from*n:to*n], at.Step, at.Stream, uint32(at.Seed), uint32(at.Seed>>32))
	return eps
}

// halves are the mean and the logvar, or the gradients in them, of a pair.
func halves(stats []float32, pair, width int) (mean, logvar []float32) {
	return row(stats, 2*pair, width), row(stats, 2*pair+1, width)
}

// sampleJob: z = mean + exp(½·logvar) ∘ ε and the KL; see engine/ref/gaussian.go.
type sampleJob struct {
	normals
	z, kl []float32
}

func (j *sampleJob) Run(part int) {
	first, last := j.parts.at(part)
	z, kl, stats, at := j.z, j.kl, j.stats, j.address(j.noise)
	for pair := first; pair < last; pair++ {
		kl[pair] = j.kernels.KL(halves(stats, pair, j.latents))
	}
	for from, end := first*j.pairs.Samples, last*j.pairs.Samples; from < end; from += j.rows {
		to := min(end, from+j.rows)
		eps := j.draw(part, from, to, at)
		for i := from; i < to; i++ {
			mean, logvar := halves(stats, i/j.pairs.Samples, j.latents)
			j.kernels.GaussianSample(row(z, i, j.latents), mean, logvar, row(eps, i-from, j.width())[:j.latents])
		}
	}
}

// sampleGradJob recomputes ε: dmean = Σ_s dz + w·mean and
// dlogvar = Σ_s ½·dz·ε·exp(½·logvar) + ½·w·(exp(logvar) − 1), w = weight·klWeight.
type sampleGradJob struct {
	normals
	dstats, dz, weight []float32
	klWeight           []float64
}

func (j *sampleGradJob) Run(part int) {
	first, last := j.parts.at(part)
	stats, dstats, dz := j.stats, j.dstats, j.dz
	weight, klWeight, at := j.weight, float32(j.klWeight[0]), j.address(j.noise)
	for pair := first; pair < last; pair++ {
		mean, logvar := halves(stats, pair, j.latents)
		dmean, dlogvar := halves(dstats, pair, j.latents)
		j.kernels.KLGrad(dmean, dlogvar, mean, logvar, weight[pair]*klWeight)
	}
	for from, end := first*j.pairs.Samples, last*j.pairs.Samples; from < end; from += j.rows {
		to := min(end, from+j.rows)
		eps := j.draw(part, from, to, at)
		for i := from; i < to; i++ {
			pair := i / j.pairs.Samples
			_, logvar := halves(stats, pair, j.latents)
			dmean, dlogvar := halves(dstats, pair, j.latents)
			j.kernels.GaussianSampleGrad(dmean, dlogvar, row(dz, i, j.latents), row(eps, i-from, j.width())[:j.latents], logvar)
		}
	}
}
