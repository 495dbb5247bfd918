// Package configs holds the configuration of a run: its types, its defaults, a strict loader for
// its TOML form, and the experiments of the paper as TOML files that are built into the program.
//
// A key's tag says which values are possible: `rule` bounds a number (or every number of a list),
// `choices` names the words of an enumeration, unless they are registered (RegisterChoices).
// The first paragraph of a key's comment is also what the program tells of it (Explain), with TOML's names.
// `decides` tells of a key or a table that cannot change a run's numbers, nothing, or can only where another key has some
// value: these may change when a run goes on. `used` says what a key or a table needs to have an effect, see uses.
// See check.go for what concerns several keys at once.
// The upper bounds of sizes keep every product of them within an int; those of latents and samples are
// the widths of their fields in the noise's addresses.
package configs

// Config is everything that decides a run's numbers. Load gives one that has been checked.
// "The paper" is Kingma, Mohamed, Rezende and Welling, NIPS 2014; "the published code" is its authors'.
type Config struct {
	// Model says what is trained: m1 (latent-feature model), m2 (semi-supervised model on pixels),
	// m1m2 (M2 on M1's features) or supervised (a network on the labelled examples alone); or, to compare with,
	// knn, tsvm and cnn on pixels, m1knn and m1tsvm on M1's features.
	Model string `toml:"model" choices:"m1|m2|m1m2|supervised|knn|tsvm|cnn|m1knn|m1tsvm"`
	// Seed decides the label split, the initial parameters, the noise and the minibatches. At most 2⁶³ − 1,
	// TOML's largest integer.
	Seed uint64 `toml:"seed"`
	// Precision of matrix products: fp32, or tf32, which rounds their inputs to 10 bits of mantissa for a card's
	// matrix units. Everything else is fp32. The CPU has fp32 alone.
	Precision string `toml:"precision" choices:"fp32|tf32"`
	// MatMul says what computes matrix products: own (this program's kernels) or cublas (NVIDIA's library, found
	// at run time). The CPU has own alone.
	MatMul string `toml:"matmul" choices:"own|cublas"`
	// Yardstick also trains the supervised network on the same labels and reports its error beside the
	// model's.
	Yardstick bool `toml:"yardstick" used:"yardstick"`
	// Select says which parameters are the result: those of the last step, or of the step with the best
	// validation figure.
	Select string `toml:"select" choices:"last|validation"`
	// OnNaN says what follows a bound or a gradient that is not finite: stop, or rollback, which goes back to
	// the last step before it that is a multiple of checkpoint.every_steps, or where that does not help to the one
	// before, and on from there with a smaller rate.
	OnNaN string `toml:"on_nan" choices:"stop|rollback" used:"steps"`
	// RollbackRateFactor multiplies the phase's rate at each rollback.
	RollbackRateFactor float64 `toml:"rollback_rate_factor" rule:"> 0 and < 1" used:".on_nan=rollback"`
	// Rollbacks is how many there are in a phase at most; then the run stops.
	Rollbacks int `toml:"rollbacks" rule:"≥ 1" used:".on_nan=rollback"`

	Data       Data       `toml:"data"`
	M1         M1         `toml:"m1" used:"m1"`
	M2         M2         `toml:"m2" used:"m2"`
	Joint      Joint      `toml:"joint" used:"joint"`
	Supervised Supervised `toml:"supervised" used:"supervised"`
	KNN        KNN        `toml:"knn" used:"knn"`
	TSVM       TSVM       `toml:"tsvm" used:"tsvm"`
	CNN        CNN        `toml:"cnn" used:"cnn"`
	Checkpoint Checkpoint `toml:"checkpoint" decides:"nothing"`
	Eval       Eval       `toml:"eval"`
	Pictures   Pictures   `toml:"pictures" decides:"nothing" used:"generates"`
}

// Units says what the hidden layers of a model are made of.
type Units struct {
	// Activation of the hidden layers: softplus (the paper's), relu, tanh, gelu (in its form with tanh) or silu.
	Activation string `toml:"activation" choices:"softplus|relu|tanh|gelu|silu"`
}

