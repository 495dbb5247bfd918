//go:build cuda

package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// BeginStep implements engine.OptimiserSteps.
func (d *device) BeginStep(clock engine.Ints, scalars, baseRate engine.Doubles, options engine.OptimiserOptions) {
	engine.Lens("BeginStep", "scalars", scalars, engine.ScalarLen)
	d.step(shape{d.replicas},
		kernels.BeginStep(d.replicas, d.ints(clock), d.doubles(scalars), d.doubles(baseRate), options))
}

// CheckFinite implements engine.OptimiserSteps.
func (d *device) CheckFinite(fault engine.Ints, values engine.Floats, clock engine.Ints, site int32) {
	d.step(shape{values.Len},
		kernels.CheckFinite(d.replicas, d.ints(fault), d.floats(values), d.ints(clock), site, values.Len, d.scratchFor(kernels.ReduceScratch(values.Len))))
}

// GradientNorm implements engine.OptimiserSteps.
func (d *device) GradientNorm(norm engine.Doubles, fault engine.Ints, grads engine.Floats, clock engine.Ints) {
	d.step(shape{grads.Len},
		kernels.GradientNorm(d.replicas, d.doubles(norm), d.ints(fault), d.floats(grads), d.ints(clock), grads.Len, d.scratchFor(kernels.ReduceScratch(grads.Len))))
}

// Update implements engine.OptimiserSteps.
func (d *device) Update(p engine.Parameters, scalars, norm engine.Doubles, fault engine.Ints, options engine.OptimiserOptions) {
	resolved := kernels.Parameters{Values: d.floats(p.Values), Grads: d.floats(p.Grads), Average: d.floats(p.Average)}
	for i, state := range p.States {
		resolved.States[i] = d.floats(state)
	}
	d.step(shape{p.Values.Len},
		kernels.Update(d.replicas, resolved, d.doubles(scalars), d.doubles(norm), d.ints(fault), options, p.Values.Len))
}

// AddSum implements engine.OptimiserSteps.
func (d *device) AddSum(sum engine.Doubles, x, weight engine.Floats) {
	d.step(shape{x.Len},
		kernels.AddSum(d.replicas, d.doubles(sum), d.floats(x), d.floats(weight), x.Len, d.scratchFor(kernels.ReduceScratch(x.Len))))
}
