package cases

import (
	"math"
	"math/rand/v2"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// normal draws from N(0, scale²).
func normal(scale float64) value[float32] { return around(0, scale) }

// around draws from N(centre, scale²).
func around(centre, scale float64) value[float32] {
	return func(rng *rand.Rand) float32 { return float32(centre + scale*rng.NormFloat64()) }
}

// uniform draws from [low, high).
func uniform(low, high float64) value[float32] {
	return func(rng *rand.Rand) float32 { return float32(low + (high-low)*rng.Float64()) }
}

// pixel draws what a model sees: a third zeros, a third ones, a third between.
func pixel(rng *rand.Rand) float32 {
	return float32(min(max(3*rng.Float64()-1, 0), 1))
}

// holed draws what v does, and instead of a third of it NaN: a value that is missing.
func holed(v value[float32]) value[float32] {
	return func(rng *rand.Rand) float32 {
		if x := v(rng); rng.IntN(3) > 0 {
			return x
		}
		return float32(math.NaN())
	}
}

// positive draws from |N(0, scale²)|.
func positive(scale float64) value[float32] {
	return func(rng *rand.Rand) float32 { return float32(scale * math.Abs(rng.NormFloat64())) }
}

// constant is the same everywhere.
func constant[E any](v E) value[E] {
	return func(*rand.Rand) E { return v }
}

// below draws an integer in [0, limit).
func below(limit int) value[int32] {
	return func(rng *rand.Rand) int32 { return int32(rng.IntN(limit)) }
}

// derivedFrom draws what a layer's derivative is taken from: the activation's output on a
// pre-activation from N(centre, scale²), or that itself.
func derivedFrom(activation engine.Activation, centre, scale float64) value[float32] {
	return func(rng *rand.Rand) float32 {
		a := centre + scale*rng.NormFloat64()
		if !activation.FromInput() {
			a = ref.Activate(activation, a)
		}
		return float32(a)
	}
}

// activations are all of them.
var activations = engine.Activations()
