package enginetest

import "ssdgm/engine"

// mutant is a device with one wrong step: bend takes the place of the call. Its
// arrays are the step's outputs first, then one input.
type mutant struct {
	engine.Device
	step string
	bend func(d engine.Device, call func(), arrays ...any)
}

func (m *mutant) around(step string, call func(), arrays ...any) {
	if step != m.step {
		call()
		return
	}
	m.bend(m.Device, call, arrays...)
}

func (m *mutant) Minibatch(index, pool, sizes engine.Ints, noise engine.Noise) {
	m.around("Minibatch", func() { m.Device.Minibatch(index, pool, sizes, noise) }, index, pool)
}

func (m *mutant) GatherPixels(dst engine.Floats, images engine.Bytes, index engine.Ints, width int, b engine.Binarise, noise engine.Noise) {
	m.around("GatherPixels", func() { m.Device.GatherPixels(dst, images, index, width, b, noise) }, dst, index)
}

func (m *mutant) GatherGaussian(dst, stats engine.Floats, index engine.Ints, width int, sample bool, noise engine.Noise) {
	m.around("GatherGaussian", func() { m.Device.GatherGaussian(dst, stats, index, width, sample, noise) }, dst, stats)
}

func (m *mutant) GatherLabels(dst, labels, index engine.Ints) {
	m.around("GatherLabels", func() { m.Device.GatherLabels(dst, labels, index) }, dst, labels)
}

func (m *mutant) Dense(y, x engine.Floats, rows int, l engine.Layer) {
	m.around("Dense", func() { m.Device.Dense(y, x, rows, l) }, y, x)
}

func (m *mutant) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, l engine.Layer) {
	m.around("DenseGrad", func() { m.Device.DenseGrad(dx, grad, dy, y, x, rows, l) }, grad.Bias, x)
}

func (m *mutant) GaussianSample(z, kl, stats engine.Floats, p engine.Pairs, latents int, noise engine.Noise) {
	m.around("GaussianSample", func() { m.Device.GaussianSample(z, kl, stats, p, latents, noise) }, z, kl, stats)
}

func (m *mutant) GaussianSampleGrad(dstats, dz, stats, weight engine.Floats, klWeight engine.Doubles, p engine.Pairs, latents int, noise engine.Noise) {
	m.around("GaussianSampleGrad", func() {
		m.Device.GaussianSampleGrad(dstats, dz, stats, weight, klWeight, p, latents, noise)
	}, dstats, dz)
}

func (m *mutant) BernoulliNLL(nll, dlogits, logits, x, weight engine.Floats, p engine.Pairs, width int) {
	m.around("BernoulliNLL", func() { m.Device.BernoulliNLL(nll, dlogits, logits, x, weight, p, width) }, nll, x)
}

func (m *mutant) GaussianNLL(nll, dstats, stats, x, weight engine.Floats, p engine.Pairs, width int) {
	m.around("GaussianNLL", func() { m.Device.GaussianNLL(nll, dstats, stats, x, weight, p, width) }, nll, x)
}

func (m *mutant) StackPosterior(cost, dstats, stats engine.Floats, g engine.StackGrads, weight engine.Floats, places engine.Ints, p engine.Pairs, latents, kept int, noise engine.Noise) {
	m.around("StackPosterior", func() {
		m.Device.StackPosterior(cost, dstats, stats, g, weight, places, p, latents, kept, noise)
	}, cost, stats)
}

func (m *mutant) ExpandLabels(h, u, table engine.Floats, labels engine.Ints, p engine.Pairs, width int, a engine.Activation) {
	m.around("ExpandLabels", func() { m.Device.ExpandLabels(h, u, table, labels, p, width, a) }, h, u)
}

func (m *mutant) ExpandLabelsGrad(du, dtable, dh, h engine.Floats, labels engine.Ints, p engine.Pairs, width int, a engine.Activation) {
	m.around("ExpandLabelsGrad", func() { m.Device.ExpandLabelsGrad(du, dtable, dh, h, labels, p, width, a) }, dtable, h)
}

func (m *mutant) AddLabels(h, table engine.Floats, labels engine.Ints, p engine.Pairs, width int, a engine.Activation) {
	m.around("AddLabels", func() { m.Device.AddLabels(h, table, labels, p, width, a) }, h, table)
}

func (m *mutant) AddLabelsGrad(dtable, dh, h engine.Floats, labels engine.Ints, p engine.Pairs, width int, a engine.Activation) {
	m.around("AddLabelsGrad", func() { m.Device.AddLabelsGrad(dtable, dh, h, labels, p, width, a) }, dtable, h)
}

func (m *mutant) LabelWeights(weight, logits engine.Floats, scaleL, scaleU engine.Doubles, p engine.Pairs) {
	m.around("LabelWeights", func() { m.Device.LabelWeights(weight, logits, scaleL, scaleU, p) }, weight, scaleL)
}

func (m *mutant) LabelCosts(cost, nll, kl engine.Floats, klWeight engine.Doubles, logPrior engine.Floats, labels engine.Ints, p engine.Pairs) {
	m.around("LabelCosts", func() { m.Device.LabelCosts(cost, nll, kl, klWeight, logPrior, labels, p) }, cost, nll)
}

func (m *mutant) Marginalise(u, dlogits, logits, cost engine.Floats, scale engine.Doubles, examples, labels int) {
	m.around("Marginalise", func() { m.Device.Marginalise(u, dlogits, logits, cost, scale, examples, labels) }, u, cost)
}

func (m *mutant) CrossEntropy(ce, dlogits, logits engine.Floats, labels engine.Ints, scale engine.Doubles, examples, classes int) {
	m.around("CrossEntropy", func() { m.Device.CrossEntropy(ce, dlogits, logits, labels, scale, examples, classes) }, ce, logits)
}

func (m *mutant) LogSoftmax(y, logits engine.Floats, rows, classes int) {
	m.around("LogSoftmax", func() { m.Device.LogSoftmax(y, logits, rows, classes) }, y, logits)
}

func (m *mutant) ClassPriorGrad(dlogits, weight, logPrior engine.Floats, labels engine.Ints, p engine.Pairs) {
	m.around("ClassPriorGrad", func() { m.Device.ClassPriorGrad(dlogits, weight, logPrior, labels, p) }, dlogits, weight)
}

func (m *mutant) BeginStep(clock engine.Ints, scalars, baseRate engine.Doubles, o engine.OptimiserOptions) {
	m.around("BeginStep", func() { m.Device.BeginStep(clock, scalars, baseRate, o) }, scalars, baseRate)
}

func (m *mutant) CheckFinite(fault engine.Ints, values engine.Floats, clock engine.Ints, site int32) {
	m.around("CheckFinite", func() { m.Device.CheckFinite(fault, values, clock, site) }, fault, values)
}

func (m *mutant) GradientNorm(norm engine.Doubles, fault engine.Ints, grads engine.Floats, clock engine.Ints) {
	m.around("GradientNorm", func() { m.Device.GradientNorm(norm, fault, grads, clock) }, norm, grads)
}

func (m *mutant) Update(p engine.Parameters, scalars, norm engine.Doubles, fault engine.Ints, o engine.OptimiserOptions) {
	m.around("Update", func() { m.Device.Update(p, scalars, norm, fault, o) }, p.Values, p.Grads, fault)
}

func (m *mutant) AddSum(sum engine.Doubles, x, weight engine.Floats) {
	m.around("AddSum", func() { m.Device.AddSum(sum, x, weight) }, sum, x)
}
