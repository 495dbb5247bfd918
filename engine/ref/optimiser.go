package ref

import (
	"math"

	"ssdgm/engine"
)

// FirstNonFinite is the place of the first NaN or infinity, or −1.
func FirstNonFinite[T Float](values []T) int {
	for i, v := range values {
		// v − v is 0 for every finite number and NaN for the others.
		if v-v != 0 {
			return i
		}
	}
	return -1
}

// Norm = ‖g‖₂.
func Norm[T Float](grads []T) float64 {
	sum := 0.0
	for _, g := range grads {
		sum += float64(g) * float64(g)
	}
	return math.Sqrt(sum)
}

// Sum = Σ_i weight_i·x_i; a nil weight counts as ones.
func Sum[T Float](x, weight []T) float64 {
	sum := 0.0
	for i, v := range x {
		if weight != nil {
			sum += float64(weight[i]) * float64(v)
		} else {
			sum += float64(v)
		}
	}
	return sum
}

// Clip is the factor that brings a gradient of the given norm down to the limit.
func Clip(norm, limit float64) float64 {
	if limit > 0 && norm > limit {
		return limit / norm
	}
	return 1
}

// Update applies one step of Γ to a replica, with g = clip·gradient + prior·p;
// see engine.Rule for the rules.
func Update[T Float](p, g, s1, s2, average []T, scalars []float64, clip float64, o engine.OptimiserOptions) {
	rate, epsilon := T(scalars[engine.ScalarStepSize]), T(scalars[engine.ScalarEpsilon])
	blend := T(scalars[engine.ScalarAverage])
	beta1, beta2 := T(o.Beta1), T(o.Beta2)
	for i := range p {
		d := T(clip)*g[i] + T(o.WeightPrior)*p[i]
		switch o.Rule {
		case engine.SGD:
			s1[i] = T(o.Momentum)*s1[i] + d
			p[i] -= rate * s1[i]
		case engine.AdaGrad:
			s1[i] += d * d
			p[i] -= rate * d / (sqrt(s1[i]) + epsilon)
		case engine.RMSprop:
			s1[i] = T(o.RMSDecay)*s1[i] + T(1-o.RMSDecay)*d*d
			p[i] -= rate * d / (sqrt(s1[i]) + epsilon)
		case engine.Adam:
			s1[i] = beta1*s1[i] + T(1-o.Beta1)*d
			s2[i] = beta2*s2[i] + T(1-o.Beta2)*d*d
			p[i] -= rate * s1[i] / (sqrt(s2[i]) + epsilon)
		}
		if average != nil {
			average[i] += blend * (p[i] - average[i])
		}
	}
}

func sqrt[T Float](x T) T { return T(math.Sqrt(float64(x))) }
