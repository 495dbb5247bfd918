package cpu

import "ssdgm/engine"

// Minibatch implements engine.MinibatchSteps.
func (t *team) Minibatch(index, pool, sizes engine.Ints, noise engine.Noise) {
	t.take(func(d engine.Device) { d.Minibatch(index, pool, sizes, noise) })
}

// GatherPixels implements engine.MinibatchSteps.
func (t *team) GatherPixels(dst engine.Floats, images engine.Bytes, index engine.Ints, width int, binarise engine.Binarise, noise engine.Noise) {
	t.take(func(d engine.Device) { d.GatherPixels(dst, images, index, width, binarise, noise) })
}

// GatherGaussian implements engine.MinibatchSteps.
func (t *team) GatherGaussian(dst, stats engine.Floats, index engine.Ints, width int, sample bool, noise engine.Noise) {
	t.take(func(d engine.Device) { d.GatherGaussian(dst, stats, index, width, sample, noise) })
}

// GatherLabels implements engine.MinibatchSteps.
func (t *team) GatherLabels(dst, labels, index engine.Ints) {
	t.take(func(d engine.Device) { d.GatherLabels(dst, labels, index) })
}

// Dense implements engine.LayerSteps.
func (t *team) Dense(y, x engine.Floats, rows int, layer engine.Layer) {
	t.take(func(d engine.Device) { d.Dense(y, x, rows, layer) })
}

// DenseGrad implements engine.LayerSteps.
func (t *team) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, layer engine.Layer) {
	t.take(func(d engine.Device) { d.DenseGrad(dx, grad, dy, y, x, rows, layer) })
}

// GaussianSample implements engine.LatentSteps.
func (t *team) GaussianSample(z, kl, stats engine.Floats, pairs engine.Pairs, latents int, noise engine.Noise) {
	t.take(func(d engine.Device) { d.GaussianSample(z, kl, stats, pairs, latents, noise) })
}

// GaussianSampleGrad implements engine.LatentSteps.
func (t *team) GaussianSampleGrad(dstats, dz, stats, weight engine.Floats, klWeight engine.Doubles, pairs engine.Pairs, latents int, noise engine.Noise) {
	t.take(func(d engine.Device) {
		d.GaussianSampleGrad(dstats, dz, stats, weight, klWeight, pairs, latents, noise)
	})
}

// BernoulliNLL implements engine.LatentSteps.
func (t *team) BernoulliNLL(nll, dlogits, logits, x, weight engine.Floats, pairs engine.Pairs, width int) {
	t.take(func(d engine.Device) { d.BernoulliNLL(nll, dlogits, logits, x, weight, pairs, width) })
}

// GaussianNLL implements engine.LatentSteps.
func (t *team) GaussianNLL(nll, dstats, stats, x, weight engine.Floats, pairs engine.Pairs, width int) {
	t.take(func(d engine.Device) { d.GaussianNLL(nll, dstats, stats, x, weight, pairs, width) })
}

// StackPosterior implements engine.LatentSteps.
func (t *team) StackPosterior(cost, dstats, stats engine.Floats, grads engine.StackGrads, weight engine.Floats, places engine.Ints, pairs engine.Pairs, latents, kept int, noise engine.Noise) {
	t.take(func(d engine.Device) {
		d.StackPosterior(cost, dstats, stats, grads, weight, places, pairs, latents, kept, noise)
	})
}

// ExpandLabels implements engine.LabelSteps.
func (t *team) ExpandLabels(h, u, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	t.take(func(d engine.Device) { d.ExpandLabels(h, u, table, labels, pairs, width, activation) })
}

// ExpandLabelsGrad implements engine.LabelSteps.
func (t *team) ExpandLabelsGrad(du, dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	t.take(func(d engine.Device) { d.ExpandLabelsGrad(du, dtable, dh, h, labels, pairs, width, activation) })
}

// AddLabels implements engine.LabelSteps.
func (t *team) AddLabels(h, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	t.take(func(d engine.Device) { d.AddLabels(h, table, labels, pairs, width, activation) })
}

// AddLabelsGrad implements engine.LabelSteps.
func (t *team) AddLabelsGrad(dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	t.take(func(d engine.Device) { d.AddLabelsGrad(dtable, dh, h, labels, pairs, width, activation) })
}

// LabelWeights implements engine.LabelSteps.
func (t *team) LabelWeights(weight, logits engine.Floats, scaleL, scaleU engine.Doubles, pairs engine.Pairs) {
	t.take(func(d engine.Device) { d.LabelWeights(weight, logits, scaleL, scaleU, pairs) })
}

// LabelCosts implements engine.LabelSteps.
func (t *team) LabelCosts(cost, nll, kl engine.Floats, klWeight engine.Doubles, logPrior engine.Floats, labels engine.Ints, pairs engine.Pairs) {
	t.take(func(d engine.Device) { d.LabelCosts(cost, nll, kl, klWeight, logPrior, labels, pairs) })
}

// Marginalise implements engine.LabelSteps.
func (t *team) Marginalise(u, dlogits, logits, cost engine.Floats, scale engine.Doubles, examples, labels int) {
	t.take(func(d engine.Device) { d.Marginalise(u, dlogits, logits, cost, scale, examples, labels) })
}

// CrossEntropy implements engine.LabelSteps.
func (t *team) CrossEntropy(ce, dlogits, logits engine.Floats, labels engine.Ints, scale engine.Doubles, examples, classes int) {
	t.take(func(d engine.Device) { d.CrossEntropy(ce, dlogits, logits, labels, scale, examples, classes) })
}

// LogSoftmax implements engine.LabelSteps.
func (t *team) LogSoftmax(y, logits engine.Floats, rows, classes int) {
	t.take(func(d engine.Device) { d.LogSoftmax(y, logits, rows, classes) })
}

// ClassPriorGrad implements engine.LabelSteps.
func (t *team) ClassPriorGrad(dlogits, weight, logPrior engine.Floats, labels engine.Ints, pairs engine.Pairs) {
	t.take(func(d engine.Device) { d.ClassPriorGrad(dlogits, weight, logPrior, labels, pairs) })
}

// BeginStep implements engine.OptimiserSteps.
func (t *team) BeginStep(clock engine.Ints, scalars, baseRate engine.Doubles, options engine.OptimiserOptions) {
	t.take(func(d engine.Device) { d.BeginStep(clock, scalars, baseRate, options) })
}

// CheckFinite implements engine.OptimiserSteps.
func (t *team) CheckFinite(fault engine.Ints, values engine.Floats, clock engine.Ints, site int32) {
	t.take(func(d engine.Device) { d.CheckFinite(fault, values, clock, site) })
}

// GradientNorm implements engine.OptimiserSteps.
func (t *team) GradientNorm(norm engine.Doubles, fault engine.Ints, grads engine.Floats, clock engine.Ints) {
	t.take(func(d engine.Device) { d.GradientNorm(norm, fault, grads, clock) })
}

// Update implements engine.OptimiserSteps.
func (t *team) Update(params engine.Parameters, scalars, norm engine.Doubles, fault engine.Ints, options engine.OptimiserOptions) {
	t.take(func(d engine.Device) { d.Update(params, scalars, norm, fault, options) })
}

// AddSum implements engine.OptimiserSteps.
func (t *team) AddSum(sum engine.Doubles, x, weight engine.Floats) {
	t.take(func(d engine.Device) { d.AddSum(sum, x, weight) })
}
