package floor

import (
	"fmt"
	"strings"

	"ssdgm/engine"
)

// Minibatch implements engine.MinibatchSteps.
func (c *Counter) Minibatch(index, pool, sizes engine.Ints, noise engine.Noise) {
	if c.noting {
		c.note("Minibatch", by(index.Len), 2*index.Len+sizes.Len, 0, func() { c.Device.Minibatch(index, pool, sizes, noise) })
	}
	c.Device.Minibatch(index, pool, sizes, noise)
}

// GatherPixels implements engine.MinibatchSteps.
func (c *Counter) GatherPixels(dst engine.Floats, images engine.Bytes, index engine.Ints, width int, binarise engine.Binarise, noise engine.Noise) {
	if c.noting {
		c.note("GatherPixels", by(index.Len, width), index.Len*(1+width)+index.Len*width/word, 0, func() {
			c.Device.GatherPixels(dst, images, index, width, binarise, noise)
		})
	}
	c.Device.GatherPixels(dst, images, index, width, binarise, noise)
}

// GatherGaussian implements engine.MinibatchSteps.
func (c *Counter) GatherGaussian(dst, stats engine.Floats, index engine.Ints, width int, sample bool, noise engine.Noise) {
	if c.noting {
		c.note("GatherGaussian", by(index.Len, width), index.Len*(1+2*width+where(sample, width)), 0, func() {
			c.Device.GatherGaussian(dst, stats, index, width, sample, noise)
		})
	}
	c.Device.GatherGaussian(dst, stats, index, width, sample, noise)
}

// GatherLabels implements engine.MinibatchSteps.
func (c *Counter) GatherLabels(dst, labels, index engine.Ints) {
	if c.noting {
		c.note("GatherLabels", by(index.Len), 3*index.Len, 0, func() { c.Device.GatherLabels(dst, labels, index) })
	}
	c.Device.GatherLabels(dst, labels, index)
}

// BeginStep implements engine.OptimiserSteps.
func (c *Counter) BeginStep(clock engine.Ints, scalars, baseRate engine.Doubles, options engine.OptimiserOptions) {
	if c.noting {
		options := options // or every call would put it on the heap, as large as it is
		c.note("BeginStep", "", 2*(1+engine.ScalarLen), 0, func() {
			c.Device.BeginStep(clock, scalars, baseRate, options)
		})
	}
	c.Device.BeginStep(clock, scalars, baseRate, options)
}

// CheckFinite implements engine.OptimiserSteps.
func (c *Counter) CheckFinite(fault engine.Ints, values engine.Floats, clock engine.Ints, site int32) {
	if c.noting {
		c.note("CheckFinite", by(values.Len), values.Len, 0, func() {
			c.Device.CheckFinite(fault, values, clock, site)
		})
	}
	c.Device.CheckFinite(fault, values, clock, site)
}

// GradientNorm implements engine.OptimiserSteps.
func (c *Counter) GradientNorm(norm engine.Doubles, fault engine.Ints, grads engine.Floats, clock engine.Ints) {
	if c.noting {
		c.note("GradientNorm", by(grads.Len), grads.Len, 0, func() {
			c.Device.GradientNorm(norm, fault, grads, clock)
		})
	}
	c.Device.GradientNorm(norm, fault, grads, clock)
}

// Update implements engine.OptimiserSteps: the gradient is read, all else read and written.
func (c *Counter) Update(params engine.Parameters, scalars, norm engine.Doubles, fault engine.Ints, options engine.OptimiserOptions) {
	if c.noting {
		arrays := 3 + 2*options.Rule.States() + where(options.EMA > 0, 2)
		params, options := params, options // as in BeginStep
		c.note("Update", by(params.Values.Len), arrays*params.Values.Len, 0, func() {
			c.Device.Update(params, scalars, norm, fault, options)
		})
	}
	c.Device.Update(params, scalars, norm, fault, options)
}

// AddSum implements engine.OptimiserSteps.
func (c *Counter) AddSum(sum engine.Doubles, x, weight engine.Floats) {
	if c.noting {
		c.note("AddSum", by(x.Len), x.Len*(1+where(!weight.IsNil(), 1)), 0, func() {
			c.Device.AddSum(sum, x, weight)
		})
	}
	c.Device.AddSum(sum, x, weight)
}

// where is n where the condition holds, and otherwise 0.
func where(holds bool, n int) int {
	if holds {
		return n
	}
	return 0
}

// by is a step's shape in words.
func by(sizes ...int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(sizes)), "×"), "[]")
}
