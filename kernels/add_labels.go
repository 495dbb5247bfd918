package kernels

import "ssdgm/engine"

// AddLabels launches engine.LabelSteps.AddLabels.
func AddLabels(replicas int, h, table, labels Array, p engine.Pairs, width int, activation engine.Activation) Launch {
	checkPairs("add_labels", p)
	grid, block := teams(p.SampleRows(), fours(width), rowTeam, replicas)
	return launch("add_labels", grid, block, h, table, labels, p, width, int(activation))
}
