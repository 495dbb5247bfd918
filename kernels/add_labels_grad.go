package kernels

import "ssdgm/engine"

// columnTile is the block of add_labels_grad: 32 columns, and as many rows at a time.
const columnTile = 32

// AddLabelsGrad launches engine.LabelSteps.AddLabelsGrad. Every row has one label,
// so that a block can take the activation's gradient in place and sum it at once.
func AddLabelsGrad(replicas int, dtable, dh, h, labels Array, p engine.Pairs, width int, activation engine.Activation) Launch {
	checkPairs("add_labels_grad", p)
	grid := size{ceilDiv(width, columnTile), p.Labels, replicas}
	return launch("add_labels_grad", grid, size{columnTile, columnTile, 1}, dtable, dh, h, labels, p, width, int(activation))
}
