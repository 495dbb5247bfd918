package enginetest

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

func minibatchCases() []stepCase {
	return []stepCase{
		minibatch(1, 1, false), minibatch(31, 257, false), minibatch(257, 31, false), minibatch(100, 1025, false), minibatch(1025, 50_000, false),
		minibatch(1, 1, true), minibatch(257, 31, true), minibatch(100, 1025, true),
	}
}

func minibatchTraining() []stepCase {
	return []stepCase{minibatch(100, 50_000, false), minibatch(1000, 50_000, true)}
}

// minibatch is a case in which, if sized, every replica's pool has another size:
// all of the array, more than that, or any part of it.
func minibatch(batch, examples int, sized bool) stepCase {
	name := fmt.Sprintf("%d of %d", batch, examples)
	if sized {
		name += " at most"
	}
	return stepCase{
		name:     name,
		elements: batch,
		set: func(r *rig) func() {
			pool := r.index("pool", examples, 1<<30)
			index := add(r, &r.ints, "index", output, batch, place{}, nil)
			var sizes engine.Ints
			if sized {
				sizes = add(r, &r.ints, "sizes", input, 1, place{slack: r.layout.slack}, below(examples+2).fill)
			}
			noise := r.noise(noise.StreamM1Minibatch)
			return func() { r.dev.Minibatch(index, pool, sizes, noise) }
		},
	}
}

func gatherPixelsCases() []stepCase {
	var cases []stepCase
	for b := range binarisations {
		cases = append(cases, gatherPixels(1, 1025, b), gatherPixels(31, 257, b), gatherPixels(257, 31, b), gatherPixels(1025, 1, b))
	}
	return cases
}

func gatherPixelsTraining() []stepCase {
	var cases []stepCase
	for b := range binarisations {
		cases = append(cases, gatherPixels(100, trainPixels, b))
	}
	return cases
}

var binarisations = []string{engine.BinariseNone: "grey", engine.BinariseFixed: "fixed", engine.BinariseResample: "resampled"}

func gatherPixels(batch, width, binarise int) stepCase {
	const examples = 41
	return stepCase{
		name:     fmt.Sprintf("%dx%d %s", batch, width, binarisations[binarise]),
		elements: batch * width,
		set: func(r *rig) func() {
			images := r.pixels(examples * width)
			index := r.index("index", batch, examples)
			dst := r.out("dst", batch*width)
			var at engine.Noise
			if engine.Binarise(binarise) != engine.BinariseNone {
				at = r.noise(noise.StreamM1Pixels)
			}
			return func() { r.dev.GatherPixels(dst, images, index, width, engine.Binarise(binarise), at) }
		},
	}
}

func gatherGaussianCases() []stepCase {
	return []stepCase{
		gatherGaussian(1, 1025, true), gatherGaussian(31, 257, true), gatherGaussian(257, 31, true), gatherGaussian(1025, 1, true),
		gatherGaussian(31, 257, false), gatherGaussian(257, 1, false),
	}
}

func gatherGaussianTraining() []stepCase {
	return []stepCase{gatherGaussian(100, trainLatents, true), gatherGaussian(1000, trainLatents, true)}
}

func gatherGaussian(batch, width int, sample bool) stepCase {
	const examples = 41
	name := "mean"
	if sample {
		name = "sample"
	}
	return stepCase{
		name:     fmt.Sprintf("%dx%d %s", batch, width, name),
		elements: batch * width,
		set: func(r *rig) func() {
			stats := r.in("stats", 2*examples*width, normal(1))
			index := r.index("index", batch, examples)
			dst := r.out("dst", batch*width)
			var at engine.Noise
			if sample {
				at = r.noise(noise.StreamM2Feature)
			}
			return func() { r.dev.GatherGaussian(dst, stats, index, width, sample, at) }
		},
	}
}

func gatherLabelsCases() []stepCase {
	return []stepCase{gatherLabels(1), gatherLabels(31), gatherLabels(257), gatherLabels(1025)}
}

func gatherLabelsTraining() []stepCase { return []stepCase{gatherLabels(1000)} }

func gatherLabels(batch int) stepCase {
	const examples = 41
	return stepCase{
		name:     fmt.Sprint(batch),
		elements: batch,
		set: func(r *rig) func() {
			labels := r.labels("labels", examples, 10)
			index := r.index("index", batch, examples)
			dst := add(r, &r.ints, "dst", output, batch, place{slack: r.layout.slack}, nil)
			return func() { r.dev.GatherLabels(dst, labels, index) }
		},
	}
}
