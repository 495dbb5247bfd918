package cpu

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/ref"
)

// piece is the number of elements whose squares are summed by one thread. It is
// fixed, and a multiple of what the kernel sums at a time, so that the threads do
// not change the sum.
const piece = 1 << 15

// sumOfSquaresJob: sums[part] = Σ x² over one piece.
type sumOfSquaresJob struct {
	*fast
	x     engine.Floats
	parts blocks
}

func (j *sumOfSquaresJob) Run(part int) {
	from, to := j.parts.at(part)
	j.sums[part] = j.kernels.SumSquares(j.floats(j.x)[from:to])
}

// squares is ‖x‖². The square of a float32 fits a float64, so that it is finite
// exactly where every element is.
func (d *fast) squares(x engine.Floats) (sum float64) {
	j := &d.jobs.sumOfSquares
	*j = sumOfSquaresJob{fast: d, x: x, parts: blocks{items: x.Len, each: piece, count: (x.Len + piece - 1) / piece, weight: 1}}
	if len(d.sums) < j.parts.count {
		d.sums = make([]float64, j.parts.count)
	}
	d.run(j.parts, j)
	for _, s := range d.sums[:j.parts.count] {
		sum += s
	}
	return sum
}

// GradientNorm implements engine.OptimiserSteps.
func (d *fast) GradientNorm(norm engine.Doubles, fault engine.Ints, grads engine.Floats, clock engine.Ints) {
	sum := d.squares(grads)
	d.doubles(norm)[0] = math.Sqrt(sum)
	d.latch(fault, clock, engine.SiteGradient, grads, sum)
}

// CheckFinite implements engine.OptimiserSteps.
func (d *fast) CheckFinite(fault engine.Ints, values engine.Floats, clock engine.Ints, site int32) {
	d.latch(fault, clock, site, values, d.squares(values))
}

// latch looks for the culprit where a sum of squares is not finite.
func (d *fast) latch(fault, clock engine.Ints, site int32, values engine.Floats, sum float64) {
	if sum-sum != 0 {
		d.Latch(fault, clock, site, 0, ref.FirstNonFinite(d.floats(values)))
	}
}

// Update implements engine.OptimiserSteps.
func (d *fast) Update(p engine.Parameters, scalars, norm engine.Doubles, fault engine.Ints, o engine.OptimiserOptions) {
	if d.ints(fault)[engine.FaultStep] != 0 {
		return
	}
	j := &d.jobs.update
	*j = updateJob{fast: d, parameters: p, rule: o.Rule, constants: constantsOf(o, d.doubles(scalars)), parts: d.cut(p.Values.Len, 4, line)}
	if o.ClipNorm > 0 {
		j.constants.Clip = float32(ref.Clip(d.scalar(norm), o.ClipNorm))
	}
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

// updateJob applies the gradient rule; see engine/ref/optimiser.go.
type updateJob struct {
	*fast
	parameters engine.Parameters
	rule       engine.Rule
	constants  simd.UpdateOptions
	parts      blocks
}

func (j *updateJob) Run(part int) {
	from, to := j.parts.at(part)
	p, g := j.slice(j.parameters.Values, from, to), j.slice(j.parameters.Grads, from, to)
	state, average := j.slice(j.parameters.States[0], from, to), j.slice(j.parameters.Average, from, to)
	constants := &j.constants
	switch j.rule {
	case engine.SGD:
		j.kernels.SGD(p, g, state, average, constants)
	case engine.AdaGrad:
		j.kernels.AdaGrad(p, g, state, average, constants)
	case engine.RMSprop:
		j.kernels.RMSprop(p, g, state, average, constants)
	case engine.Adam:
		j.kernels.Adam(p, g, state, j.slice(j.parameters.States[1], from, to), average, constants)
	}
}

// slice is a part of an array; of an absent one, nil.
func (j *updateJob) slice(a engine.Floats, from, to int) []float32 {
	if a.IsNil() {
		return nil
	}
	return j.floats(a)[from:to]
}
