package kernels

// CrossEntropy launches engine.LabelSteps.CrossEntropy.
func CrossEntropy(replicas int, ce, dlogits, logits, labels, scale Array, examples, classes int) Launch {
	grid, block := teams(examples, classes, warpTeam, replicas)
	return launch("cross_entropy", grid, block, ce, dlogits, logits, labels, scale, examples, classes)
}
