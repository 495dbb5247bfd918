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

// BeginStep launches engine.OptimiserSteps.BeginStep.
func BeginStep(replicas int, clock, scalars, baseRate Array, o engine.OptimiserOptions) Launch {
	return launch("begin_step", size{1, 1, 1}, size{replicaThreads, 1, 1}, clock, scalars, baseRate,
		int(o.Rule), o.Beta1, o.Beta2, o.Epsilon, o.WarmupSteps, int(o.Decay), o.TotalSteps, o.FinalFraction,
		o.StepEvery, o.StepFactor, o.KLWarmupSteps, o.EMA, replicas)
}

// ReduceScratch is how many floats of scratch memory each replica needs for
// CheckFinite, GradientNorm or AddSum over n elements: 0 is none.
func ReduceScratch(n int) int {
	blocks := reduceBlocks(n)
	if blocks == 1 {
		return 0
	}
	return scratch(3 * blocks) // a double and an int for each
}

// reduceBlocks depends on one replica's length alone, and so does the order of a sum.
func reduceBlocks(n int) int { return max(1, min(ceilDiv(n, reduceElements), mostReduceBlocks)) }

// reduce launches a reduction over n elements.
func reduce(kernel string, replicas, n int, args ...any) Launch {
	if n > maxGridX {
		panic(fmt.Sprintf("kernels: %s: %d elements, at most %d", kernel, n, maxGridX))
	}
	return launch(kernel, size{reduceBlocks(n), 1, replicas}, size{reduceThreads, 1, 1}, append(args, n)...)
}

// CheckFinite launches engine.OptimiserSteps.CheckFinite over n values.
func CheckFinite(replicas int, fault, values, clock Array, site int32, n int, scratch Array) Launch {
	return reduce("check_finite", replicas, n, fault, values, clock, int(site), scratch)
}

// GradientNorm launches engine.OptimiserSteps.GradientNorm over n gradients.
func GradientNorm(replicas int, norm, fault, grads, clock Array, n int, scratch Array) Launch {
	return reduce("gradient_norm", replicas, n, norm, fault, grads, clock, scratch)
}

// AddSum launches engine.OptimiserSteps.AddSum over n elements; weight may be absent.
func AddSum(replicas int, sum, x, weight Array, n int, scratch Array) Launch {
	return reduce("add_sum", replicas, n, sum, x, weight, scratch)
}

// Parameters is engine.Parameters with its arrays resolved.
type Parameters struct {
	Values, Grads Array
	States        [2]Array
	Average       Array // absent without averaging
}

// Update launches engine.OptimiserSteps.Update over n parameters.
func Update(replicas int, p Parameters, scalars, norm, fault Array, o engine.OptimiserOptions, n int) Launch {
	return launch("update", size{ceilDiv(fours(n), reduceThreads), 1, replicas}, size{reduceThreads, 1, 1},
		p.Values, p.Grads, p.States[0], p.States[1], p.Average, scalars, norm, fault,
		int(o.Rule), o.Beta1, o.Beta2, o.Momentum, o.RMSDecay, o.ClipNorm, o.WeightPrior, n)
}
