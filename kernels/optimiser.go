package kernels

import (
	"fmt"

	"ssdgm/engine"
)

const (
	// replicaThreads is the block of begin_step.
	replicaThreads = 64
	// reduceThreads is the block of the reductions over an array, and reduceElements
	// is what it takes on before there is another; beyond mostReduceBlocks each takes
	// on more. The order of a sum depends on them.
	reduceThreads    = 256
	reduceElements   = 4096
	mostReduceBlocks = 1024
)

// optimiser launches the frame of a training step.
func (b *Builder) optimiser(step engine.Step) (Launch, bool) {
	switch s := step.(type) {
	case engine.BeginStep:
		args := beginStepArguments{schedule: b.schedule(s), replicas: b.Replicas}
		return launch(size{1, 1, 1}, size{replicaThreads, 1, 1}, args), true
	case engine.CheckFinite:
		scratch := b.scratchIf(reduceScratch(s.Values.Len))
		return b.reduce(s.Values.Len, checkFiniteArguments{
			fault: b.Ints(s.Fault), values: b.Floats(s.Values), clock: b.Ints(s.Clock), site: int(s.Site), scratch: scratch, n: s.Values.Len,
		}).using(scratch), true
	case engine.GradientNorm:
		scratch := b.scratchIf(reduceScratch(s.Grads.Len))
		return b.reduce(s.Grads.Len, gradientNormArguments{
			norm: b.Doubles(s.Norm), fault: b.Ints(s.Fault), grads: b.Floats(s.Grads), clock: b.Ints(s.Clock), scratch: scratch, n: s.Grads.Len,
		}).using(scratch), true
	case engine.AddSum:
		scratch := b.scratchIf(reduceScratch(s.X.Len))
		return b.reduce(s.X.Len, addSumArguments{
			sum: b.Doubles(s.Sum), x: b.Floats(s.X), weight: b.Floats(s.Weight), scratch: scratch, n: s.X.Len,
		}).using(scratch), true
	case Books:
		return b.books(s), true
	case engine.Update:
		return b.update(s), true
	default:
		return Launch{}, false
	}
}

// reduceScratch is how many floats of scratch memory each replica needs for a reduction over n
// elements: 0 is none.
func reduceScratch(n int) int {
	blocks := reduceBlocks(n)
	if blocks == 1 {
		return 0
	}
	return scratch(3 * blocks) // a double and an int for each
}

// reduceBlocks depends on one replica's length alone, and so does the order of a sum.
func reduceBlocks(n int) int { return max(1, min(ceilDiv(n, reduceElements), mostReduceBlocks)) }

// reduce launches a reduction over n elements.
func (b *Builder) reduce(n int, args arguments) Launch {
	if n > maxGridX {
		panic(fmt.Sprintf("kernels: %s: %d elements, at most %d", args.kernel(), n, maxGridX))
	}
	return launch(size{reduceBlocks(n), 1, b.Replicas}, size{reduceThreads, 1, 1}, args)
}

func (b *Builder) update(s engine.Update) Launch {
	p, o, n := &s.Params, &s.Options, s.Params.Values.Len
	keep1, fresh1, keep2, fresh2 := o.Blends()
	return launch(size{ceilDiv(fours(n), reduceThreads), 1, b.Replicas}, size{reduceThreads, 1, 1}, updateArguments{
		values: b.Floats(p.Values), grads: b.Floats(p.Grads), state1: b.Floats(p.States[0]), state2: b.Floats(p.States[1]),
		average: b.Floats(p.Average), scalars: b.Doubles(s.Scalars), norm: b.Doubles(s.Norm), fault: b.Ints(s.Fault),
		rule: o.Rule, keep1: keep1, fresh1: fresh1, keep2: keep2, fresh2: fresh2,
		clipNorm: o.ClipNorm, weightPrior: o.WeightPrior, n: n,
	})
}