// M1 is the latent-feature model, a variational autoencoder (the paper, section 2.1).
type M1 struct {
	// Hidden layers of the encoder, from pixels to latents; the decoder mirrors them. The paper: 600, 600.
	Hidden []int `toml:"hidden" rule:"≥ 1 and ≤ 65536"`
	// Latents is the size of z1. The paper: 50.
	Latents int `toml:"latents" rule:"≥ 1 and ≤ 16384"`
	Units
	// Output is the distribution p(x|z): bernoulli (logits), gaussian (mean and logvar), or auto: bernoulli of pixels
	// and of values from 0 to 1, gaussian of others.
	Output string `toml:"output" choices:"bernoulli|gaussian|auto"`
	// Samples of z per example and visit in the bound's estimate.
	Samples int `toml:"samples" rule:"≥ 1 and ≤ 1024" used:"m1-trained"`
	// From takes a trained M1 from a run folder or a safetensors file instead of training one. Empty: train.
	From string `toml:"from"`
	// KeepAbove drops, before M2 is trained, the latents whose mean has a standard deviation at or below it
	// over the training examples. 0: keep all. The published code: 0.1.
	KeepAbove float64 `toml:"keep_above" rule:"≥ 0" used:"m1-below"`
	// WeightPrior is the precision of the weights' prior N(0, 1/WeightPrior), whose gradient is scaled by
	// 1/N_total. 0: none. The paper: 1.
	WeightPrior float64 `toml:"weight_prior" rule:"≥ 0" used:"m1-moved"`

	Train M1Train `toml:"train" used:"m1-trained"`
}

// M2 is the semi-supervised model (the paper, section 2.2): on pixels with a Bernoulli output where it is
// the whole model, on M1's features with a Gaussian output where it is stacked.
type M2 struct {
	// Hidden layers of q(z|x,y) and, mirrored, of p(x|y,z). The paper: 500.
	Hidden []int `toml:"hidden" rule:"≥ 1 and ≤ 65536"`
	// ClassifierHidden are the hidden layers of q(y|x). None: a linear classifier. The paper: 500.
	ClassifierHidden []int `toml:"classifier_hidden" rule:"≥ 1 and ≤ 65536"`
	// Latents is the size of z (z2 where M2 is stacked). The paper: 50.
	Latents int `toml:"latents" rule:"≥ 1 and ≤ 16384"`
	Units
	// Samples of z per example, label and visit in the bound's estimate.
	Samples int `toml:"samples" rule:"≥ 1 and ≤ 1024"`
	// Alpha weights the classification loss by β = α·N_total/N_labelled (the paper, equation 9: 0.1).
	Alpha float64 `toml:"alpha" rule:"≥ 0"`
	// ClassPrior is p(y): uniform, given (ClassProbabilities), or learned with the parameters.
	ClassPrior string `toml:"class_prior" choices:"uniform|given|learned"`
	// ClassProbabilities are p(y) of each class where ClassPrior is given. They sum to 1.
	ClassProbabilities []float64 `toml:"class_probabilities" rule:"> 0 and ≤ 1"`
	// WeightPrior is the precision of the weights' prior N(0, 1/WeightPrior), whose gradient is scaled by
	// 1/N_total. 0: none. The paper: 1.
	WeightPrior float64 `toml:"weight_prior" rule:"≥ 0"`

	Train M2Train `toml:"train"`
}

// Supervised is the yardstick: a network trained on the labelled examples alone.
type Supervised struct {
	// Hidden layers. None: logistic regression.
	Hidden []int `toml:"hidden" rule:"≥ 1 and ≤ 65536"`
	Units
	// WeightPrior is the precision of the weights' prior N(0, 1/WeightPrior), whose gradient is scaled by
	// 1/N_labelled. 0: none.
	WeightPrior float64 `toml:"weight_prior" rule:"≥ 0"`

	Train SupervisedTrain `toml:"train"`
}

// M1Train says how M1 is trained. An epoch is one pass over all training examples, labelled or not.
type M1Train struct {
	// BatchSize is the number of examples in a minibatch.
	BatchSize int `toml:"batch_size" rule:"≥ 1 and ≤ 1048576"`
	Training
	// KLWarmupSteps is over how many steps the weight of the KL rises linearly from 0 to 1. 0: it is 1
	// throughout.
	KLWarmupSteps int `toml:"kl_warmup_steps" rule:"≥ 0"`
}

// M2Train says how M2 is trained. An epoch is one pass over the unlabelled examples; the labelled ones
// come round in permutations of their own.
type M2Train struct {
	// LabelledBatch is B_l, the number of labelled examples in a minibatch.
	LabelledBatch int `toml:"labelled_batch" rule:"≥ 1 and ≤ 1048576"`
	// UnlabelledBatch is B_u, the number of unlabelled examples in a minibatch.
	UnlabelledBatch int `toml:"unlabelled_batch" rule:"≥ 1 and ≤ 1048576"`
	Training
	// KLWarmupSteps is over how many steps the weight of the KL rises linearly from 0 to 1. 0: it is 1
	// throughout.
	KLWarmupSteps int `toml:"kl_warmup_steps" rule:"≥ 0"`
}

