package kernels

// Marginalise launches engine.LabelSteps.Marginalise. Where a warp has a lane for
// every label, the whole step stays in registers.
func Marginalise(replicas int, u, dlogits, logits, cost, scale Array, examples, labels int) Launch {
	kernel := "marginalise"
	if labels > warpTeam {
		kernel = "marginalise_wide"
	}
	grid, block := teams(examples, labels, warpTeam, replicas)
	return launch(kernel, grid, block, u, dlogits, logits, cost, scale, examples, labels)
}
