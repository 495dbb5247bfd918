package kernels

import "ssdgm/engine"

// ExpandLabels launches engine.LabelSteps.ExpandLabels.
func ExpandLabels(replicas int, h, u, table, labels Array, p engine.Pairs, width int, activation engine.Activation) Launch {
	checkPairs("expand_labels", p)
	grid, block := teams(p.Rows(), fours(width), rowTeam, replicas)
	return launch("expand_labels", grid, block, h, u, table, labels, p, width, int(activation))
}
