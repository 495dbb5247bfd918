package kernels

import "ssdgm/engine"

// ClassPriorGrad launches engine.LabelSteps.ClassPriorGrad: a block for each label.
func ClassPriorGrad(replicas int, dlogits, weight, logPrior, labels Array, p engine.Pairs) Launch {
	checkPairs("class_prior_grad", p)
	return launch("class_prior_grad", size{p.Labels, 1, replicas}, size{rowTeam, 1, 1}, dlogits, weight, logPrior, labels, p)
}
