// Package spec says what a configuration's words mean to the models, to the baselines and to the engine.
package spec

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/model/baseline"
)

// The configuration has been checked, so every word is one of these.
var (
	outputs = map[string]model.Output{"bernoulli": model.Bernoulli, "gaussian": model.Gaussian}
	priors  = map[string]model.ClassPrior{
		"uniform": model.UniformPrior, "given": model.GivenPrior, "learned": model.LearnedPrior,
	}
)

// activation is the engine's name for what the hidden layers compute.
func activation(u configs.Units) engine.Activation {
	a, _ := engine.ParseActivation(u.Activation)
	return a
}

// M1 is the architecture of M1 that a configuration describes.
func M1(c *configs.Config, inputs int) model.M1Spec {
	return model.M1Spec{
		Inputs: inputs, Hidden: c.M1.Hidden, Latents: c.M1.Latents,
		Activation: activation(c.M1.Units), Output: outputs[c.M1.Output],
	}
}

// M2 is the architecture of M2: on pixels, or with a Gaussian output on real values, as M1's features are.
func M2(c *configs.Config, inputs, classes int, real bool) model.M2Spec {
	spec := model.M2Spec{
		Inputs: inputs, Labels: classes, Hidden: c.M2.Hidden, ClassifierHidden: c.M2.ClassifierHidden,
		Latents: c.M2.Latents, Activation: activation(c.M2.Units),
		ClassPrior: priors[c.M2.ClassPrior], Probabilities: c.M2.ClassProbabilities,
	}
	if real {
		spec.Output = model.Gaussian
	}
	return spec
}

// Supervised is the architecture of the yardstick.
func Supervised(c *configs.Config, inputs, classes int) model.SupervisedSpec {
	return model.SupervisedSpec{
		Inputs: inputs, Labels: classes, Hidden: c.Supervised.Hidden,
		Activation: activation(c.Supervised.Units),
	}
}

// Images are the sizes of the images that a baseline classifies. Only a convolutional network looks at them.
type Images struct{ Height, Width, Channels int }

// Baseline makes the configuration's baseline; it has learnt nothing yet. rule is how a convolutional network is to be
// trained: who only classifies with it needs none. It is an error if images are too small for the network.
func Baseline(
	c *configs.Config, images Images, o baseline.Options, rule engine.OptimiserOptions,
) (baseline.Classifier, error) {
	switch c.Baseline() {
	case "knn":
		return baseline.NewKNN(baseline.KNNOptions{Options: o, K: c.KNN.Neighbours}), nil
	case "tsvm":
		s := c.TSVM
		if s.Kernel == "linear" {
			s.Features = 0
		}
		return baseline.NewTSVM(baseline.TSVMOptions{
			Options: o, Features: s.Features, Gamma: s.Gamma, C: s.C, CUnlabelled: s.UnlabelledWeight,
			Balance: s.Balance, Stages: s.Stages, Hot: s.Hot, Cold: s.Cold,
		}), nil
	}
	n, train := c.CNN, c.CNN.Train
	cnn, err := baseline.NewCNN(baseline.CNNOptions{
		Options: o, Height: images.Height, Width: images.Width, Channels: images.Channels,
		Filters: n.Filters, Kernel: n.Kernel, Hidden: n.Hidden, Dropout: n.Dropout,
		BatchSize: train.BatchSize, Steps: train.Steps, Rate: train.Optimiser.Rate, Optimiser: rule,
	})
	if err != nil {
		return nil, err
	}
	return cnn, nil
}
