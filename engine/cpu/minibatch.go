package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
)

// inputStep compiles a step that fetches examples.
func (d *fast) inputStep(step engine.Step) func() {
	switch s := step.(type) {
	case engine.GatherPixels:
		return d.gatherPixels(s)
	case engine.GatherFloats:
		j := &rowsJob{d.floats(s.Dst), d.floats(s.Rows), d.ints(s.Index), s.Width, d.cut(s.Index.Len, s.Width, 1)}
		return d.job(j.parts, j)
	case engine.ZeroMissing:
		j := &zeroJob{d.kernels, d.floats(s.Dst), d.floats(s.X), d.cut(s.N, 1, line)}
		return d.job(j.parts, j)
	case engine.GatherGaussian:
		if !s.Sample {
			return nil
		}
		pairs := engine.Pairs{Labelled: s.Index.Len, Labels: 1, Samples: 1}
		j := &gatherJob{d.normals(s.Stats, pairs, s.Width, s.Noise), d.floats(s.Dst), d.ints(s.Index)}
		return d.job(j.parts, j)
	default:
		return nil
	}
}

func (d *fast) gatherPixels(s engine.GatherPixels) func() {
	weight := s.Width
	if s.Binarise != engine.BinariseNone {
		weight = 8 * s.Width
	}
	j := &pixelsJob{
		fast: d, dst: d.floats(s.Dst), images: d.Bytes(s.Images), index: d.ints(s.Index), width: s.Width,
		binarise: s.Binarise, noise: s.Noise, parts: d.cut(s.Index.Len, weight, 1),
		// The elements of one row; the row itself is the example's number or place.
		elements: d.addressesOf(engine.Pairs{Labelled: 1, Labels: 1, Samples: 1}, s.Width).element,
	}
	if need := j.parts.count * j.size(); len(d.words) < need {
		d.words = make([]uint32, need)
	}
	return d.job(j.parts, j)
}

// pixelsJob: dst[b] = image[index[b]]/255, or 1 with that probability and else 0.
type pixelsJob struct {
	*fast
	dst      []float32
	images   []uint8
	index    []int32
	width    int
	binarise engine.Binarise
	noise    engine.Noise
	parts    blocks
	elements []uint32
}

// size is a part's scratch: a row's words and the counters they come from.
func (j *pixelsJob) size() int { return 5 * len(j.elements) }

func (j *pixelsJob) Run(part int) {
	from, to := j.parts.at(part)
	dst, images, index, at := j.dst, j.images, j.index, j.address(j.noise)
	scratch := j.words[part*j.size():][:j.size()]
	words, rows := scratch[:4*len(j.elements)], scratch[4*len(j.elements):]
	for b := from; b < to; b++ {
		out, pixels := row(dst, b, j.width), images[int(index[b])*j.width:][:j.width]
		if j.binarise == engine.BinariseNone {
			j.kernels.Pixels(out, pixels)
			continue
		}
		number, step := uint32(b), at.Step
		if j.binarise == engine.BinariseFixed {
			number, step = uint32(index[b]), 0
		}
		for i := range rows {
			rows[i] = number
		}
		j.kernels.Words(words, rows, j.elements, step, at.Stream, uint32(at.Seed), uint32(at.Seed>>32))
		j.kernels.Binarise(out, pixels, words[:j.width])
	}
}

// rowsJob: dst[b] = rows[index[b]].
type rowsJob struct {
	dst, rows []float32
	index     []int32
	width     int
	parts     blocks
}

func (j *rowsJob) Run(part int) {
	from, to := j.parts.at(part)
	for b := from; b < to; b++ {
		copy(row(j.dst, b, j.width), row(j.rows, int(j.index[b]), j.width))
	}
}

// zeroJob: dst = x, and 0 where x is NaN.
type zeroJob struct {
	kernels *simd.Kernels
	dst, x  []float32
	parts   blocks
}

func (j *zeroJob) Run(part int) {
	from, to := j.parts.at(part)
	j.kernels.ZeroMissing(j.dst[from:to], j.x[from:to])
}

// gatherJob: dst[b] = mean + exp(½·logvar) ∘ ε of row index[b].
type gatherJob struct {
	normals
	dst   []float32
	index []int32
}

func (j *gatherJob) Run(part int) {
	first, last := j.parts.at(part)
	dst, stats, index, at := j.dst, j.stats, j.index, j.address(j.noise)
	for from := first; from < last; from += j.rows {
		to := min(last, from+j.rows)
		eps := j.draw(part, from, to, at)
		for b := from; b < to; b++ {
			mean, logvar := halves(stats, int(index[b]), j.latents)
			j.kernels.GaussianSample(row(dst, b, j.latents), mean, logvar, row(eps, b-from, j.width())[:j.latents])
		}
	}
}
