package engine

import "math"

// Scalars computes what BeginStep leaves on the device for step t ≥ 1, into dst
// of length ScalarLen. It is the formula that every device follows.
func (o *OptimiserOptions) Scalars(dst []float64, t int, baseRate float64) {
	rate := baseRate * o.decayFactor(t)
	if t <= o.WarmupSteps {
		rate *= float64(t) / float64(o.WarmupSteps)
	}
	first, second := o.Corrections()
	root := math.Sqrt(1 - math.Pow(second, float64(t)))
	dst[ScalarRate] = rate
	dst[ScalarStepSize] = rate * root / (1 - math.Pow(first, float64(t)))
	dst[ScalarEpsilon] = o.Epsilon * root
	dst[ScalarKLWeight] = 1
	if t <= o.KLWarmupSteps {
		dst[ScalarKLWeight] = float64(t) / float64(o.KLWarmupSteps)
	}
	// The average starts as a plain one, so that it forgets the initial weights.
	dst[ScalarAverage] = math.Max(1-o.EMA, 10/float64(t+9))
}

// decayFactor is the fraction of the base rate at step t, warm-up aside.
func (o *OptimiserOptions) decayFactor(t int) float64 {
	switch o.Decay {
	case DecayCosine:
		progress := math.Min(1, float64(t-1)/float64(o.TotalSteps))
		return o.FinalFraction + (1-o.FinalFraction)*0.5*(1+math.Cos(math.Pi*progress))
	case DecaySteps:
		return math.Pow(o.StepFactor, float64((t-1)/o.StepEvery))
	default:
		return 1
	}
}
