package enginetest

import (
	"fmt"

	"ssdgm/engine"
)

// expandCases end with bands: pre-activations all of one size, where a function
// that is right on the whole may lose its small values.
func expandCases() []stepCase {
	cases := overPairs(func(i int, p engine.Pairs, width int) stepCase {
		return expand(p, width, i%len(activations), around(0, 1))
	})
	for a := range activations {
		for _, centre := range []float64{-80, -20, -5, 0, 5, 20, 80} {
			c := expand(engine.Pairs{Unlabelled: 3, Labels: 2, Samples: 1}, 33, a, around(centre, 0.01))
			c.name += fmt.Sprintf(" around %g", centre)
			cases = append(cases, c)
		}
	}
	return cases
}

func expandTraining() []stepCase {
	return []stepCase{expand(pairsM2, trainHidden2, 1, around(0, 1))}
}

func expand(p engine.Pairs, width, activation int, u value[float32]) stepCase {
	return stepCase{
		name:     describe(p, width) + " " + activations[activation].name,
		elements: p.Rows() * width,
		set: func(r *rig) func() {
			labels := r.pairLabels(p)
			shared := r.in("u", p.Examples()*width, u)
			table := r.in("table", p.Labels*width, normal(0.01))
			h := r.out("h", p.Rows()*width)
			return func() { r.dev.ExpandLabels(h, shared, table, labels, p, width, activations[activation].value) }
		},
	}
}

func expandGradCases() []stepCase {
	cases := overPairs(func(i int, p engine.Pairs, width int) stepCase {
		return expandGrad(p, width, i%len(activations), 0.5)
	})
	for a := range activations {
		for _, centre := range []float64{-20, -5, 0, 3} {
			c := expandGrad(engine.Pairs{Unlabelled: 3, Labels: 2, Samples: 1}, 33, a, centre)
			c.name += fmt.Sprintf(" around %g", centre)
			cases = append(cases, c)
		}
	}
	return cases
}

// The benchmark's outputs are large, as DenseGrad's.
func expandGradTraining() []stepCase { return []stepCase{expandGrad(pairsM2, trainHidden2, 1, 20)} }

func expandGrad(p engine.Pairs, width, activation int, centre float64) stepCase {
	return stepCase{
		name:     describe(p, width) + " " + activations[activation].name,
		elements: p.Rows() * width,
		set: func(r *rig) func() {
			act := activations[activation].value
			labels := r.pairLabels(p)
			h := r.in("h", p.Rows()*width, outputOf(act, centre, 0.5))
			dh := r.inout("dh", p.Rows()*width, false, normal(1))
			du, dtable := r.out("du", p.Examples()*width), r.out("dtable", p.Labels*width)
			return func() { r.dev.ExpandLabelsGrad(du, dtable, dh, h, labels, p, width, act) }
		},
	}
}

func addCases() []stepCase {
	return overPairs(func(i int, p engine.Pairs, width int) stepCase { return addLabels(p, width, (i+1)%len(activations)) })
}

func addTraining() []stepCase { return []stepCase{addLabels(pairsM2, trainHidden2, 1)} }

func addLabels(p engine.Pairs, width, activation int) stepCase {
	return stepCase{
		name:     describe(p, width) + " " + activations[activation].name,
		elements: p.SampleRows() * width,
		set: func(r *rig) func() {
			labels := r.pairLabels(p)
			table := r.in("table", p.Labels*width, normal(1))
			h := r.inout("h", p.SampleRows()*width, false, normal(1))
			return func() { r.dev.AddLabels(h, table, labels, p, width, activations[activation].value) }
		},
	}
}

func addGradCases() []stepCase {
	return overPairs(func(i int, p engine.Pairs, width int) stepCase {
		return addLabelsGrad(p, width, (i+1)%len(activations), 0.5)
	})
}

// The benchmark's outputs are large, as DenseGrad's.
func addGradTraining() []stepCase { return []stepCase{addLabelsGrad(pairsM2, trainHidden2, 1, 20)} }

func addLabelsGrad(p engine.Pairs, width, activation int, centre float64) stepCase {
	return stepCase{
		name:     describe(p, width) + " " + activations[activation].name,
		elements: p.SampleRows() * width,
		set: func(r *rig) func() {
			act := activations[activation].value
			labels := r.pairLabels(p)
			h := r.in("h", p.SampleRows()*width, outputOf(act, centre, 0.5))
			dh := r.inout("dh", p.SampleRows()*width, false, normal(1))
			dtable := r.out("dtable", p.Labels*width)
			return func() { r.dev.AddLabelsGrad(dtable, dh, h, labels, p, width, act) }
		},
	}
}

func labelWeightsCases() []stepCase { return overPairs(labelWeights) }

func labelWeightsTraining() []stepCase { return []stepCase{labelWeights(0, pairsM2, 0)} }

