package kernels

import "ssdgm/engine"

// GaussianNLL launches engine.LatentSteps.GaussianNLL.
func GaussianNLL(replicas int, nll, dstats, stats, x, weight Array, p engine.Pairs, width int) Launch {
	checkPairs("gaussian_nll", p)
	grid, block := teams(p.SampleRows(), fours(width), rowTeam, replicas)
	return launch("gaussian_nll", grid, block, nll, dstats, stats, x, weight, p, width)
}
