package enginetest

import (
	"fmt"

	"ssdgm/engine"
)

// allSteps is every step of the contract.
func allSteps() []step {
	return []step{
		{"Minibatch", minibatchCases, minibatchTraining},
		{"GatherPixels", gatherPixelsCases, gatherPixelsTraining},
		{"GatherGaussian", gatherGaussianCases, gatherGaussianTraining},
		{"GatherLabels", gatherLabelsCases, gatherLabelsTraining},
		{"Dense", denseCases, denseTraining},
		{"DenseGrad", denseGradCases, denseGradTraining},
		{"GaussianSample", sampleCases, sampleTraining},
		{"GaussianSampleGrad", sampleGradCases, sampleGradTraining},
		{"BernoulliNLL", bernoulliCases, bernoulliTraining},
		{"GaussianNLL", gaussianCases, gaussianTraining},
		{"StackPosterior", stackCases, stackTraining},
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
		{"BeginStep", beginStepCases, beginStepTraining},
		{"CheckFinite", checkFiniteCases, checkFiniteTraining},
		{"GradientNorm", gradientNormCases, gradientNormTraining},
		{"Update", updateCases, updateTraining},
		{"AddSum", addSumCases, addSumTraining},
	}
}

// raggedPairs are the minibatches: labelled only, unlabelled only and mixed,
// one label and many, one sample and several, each with a width that keeps the
// arrays small.
var raggedPairs = []struct {
	engine.Pairs
	width int
}{
	{engine.Pairs{Labelled: 1, Labels: 1, Samples: 1}, 1025},
	{engine.Pairs{Labelled: 31, Labels: 1, Samples: 3}, 31},
	{engine.Pairs{Labelled: 257, Labels: 10, Samples: 1}, 31},
	{engine.Pairs{Unlabelled: 31, Labels: 1, Samples: 1}, 257},
	{engine.Pairs{Unlabelled: 1, Labels: 2, Samples: 3}, 257},
	{engine.Pairs{Unlabelled: 31, Labels: 10, Samples: 1}, 50},
	{engine.Pairs{Labelled: 1, Unlabelled: 257, Labels: 2, Samples: 1}, 1},
	{engine.Pairs{Labelled: 5, Unlabelled: 7, Labels: 10, Samples: 3}, 31},
	{engine.Pairs{Labelled: 31, Unlabelled: 5, Labels: 33, Samples: 1}, 17},
	{engine.Pairs{Labelled: 3, Unlabelled: 2, Labels: 10, Samples: 1}, 1025},
}

// The minibatches of training: M1's two, and M2's hundred and hundred.
var (
	smallM1 = engine.Pairs{Labelled: 100, Labels: 1, Samples: 1}
	largeM1 = engine.Pairs{Labelled: 1000, Labels: 1, Samples: 1}
	pairsM2 = engine.Pairs{Labelled: 100, Unlabelled: 100, Labels: 10, Samples: 1}
)

// The paper's sizes.
const (
	trainPixels  = 784
	trainHidden  = 600
	trainHidden2 = 500
	trainLatents = 50
	trainWeights = 1_751_184 // M1 784-600-600-50-600-600-784
)

// describe names a case by its minibatch.
func describe(p engine.Pairs, width int) string {
	return fmt.Sprintf("%d labelled, %d unlabelled, %d labels, %d samples, width %d",
		p.Labelled, p.Unlabelled, p.Labels, p.Samples, width)
}

// overPairs makes a case of every minibatch; i counts them, for what takes turns.
func overPairs(make func(i int, p engine.Pairs, width int) stepCase) []stepCase {
	var cases []stepCase
	for i, p := range raggedPairs {
		cases = append(cases, make(i, p.Pairs, p.width))
	}
	return cases
}

// pairLabels is the labels of the labelled examples, absent where there is one
// label only.
func (r *rig) pairLabels(p engine.Pairs) engine.Ints {
	if p.Labels == 1 {
		return engine.Ints{}
	}
	return r.labels("labels", p.Labelled, p.Labels)
}
