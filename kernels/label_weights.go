package kernels

import "ssdgm/engine"

// LabelWeights launches engine.LabelSteps.LabelWeights.
func LabelWeights(replicas int, weight, logits, scaleL, scaleU Array, p engine.Pairs) Launch {
	grid, block := teams(p.Examples(), p.Labels, warpTeam, replicas)
	return launch("label_weights", grid, block, weight, logits, scaleL, scaleU, p)
}
