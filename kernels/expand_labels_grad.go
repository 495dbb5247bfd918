package kernels

import "ssdgm/engine"

// ExpandLabelsGrad launches engine.LabelSteps.ExpandLabelsGrad: first δ and its
// sum over each example's pairs, then the table's gradient, the column sums of δ.
func ExpandLabelsGrad(replicas int, du, dtable, dh, h, labels Array, p engine.Pairs, width int, activation engine.Activation) []Launch {
	checkPairs("expand_labels_grad", p)
	grid, block := teams(p.Examples(), fours(width), rowTeam, replicas)
	shared := launch("expand_labels_grad", grid, block, du, dh, h, p, width, int(activation))
	p.Samples = 1
	return []Launch{shared, AddLabelsGrad(replicas, dtable, dh, h, labels, p, width, engine.Identity)}
}
