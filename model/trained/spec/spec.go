// Package spec says what a configuration's words mean to the models, to the baselines and to the engine.
package spec

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
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

// missing tells whether values may be missing of the examples that a configuration's models are given, see
// model/missing.go.
func missing(c *configs.Config) bool { return c.Data.Missing == "mask" }

// M1 is the architecture of M1 that a configuration describes.
func M1(c *configs.Config, inputs int) model.M1Spec {
	return model.M1Spec{
		Inputs: inputs, Hidden: c.M1.Hidden, Latents: c.M1.Latents,
		Activation: activation(c.M1.Units), Output: outputs[c.M1.Output],
		Missing: missing(c),
	}
}

// M2 is the architecture of M2: on pixels, or with a Gaussian output on real values, as M1's features are.
func M2(c *configs.Config, inputs, classes int, real bool) model.M2Spec {
	spec := model.M2Spec{
		Inputs: inputs, Labels: classes, Hidden: c.M2.Hidden, ClassifierHidden: c.M2.ClassifierHidden,
		Latents: c.M2.Latents, Activation: activation(c.M2.Units),
		ClassPrior: priors[c.M2.ClassPrior], Probabilities: c.M2.ClassProbabilities,
		Missing: missing(c) && !c.Stacked(), // of M1's features nothing is
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
		Activation: activation(c.Supervised.Units), Missing: missing(c),
	}
}
