package cpu

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/ref"
)

// piece is the number of elements whose squares are summed by one thread. It is
// fixed, and a multiple of what the kernel sums at a time, so that neither the
// threads nor the replicas change the sum.
const piece = 1 << 15

// sumOfSquaresJob: sums[part] = Σ x² over one piece of one replica.
type sumOfSquaresJob struct {
	*fast
	x     engine.Floats
	parts blocks
}

func (j *sumOfSquaresJob) Run(part int) {
	r, from, to := j.parts.at(part)
	j.sums[part] = j.kernels.SumSquares(j.Floats(j.x, r)[from:to])
}

// sumsOfSquares leaves the sums of all pieces in sums and says how many pieces a
// replica has.
func (d *fast) sumsOfSquares(x engine.Floats) (pieces int) {
	j := &d.jobs.sumOfSquares
	*j = sumOfSquaresJob{fast: d, x: x, parts: blocks{items: x.Len, each: piece, count: (x.Len + piece - 1) / piece, weight: 1}}
	if need := d.Replicas() * j.parts.count; len(d.sums) < need {
		d.sums = make([]float64, need)
	}
	d.run(j.parts, j)
	return j.parts.count
}

// squares is ‖x‖² of a replica after sumsOfSquares. The square of a float32 fits
// a float64, so that it is finite exactly where every element is.
func (d *fast) squares(replica, pieces int) (sum float64) {
	for _, s := range d.sums[replica*pieces:][:pieces] {
		sum += s
	}
	return sum
}

// GradientNorm implements engine.OptimiserSteps.
func (d *fast) GradientNorm(norm engine.Doubles, fault engine.Ints, grads engine.Floats, clock engine.Ints) {
	pieces := d.sumsOfSquares(grads)
	for r := range d.Replicas() {
		sum := d.squares(r, pieces)
		d.Doubles(norm, r)[0] = math.Sqrt(sum)
		d.latch(fault, clock, engine.SiteGradient, grads, r, sum)
	}
}

// CheckFinite implements engine.OptimiserSteps.
func (d *fast) CheckFinite(fault engine.Ints, values engine.Floats, clock engine.Ints, site int32) {
	pieces := d.sumsOfSquares(values)
	for r := range d.Replicas() {
		d.latch(fault, clock, site, values, r, d.squares(r, pieces))
	}
}

// latch looks for the culprit where a sum of squares is not finite.
func (d *fast) latch(fault, clock engine.Ints, site int32, values engine.Floats, replica int, sum float64) {
	if sum-sum != 0 {
		d.Latch(fault, clock, site, replica, ref.FirstNonFinite(d.Floats(values, replica)))
	}
}

// Update implements engine.OptimiserSteps.
func (d *fast) Update(p engine.Parameters, scalars, norm engine.Doubles, fault engine.Ints, o engine.OptimiserOptions) {
	for r := range d.Replicas() {
		d.constants[r] = constantsOf(o, d.Doubles(scalars, r))
		if o.ClipNorm > 0 {
			d.constants[r].Clip = float32(ref.Clip(d.Scalar(norm, r), o.ClipNorm))
		}
	}
	j := &d.jobs.update
	*j = updateJob{fast: d, parameters: p, fault: fault, rule: o.Rule, parts: d.cut(p.Values.Len, 4, line)}
	d.run(j.parts, j)
}

// constantsOf are the constants of a step without clipping.
func constantsOf(o engine.OptimiserOptions, scalars []float64) simd.UpdateOptions {
	c := simd.UpdateOptions{
		Clip: 1, Prior: float32(o.WeightPrior),
		Rate: float32(scalars[engine.ScalarStepSize]), Epsilon: float32(scalars[engine.ScalarEpsilon]),
		Average: float32(scalars[engine.ScalarAverage]),
	}
	switch o.Rule {
	case engine.SGD:
		c.Keep1 = float32(o.Momentum)
	case engine.RMSprop:
		c.Keep2, c.Fresh2 = float32(o.RMSDecay), float32(1-o.RMSDecay)
	case engine.Adam:
		c.Keep1, c.Fresh1 = float32(o.Beta1), float32(1-o.Beta1)
		c.Keep2, c.Fresh2 = float32(o.Beta2), float32(1-o.Beta2)
	}
	return c
}

// updateJob applies the gradient rule to the replicas without a fault; see
// engine/ref/optimiser.go.
type updateJob struct {
	*fast
	parameters engine.Parameters
	fault      engine.Ints
	rule       engine.Rule
	parts      blocks
}

func (j *updateJob) Run(part int) {
	r, from, to := j.parts.at(part)
	if j.Ints(j.fault, r)[engine.FaultStep] != 0 {
		return
	}
	p, g := j.slice(j.parameters.Values, r, from, to), j.slice(j.parameters.Grads, r, from, to)
	state, average := j.slice(j.parameters.States[0], r, from, to), j.slice(j.parameters.Average, r, from, to)
	constants := &j.constants[r]
	switch j.rule {
	case engine.SGD:
		j.kernels.SGD(p, g, state, average, constants)
	case engine.AdaGrad:
		j.kernels.AdaGrad(p, g, state, average, constants)
	case engine.RMSprop:
		j.kernels.RMSprop(p, g, state, average, constants)
	case engine.Adam:
		j.kernels.Adam(p, g, state, j.slice(j.parameters.States[1], r, from, to), average, constants)
	}
}

// slice is a part of an array; of an absent one, nil.
func (j *updateJob) slice(a engine.Floats, r, from, to int) []float32 {
	if a.IsNil() {
		return nil
	}
	return j.Floats(a, r)[from:to]
}
