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

// optimiserStep takes a step of a training step's frame.
func (d *Device[T]) optimiserStep(step engine.Step, r int) bool {
	switch s := step.(type) {
	case engine.BeginStep:
		clock := d.Ints(s.Clock, r)
		if r == 0 {
			clock[0]++ // all replicas share it
		}
		s.Options.Scalars(d.Doubles(s.Scalars, r), int(clock[0]), d.Scalar(s.BaseRate, r))
	case engine.CheckFinite:
		d.Latch(s.Fault, s.Clock, s.Site, r, FirstNonFinite(d.Floats(s.Values, r)))
	case engine.GradientNorm:
		g := d.Floats(s.Grads, r)
		d.Doubles(s.Norm, r)[0] = Norm(g)
		d.Latch(s.Fault, s.Clock, engine.SiteGradient, r, FirstNonFinite(g))
	case engine.Update:
		d.update(s, r)
	case engine.AddSum:
		d.Doubles(s.Sum, r)[0] += Sum(d.Floats(s.X, r), d.Floats(s.Weight, r))
	default:
		return false
	}
	return true
}

// Latch records a fault at an element of a replica, unless there is none
// (element −1) or one is there already.
func (d *Device[T]) Latch(fault, clock engine.Ints, site int32, replica, element int) {
	f := d.Ints(fault, replica)
	if element < 0 || f[engine.FaultStep] != 0 {
		return
	}
	f[engine.FaultStep], f[engine.FaultSite], f[engine.FaultElement] = d.Ints(clock, replica)[0], site, int32(element)
}

func (d *Device[T]) update(s engine.Update, r int) {
	if d.Ints(s.Fault, r)[engine.FaultStep] != 0 {
		return
	}
	clip, p := 1.0, &s.Params
	if s.Options.ClipNorm > 0 {
		clip = Clip(d.Scalar(s.Norm, r), s.Options.ClipNorm)
	}
	Update(d.Floats(p.Values, r), d.Floats(p.Grads, r), d.Floats(p.States[0], r), d.Floats(p.States[1], r),
		d.Floats(p.Average, r), d.Doubles(s.Scalars, r), clip, s.Options)
}
