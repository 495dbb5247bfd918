package kernels

import "ssdgm/engine"

// GatherPixels launches engine.MinibatchSteps.GatherPixels for an index of batch elements.
// Rows that have been fetched already are taken from there; there may be none.
func GatherPixels(replicas int, dst, images Array, f Fetched, index Array, batch, width int, binarise engine.Binarise, n Noise) Launch {
	grid, block := teams(batch, fours(width), rowTeam, replicas)
	return launch("gather_pixels", grid, block, dst, images, f.Rows, f.Index, index, batch, width, int(binarise), n)
}
