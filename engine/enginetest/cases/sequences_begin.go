package cases

import (
	"math"
	"math/rand/v2"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// beginnings are what chooses and fetches the examples of a training step, and what watches over it.
func beginnings() []Sequence {
	return []Sequence{
		{"the beginning of a step on pixels", onPixels},
		{"the beginning of a step on features of two minibatches", onFeatures},
		{"a minibatch by another clock", byAnotherClock},
		{"checks and sums", checksAndSums},
	}
}

// begun is a step that has begun: its noise, and what begins it.
func (r *Rig) begun(name string) (engine.Noise, engine.BeginStep) {
	at := r.noise(noise.StreamM2Feature)
	at.Clock = add(r, &r.ints, name, inout, 1, place{shared: true}, constant[int32](Clock).fill)
	o := Rules[engine.Adam].Options
	o.WarmupSteps, o.KLWarmupSteps, o.EMA = 20, 30, 0.99
	scalars := add(r, &r.doubles, "scalars", output, engine.ScalarLen, place{}, nil)
	return at, engine.BeginStep{Clock: at.Clock, Scalars: scalars, BaseRate: r.double("baseRate", 3e-4), Options: o}
}

// onPixels has labels after the pixels.
func onPixels(r *Rig) []engine.Step {
	const examples, batch, width = 41, 100, 37
	at, begin := r.begun("clock")
	index := add(r, &r.ints, "index", output, batch, place{}, nil)
	return []engine.Step{
		begin,
		engine.Minibatch{Index: index, Pool: r.order(examples), Noise: at},
		engine.GatherPixels{Dst: r.out("x", batch*width), Images: r.pixels(examples * width), Index: index, Width: width},
		engine.GatherLabels{
			Dst:    add(r, &r.ints, "labels of batch", output, batch, place{}, nil),
			Labels: r.labels("labels", examples, 10), Index: index,
		},
	}
}

// onFeatures has two schedules, labels of the first minibatch, and sizes of the second.
func onFeatures(r *Rig) []engine.Step {
	const examples, labelled, unlabelled, width = 141, 33, 70, 50
	at, begin := r.begun("clock")
	_, other := r.begun("second clock")
	index := add(r, &r.ints, "index", output, labelled+unlabelled, place{}, nil)
	sizes := add(r, &r.ints, "sizes", input, 1, place{}, below(examples).fill)
	stats := r.in("stats", 2*examples*width, normal(1))
	return []engine.Step{
		begin, other,
		engine.Minibatch{Index: index.Slice(0, labelled), Pool: r.order(examples), Noise: at},
		engine.Minibatch{Index: index.Slice(labelled, unlabelled), Pool: r.order(examples), Sizes: sizes, Noise: at},
		engine.GatherLabels{
			Dst:    add(r, &r.ints, "labels of batch", output, labelled, place{}, nil),
			Labels: r.labels("labels", examples, 10), Index: index.Slice(0, labelled),
		},
		engine.GatherGaussian{
			Dst: r.out("x", (labelled+unlabelled)*width), Stats: stats, Index: index, Width: width, Sample: true, Noise: at,
		},
	}
}

// byAnotherClock draws examples of a step that has not begun.
func byAnotherClock(r *Rig) []engine.Step {
	const examples, batch, width = 41, 33, 7
	_, begin := r.begun("clock")
	index := add(r, &r.ints, "index", output, batch, place{}, nil)
	return []engine.Step{
		begin,
		engine.Minibatch{Index: index, Pool: r.order(examples), Noise: r.noise(noise.StreamM2Feature)},
		engine.GatherPixels{Dst: r.out("x", batch*width), Images: r.pixels(examples * width), Index: index, Width: width},
	}
}

// checksAndSums finds a fault at the second or the third place, as the replica has it, and has two sums of one.
func checksAndSums(r *Rig) []engine.Step {
	fault, clock := r.fault(), r.clock(input)
	check := func(site int32, n, every int) engine.Step {
		return engine.CheckFinite{Fault: fault, Values: r.spoilt(n, every), Clock: clock, Site: site}
	}
	sum := func(n int) engine.AddSum {
		return engine.AddSum{
			Sum: add(r, &r.doubles, "sum", inout, 1, place{}, constant(2.5).fill), X: r.inExact("x", n, normal(1)),
			Weight: r.inExact("weight", n, uniform(0, 2)),
		}
	}
	first := sum(257)
	again := sum(33)
	again.Sum, again.Weight = first.Sum, engine.Floats{}
	return []engine.Step{
		check(engine.SiteRows, 5100, 0), check(engine.SiteRows+1, 33, 2),
		check(engine.SiteRows+2, 1, 1), check(engine.SiteRows+3, 129, 1),
		first, sum(1), sum(4096), sum(4097), sum(7), again,
	}
}

// spoilt is values of which one is NaN, for replicas whose seeds every divides; with 0 none is.
func (r *Rig) spoilt(n, every int) engine.Floats {
	return add(r, &r.floats, "values", input, n, place{}, func(dst []float32, seed uint64, rng *rand.Rand) {
		normal(1).fill(dst, seed, rng)
		if every > 0 && seed%uint64(every) == 0 {
			dst[rng.IntN(n)] = float32(math.NaN())
		}
	})
}
