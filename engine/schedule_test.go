package engine_test

import (
	"math"
	"testing"

	"ssdgm/engine"
)

// scalars are the numbers of step t at a base rate of 0.1.
func scalars(o engine.OptimiserOptions, t int) []float64 {
	dst := make([]float64, engine.ScalarLen)
	o.Scalars(dst, t, 0.1)
	return dst
}

func wantClose(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestRateIsConstantByDefault(t *testing.T) {
	for _, step := range []int{1, 2, 1000, 1_000_000} {
		wantClose(t, "rate", scalars(engine.OptimiserOptions{}, step)[engine.ScalarRate], 0.1)
	}
}

func TestWarmupRisesLinearlyToTheBaseRate(t *testing.T) {
	o := engine.OptimiserOptions{WarmupSteps: 5}
	for step, want := range map[int]float64{1: 0.02, 2: 0.04, 4: 0.08, 5: 0.1, 6: 0.1, 100: 0.1} {
		wantClose(t, "rate", scalars(o, step)[engine.ScalarRate], want)
	}
}

func TestCosineFallsFromTheBaseRateToItsFraction(t *testing.T) {
	o := engine.OptimiserOptions{Decay: engine.DecayCosine, TotalSteps: 100, FinalFraction: 0.2}
	for step, want := range map[int]float64{1: 0.1, 51: 0.06, 101: 0.02, 5000: 0.02} {
		wantClose(t, "rate", scalars(o, step)[engine.ScalarRate], want)
	}
	for step := 2; step <= 101; step++ {
		if now, before := scalars(o, step)[engine.ScalarRate], scalars(o, step-1)[engine.ScalarRate]; now >= before {
			t.Errorf("the rate does not fall at step %d: %v after %v", step, now, before)
		}
	}
}

func TestStepDecayMultipliesEverySoManySteps(t *testing.T) {
	o := engine.OptimiserOptions{Decay: engine.DecaySteps, StepEvery: 10, StepFactor: 0.5}
	for step, want := range map[int]float64{1: 0.1, 10: 0.1, 11: 0.05, 20: 0.05, 21: 0.025} {
		wantClose(t, "rate", scalars(o, step)[engine.ScalarRate], want)
	}
}

func TestKLWeightRisesLinearlyToOne(t *testing.T) {
	wantClose(t, "weight without a warm-up", scalars(engine.OptimiserOptions{}, 1)[engine.ScalarKLWeight], 1)
	o := engine.OptimiserOptions{KLWarmupSteps: 4}
	for step, want := range map[int]float64{1: 0.25, 3: 0.75, 4: 1, 5: 1} {
		wantClose(t, "weight", scalars(o, step)[engine.ScalarKLWeight], want)
	}
}

// p −= stepSize·m/(√v + ε̂) must be p −= rate·m̂/(√v̂ + ε) with the unbiased moments.
func TestAdamScalarsCorrectTheBias(t *testing.T) {
	o := engine.OptimiserOptions{Rule: engine.Adam, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-3}
	const m, v = 0.3, 0.02
	for _, step := range []int{1, 2, 10, 10_000} {
		s := scalars(o, step)
		mean := m / (1 - math.Pow(0.9, float64(step)))
		variance := v / (1 - math.Pow(0.999, float64(step)))
		got := s[engine.ScalarStepSize] * m / (math.Sqrt(v) + s[engine.ScalarEpsilon])
		wantClose(t, "Adam's move", got, 0.1*mean/(math.Sqrt(variance)+1e-3))
	}
}

func TestOtherRulesTakeTheRateAndEpsilonAsTheyAre(t *testing.T) {
	for _, rule := range []engine.Rule{engine.SGD, engine.AdaGrad, engine.RMSprop} {
		s := scalars(engine.OptimiserOptions{Rule: rule, Epsilon: 1e-6, WarmupSteps: 2}, 1)
		wantClose(t, "step size", s[engine.ScalarStepSize], 0.05)
		wantClose(t, "epsilon", s[engine.ScalarEpsilon], 1e-6)
	}
}

func TestAverageForgetsTheInitialWeights(t *testing.T) {
	o := engine.OptimiserOptions{EMA: 0.999}
	wantClose(t, "blend at the first step", scalars(o, 1)[engine.ScalarAverage], 1)
	wantClose(t, "blend at step 11", scalars(o, 11)[engine.ScalarAverage], 0.5)
	wantClose(t, "blend in the end", scalars(o, 1_000_000)[engine.ScalarAverage], 1-0.999)
}

func TestAdamAloneKeepsTwoStates(t *testing.T) {
	for rule, want := range map[engine.Rule]int{engine.SGD: 1, engine.AdaGrad: 1, engine.RMSprop: 1, engine.Adam: 2} {
		if got := rule.States(); got != want {
			t.Errorf("%v keeps %d states, want %d", rule, got, want)
		}
	}
}
