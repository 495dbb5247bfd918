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

// latentStep is what the steps that draw normals have in common.
type latentStep struct {
	*fast
	stats   engine.Floats
	pairs   engine.Pairs
	latents int
	noise   engine.Noise
	parts   blocks
	addr    *addresses
	rows    int // sample rows whose normals are drawn at a time
}

func (d *fast) latentStep(stats engine.Floats, pairs engine.Pairs, latents int, noise engine.Noise) latentStep {
	// A normal costs about as much as eight plain elements.
	weight := 8 * pairs.Samples * latents
	s := latentStep{
		fast: d, stats: stats, pairs: pairs, latents: latents, noise: noise,
		parts: d.cut(pairs.Rows(), weight, 1), addr: d.addressesOf(pairs, latents),
	}
	s.rows = max(1, chunk/max(1, s.width()))
	d.needScratch(s.parts.count * s.rows * s.width())
	return s
}

// width is the length of a row of normals.
func (s *latentStep) width() int { return 4 * s.addr.blocks }

// draw gives the normals of some sample rows, in the part's own scratch memory.
func (s *latentStep) draw(part, from, to int, at ref.Address) []float32 {
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

// GaussianSample implements engine.LatentSteps.
func (d *fast) GaussianSample(z, kl, stats engine.Floats, pairs engine.Pairs, latents int, noise engine.Noise) {
	engine.CheckSample(z, kl, stats, pairs, latents)
	j := &d.jobs.sample
	*j = sampleJob{d.latentStep(stats, pairs, latents, noise), z, kl}
	d.run(j.parts, j)
}

// sampleJob: z = mean + exp(½·logvar) ∘ ε and the KL; see engine/ref/gaussian.go.
type sampleJob struct {
	latentStep
	z, kl engine.Floats
}

func (j *sampleJob) Run(part int) {
	first, last := j.parts.at(part)
	z, kl, stats, at := j.floats(j.z), j.floats(j.kl), j.floats(j.stats), j.address(j.noise)
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

// GaussianSampleGrad implements engine.LatentSteps.
func (d *fast) GaussianSampleGrad(dstats, dz, stats, weight engine.Floats, klWeight engine.Doubles, pairs engine.Pairs, latents int, noise engine.Noise) {
	engine.CheckSampleGrad(dstats, dz, stats, weight, pairs, latents)
	j := &d.jobs.sampleGrad
	*j = sampleGradJob{d.latentStep(stats, pairs, latents, noise), dstats, dz, weight, klWeight}
	d.run(j.parts, j)
}

// sampleGradJob recomputes ε: dmean = Σ_s dz + w·mean and
// dlogvar = Σ_s ½·dz·ε·exp(½·logvar) + ½·w·(exp(logvar) − 1), w = weight·klWeight.
type sampleGradJob struct {
	latentStep
	dstats, dz, weight engine.Floats
	klWeight           engine.Doubles
}

func (j *sampleGradJob) Run(part int) {
	first, last := j.parts.at(part)
	stats, dstats, dz := j.floats(j.stats), j.floats(j.dstats), j.floats(j.dz)
	weight, klWeight, at := j.floats(j.weight), float32(j.scalar(j.klWeight)), j.address(j.noise)
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

// GatherGaussian implements engine.MinibatchSteps.
func (d *fast) GatherGaussian(dst, stats engine.Floats, index engine.Ints, width int, sample bool, noise engine.Noise) {
	if !sample {
		d.Device.GatherGaussian(dst, stats, index, width, sample, noise)
		return
	}
	engine.Lens("GatherGaussian", "dst", dst, index.Len*width)
	j := &d.jobs.gather
	pairs := engine.Pairs{Labelled: index.Len, Labels: 1, Samples: 1}
	*j = gatherJob{d.latentStep(stats, pairs, width, noise), dst, index}
	d.run(j.parts, j)
}

// gatherJob: dst[b] = mean + exp(½·logvar) ∘ ε of row index[b].
type gatherJob struct {
	latentStep
	dst   engine.Floats
	index engine.Ints
}

func (j *gatherJob) Run(part int) {
	first, last := j.parts.at(part)
	dst, stats, index, at := j.floats(j.dst), j.floats(j.stats), j.ints(j.index), j.address(j.noise)
	for from := first; from < last; from += j.rows {
		to := min(last, from+j.rows)
		eps := j.draw(part, from, to, at)
		for b := from; b < to; b++ {
			mean, logvar := halves(stats, int(index[b]), j.latents)
			j.kernels.GaussianSample(row(dst, b, j.latents), mean, logvar, row(eps, b-from, j.width())[:j.latents])
		}
	}
}
