package ref

import "ssdgm/engine"

// Minibatch implements engine.MinibatchSteps.
func (d *Device[T]) Minibatch(index, pool, sizes engine.Ints, noise engine.Noise) {
	for r := range d.replicas {
		Minibatch(d.Ints(index, r), d.Pool(pool, sizes, r), d.At(noise, r))
	}
}

// Pool is the examples that a replica's minibatches are made of.
func (d *Device[T]) Pool(pool, sizes engine.Ints, replica int) []int32 {
	all := d.Ints(pool, replica)
	if sizes.IsNil() {
		return all
	}
	if n := int(d.Ints(sizes, replica)[0]); n > 0 && n < len(all) {
		return all[:n]
	}
	return all
}

// GatherPixels implements engine.MinibatchSteps.
func (d *Device[T]) GatherPixels(dst engine.Floats, images engine.Bytes, index engine.Ints, width int, binarise engine.Binarise, noise engine.Noise) {
	engine.Lens("GatherPixels", "dst", dst, index.Len*width)
	for r := range d.replicas {
		GatherPixels(d.Floats(dst, r), d.Bytes(images), d.Ints(index, r), width, binarise, d.At(noise, r))
	}
}

// GatherGaussian implements engine.MinibatchSteps.
func (d *Device[T]) GatherGaussian(dst, stats engine.Floats, index engine.Ints, width int, sample bool, noise engine.Noise) {
	engine.Lens("GatherGaussian", "dst", dst, index.Len*width)
	for r := range d.replicas {
		GatherGaussian(d.Floats(dst, r), d.Floats(stats, r), d.Ints(index, r), width, sample, d.At(noise, r))
	}
}

// GatherLabels implements engine.MinibatchSteps.
func (d *Device[T]) GatherLabels(dst, labels, index engine.Ints) {
	engine.Lens("GatherLabels", "dst", dst, index.Len)
	for r := range d.replicas {
		to, from := d.Ints(dst, r), d.Ints(labels, r)
		for b, i := range d.Ints(index, r) {
			to[b] = from[i]
		}
	}
}

// Dense implements engine.LayerSteps.
func (d *Device[T]) Dense(y, x engine.Floats, rows int, l engine.Layer) {
	engine.CheckDense(y, x, rows, l)
	for r := range d.replicas {
		out := d.Floats(y, r)
		MatMul(out, d.Floats(x, r), d.Floats(l.Weight, r), rows, l.Out, l.In, false, true)
		BiasActivate(out, d.Floats(l.Bias, r)[:l.Out], rows, l.Out, l.Activation)
	}
}

// DenseGrad implements engine.LayerSteps.
func (d *Device[T]) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, l engine.Layer) {
	engine.CheckDenseGrad(dx, grad, dy, y, x, rows, l)
	for r := range d.replicas {
		delta := d.Floats(dy, r)[:rows*l.Out]
		ActivateGrad(delta, d.Floats(y, r), l.Activation)
		ColumnSums(d.Floats(grad.Bias, r)[:l.Out], delta, rows, l.Out)
		MatMul(d.Floats(grad.Weight, r), delta, d.Floats(x, r), l.Out, l.In, rows, true, false)
		if !dx.IsNil() {
			MatMul(d.Floats(dx, r), delta, d.Floats(l.Weight, r), rows, l.In, l.Out, false, false)
		}
	}
}

// GaussianSample implements engine.LatentSteps.
func (d *Device[T]) GaussianSample(z, kl, stats engine.Floats, pairs engine.Pairs, latents int, noise engine.Noise) {
	engine.CheckSample(z, kl, stats, pairs, latents)
	for r := range d.replicas {
		GaussianSample(d.Floats(z, r), d.Floats(kl, r), d.Floats(stats, r), pairs, latents, d.At(noise, r))
	}
}

// GaussianSampleGrad implements engine.LatentSteps.
func (d *Device[T]) GaussianSampleGrad(dstats, dz, stats, weight engine.Floats, klWeight engine.Doubles, pairs engine.Pairs, latents int, noise engine.Noise) {
	engine.CheckSampleGrad(dstats, dz, stats, weight, pairs, latents)
	for r := range d.replicas {
		GaussianSampleGrad(d.Floats(dstats, r), d.Floats(dz, r), d.Floats(stats, r), d.Floats(weight, r),
			d.Scalar(klWeight, r), pairs, latents, d.At(noise, r))
	}
}

