package configs

import (
	"slices"
	"strings"
)

// KNN is the classifier by nearest neighbours, on pixels or on the means of M1's kept latents.
type KNN struct {
	// Neighbours is how many labelled examples vote. 0: that of 1, 3, 5, … 15 which classifies the labelled
	// examples best when each is left out in turn.
	Neighbours int `toml:"neighbours" rule:"≥ 0"`
}

// TSVM is the transductive support vector machine (Joachims 1999; Sindhwani and Keerthi 2006), one against the
// rest for each class, on pixels or on the means of M1's kept latents.
type TSVM struct {
	// Kernel is linear, or rbf by random Fourier features (Rahimi and Recht 2007).
	Kernel string `toml:"kernel" choices:"linear|rbf"`
	// Features is the number of random features of the rbf kernel: a cosine and a sine for each frequency.
	Features int `toml:"features" rule:"≥ 2 and ≤ 65536" used:".kernel=rbf"`
	// Gamma of the rbf kernel, exp(−Gamma·d), where d is the squared distance of two examples relative to its mean.
	Gamma float64 `toml:"gamma" rule:"> 0" used:".kernel=rbf"`
	// C weights the squared hinge of each labelled example. Examples have about length 1.
	C float64 `toml:"c" rule:"> 0"`
	// UnlabelledWeight is the weight of all unlabelled examples together, relative to all labelled ones together.
	// 0: a plain support vector machine.
	UnlabelledWeight float64 `toml:"unlabelled_weight" rule:"≥ 0"`
	// Unlabelled is how many unlabelled examples are used, drawn by the seed. 0: all. Each takes 4 bytes of memory for
	// each feature.
	Unlabelled int `toml:"unlabelled" rule:"≥ 0 and ≤ 1048576"`
	// Balance holds the classes' shares among the unlabelled examples to those among the labels: 1 exactly, 0 not at all.
	Balance float64 `toml:"balance" rule:"≥ 0 and ≤ 1"`
	// Stages is the number of temperatures at which machines and labels come to agree.
	Stages int `toml:"stages" rule:"≥ 1"`
	// Hot is the first temperature, in units of the squared hinge.
	Hot float64 `toml:"hot" rule:"> 0"`
	// Cold is the last temperature, and that of the probabilities which the machine gives.
	Cold float64 `toml:"cold" rule:"> 0"`
}

// CNN is a convolutional network on the labelled examples alone: convolutions with rectifiers, each followed by the
// largest of 2 × 2, then one hidden layer.
type CNN struct {
	// Filters of each convolution.
	Filters []int `toml:"filters" rule:"≥ 1 and ≤ 4096"`
	// Kernel is the side of the filters' windows, in pixels.
	Kernel int `toml:"kernel" rule:"≥ 1 and ≤ 64"`
	// Hidden is the number of units between the convolutions and the labels.
	Hidden int `toml:"hidden" rule:"≥ 1 and ≤ 65536"`
	// Dropout is the share of the hidden units that a step leaves out. 0: none.
	Dropout float64 `toml:"dropout" rule:"≥ 0 and < 1"`
	// WeightPrior is the precision of the weights' prior N(0, 1/WeightPrior), whose gradient is scaled by
	// 1/N_labelled. 0: none.
	WeightPrior float64 `toml:"weight_prior" rule:"≥ 0"`

	Train CNNTrain `toml:"train"`
}

// CNNTrain says how the convolutional network is trained.
type CNNTrain struct {
	// BatchSize is the number of labelled examples in a minibatch.
	BatchSize int `toml:"batch_size" rule:"≥ 1 and ≤ 65536"`
	// Steps is the length of the training.
	Steps int `toml:"steps" rule:"≥ 1"`
	// EMA is the decay of the averaged weights, which then are the result. 0: off.
	EMA float64 `toml:"ema" rule:"≥ 0 and < 1"`

	Optimiser Optimiser `toml:"optimiser"`
}

// baselines are the models that learn in one go, by the phase that trains them.
var baselines = []string{"knn", "tsvm", "cnn"}

// Baseline is the phase of a classifier that the models are compared with: knn, tsvm or cnn, on pixels or on M1's
// features; empty for every other model.
func (c *Config) Baseline() string {
	if phase := strings.TrimPrefix(c.Model, "m1"); slices.Contains(baselines, phase) {
		return phase
	}
	return ""
}

// HasM1 tells whether the model has an M1, trained here or taken from elsewhere.
func (c *Config) HasM1() bool { return strings.HasPrefix(c.Model, "m1") }

// baselineDefaults are the values of what a file leaves out. They need no validation examples of a data set: the
// lengths are relative to the examples', and were chosen on MNIST's validation examples.
func baselineDefaults(c *Config, optimiser Optimiser) {
	c.TSVM = TSVM{
		Kernel: "rbf", Features: 2048, Gamma: 1.5, C: 10, UnlabelledWeight: 3, Unlabelled: 10_000,
		Balance: 1, Stages: 8, Hot: 0.5, Cold: 0.1,
	}
	optimiser.Schedule = "cosine"
	c.CNN = CNN{
		Filters: []int{16, 32}, Kernel: 5, Hidden: 128, Dropout: 0.5,
		Train: CNNTrain{BatchSize: 50, Steps: 1500, Optimiser: optimiser},
	}
}

// baseline holds what concerns a baseline's values together.
func (ck *checker) baseline(c *Config) {
	phase := c.Baseline()
	if phase == "" {
		return
	}
	if c.Select == "validation" {
		ck.fail("select", `select = "validation": wanted "last" where model = %q, which learns in one go`, c.Model)
	}
	if t := c.TSVM; phase == "tsvm" && t.Cold > t.Hot {
		ck.fail("tsvm.cold", "tsvm.cold = %s: must be ≤ tsvm.hot = %s (%s)", formatFloat(t.Cold), formatFloat(t.Hot), ck.origins.Of("tsvm.hot"))
	}
	if t := c.TSVM; phase == "tsvm" && t.Kernel == "rbf" && t.Features%2 != 0 {
		ck.fail("tsvm.features", "tsvm.features = %d: must be even, a cosine and a sine for each frequency (%s)", t.Features, ck.origins.Of("tsvm.features"))
	}
	if k := c.KNN.Neighbours; phase == "knn" && c.Data.Labels != AllLabels && k > int(c.Data.Labels) {
		ck.fail("knn.neighbours", "knn.neighbours = %d: must be ≤ data.labels = %d (%s)", k, c.Data.Labels, ck.origins.Of("data.labels"))
	}
	if phase == "cnn" {
		ck.training("cnn.train", Training{Steps: c.CNN.Train.Steps, Optimiser: c.CNN.Train.Optimiser})
	}
}
