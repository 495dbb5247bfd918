package kernels

import "ssdgm/engine"

// GatherPixels launches engine.MinibatchSteps.GatherPixels for an index of batch elements.
func GatherPixels(replicas int, dst, images, index Array, batch, width int, binarise engine.Binarise, n Noise) Launch {
	grid, block := teams(batch, fours(width), rowTeam, replicas)
	return launch("gather_pixels", grid, block, dst, images, index, batch, width, int(binarise), n)
}
