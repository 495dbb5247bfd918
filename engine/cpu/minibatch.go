package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// minibatchWeight is what finding an example costs, in plain elements.
const minibatchWeight = 100

// Minibatch implements engine.MinibatchSteps. A part is a replica.
func (d *fast) Minibatch(index, pool, sizes engine.Ints, noise engine.Noise) {
	j := &d.jobs.minibatch
	*j = minibatchJob{fast: d, index: index, pool: pool, sizes: sizes, noise: noise}
	d.run(blocks{items: 1, each: 1, count: 1, weight: minibatchWeight * index.Len}, j)
}

// minibatchJob: see engine/ref/minibatch.go.
type minibatchJob struct {
	*fast
	index, pool, sizes engine.Ints
	noise              engine.Noise
}

func (j *minibatchJob) Run(r int) {
	ref.Minibatch(j.Ints(j.index, r), j.Pool(j.pool, j.sizes, r), j.At(j.noise, r))
}

// GatherPixels implements engine.MinibatchSteps.
func (d *fast) GatherPixels(dst engine.Floats, images engine.Bytes, index engine.Ints, width int, binarise engine.Binarise, noise engine.Noise) {
	engine.Lens("GatherPixels", "dst", dst, index.Len*width)
	weight := width
	if binarise != engine.BinariseNone {
		weight = 8 * width
	}
	j := &d.jobs.pixels
	*j = pixelsJob{
		fast: d, dst: dst, images: images, index: index, width: width, binarise: binarise, noise: noise,
		parts: d.cut(index.Len, weight, 1),
		// The elements of one row; the row itself is the example's number or place.
		elements: d.addressesOf(engine.Pairs{Labelled: 1, Labels: 1, Samples: 1}, width).element,
	}
	if need := d.Replicas() * j.parts.count * j.size(); len(d.words) < need {
		d.words = make([]uint32, need)
	}
	d.run(j.parts, j)
}

// pixelsJob: dst[b] = image[index[b]]/255, or 1 with that probability and else 0.
type pixelsJob struct {
	*fast
	dst      engine.Floats
	images   engine.Bytes
	index    engine.Ints
	width    int
	binarise engine.Binarise
	noise    engine.Noise
	parts    blocks
	elements []uint32
}

// size is a part's scratch: a row's words and the counters they come from.
func (j *pixelsJob) size() int { return 5 * len(j.elements) }

func (j *pixelsJob) Run(part int) {
	r, from, to := j.parts.at(part)
	dst, images, index, at := j.Floats(j.dst, r), j.Bytes(j.images), j.Ints(j.index, r), j.At(j.noise, r)
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