// SupervisedTrain says how the supervised network is trained. An epoch is one pass over the labelled
// examples.
type SupervisedTrain struct {
	// BatchSize is the number of labelled examples in a minibatch.
	BatchSize int `toml:"batch_size" rule:"≥ 1 and ≤ 1048576"`
	Training
}

// Training is what every phase of a run needs to know.
type Training struct {
	// Epochs is the phase's length in epochs. Exactly one of Epochs and Steps is above 0.
	Epochs int `toml:"epochs" rule:"≥ 0"`
	// Steps is the phase's length in steps.
	Steps int `toml:"steps" rule:"≥ 0"`
	// LogEvery is the number of steps between two lines of metrics.jsonl.
	LogEvery int `toml:"log_every" rule:"≥ 1"`
	// ValidateEvery is the number of steps between two looks at the validation data. 0: at every tenth line
	// of metrics.jsonl.
	//
	// ValidationInterval resolves it.
	ValidateEvery int `toml:"validate_every" rule:"≥ 0"`
	// EMA is the decay of the averaged weights, which then are the result. 0: off.
	EMA float64 `toml:"ema" rule:"≥ 0 and < 1"`
	// ClipNorm is the largest L2 norm of the whole gradient; a larger one is scaled down to it. 0: off.
	ClipNorm float64 `toml:"clip_norm" rule:"≥ 0"`

	Optimiser Optimiser `toml:"optimiser"`
}

// ValidationInterval is the number of steps between two looks at the validation data.
func (t Training) ValidationInterval() int {
	if t.ValidateEvery == 0 {
		return 10 * t.LogEvery
	}
	return t.ValidateEvery
}

// Optimiser is the rule Γ of the paper's algorithms 1 and 2, and its rate's schedule.
type Optimiser struct {
	// Name of the rule.
	Name string `toml:"name" choices:"sgd|adagrad|rmsprop|adam"`
	// Rate is the step size before warm-up and schedule. The paper: 3e-4.
	Rate float64 `toml:"rate" rule:"> 0"`
	// Beta1 is the decay of Adam's mean of gradients.
	Beta1 float64 `toml:"beta1" rule:"≥ 0 and < 1" used:".name=adam"`
	// Beta2 is the decay of Adam's mean of squared gradients.
	Beta2 float64 `toml:"beta2" rule:"≥ 0 and < 1" used:".name=adam"`
	// Epsilon is added to the root in AdaGrad, RMSprop and Adam.
	Epsilon float64 `toml:"epsilon" rule:"> 0" used:".name=adagrad|rmsprop|adam"`
	// Momentum of SGD. 0: plain gradient descent.
	Momentum float64 `toml:"momentum" rule:"≥ 0 and < 1" used:".name=sgd"`
	// Decay of RMSprop's mean of squared gradients.
	Decay float64 `toml:"decay" rule:"≥ 0 and < 1" used:".name=rmsprop"`
	// Schedule of the rate after the warm-up: constant, cosine (step t of T has come (t − 1)/T of the way to
	// FinalRateFraction, so that the last step is just above it) or step (times StepFactor at every StepEvery
	// steps).
	Schedule string `toml:"schedule" choices:"constant|cosine|step"`
	// WarmupSteps is over how many steps the rate rises linearly from 0, before any schedule.
	WarmupSteps int `toml:"warmup_steps" rule:"≥ 0"`
	// ScheduleSteps is the number of steps in which the cosine falls; the rate of steps after them is the final one.
	// 0: as many as the phase has. A run that is extended keeps what it had.
	ScheduleSteps int `toml:"schedule_steps" rule:"≥ 0" used:".schedule=cosine"`
	// FinalRateFraction is the fraction of Rate that the cosine would reach one step after the last.
	FinalRateFraction float64 `toml:"final_rate_fraction" rule:"≥ 0 and ≤ 1" used:".schedule=cosine"`
	// StepEvery is the number of steps between two drops of the step schedule.
	StepEvery int `toml:"step_every" rule:"≥ 0" used:".schedule=step"`
	// StepFactor multiplies the rate at each drop of the step schedule.
	StepFactor float64 `toml:"step_factor" rule:"> 0 and ≤ 1" used:".schedule=step"`
}

