package floor

import "ssdgm/engine"

// ExpandLabels implements engine.LabelSteps.
func (c *Counter) ExpandLabels(h, u, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	if c.noting {
		c.note("ExpandLabels", by(pairs.Rows(), width), width*(pairs.Examples()+pairs.Labels+pairs.Rows()), 0, func() {
			c.Device.ExpandLabels(h, u, table, labels, pairs, width, activation)
		})
	}
	c.Device.ExpandLabels(h, u, table, labels, pairs, width, activation)
}

// ExpandLabelsGrad implements engine.LabelSteps.
func (c *Counter) ExpandLabelsGrad(du, dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	if c.noting {
		elements := width * (pairs.Examples() + pairs.Labels + activationGrad(pairs.Rows(), activation))
		c.note("ExpandLabelsGrad", by(pairs.Rows(), width), elements, 0, func() {
			c.Device.ExpandLabelsGrad(du, dtable, dh, h, labels, pairs, width, activation)
		})
	}
	c.Device.ExpandLabelsGrad(du, dtable, dh, h, labels, pairs, width, activation)
}

// AddLabels implements engine.LabelSteps.
func (c *Counter) AddLabels(h, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	if c.noting {
		c.note("AddLabels", by(pairs.SampleRows(), width), width*(pairs.Labels+2*pairs.SampleRows()), 0, func() {
			c.Device.AddLabels(h, table, labels, pairs, width, activation)
		})
	}
	c.Device.AddLabels(h, table, labels, pairs, width, activation)
}

// AddLabelsGrad implements engine.LabelSteps.
func (c *Counter) AddLabelsGrad(dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	if c.noting {
		c.note("AddLabelsGrad", by(pairs.SampleRows(), width), width*(pairs.Labels+activationGrad(pairs.SampleRows(), activation)), 0, func() {
			c.Device.AddLabelsGrad(dtable, dh, h, labels, pairs, width, activation)
		})
	}
	c.Device.AddLabelsGrad(dtable, dh, h, labels, pairs, width, activation)
}

// LabelWeights implements engine.LabelSteps.
func (c *Counter) LabelWeights(weight, logits engine.Floats, scaleL, scaleU engine.Doubles, pairs engine.Pairs) {
	if c.noting {
		c.note("LabelWeights", by(pairs.Rows()), pairs.Rows()+pairs.Unlabelled*pairs.Labels, 0, func() {
			c.Device.LabelWeights(weight, logits, scaleL, scaleU, pairs)
		})
	}
	c.Device.LabelWeights(weight, logits, scaleL, scaleU, pairs)
}

// LabelCosts implements engine.LabelSteps.
func (c *Counter) LabelCosts(cost, nll, kl engine.Floats, klWeight engine.Doubles, logPrior engine.Floats, labels engine.Ints, pairs engine.Pairs) {
	if c.noting {
		c.note("LabelCosts", by(pairs.Rows()), 2*pairs.Rows()+pairs.SampleRows(), 0, func() {
			c.Device.LabelCosts(cost, nll, kl, klWeight, logPrior, labels, pairs)
		})
	}
	c.Device.LabelCosts(cost, nll, kl, klWeight, logPrior, labels, pairs)
}

// Marginalise implements engine.LabelSteps.
func (c *Counter) Marginalise(u, dlogits, logits, cost engine.Floats, scale engine.Doubles, examples, labels int) {
	if c.noting {
		c.note("Marginalise", by(examples, labels), examples*(1+2*labels+where(!dlogits.IsNil(), labels)), 0, func() {
			c.Device.Marginalise(u, dlogits, logits, cost, scale, examples, labels)
		})
	}
	c.Device.Marginalise(u, dlogits, logits, cost, scale, examples, labels)
}

// CrossEntropy implements engine.LabelSteps.
func (c *Counter) CrossEntropy(ce, dlogits, logits engine.Floats, labels engine.Ints, scale engine.Doubles, examples, classes int) {
	if c.noting {
		c.note("CrossEntropy", by(examples, classes), examples*(2+classes+where(!dlogits.IsNil(), classes)), 0, func() {
			c.Device.CrossEntropy(ce, dlogits, logits, labels, scale, examples, classes)
		})
	}
	c.Device.CrossEntropy(ce, dlogits, logits, labels, scale, examples, classes)
}

// LogSoftmax implements engine.LabelSteps.
func (c *Counter) LogSoftmax(y, logits engine.Floats, rows, classes int) {
	if c.noting {
		c.note("LogSoftmax", by(rows, classes), 2*rows*classes, 0, func() {
			c.Device.LogSoftmax(y, logits, rows, classes)
		})
	}
	c.Device.LogSoftmax(y, logits, rows, classes)
}

// ClassPriorGrad implements engine.LabelSteps.
func (c *Counter) ClassPriorGrad(dlogits, weight, logPrior engine.Floats, labels engine.Ints, pairs engine.Pairs) {
	if c.noting {
		c.note("ClassPriorGrad", by(pairs.Rows()), pairs.Rows()+2*pairs.Labels, 0, func() {
			c.Device.ClassPriorGrad(dlogits, weight, logPrior, labels, pairs)
		})
	}
	c.Device.ClassPriorGrad(dlogits, weight, logPrior, labels, pairs)
}

// activationGrad is how often rows are read and written: the gradient is read, and with
// an activation its output is read and the product written.
func activationGrad(rows int, activation engine.Activation) int {
	return rows + where(activation != engine.Identity, 2*rows)
}
