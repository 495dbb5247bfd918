package kernels

// GatherGaussian launches engine.MinibatchSteps.GatherGaussian for an index of batch elements.
func GatherGaussian(replicas int, dst, stats, index Array, batch, width int, sample bool, n Noise) Launch {
	draws := 0
	if sample {
		draws = 1
	}
	grid, block := teams(batch, fours(width), rowTeam, replicas)
	return launch("gather_gaussian", grid, block, dst, stats, index, batch, width, draws, n)
}