// Checkpoint says when a run saves what it needs to go on.
type Checkpoint struct {
	// EverySteps is the number of steps between two checkpoints, and so where a rollback goes back to.
	EverySteps int `toml:"every_steps" rule:"≥ 1" decides:"on_nan=rollback"`
	// EverySeconds is after how many seconds without a checkpoint there is one, whatever the step. No number
	// depends on it. 0: off.
	EverySeconds float64 `toml:"every_seconds" rule:"≥ 0"`
	// Keep is how many of the last checkpoints are kept, beside the best by validation.
	Keep int `toml:"keep" rule:"≥ 1"`
}

// Eval says how the bound and the error are computed after training.
type Eval struct {
	// Samples of z per example in the bound's estimate.
	Samples int `toml:"samples" rule:"≥ 1 and ≤ 4096" used:"bound"`
	// BatchSize is the number of examples evaluated at once.
	BatchSize int `toml:"batch_size" rule:"≥ 1 and ≤ 1048576"`
}

// Pictures says what is drawn after training.
type Pictures struct {
	// SamplesPerClass is the number of samples drawn of each class.
	SamplesPerClass int `toml:"samples_per_class" rule:"≥ 0 and ≤ 200"`
	// Grid is the number of images on a side of each class's grid over a 2-D z, at Gaussian quantiles.
	Grid int `toml:"grid" rule:"≥ 1 and ≤ 200" used:"z-in-plane"`
	// Analogies is the number of test images whose z is inferred and drawn with every class.
	Analogies int `toml:"analogies" rule:"≥ 0 and ≤ 1000"`
}

// TrainsM1 tells whether M1 is trained here.
func (c *Config) TrainsM1() bool { return c.HasM1() && c.M1.From == "" }

// HasM2 tells whether the model has an M2: alone, or on M1's latents.
func (c *Config) HasM2() bool { return c.Model == "m2" || c.Stacked() }

// OnlySupervised tells whether the model is the supervised network alone.
func (c *Config) OnlySupervised() bool { return c.Model == "supervised" }

// HasSupervised tells whether a supervised network is trained: as the model, or as the yardstick beside it.
func (c *Config) HasSupervised() bool { return c.OnlySupervised() || c.Yardstick }

// Stacked tells whether the model is M1+M2.
func (c *Config) Stacked() bool { return c.Model == "m1m2" }

// TrainsStack tells whether M1 and M2 are trained as one model in the end.
func (c *Config) TrainsStack() bool { return c.Stacked() && c.Joint.trained() }

// Classifies tells whether the model has a classifier, and so learns from labels.
func (c *Config) Classifies() bool { return c.Model != "m1" }

// Default is the value of every key that a file leaves out. It is not a configuration yet: every phase
// that is trained needs its length, in epochs or in steps.
func Default() *Config {
	optimiser := Optimiser{
		Name: "adam", Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
		Momentum: 0.9, Decay: 0.9, Schedule: "constant", StepFactor: 0.1,
	}
	training := Training{LogEvery: 100, Optimiser: optimiser}
	softplus := Units{Activation: "softplus"}
	c := &Config{
		Model: "m1m2", Precision: "fp32", MatMul: "own", Select: "last",
		OnNaN: "stop", RollbackRateFactor: 0.5, Rollbacks: 3,
		Data: Data{
			Name: "glyphs", Labels: 100, Validation: 1000, Binarise: "none", Storage: auto,
			Cells: Cells{Heading: auto, Decimal: auto}, Picture: Picture{Channels: auto, Resize: "crop"},
			Inputs: Inputs{Scale: auto, Whiten: true, Missing: "error"},
		},
		M1: M1{
			Hidden: []int{600, 600}, Latents: 50, Units: softplus, Output: auto,
			Samples: 1, KeepAbove: 0.1, WeightPrior: 1,
			Train: M1Train{BatchSize: 200, Training: training},
		},
		M2: M2{
			Hidden: []int{500}, ClassifierHidden: []int{500}, Latents: 50, Units: softplus,
			Samples: 1, Alpha: 0.1, ClassPrior: "uniform", WeightPrior: 1,
			Train: M2Train{LabelledBatch: 100, UnlabelledBatch: 100, Training: training},
		},
		Joint: jointDefault(training),
		Supervised: Supervised{
			Hidden: []int{300}, Units: softplus, WeightPrior: 1,
			Train: SupervisedTrain{BatchSize: 100, Training: training},
		},
		Checkpoint: Checkpoint{EverySteps: 1000, Keep: 2},
		Eval:       Eval{Samples: 1, BatchSize: 500},
		Pictures:   Pictures{SamplesPerClass: 10, Grid: 15, Analogies: 10},
	}
	baselineDefaults(c, optimiser)
	return c
}