// BernoulliNLL implements engine.LatentSteps.
func (d *Device[T]) BernoulliNLL(nll, dlogits, logits, x, weight engine.Floats, pairs engine.Pairs, width int) {
	engine.CheckNLL("BernoulliNLL", nll, dlogits, logits, x, weight, pairs, width, width)
	for r := range d.replicas {
		BernoulliNLL(d.Floats(nll, r), d.Floats(dlogits, r), d.Floats(logits, r), d.Floats(x, r), d.Floats(weight, r), pairs, width)
	}
}

// GaussianNLL implements engine.LatentSteps.
func (d *Device[T]) GaussianNLL(nll, dstats, stats, x, weight engine.Floats, pairs engine.Pairs, width int) {
	engine.CheckNLL("GaussianNLL", nll, dstats, stats, x, weight, pairs, width, 2*width)
	for r := range d.replicas {
		GaussianNLL(d.Floats(nll, r), d.Floats(dstats, r), d.Floats(stats, r), d.Floats(x, r), d.Floats(weight, r), pairs, width)
	}
}

// ExpandLabels implements engine.LabelSteps.
func (d *Device[T]) ExpandLabels(h, u, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckExpand("ExpandLabels", h, u, table, labels, pairs, width)
	for r := range d.replicas {
		ExpandLabels(d.Floats(h, r), d.Floats(u, r), d.Floats(table, r), d.Ints(labels, r), pairs, width, activation)
	}
}

// ExpandLabelsGrad implements engine.LabelSteps.
func (d *Device[T]) ExpandLabelsGrad(du, dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckExpand("ExpandLabelsGrad", h, du, dtable, labels, pairs, width)
	for r := range d.replicas {
		delta := d.Floats(dh, r)[:pairs.Rows()*width]
		ExpandLabelsGrad(d.Floats(du, r)[:pairs.Examples()*width], d.Floats(dtable, r)[:pairs.Labels*width], delta, d.Floats(h, r), d.Ints(labels, r), pairs, width, activation)
	}
}

// AddLabels implements engine.LabelSteps.
func (d *Device[T]) AddLabels(h, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckAdd("AddLabels", h, table, labels, pairs, width)
	for r := range d.replicas {
		AddLabels(d.Floats(h, r), d.Floats(table, r), d.Ints(labels, r), pairs, width, activation)
	}
}

// AddLabelsGrad implements engine.LabelSteps.
func (d *Device[T]) AddLabelsGrad(dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckAdd("AddLabelsGrad", h, dtable, labels, pairs, width)
	for r := range d.replicas {
		delta := d.Floats(dh, r)[:pairs.SampleRows()*width]
		AddLabelsGrad(d.Floats(dtable, r)[:pairs.Labels*width], delta, d.Floats(h, r), d.Ints(labels, r), pairs, width, activation)
	}
}

// LabelWeights implements engine.LabelSteps.
func (d *Device[T]) LabelWeights(weight, logits engine.Floats, scaleL, scaleU engine.Doubles, pairs engine.Pairs) {
	engine.Lens("LabelWeights", "weight", weight, pairs.Rows())
	engine.Lens("LabelWeights", "logits", logits, pairs.Unlabelled*pairs.Labels)
	for r := range d.replicas {
		LabelWeights(d.Floats(weight, r), d.Floats(logits, r), d.Scalar(scaleL, r), d.Scalar(scaleU, r), pairs)
	}
}

// LabelCosts implements engine.LabelSteps.
func (d *Device[T]) LabelCosts(cost, nll, kl engine.Floats, klWeight engine.Doubles, logPrior engine.Floats, labels engine.Ints, pairs engine.Pairs) {
	engine.Lens("LabelCosts", "cost", cost, pairs.Rows())
	engine.Lens("LabelCosts", "nll", nll, pairs.SampleRows())
	engine.Lens("LabelCosts", "kl", kl, pairs.Rows())
	engine.Lens("LabelCosts", "logPrior", logPrior, pairs.Labels)
	for r := range d.replicas {
		LabelCosts(d.Floats(cost, r), d.Floats(nll, r), d.Floats(kl, r), d.Scalar(klWeight, r), d.Floats(logPrior, r), d.Ints(labels, r), pairs)
	}
}

// Marginalise implements engine.LabelSteps.
func (d *Device[T]) Marginalise(u, dlogits, logits, cost engine.Floats, scale engine.Doubles, examples, labels int) {
	engine.Lens("Marginalise", "u", u, examples)
	engine.Lens("Marginalise", "logits", logits, examples*labels)
	engine.Lens("Marginalise", "cost", cost, examples*labels)
	for r := range d.replicas {
		Marginalise(d.Floats(u, r), d.Floats(dlogits, r), d.Floats(logits, r), d.Floats(cost, r), d.Scalar(scale, r), examples, labels)
	}
}

