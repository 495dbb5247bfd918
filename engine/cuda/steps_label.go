//go:build cuda

package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// ExpandLabels implements engine.LabelSteps.
func (d *device) ExpandLabels(h, u, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckExpand("ExpandLabels", h, u, table, labels, pairs, width)
	d.step(shape{pairs.Rows(), width},
		kernels.ExpandLabels(d.replicas, d.floats(h), d.floats(u), d.floats(table), d.ints(labels), pairs, width, activation))
}

// ExpandLabelsGrad implements engine.LabelSteps.
func (d *device) ExpandLabelsGrad(du, dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckExpand("ExpandLabelsGrad", h, du, dtable, labels, pairs, width)
	engine.Lens("ExpandLabelsGrad", "dh", dh, pairs.Rows()*width)
	d.step(shape{pairs.Rows(), width},
		kernels.ExpandLabelsGrad(d.replicas, d.floats(du), d.floats(dtable), d.floats(dh), d.floats(h), d.ints(labels), pairs, width, activation)...)
}

// AddLabels implements engine.LabelSteps.
func (d *device) AddLabels(h, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckAdd("AddLabels", h, table, labels, pairs, width)
	d.step(shape{pairs.SampleRows(), width},
		kernels.AddLabels(d.replicas, d.floats(h), d.floats(table), d.ints(labels), pairs, width, activation))
}

// AddLabelsGrad implements engine.LabelSteps.
func (d *device) AddLabelsGrad(dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckAdd("AddLabelsGrad", h, dtable, labels, pairs, width)
	engine.Lens("AddLabelsGrad", "dh", dh, pairs.SampleRows()*width)
	d.step(shape{pairs.SampleRows(), width},
		kernels.AddLabelsGrad(d.replicas, d.floats(dtable), d.floats(dh), d.floats(h), d.ints(labels), pairs, width, activation))
}

// LabelWeights implements engine.LabelSteps.
func (d *device) LabelWeights(weight, logits engine.Floats, scaleL, scaleU engine.Doubles, pairs engine.Pairs) {
	engine.Lens("LabelWeights", "weight", weight, pairs.Rows())
	engine.Lens("LabelWeights", "logits", logits, pairs.Unlabelled*pairs.Labels)
	d.step(shape{pairs.Examples(), pairs.Labels},
		kernels.LabelWeights(d.replicas, d.floats(weight), d.floats(logits), d.doubles(scaleL), d.doubles(scaleU), pairs))
}

// LabelCosts implements engine.LabelSteps.
func (d *device) LabelCosts(cost, nll, kl engine.Floats, klWeight engine.Doubles, logPrior engine.Floats, labels engine.Ints, pairs engine.Pairs) {
	engine.Lens("LabelCosts", "cost", cost, pairs.Rows())
	engine.Lens("LabelCosts", "nll", nll, pairs.SampleRows())
	engine.Lens("LabelCosts", "kl", kl, pairs.Rows())
	engine.Lens("LabelCosts", "logPrior", logPrior, pairs.Labels)
	d.step(shape{pairs.Rows(), pairs.Samples},
		kernels.LabelCosts(d.replicas, d.floats(cost), d.floats(nll), d.floats(kl), d.doubles(klWeight), d.floats(logPrior), d.ints(labels), pairs))
}

// Marginalise implements engine.LabelSteps.
func (d *device) Marginalise(u, dlogits, logits, cost engine.Floats, scale engine.Doubles, examples, labels int) {
	engine.Lens("Marginalise", "u", u, examples)
	engine.Lens("Marginalise", "logits", logits, examples*labels)
	engine.Lens("Marginalise", "cost", cost, examples*labels)
	d.step(shape{examples, labels},
		kernels.Marginalise(d.replicas, d.floats(u), d.floats(dlogits), d.floats(logits), d.floats(cost), d.doubles(scale), examples, labels))
}

// CrossEntropy implements engine.LabelSteps.
func (d *device) CrossEntropy(ce, dlogits, logits engine.Floats, labels engine.Ints, scale engine.Doubles, examples, classes int) {
	engine.Lens("CrossEntropy", "ce", ce, examples)
	engine.Lens("CrossEntropy", "logits", logits, examples*classes)
	engine.Lens("CrossEntropy", "labels", labels, examples)
	d.step(shape{examples, classes},
		kernels.CrossEntropy(d.replicas, d.floats(ce), d.floats(dlogits), d.floats(logits), d.ints(labels), d.doubles(scale), examples, classes))
}

// LogSoftmax implements engine.LabelSteps.
func (d *device) LogSoftmax(y, logits engine.Floats, rows, classes int) {
	engine.Lens("LogSoftmax", "y", y, rows*classes)
	engine.Lens("LogSoftmax", "logits", logits, rows*classes)
	d.step(shape{rows, classes},
		kernels.LogSoftmax(d.replicas, d.floats(y), d.floats(logits), rows, classes))
}

// ClassPriorGrad implements engine.LabelSteps.
func (d *device) ClassPriorGrad(dlogits, weight, logPrior engine.Floats, labels engine.Ints, pairs engine.Pairs) {
	engine.Lens("ClassPriorGrad", "dlogits", dlogits, pairs.Labels)
	engine.Lens("ClassPriorGrad", "weight", weight, pairs.Rows())
	d.step(shape{pairs.Rows(), pairs.Labels},
		kernels.ClassPriorGrad(d.replicas, d.floats(dlogits), d.floats(weight), d.floats(logPrior), d.ints(labels), pairs))
}
