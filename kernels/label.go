package kernels

import "ssdgm/engine"

// columnTile is the block of add_labels_grad: 32 columns, and as many rows at a time.
const columnTile = 32

// label launches the steps on (example, label) pairs, and those on logits.
func (b *Builder) label(step engine.Step) (Launch, bool) {
	switch s := step.(type) {
	case engine.ExpandLabels:
		checkPairs("expand_labels", s.Pairs)
		grid, block := teams(s.Pairs.Rows(), fours(s.Width), rowTeam, b.Replicas)
		return launch(grid, block, expandLabelsArguments{
			h: b.Floats(s.H), pre: b.Floats(s.Pre), u: b.Floats(s.U), table: b.Floats(s.Table), labelOf: b.Ints(s.Labels),
			pairs: s.Pairs, width: s.Width, activation: s.Activation,
		}), true
	case ExpandDelta:
		checkPairs("expand_labels_grad", s.Pairs)
		grid, block := teams(s.Pairs.Examples(), fours(s.Width), rowTeam, b.Replicas)
		return launch(grid, block, expandLabelsGradArguments{
			du: b.Floats(s.DU), dh: b.Floats(s.DH), from: b.Floats(s.From), pairs: s.Pairs, width: s.Width, activation: s.Activation,
		}), true
	case engine.AddLabels:
		checkPairs("add_labels", s.Pairs)
		grid, block := teams(s.Pairs.SampleRows(), fours(s.Width), rowTeam, b.Replicas)
		return launch(grid, block, addLabelsArguments{
			h: b.Floats(s.H), pre: b.Floats(s.Pre), table: b.Floats(s.Table), labelOf: b.Ints(s.Labels),
			pairs: s.Pairs, width: s.Width, activation: s.Activation,
		}), true
	case engine.AddLabelsGrad:
		// Every row has one label, so that a block can take the activation's gradient in place and
		// sum it at once.
		checkPairs("add_labels_grad", s.Pairs)
		grid := size{ceilDiv(s.Width, columnTile), s.Pairs.Labels, b.Replicas}
		return launch(grid, size{columnTile, columnTile, 1}, addLabelsGradArguments{
			dtable: b.Floats(s.DTable), dh: b.Floats(s.DH), from: b.Floats(s.From), labelOf: b.Ints(s.Labels),
			pairs: s.Pairs, width: s.Width, activation: s.Activation,
		}), true
	case engine.LabelCosts:
		checkPairs("label_costs", s.Pairs)
		grid, block := flat(s.Pairs.Rows(), b.Replicas)
		return launch(grid, block, labelCostsArguments{
			cost: b.Floats(s.Costs), nll: b.Floats(s.NLL), kl: b.Floats(s.KL), klWeight: b.Doubles(s.KLWeight),
			logPrior: b.Floats(s.LogPrior), labelOf: b.Ints(s.Labels), pairs: s.Pairs,
		}), true
	case engine.ClassPriorGrad:
		checkPairs("class_prior_grad", s.Pairs)
		return launch(size{s.Pairs.Labels, 1, b.Replicas}, size{rowTeam, 1, 1}, classPriorGradArguments{
			dlogits: b.Floats(s.DLogits), weight: b.Floats(s.Weight), logPrior: b.Floats(s.LogPrior), labelOf: b.Ints(s.Labels), pairs: s.Pairs,
		}), true
	default:
		return b.softmax(step)
	}
}

// softmax launches the steps on rows of logits.
func (b *Builder) softmax(step engine.Step) (Launch, bool) {
	switch s := step.(type) {
	case engine.LabelWeights:
		grid, block := teams(s.Pairs.Examples(), s.Pairs.Labels, warpTeam, b.Replicas)
		return launch(grid, block, labelWeightsArguments{
			weight: b.Floats(s.Weight), logits: b.Floats(s.Logits), scaleL: b.Doubles(s.ScaleL), scaleU: b.Doubles(s.ScaleU), pairs: s.Pairs,
		}), true
	case engine.Marginalise:
		grid, block := teams(s.Examples, s.Labels, warpTeam, b.Replicas)
		a := marginaliseArguments{
			u: b.Floats(s.U), dlogits: b.Floats(s.DLogits), logits: b.Floats(s.Logits), cost: b.Floats(s.Costs), scale: b.Doubles(s.Scale),
			examples: s.Examples, labels: s.Labels,
		}
		if s.Labels > warpTeam {
			return launch(grid, block, marginaliseWideArguments(a)), true
		}
		return launch(grid, block, a), true // a warp has a lane for every label: the step stays in registers
	case engine.CrossEntropy:
		grid, block := teams(s.Examples, s.Classes, warpTeam, b.Replicas)
		return launch(grid, block, crossEntropyArguments{
			ce: b.Floats(s.CE), dlogits: b.Floats(s.DLogits), logits: b.Floats(s.Logits), labelOf: b.Ints(s.Labels), scale: b.Doubles(s.Scale),
			examples: s.Examples, classes: s.Classes,
		}), true
	case engine.LogSoftmax:
		grid, block := teams(s.Rows, s.Classes, warpTeam, b.Replicas)
		return launch(grid, block, logSoftmaxArguments{y: b.Floats(s.Y), logits: b.Floats(s.Logits), rows: s.Rows, classes: s.Classes}), true
	default:
		return Launch{}, false
	}
}
