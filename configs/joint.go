package configs

// Joint is the training of the stack M1+M2 as one model, after M2's own on an M1 that stood still: on the bound of
// the stack, with M2's alpha and the weight priors of both. It is off unless it has a length, and belongs to m1m2 alone. An epoch is one pass
// over the unlabelled examples.
type Joint struct {
	// LabelledBatch is B_l, the number of labelled examples in a minibatch.
	LabelledBatch int `toml:"labelled_batch" rule:"≥ 1 and ≤ 1048576"`
	// UnlabelledBatch is B_u, the number of unlabelled examples in a minibatch.
	UnlabelledBatch int `toml:"unlabelled_batch" rule:"≥ 1 and ≤ 1048576"`
	Training
	// M2Rate is the step size for M2's parameters before warm-up and schedule. That of the optimiser is for M1's,
	// which have little way to go.
	M2Rate float64 `toml:"m2_rate" rule:"> 0"`
}

// trained tells whether there is such a phase.
func (j *Joint) trained() bool { return j.Epochs > 0 || j.Steps > 0 }

// jointDefault is for a stack that has been trained part by part.
func jointDefault(training Training) Joint {
	o := &training.Optimiser
	o.Rate, o.WarmupSteps, o.Schedule, o.FinalRateFraction = 3e-4, 300, "cosine", 0.01
	training.EMA = 0.999
	return Joint{LabelledBatch: 50, UnlabelledBatch: 200, Training: training, M2Rate: 1e-3}
}
