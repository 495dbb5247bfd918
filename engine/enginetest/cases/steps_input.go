package cases

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

var inputSteps = []Step{
	{"Minibatch", minibatchCases, minibatchTraining},
	{"GatherPixels", gatherPixelsCases, gatherPixelsTraining},
	{"GatherFloats", gatherFloatsCases, gatherFloatsTraining},
	{"ZeroMissing", zeroMissingCases, zeroMissingTraining},
	{"GatherGaussian", gatherGaussianCases, gatherGaussianTraining},
	{"GatherLabels", gatherLabelsCases, gatherLabelsTraining},
}

func minibatchCases() []Case {
	return []Case{
		minibatch(1, 1, false), minibatch(31, 257, false), minibatch(257, 31, false), minibatch(100, 1025, false), minibatch(1025, 50_000, false),
		minibatch(1, 1, true), minibatch(257, 31, true), minibatch(100, 1025, true),
	}
}

func minibatchTraining() []Case {
	return []Case{minibatch(100, 50_000, false), minibatch(1000, 50_000, true)}
}

// minibatch is a case in which, if sized, every replica's pool has another size:
// all of the array, more than that, or any part of it.
func minibatch(batch, examples int, sized bool) Case {
	name := fmt.Sprintf("%d of %d", batch, examples)
	if sized {
		name += " at most"
	}
	return Case{
		Name:     name,
		Elements: batch,
		Set: func(r *Rig) engine.Step {
			pool := r.index("pool", examples, 1<<30)
			index := add(r, &r.ints, "index", output, batch, place{}, nil)
			var sizes engine.Ints
			if sized {
				sizes = add(r, &r.ints, "sizes", input, 1, place{slack: r.layout.Slack}, below(examples+2).fill)
			}
			noise := r.noise(noise.StreamM1Minibatch)
			return engine.Minibatch{Index: index, Pool: pool, Sizes: sizes, Noise: noise}
		},
	}
}

func gatherPixelsCases() []Case {
	var cases []Case
	for b := range binarisations {
		cases = append(cases, gatherPixels(1, 1025, b), gatherPixels(31, 257, b), gatherPixels(257, 31, b), gatherPixels(1025, 1, b))
	}
	return cases
}

func gatherPixelsTraining() []Case {
	var cases []Case
	for b := range binarisations {
		cases = append(cases, gatherPixels(100, trainPixels, b))
	}
	return cases
}

var binarisations = []string{engine.BinariseNone: "grey", engine.BinariseFixed: "fixed", engine.BinariseResample: "resampled"}

func gatherPixels(batch, width, binarise int) Case {
	const examples = 41
	return Case{
		Name:     fmt.Sprintf("%dx%d %s", batch, width, binarisations[binarise]),
		Elements: batch * width,
		Set: func(r *Rig) engine.Step {
			images := r.pixels(examples * width)
			index := r.index("index", batch, examples)
			dst := r.out("dst", batch*width)
			var at engine.Noise
			if engine.Binarise(binarise) != engine.BinariseNone {
				at = r.noise(noise.StreamM1Pixels)
			}
			return engine.GatherPixels{
				Dst: dst, Images: images, Index: index, Width: width, Binarise: engine.Binarise(binarise),
				Noise: at,
			}
		},
	}
}

func gatherFloatsCases() []Case {
	return []Case{gatherFloats(1, 1025), gatherFloats(31, 257), gatherFloats(257, 31), gatherFloats(1025, 1)}
}

func gatherFloatsTraining() []Case { return []Case{gatherFloats(100, trainPixels)} }

func gatherFloats(batch, width int) Case {
	const examples = 41
	return Case{
		Name:     fmt.Sprintf("%dx%d", batch, width),
		Elements: batch * width,
		Set: func(r *Rig) engine.Step {
			rows := r.in("rows", examples*width, normal(1))
			index := r.index("index", batch, examples)
			dst := r.out("dst", batch*width)
			return engine.GatherFloats{Dst: dst, Rows: rows, Index: index, Width: width}
		},
	}
}

func zeroMissingCases() []Case {
	return []Case{zeroMissing(1), zeroMissing(31), zeroMissing(257), zeroMissing(1025), zeroMissing(70_001)}
}

func zeroMissingTraining() []Case { return []Case{zeroMissing(100 * trainPixels)} }

func zeroMissing(n int) Case {
	return Case{
		Name:     fmt.Sprint(n),
		Elements: n,
		Set: func(r *Rig) engine.Step {
			x := r.in("x", n, holed(normal(1)))
			return engine.ZeroMissing{Dst: r.out("dst", n), X: x, N: n}
		},
	}
}

func gatherGaussianCases() []Case {
	return []Case{
		gatherGaussian(1, 1025, true), gatherGaussian(31, 257, true), gatherGaussian(257, 31, true), gatherGaussian(1025, 1, true),
		gatherGaussian(31, 257, false), gatherGaussian(257, 1, false),
	}
}

func gatherGaussianTraining() []Case {
	return []Case{gatherGaussian(100, trainLatents, true), gatherGaussian(1000, trainLatents, true)}
}

func gatherGaussian(batch, width int, sample bool) Case {
	const examples = 41
	name := "mean"
	if sample {
		name = "sample"
	}
	return Case{
		Name:     fmt.Sprintf("%dx%d %s", batch, width, name),
		Elements: batch * width,
		Set: func(r *Rig) engine.Step {
			stats := r.in("stats", 2*examples*width, normal(1))
			index := r.index("index", batch, examples)
			dst := r.out("dst", batch*width)
			var at engine.Noise
			if sample {
				at = r.noise(noise.StreamM2Feature)
			}
			return engine.GatherGaussian{
				Dst: dst, Stats: stats, Index: index, Width: width, Sample: sample, Noise: at,
			}
		},
	}
}

func gatherLabelsCases() []Case {
	return []Case{gatherLabels(1), gatherLabels(31), gatherLabels(257), gatherLabels(1025)}
}

func gatherLabelsTraining() []Case { return []Case{gatherLabels(1000)} }

func gatherLabels(batch int) Case {
	const examples = 41
	return Case{
		Name:     fmt.Sprint(batch),
		Elements: batch,
		Set: func(r *Rig) engine.Step {
			labels := r.labels("labels", examples, 10)
			index := r.index("index", batch, examples)
			dst := add(r, &r.ints, "dst", output, batch, place{slack: r.layout.Slack}, nil)
			return engine.GatherLabels{Dst: dst, Labels: labels, Index: index}
		},
	}
}
