package cases

import (
	"fmt"

	"ssdgm/engine"
)

var labelSteps = []Step{
	{"ExpandLabels", expandCases, expandTraining},
	{"ExpandLabelsGrad", expandGradCases, expandGradTraining},
	{"AddLabels", addCases, addTraining},
	{"AddLabelsGrad", addGradCases, addGradTraining},
	{"LabelWeights", labelWeightsCases, labelWeightsTraining},
	{"LabelCosts", labelCostsCases, labelCostsTraining},
	{"Marginalise", marginaliseCases, marginaliseTraining},
	{"CrossEntropy", crossEntropyCases, crossEntropyTraining},
	{"LogSoftmax", logSoftmaxCases, logSoftmaxTraining},
	{"ClassPriorGrad", classPriorCases, classPriorTraining},
}

// expandCases end with bands: pre-activations all of one size, where a function
// that is right on the whole may lose its small values.
func expandCases() []Case {
	cases := overPairs(func(i int, p engine.Pairs, width int) Case {
		return expand(p, width, i%len(activations), around(0, 1))
	})
	for a := range activations {
		for _, centre := range []float64{-80, -20, -5, 0, 5, 20, 80} {
			c := expand(engine.Pairs{Unlabelled: 3, Labels: 2, Samples: 1}, 33, a, around(centre, 0.01))
			c.Name += fmt.Sprintf(" around %g", centre)
			cases = append(cases, c)
		}
	}
	return cases
}

func expandTraining() []Case {
	return []Case{expand(pairsM2, trainHidden2, 1, around(0, 1))}
}

func expand(p engine.Pairs, width, activation int, u value[float32]) Case {
	return Case{
		Name:     describe(p, width) + " " + activations[activation].String(),
		Elements: p.Rows() * width,
		Set: func(r *Rig) engine.Step {
			labels := r.pairLabels(p)
			shared := r.in("u", p.Examples()*width, u)
			table := r.in("table", p.Labels*width, normal(0.01))
			n := p.Rows() * width
			h := r.out("h", n)
			return engine.ExpandLabels{
				H: h, Pre: r.pre(activations[activation], n), U: shared, Table: table, Labels: labels, Pairs: p, Width: width,
				Activation: activations[activation],
			}
		},
	}
}

func expandGradCases() []Case {
	cases := overPairs(func(i int, p engine.Pairs, width int) Case {
		return expandGrad(p, width, i%len(activations), 0.5)
	})
	for a := range activations {
		for _, centre := range []float64{-20, -5, 0, 3} {
			c := expandGrad(engine.Pairs{Unlabelled: 3, Labels: 2, Samples: 1}, 33, a, centre)
			c.Name += fmt.Sprintf(" around %g", centre)
			cases = append(cases, c)
		}
	}
	return cases
}

// The benchmark's outputs are large, as DenseGrad's.
func expandGradTraining() []Case { return []Case{expandGrad(pairsM2, trainHidden2, 1, 20)} }

func expandGrad(p engine.Pairs, width, activation int, centre float64) Case {
	return Case{
		Name:     describe(p, width) + " " + activations[activation].String(),
		Elements: p.Rows() * width,
		Set: func(r *Rig) engine.Step {
			act := activations[activation]
			labels := r.pairLabels(p)
			dh, from := r.derived("dh", p.Rows()*width, act, derivedFrom(act, centre, 0.5))
			du, dtable := r.out("du", p.Examples()*width), r.out("dtable", p.Labels*width)
			return engine.ExpandLabelsGrad{
				DU: du, DTable: dtable, DH: dh, From: from, Labels: labels, Pairs: p, Width: width,
				Activation: act,
			}
		},
	}
}

func addCases() []Case {
	return overPairs(func(i int, p engine.Pairs, width int) Case { return addLabels(p, width, (i+1)%len(activations)) })
}

func addTraining() []Case { return []Case{addLabels(pairsM2, trainHidden2, 1)} }

func addLabels(p engine.Pairs, width, activation int) Case {
	return Case{
		Name:     describe(p, width) + " " + activations[activation].String(),
		Elements: p.SampleRows() * width,
		Set: func(r *Rig) engine.Step {
			labels := r.pairLabels(p)
			table := r.in("table", p.Labels*width, normal(1))
			n := p.SampleRows() * width
			h := r.inout("h", n, false, normal(1))
			return engine.AddLabels{
				H: h, Pre: r.pre(activations[activation], n), Table: table, Labels: labels, Pairs: p, Width: width,
				Activation: activations[activation],
			}
		},
	}
}

func addGradCases() []Case {
	return overPairs(func(i int, p engine.Pairs, width int) Case {
		return addLabelsGrad(p, width, (i+1)%len(activations), 0.5)
	})
}

// The benchmark's outputs are large, as DenseGrad's.
func addGradTraining() []Case { return []Case{addLabelsGrad(pairsM2, trainHidden2, 1, 20)} }

func addLabelsGrad(p engine.Pairs, width, activation int, centre float64) Case {
	return Case{
		Name:     describe(p, width) + " " + activations[activation].String(),
		Elements: p.SampleRows() * width,
		Set: func(r *Rig) engine.Step {
			act := activations[activation]
			labels := r.pairLabels(p)
			dh, from := r.derived("dh", p.SampleRows()*width, act, derivedFrom(act, centre, 0.5))
			dtable := r.out("dtable", p.Labels*width)
			return engine.AddLabelsGrad{
				DTable: dtable, DH: dh, From: from, Labels: labels, Pairs: p, Width: width, Activation: act,
			}
		},
	}
}

