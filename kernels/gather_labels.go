package kernels

// GatherLabels launches engine.MinibatchSteps.GatherLabels for an index of batch elements.
func GatherLabels(replicas int, dst, labels, index Array, batch int) Launch {
	grid, block := flat(batch, replicas)
	return launch("gather_labels", grid, block, dst, labels, index, batch)
}
