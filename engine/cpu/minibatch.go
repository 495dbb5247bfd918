package cpu

import "ssdgm/engine"

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
	if need := j.parts.count * j.size(); len(d.words) < need {
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
	from, to := j.parts.at(part)
	dst, images, index, at := j.floats(j.dst), j.Bytes(j.images), j.ints(j.index), j.address(j.noise)
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