func labelWeights(_ int, p engine.Pairs, _ int) stepCase {
	return stepCase{
		name:     describe(p, 0),
		elements: p.Rows(),
		set: func(r *rig) func() {
			logits := r.in("logits", p.Unlabelled*p.Labels, normal(3))
			scaleL, scaleU := r.double("scaleL", 0.7), r.double("scaleU", 1.3)
			weight := r.out("weight", p.Rows())
			return func() { r.dev.LabelWeights(weight, logits, scaleL, scaleU, p) }
		},
	}
}

func labelCostsCases() []stepCase { return overPairs(labelCosts) }

func labelCostsTraining() []stepCase { return []stepCase{labelCosts(0, pairsM2, 0)} }

func labelCosts(_ int, p engine.Pairs, _ int) stepCase {
	return stepCase{
		name:     describe(p, 0),
		elements: p.SampleRows(),
		set: func(r *rig) func() {
			labels := r.pairLabels(p)
			nll := r.in("nll", p.SampleRows(), around(100, 20))
			kl, klWeight := r.in("kl", p.Rows(), uniform(5, 30)), r.double("klWeight", 0.3)
			logPrior := r.in("logPrior", p.Labels, uniform(-4, -1))
			cost := r.out("cost", p.Rows())
			return func() { r.dev.LabelCosts(cost, nll, kl, klWeight, logPrior, labels, p) }
		},
	}
}

// labelShapes are examples and labels.
var labelShapes = [][2]int{{0, 10}, {1, 10}, {31, 1}, {257, 2}, {31, 10}, {1025, 10}, {31, 33}, {3, 257}}

func overLabels(make func(examples, labels int, spread float64, gradient bool) stepCase) []stepCase {
	var cases []stepCase
	for i, s := range labelShapes {
		cases = append(cases, make(s[0], s[1], 3, i%3 != 2))
	}
	return append(cases, make(31, 10, 60, true))
}

func marginaliseCases() []stepCase { return overLabels(marginalise) }

func marginaliseTraining() []stepCase { return []stepCase{marginalise(100, 10, 3, true)} }

func marginalise(examples, labels int, spread float64, gradient bool) stepCase {
	return stepCase{
		name:     fmt.Sprintf("%dx%d, spread %g, gradient %t", examples, labels, spread, gradient),
		elements: examples * labels,
		set: func(r *rig) func() {
			logits := r.in("logits", examples*labels, normal(spread))
			cost, scale := r.in("cost", examples*labels, around(20, 5)), r.double("scale", 0.3)
			u := r.out("u", examples)
			var dlogits engine.Floats
			if gradient {
				dlogits = r.out("dlogits", examples*labels)
			}
			return func() { r.dev.Marginalise(u, dlogits, logits, cost, scale, examples, labels) }
		},
	}
}

func crossEntropyCases() []stepCase { return overLabels(crossEntropy) }

func crossEntropyTraining() []stepCase { return []stepCase{crossEntropy(100, 10, 3, true)} }

func crossEntropy(examples, labels int, spread float64, gradient bool) stepCase {
	return stepCase{
		name:     fmt.Sprintf("%dx%d, spread %g, gradient %t", examples, labels, spread, gradient),
		elements: examples * labels,
		set: func(r *rig) func() {
			logits, scale := r.in("logits", examples*labels, normal(spread)), r.double("scale", 0.3)
			truth := r.labels("labels", examples, labels)
			ce := r.out("ce", examples)
			var dlogits engine.Floats
			if gradient {
				dlogits = r.out("dlogits", examples*labels)
			}
			return func() { r.dev.CrossEntropy(ce, dlogits, logits, truth, scale, examples, labels) }
		},
	}
}

func logSoftmaxCases() []stepCase { return overLabels(logSoftmax) }

func logSoftmaxTraining() []stepCase { return []stepCase{logSoftmax(1000, 10, 3, true)} }

func logSoftmax(rows, classes int, spread float64, _ bool) stepCase {
	return stepCase{
		name:     fmt.Sprintf("%dx%d, spread %g", rows, classes, spread),
		elements: rows * classes,
		set: func(r *rig) func() {
			logits, y := r.in("logits", rows*classes, normal(spread)), r.out("y", rows*classes)
			return func() { r.dev.LogSoftmax(y, logits, rows, classes) }
		},
	}
}

func classPriorCases() []stepCase { return overPairs(classPriorGrad) }

func classPriorTraining() []stepCase { return []stepCase{classPriorGrad(0, pairsM2, 0)} }

func classPriorGrad(_ int, p engine.Pairs, _ int) stepCase {
	return stepCase{
		name:     describe(p, 0),
		elements: p.Rows(),
		set: func(r *rig) func() {
			labels := r.pairLabels(p)
			weight := r.in("weight", p.Rows(), uniform(0, 2))
			logPrior := r.in("logPrior", p.Labels, uniform(-4, -1))
			dlogits := r.out("dlogits", p.Labels)
			return func() { r.dev.ClassPriorGrad(dlogits, weight, logPrior, labels, p) }
		},
	}
}
