package kernels

import "ssdgm/engine"

// LabelCosts launches engine.LabelSteps.LabelCosts.
func LabelCosts(replicas int, cost, nll, kl, klWeight, logPrior, labels Array, p engine.Pairs) Launch {
	checkPairs("label_costs", p)
	grid, block := flat(p.Rows(), replicas)
	return launch("label_costs", grid, block, cost, nll, kl, klWeight, logPrior, labels, p)
}
