package floor

import "ssdgm/engine"

// Dense implements engine.LayerSteps.
func (c *Counter) Dense(y, x engine.Floats, rows int, layer engine.Layer) {
	if c.noting {
		c.note("Dense", by(rows, layer.In, layer.Out), rows*(layer.In+layer.Out)+parameters(layer), 2*rows*layer.In*layer.Out, func() {
			c.Device.Dense(y, x, rows, layer)
		})
	}
	c.Device.Dense(y, x, rows, layer)
}

// DenseGrad implements engine.LayerSteps: one product for the weights, one for dx. The
// gradient in y is written again only where there is an activation.
func (c *Counter) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, layer engine.Layer) {
	if c.noting {
		elements := rows*(layer.In+layer.Out) + parameters(layer)
		product := 2 * rows * layer.In * layer.Out
		flop := product
		if layer.Activation != engine.Identity {
			elements += 2 * rows * layer.Out
		}
		if !dx.IsNil() {
			elements += rows*layer.In + layer.In*layer.Out
			flop += product
		}
		c.note("DenseGrad", by(rows, layer.In, layer.Out), elements, flop, func() {
			c.Device.DenseGrad(dx, grad, dy, y, x, rows, layer)
		})
	}
	c.Device.DenseGrad(dx, grad, dy, y, x, rows, layer)
}

// GaussianSample implements engine.LatentSteps.
func (c *Counter) GaussianSample(z, kl, stats engine.Floats, pairs engine.Pairs, latents int, noise engine.Noise) {
	if c.noting {
		c.note("GaussianSample", by(pairs.SampleRows(), latents), pairs.Rows()*(2*latents+1)+pairs.SampleRows()*latents, 0, func() {
			c.Device.GaussianSample(z, kl, stats, pairs, latents, noise)
		})
	}
	c.Device.GaussianSample(z, kl, stats, pairs, latents, noise)
}

// GaussianSampleGrad implements engine.LatentSteps.
func (c *Counter) GaussianSampleGrad(dstats, dz, stats, weight engine.Floats, klWeight engine.Doubles, pairs engine.Pairs, latents int, noise engine.Noise) {
	if c.noting {
		c.note("GaussianSampleGrad", by(pairs.SampleRows(), latents), pairs.Rows()*(4*latents+1)+pairs.SampleRows()*latents, 0, func() {
			c.Device.GaussianSampleGrad(dstats, dz, stats, weight, klWeight, pairs, latents, noise)
		})
	}
	c.Device.GaussianSampleGrad(dstats, dz, stats, weight, klWeight, pairs, latents, noise)
}

// BernoulliNLL implements engine.LatentSteps.
func (c *Counter) BernoulliNLL(nll, dlogits, logits, x, weight engine.Floats, pairs engine.Pairs, width int) {
	if c.noting {
		c.note("BernoulliNLL", by(pairs.SampleRows(), width), likelihood(dlogits, pairs, width, width), 0, func() {
			c.Device.BernoulliNLL(nll, dlogits, logits, x, weight, pairs, width)
		})
	}
	c.Device.BernoulliNLL(nll, dlogits, logits, x, weight, pairs, width)
}

// GaussianNLL implements engine.LatentSteps.
func (c *Counter) GaussianNLL(nll, dstats, stats, x, weight engine.Floats, pairs engine.Pairs, width int) {
	if c.noting {
		c.note("GaussianNLL", by(pairs.SampleRows(), width), likelihood(dstats, pairs, width, 2*width), 0, func() {
			c.Device.GaussianNLL(nll, dstats, stats, x, weight, pairs, width)
		})
	}
	c.Device.GaussianNLL(nll, dstats, stats, x, weight, pairs, width)
}

// StackPosterior implements engine.LatentSteps.
func (c *Counter) StackPosterior(cost, dstats, stats engine.Floats, grads engine.StackGrads, weight engine.Floats, places engine.Ints, pairs engine.Pairs, latents, kept int, noise engine.Noise) {
	if c.noting {
		n := pairs.Examples()
		elements := n*(1+2*latents) + latents + where(!dstats.IsNil(), n*(3*latents+2*kept+1)+pairs.SampleRows()*kept)
		c.note("StackPosterior", by(n, latents, kept), elements, 0, func() {
			c.Device.StackPosterior(cost, dstats, stats, grads, weight, places, pairs, latents, kept, noise)
		})
	}
	c.Device.StackPosterior(cost, dstats, stats, grads, weight, places, pairs, latents, kept, noise)
}

// parameters is how many a layer has.
func parameters(l engine.Layer) int { return (l.In + 1) * l.Out }

// likelihood is the elements of a likelihood of the given widths of data and of its
// statistics, with a gradient or without.
func likelihood(gradient engine.Floats, pairs engine.Pairs, width, stats int) int {
	n := pairs.SampleRows()*(1+stats) + pairs.Examples()*width + pairs.Rows()
	return n + where(!gradient.IsNil(), pairs.SampleRows()*stats)
}
