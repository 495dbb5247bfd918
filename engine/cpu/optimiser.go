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

// optimiserStep compiles a step of a training step's frame.
func (d *fast) optimiserStep(step engine.Step) func() {
	switch s := step.(type) {
	case engine.GradientNorm:
		squares, norm := d.squares(s.Grads), d.doubles(s.Norm)
		return func() {
			sum := squares()
			norm[0] = math.Sqrt(sum)
			d.latch(s.Fault, s.Clock, engine.SiteGradient, s.Grads, sum)
		}
	case engine.CheckFinite:
		squares := d.squares(s.Values)
		return func() { d.latch(s.Fault, s.Clock, s.Site, s.Values, squares()) }
	case engine.Update:
		return d.update(s)
	default:
		return nil
	}
}

// sumOfSquaresJob: sums[part] = Σ x² over one piece.
type sumOfSquaresJob struct {
	*fast
	x     []float32
	parts blocks
}

func (j *sumOfSquaresJob) Run(part int) {
	from, to := j.parts.at(part)
	j.sums[part] = j.kernels.SumSquares(j.x[from:to])
}

// squares is ‖x‖². The square of a float32 fits a float64, so that it is finite
// exactly where every element is.
func (d *fast) squares(x engine.Floats) func() float64 {
	parts := blocks{items: x.Len, each: piece, count: (x.Len + piece - 1) / piece, weight: 1}
	j := &sumOfSquaresJob{fast: d, x: d.floats(x), parts: parts}
	if len(d.sums) < parts.count {
		d.sums = make([]float64, parts.count)
	}
	return func() (sum float64) {
		d.run(parts, j)
		for _, s := range d.sums[:parts.count] {
			sum += s
		}
		return sum
	}
}

// latch looks for the culprit where a sum of squares is not finite.
func (d *fast) latch(fault, clock engine.Ints, site int32, values engine.Floats, sum float64) {
	if sum-sum != 0 {
		d.Latch(fault, clock, site, 0, ref.FirstNonFinite(d.floats(values)))
	}
}

func (d *fast) update(s engine.Update) func() {
	p, o := &s.Params, &s.Options
	j := &updateJob{
		fast: d, rule: o.Rule, parts: d.cut(p.Values.Len, 4, line), values: d.floats(p.Values), grads: d.floats(p.Grads),
		states: [2][]float32{d.floats(p.States[0]), d.floats(p.States[1])}, average: d.floats(p.Average),
	}
	fault, scalars, norm := d.ints(s.Fault), d.doubles(s.Scalars), d.doubles(s.Norm)
	return func() {
		if fault[engine.FaultStep] != 0 {
			return
		}
		j.constants = constantsOf(o, scalars)
		if o.ClipNorm > 0 {
			j.constants.Clip = float32(ref.Clip(norm[0], o.ClipNorm))
		}
		d.run(j.parts, j)
	}
}

// constantsOf are the constants of a step without clipping.
func constantsOf(o *engine.OptimiserOptions, scalars []float64) simd.UpdateOptions {
	keep1, fresh1, keep2, fresh2 := o.Blends()
	return simd.UpdateOptions{
		Clip: 1, Prior: float32(o.WeightPrior),
		Rate: float32(scalars[engine.ScalarStepSize]), Epsilon: float32(scalars[engine.ScalarEpsilon]),
		Average: float32(scalars[engine.ScalarAverage]),
		Keep1:   float32(keep1), Fresh1: float32(fresh1), Keep2: float32(keep2), Fresh2: float32(fresh2),
	}
}

// updateJob applies the gradient rule; see engine/ref/optimiser.go.
type updateJob struct {
	*fast
	values, grads []float32
	states        [2][]float32
	average       []float32
	rule          engine.Rule
	constants     simd.UpdateOptions
	parts         blocks
}

func (j *updateJob) Run(part int) {
	from, to := j.parts.at(part)
	p, g, average := j.values[from:to], j.grads[from:to], slice(j.average, from, to)
	s1, s2 := slice(j.states[0], from, to), slice(j.states[1], from, to)
	j.kernels.Update(int(j.rule), p, g, s1, s2, average, &j.constants)
}

// slice is a part of an array; of an absent one, nil.
func slice(x []float32, from, to int) []float32 {
	if x == nil {
		return nil
	}
	return x[from:to]
}
