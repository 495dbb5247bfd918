package kernels

// LogSoftmax launches engine.LabelSteps.LogSoftmax.
func LogSoftmax(replicas int, y, logits Array, rows, classes int) Launch {
	grid, block := teams(rows, classes, warpTeam, replicas)
	return launch("log_softmax", grid, block, y, logits, rows, classes)
}
