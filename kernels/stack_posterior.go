package kernels

import "ssdgm/engine"

// StackGrads are engine.StackGrads, resolved.
type StackGrads struct{ Decoder, Classifier, Encoder, Likelihood Array }

// StackPosterior launches engine.LatentSteps.StackPosterior.
func StackPosterior(replicas int, cost, dstats, stats Array, g StackGrads, weight, places Array, p engine.Pairs, latents, kept int, n Noise) Launch {
	checkPairs("stack_posterior", p)
	grid, block := teams(p.Examples(), fours(latents), warpTeam, replicas)
	return launch("stack_posterior", grid, block, cost, dstats, stats,
		g.Decoder, g.Classifier, g.Encoder, g.Likelihood, weight, places, p, latents, kept, n)
}
