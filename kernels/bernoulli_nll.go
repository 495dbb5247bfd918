package kernels

import "ssdgm/engine"

// BernoulliNLL launches engine.LatentSteps.BernoulliNLL.
func BernoulliNLL(replicas int, nll, dlogits, logits, x, weight Array, p engine.Pairs, width int) Launch {
	checkPairs("bernoulli_nll", p)
	grid, block := teams(p.SampleRows(), fours(width), rowTeam, replicas)
	return launch("bernoulli_nll", grid, block, nll, dlogits, logits, x, weight, p, width)
}
