package kernels

import "ssdgm/engine"

// GaussianSample launches engine.LatentSteps.GaussianSample.
func GaussianSample(replicas int, z, kl, stats Array, p engine.Pairs, latents int, n Noise) Launch {
	checkPairs("gaussian_sample", p)
	grid, block := teams(p.Rows(), fours(latents), warpTeam, replicas)
	return launch("gaussian_sample", grid, block, z, kl, stats, p, latents, n)
}