func labelWeightsCases() []Case { return overPairs(labelWeights) }

func labelWeightsTraining() []Case { return []Case{labelWeights(0, pairsM2, 0)} }

func labelWeights(_ int, p engine.Pairs, _ int) Case {
	return Case{
		Name:     describe(p, 0),
		Elements: p.Rows(),
		Set: func(r *Rig) engine.Step {
			logits := r.in("logits", p.Unlabelled*p.Labels, normal(3))
			scaleL, scaleU := r.double("scaleL", 0.7), r.double("scaleU", 1.3)
			weight := r.out("weight", p.Rows())
			return engine.LabelWeights{
				Weight: weight, Logits: logits, ScaleL: scaleL, ScaleU: scaleU, Pairs: p,
			}
		},
	}
}

func labelCostsCases() []Case { return overPairs(labelCosts) }

func labelCostsTraining() []Case { return []Case{labelCosts(0, pairsM2, 0)} }

func labelCosts(_ int, p engine.Pairs, _ int) Case {
	return Case{
		Name:     describe(p, 0),
		Elements: p.SampleRows(),
		Set: func(r *Rig) engine.Step {
			labels := r.pairLabels(p)
			nll := r.in("nll", p.SampleRows(), around(100, 20))
			kl, klWeight := r.in("kl", p.Rows(), uniform(5, 30)), r.double("klWeight", 0.3)
			logPrior := r.in("logPrior", p.Labels, uniform(-4, -1))
			cost := r.out("cost", p.Rows())
			return engine.LabelCosts{
				Costs: cost, NLL: nll, KL: kl, KLWeight: klWeight, LogPrior: logPrior, Labels: labels,
				Pairs: p,
			}
		},
	}
}

// labelShapes are examples and labels.
var labelShapes = [][2]int{{0, 10}, {1, 10}, {31, 1}, {257, 2}, {31, 10}, {1025, 10}, {31, 33}, {3, 257}}

func overLabels(make func(examples, labels int, spread float64, gradient bool) Case) []Case {
	var cases []Case
	for i, s := range labelShapes {
		cases = append(cases, make(s[0], s[1], 3, i%3 != 2))
	}
	return append(cases, make(31, 10, 60, true))
}

func marginaliseCases() []Case { return overLabels(marginalise) }

func marginaliseTraining() []Case { return []Case{marginalise(100, 10, 3, true)} }

func marginalise(examples, labels int, spread float64, gradient bool) Case {
	return Case{
		Name:     fmt.Sprintf("%dx%d, spread %g, gradient %t", examples, labels, spread, gradient),
		Elements: examples * labels,
		Set: func(r *Rig) engine.Step {
			logits := r.in("logits", examples*labels, normal(spread))
			cost, scale := r.in("cost", examples*labels, around(20, 5)), r.double("scale", 0.3)
			u := r.out("u", examples)
			var dlogits engine.Floats
			if gradient {
				dlogits = r.out("dlogits", examples*labels)
			}
			return engine.Marginalise{
				U: u, DLogits: dlogits, Logits: logits, Costs: cost, Scale: scale, Examples: examples,
				Labels: labels,
			}
		},
	}
}

func crossEntropyCases() []Case { return overLabels(crossEntropy) }

func crossEntropyTraining() []Case { return []Case{crossEntropy(100, 10, 3, true)} }

func crossEntropy(examples, labels int, spread float64, gradient bool) Case {
	return Case{
		Name:     fmt.Sprintf("%dx%d, spread %g, gradient %t", examples, labels, spread, gradient),
		Elements: examples * labels,
		Set: func(r *Rig) engine.Step {
			logits, scale := r.in("logits", examples*labels, normal(spread)), r.double("scale", 0.3)
			truth := r.labels("labels", examples, labels)
			ce := r.out("ce", examples)
			var dlogits engine.Floats
			if gradient {
				dlogits = r.out("dlogits", examples*labels)
			}
			return engine.CrossEntropy{
				CE: ce, DLogits: dlogits, Logits: logits, Labels: truth, Scale: scale, Examples: examples,
				Classes: labels,
			}
		},
	}
}

func logSoftmaxCases() []Case { return overLabels(logSoftmax) }

func logSoftmaxTraining() []Case { return []Case{logSoftmax(1000, 10, 3, true)} }

func logSoftmax(rows, classes int, spread float64, _ bool) Case {
	return Case{
		Name:     fmt.Sprintf("%dx%d, spread %g", rows, classes, spread),
		Elements: rows * classes,
		Set: func(r *Rig) engine.Step {
			logits, y := r.in("logits", rows*classes, normal(spread)), r.out("y", rows*classes)
			return engine.LogSoftmax{Y: y, Logits: logits, Rows: rows, Classes: classes}
		},
	}
}

func classPriorCases() []Case { return overPairs(classPriorGrad) }

func classPriorTraining() []Case { return []Case{classPriorGrad(0, pairsM2, 0)} }

func classPriorGrad(_ int, p engine.Pairs, _ int) Case {
	return Case{
		Name:     describe(p, 0),
		Elements: p.Rows(),
		Set: func(r *Rig) engine.Step {
			labels := r.pairLabels(p)
			weight := r.in("weight", p.Rows(), uniform(0, 2))
			logPrior := r.in("logPrior", p.Labels, uniform(-4, -1))
			dlogits := r.out("dlogits", p.Labels)
			return engine.ClassPriorGrad{
				DLogits: dlogits, Weight: weight, LogPrior: logPrior, Labels: labels, Pairs: p,
			}
		},
	}
}