// CrossEntropy implements engine.LabelSteps.
func (d *Device[T]) CrossEntropy(ce, dlogits, logits engine.Floats, labels engine.Ints, scale engine.Doubles, examples, classes int) {
	engine.Lens("CrossEntropy", "ce", ce, examples)
	engine.Lens("CrossEntropy", "logits", logits, examples*classes)
	engine.Lens("CrossEntropy", "labels", labels, examples)
	for r := range d.replicas {
		CrossEntropy(d.Floats(ce, r), d.Floats(dlogits, r), d.Floats(logits, r), d.Ints(labels, r), d.Scalar(scale, r), examples, classes)
	}
}

// LogSoftmax implements engine.LabelSteps.
func (d *Device[T]) LogSoftmax(y, logits engine.Floats, rows, classes int) {
	engine.Lens("LogSoftmax", "y", y, rows*classes)
	engine.Lens("LogSoftmax", "logits", logits, rows*classes)
	for r := range d.replicas {
		LogSoftmax(d.Floats(y, r), d.Floats(logits, r), rows, classes)
	}
}

// ClassPriorGrad implements engine.LabelSteps.
func (d *Device[T]) ClassPriorGrad(dlogits, weight, logPrior engine.Floats, labels engine.Ints, pairs engine.Pairs) {
	engine.Lens("ClassPriorGrad", "dlogits", dlogits, pairs.Labels)
	engine.Lens("ClassPriorGrad", "weight", weight, pairs.Rows())
	for r := range d.replicas {
		ClassPriorGrad(d.Floats(dlogits, r)[:pairs.Labels], d.Floats(weight, r), d.Floats(logPrior, r), d.Ints(labels, r), pairs)
	}
}

// BeginStep implements engine.OptimiserSteps.
func (d *Device[T]) BeginStep(clock engine.Ints, scalars, baseRate engine.Doubles, options engine.OptimiserOptions) {
	engine.Lens("BeginStep", "scalars", scalars, engine.ScalarLen)
	step := d.Ints(clock, 0)
	step[0]++
	for r := range d.replicas {
		options.Scalars(d.Doubles(scalars, r), int(step[0]), d.Scalar(baseRate, r))
	}
}

// CheckFinite implements engine.OptimiserSteps.
func (d *Device[T]) CheckFinite(fault engine.Ints, values engine.Floats, clock engine.Ints, site int32) {
	for r := range d.replicas {
		d.Latch(fault, clock, site, r, FirstNonFinite(d.Floats(values, r)))
	}
}

// Latch records a fault at an element of a replica, unless there is none
// (element −1) or one is there already.
func (d *Device[T]) Latch(fault, clock engine.Ints, site int32, replica, element int) {
	f := d.Ints(fault, replica)
	if element < 0 || f[engine.FaultStep] != 0 {
		return
	}
	f[engine.FaultStep], f[engine.FaultSite], f[engine.FaultElement] = d.Ints(clock, 0)[0], site, int32(element)
}

// GradientNorm implements engine.OptimiserSteps.
func (d *Device[T]) GradientNorm(norm engine.Doubles, fault engine.Ints, grads engine.Floats, clock engine.Ints) {
	for r := range d.replicas {
		g := d.Floats(grads, r)
		d.Doubles(norm, r)[0] = Norm(g)
		d.Latch(fault, clock, engine.SiteGradient, r, FirstNonFinite(g))
	}
}

// Update implements engine.OptimiserSteps.
func (d *Device[T]) Update(p engine.Parameters, scalars, norm engine.Doubles, fault engine.Ints, o engine.OptimiserOptions) {
	for r := range d.replicas {
		if d.Ints(fault, r)[engine.FaultStep] != 0 {
			continue
		}
		clip := 1.0
		if o.ClipNorm > 0 {
			clip = Clip(d.Scalar(norm, r), o.ClipNorm)
		}
		Update(d.Floats(p.Values, r), d.Floats(p.Grads, r), d.Floats(p.States[0], r), d.Floats(p.States[1], r),
			d.Floats(p.Average, r), d.Doubles(scalars, r), clip, o)
	}
}

// AddSum implements engine.OptimiserSteps.
func (d *Device[T]) AddSum(sum engine.Doubles, x, weight engine.Floats) {
	for r := range d.replicas {
		d.Doubles(sum, r)[0] += Sum(d.Floats(x, r), d.Floats(weight, r))
	}
}
