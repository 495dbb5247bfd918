package train

import (
	"cmp"

	"ssdgm/configs"
	"ssdgm/engine"
)

// The configuration's words of training and what they mean to the engine. The
// configuration has been checked, so every word is one of these.
var (
	binarises = map[string]engine.Binarise{
		"none": engine.BinariseNone, "fixed": engine.BinariseFixed, "resample": engine.BinariseResample,
	}
	decays = map[string]engine.Decay{
		"constant": engine.DecayNone, "cosine": engine.DecayCosine, "step": engine.DecaySteps,
	}
)

// rule is the engine's name for Γ.
func rule(o configs.Optimiser) engine.Rule {
	r, _ := engine.ParseRule(o.Name)
	return r
}

// options are the constants of Γ for a phase of the given number of steps on
// examples in all; weightPrior is the precision of the weights' prior, whose
// gradient is scaled by 1/examples like the bound's.
func options(t configs.Training, steps, examples, klWarmup int, weightPrior float64) engine.OptimiserOptions {
	o := t.Optimiser
	return engine.OptimiserOptions{
		Rule: rule(o), Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: o.Epsilon,
		Momentum: o.Momentum, RMSDecay: o.Decay,
		WarmupSteps: o.WarmupSteps, Decay: decays[o.Schedule], TotalSteps: cmp.Or(o.ScheduleSteps, steps),
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
