package kernels

import "ssdgm/engine"

// GaussianSampleGrad launches engine.LatentSteps.GaussianSampleGrad.
func GaussianSampleGrad(replicas int, dstats, dz, stats, weight, klWeight Array, p engine.Pairs, latents int, n Noise) Launch {
	checkPairs("gaussian_sample_grad", p)
	grid, block := teams(p.Rows(), fours(latents), warpTeam, replicas)
	return launch("gaussian_sample_grad", grid, block, dstats, dz, stats, weight, klWeight, p, latents, n)
}
