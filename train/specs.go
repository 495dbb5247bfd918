package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
)

// The configuration's words and what they mean to the engine and the models. The
// configuration has been checked, so every word is one of these.
var (
	binarises = map[string]engine.Binarise{
		"none": engine.BinariseNone, "fixed": engine.BinariseFixed, "resample": engine.BinariseResample,
	}
	outputs = map[string]model.Output{"bernoulli": model.Bernoulli, "gaussian": model.Gaussian}
	priors  = map[string]model.ClassPrior{
		"uniform": model.UniformPrior, "given": model.GivenPrior, "learned": model.LearnedPrior,
	}
	decays = map[string]engine.Decay{
		"constant": engine.DecayNone, "cosine": engine.DecayCosine, "step": engine.DecaySteps,
	}
)

// activation is the engine's name for what the hidden layers compute.
func activation(u configs.Units) engine.Activation {
	a, _ := engine.ParseActivation(u.Activation)
	return a
}

// rule is the engine's name for Γ.
func rule(o configs.Optimiser) engine.Rule {
	r, _ := engine.ParseRule(o.Name)
	return r
}

// M1Spec is the architecture of M1 that a configuration describes.
func M1Spec(c *configs.Config, inputs int) model.M1Spec {
	return model.M1Spec{
		Inputs: inputs, Hidden: c.M1.Hidden, Latents: c.M1.Latents,
		Activation: activation(c.M1.Units), Output: outputs[c.M1.Output],
	}
}

// M2Spec is the architecture of M2: on pixels where it is the whole model, on M1's
// features, with a Gaussian output, where it is stacked.
func M2Spec(c *configs.Config, inputs, classes int) model.M2Spec {
	spec := model.M2Spec{
		Inputs: inputs, Labels: classes, Hidden: c.M2.Hidden, ClassifierHidden: c.M2.ClassifierHidden,
		Latents: c.M2.Latents, Activation: activation(c.M2.Units),
		ClassPrior: priors[c.M2.ClassPrior], Probabilities: c.M2.ClassProbabilities,
	}
	if c.Model == "m1m2" {
		spec.Output = model.Gaussian
	}
	return spec
}

// SupervisedSpec is the architecture of the yardstick.
func SupervisedSpec(c *configs.Config, inputs, classes int) model.SupervisedSpec {
	return model.SupervisedSpec{
		Inputs: inputs, Labels: classes, Hidden: c.Supervised.Hidden,
		Activation: activation(c.Supervised.Units),
	}
}

// options are the constants of Γ for a phase of the given number of steps on
// examples in all; weightPrior is the precision of the weights' prior, whose
// gradient is scaled by 1/examples like the bound's.
func options(t configs.Training, steps, examples, klWarmup int, weightPrior float64) engine.OptimiserOptions {
	o := t.Optimiser
	return engine.OptimiserOptions{
		Rule: rule(o), Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: o.Epsilon,
		Momentum: o.Momentum, RMSDecay: o.Decay,
		WarmupSteps: o.WarmupSteps, Decay: decays[o.Schedule], TotalSteps: steps,
		FinalFraction: o.FinalRateFraction, StepEvery: o.StepEvery, StepFactor: o.StepFactor,
		KLWarmupSteps: klWarmup, ClipNorm: t.ClipNorm,
		WeightPrior: weightPrior / float64(examples), EMA: t.EMA,
	}
}

// stepsOf resolves a phase's length: epochs of perEpoch examples, batch at a time.
func stepsOf(t configs.Training, perEpoch, batch int) int {
	if t.Steps > 0 {
		return t.Steps
	}
	return max(1, (t.Epochs*perEpoch+batch-1)/batch)
}
