package enginetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
)

const (
	trajectorySteps  = 20
	trajectoryLength = 257
)

// schedules are the shapes of the learning rate, with the factor on the base
// rate at step t written out anew.
var schedules = []struct {
	name   string
	set    func(o *engine.OptimiserOptions)
	factor func(t int) float64
}{
	{"constant", func(*engine.OptimiserOptions) {}, func(int) float64 { return 1 }},
	{"warm-up and cosine", func(o *engine.OptimiserOptions) {
		o.WarmupSteps, o.Decay, o.TotalSteps, o.FinalFraction = 4, engine.DecayCosine, 16, 0.1
	}, func(t int) float64 {
		cosine := 0.1 + 0.9*(1+math.Cos(math.Pi*math.Min(1, float64(t-1)/16)))/2
		return cosine * math.Min(1, float64(t)/4)
	}},
	{"step decay", func(o *engine.OptimiserOptions) {
		o.Decay, o.StepEvery, o.StepFactor = engine.DecaySteps, 6, 0.5
	}, func(t int) float64 { return []float64{1, 0.5, 0.25, 0.125}[(t-1)/6] }},
}

// checkSchedules runs BeginStep through a recorded program and compares the
// rate and the weight on the KL with their formulas.
func checkSchedules(t testing.TB, open Opener) {
	for _, s := range schedules {
		dev := open(2)
		o := cases.Rules[engine.Adam].Options
		o.KLWarmupSteps = 8
		s.set(&o)
		clock, scalars, base := dev.NewSharedInts(1), dev.NewDoubles(engine.ScalarLen), dev.NewDoubles(1)
		rates := []float64{3e-4, 1e-2}
		for r, rate := range rates {
			dev.WriteDoubles(base, r, []float64{rate})
		}
		program := dev.Compile([]engine.Step{engine.BeginStep{Clock: clock, Scalars: scalars, BaseRate: base, Options: o}})
		for step := 1; step <= trajectorySteps; step++ {
			program.Run(1)
			for r, rate := range rates {
				got := readDoubles(dev, scalars, r)
				label := fmt.Sprintf("%s, step %d, replica %d", s.name, step, r)
				wantClose(t, label+": rate", got[engine.ScalarRate], rate*s.factor(step), 1e-12)
				wantClose(t, label+": weight on the KL", got[engine.ScalarKLWeight], math.Min(1, float64(step)/8), 1e-12)
			}
		}
		program.Run(13)
		if got := readInts(dev, clock, 0)[0]; got != trajectorySteps+13 {
			t.Errorf("the clock is %d after %d runs, want as many", got, trajectorySteps+13)
		}
		closeDevice(t, dev)
	}
}

func wantClose(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// checkOptimisers follows every rule for twenty steps, plain and with clipping,
// weight prior and averaging, under each schedule.
func checkOptimisers(t testing.TB, open Opener) {
	for _, rule := range cases.Rules {
		for i, s := range schedules {
			o := rule.Options
			if i > 0 {
				o.ClipNorm, o.WeightPrior, o.EMA = 12, 0.05, 0.8
			}
			s.set(&o)
			checkTrajectory(t, rule.Name+", "+s.name, open, o, s.factor)
		}
	}
}

// A float32 parameter is rounded once at each of the steps, a state a few times.
const trajectoryTolerance = 4 * trajectorySteps * 0x1p-24

func checkTrajectory(t testing.TB, label string, open Opener, o engine.OptimiserOptions, factor func(int) float64) {
	const rate = 0.02
	dev := open(2)
	defer closeDevice(t, dev)
	rng := rand.New(rand.NewPCG(8, uint64(o.Rule)))
	p := engine.Parameters{Values: dev.NewFloats(trajectoryLength), Grads: dev.NewFloats(trajectoryLength)}
	for i := range o.Rule.States() {
		p.States[i] = dev.NewFloats(trajectoryLength)
	}
	if o.EMA > 0 {
		p.Average = dev.NewFloats(trajectoryLength)
	}
	clock, fault, norm := dev.NewSharedInts(1), dev.NewInts(engine.FaultLen), dev.NewDoubles(1)
	scalars, base := dev.NewDoubles(engine.ScalarLen), dev.NewDoubles(1)
	var oracles [2]*oracle
	for r := range oracles {
		start := draw(rng, 1)
		oracles[r] = newOracle(start, o)
		dev.WriteFloats(p.Values, r, start)
		dev.WriteDoubles(base, r, []float64{rate * float64(r+1)})
	}
	for step := 1; step <= trajectorySteps; step++ {
		for r, want := range oracles {
			// Norms of 8 to 24 around the limit: some steps are clipped, some are not.
			grads := draw(rng, 0.5+rng.Float64())
			dev.WriteFloats(p.Grads, r, grads)
			want.step(grads, rate*float64(r+1)*factor(step))
		}
		engine.Do(dev, engine.BeginStep{Clock: clock, Scalars: scalars, BaseRate: base, Options: o})
		engine.Do(dev, engine.GradientNorm{Norm: norm, Fault: fault, Grads: p.Grads, Clock: clock})
		engine.Do(dev, engine.Update{Params: p, Scalars: scalars, Norm: norm, Fault: fault, Options: o})
	}
	for r, want := range oracles {
		compare := func(what string, a engine.Floats, oracle []float64) {
			got := readFloats(dev, a, r)
			wide := make([]float64, len(got))
			for i, v := range got {
				wide[i] = float64(v)
			}
			if err := cases.RelativeError(wide, oracle); !(err <= trajectoryTolerance) {
				t.Errorf("%s, replica %d: %s are off by %.3g, want at most %.3g", label, r, what, err, trajectoryTolerance)
			}
		}
		compare("values", p.Values, want.p)
		compare("first states", p.States[0], want.m)
		if o.Rule.States() > 1 {
			compare("second states", p.States[1], want.v)
		}
		if o.EMA > 0 {
			compare("averages", p.Average, want.average)
		}
	}
}

func draw(rng *rand.Rand, scale float64) []float32 {
	values := make([]float32, trajectoryLength)
	for i := range values {
		values[i] = float32(scale * rng.NormFloat64())
	}
	return values
}

// oracle is a gradient rule as its paper writes it, in float64: Duchi et al.
// 2011, Tieleman and Hinton 2012, Kingma and Ba 2015.
type oracle struct {
	o                engine.OptimiserOptions
	t                int
	p, m, v, average []float64
}

func newOracle(start []float32, o engine.OptimiserOptions) *oracle {
	n := len(start)
	w := &oracle{o: o, p: make([]float64, n), m: make([]float64, n), v: make([]float64, n), average: make([]float64, n)}
	for i, v := range start {
		w.p[i] = float64(v)
	}
	return w
}

func (w *oracle) step(grads []float32, rate float64) {
	w.t++
	square := 0.0
	for _, g := range grads {
		square += float64(g) * float64(g)
	}
	clip := 1.0
	if w.o.ClipNorm > 0 {
		clip = math.Min(1, w.o.ClipNorm/math.Sqrt(square))
	}
	decay := math.Min(w.o.EMA, float64(w.t-1)/float64(w.t+9))
	for i := range w.p {
		w.p[i] -= rate * w.direction(i, clip*float64(grads[i])+w.o.WeightPrior*w.p[i])
		w.average[i] = decay*w.average[i] + (1-decay)*w.p[i]
	}
}

// direction moves the states of parameter i by the gradient g and gives what
// the rate multiplies.
func (w *oracle) direction(i int, g float64) float64 {
	switch o := w.o; o.Rule {
	case engine.SGD:
		w.m[i] = o.Momentum*w.m[i] + g
		return w.m[i]
	case engine.AdaGrad:
		w.m[i] += g * g
		return g / (math.Sqrt(w.m[i]) + o.Epsilon)
	case engine.RMSprop:
		w.m[i] = o.RMSDecay*w.m[i] + (1-o.RMSDecay)*g*g
		return g / (math.Sqrt(w.m[i]) + o.Epsilon)
	default:
		w.m[i] = o.Beta1*w.m[i] + (1-o.Beta1)*g
		w.v[i] = o.Beta2*w.v[i] + (1-o.Beta2)*g*g
		mean := w.m[i] / (1 - math.Pow(o.Beta1, float64(w.t)))
		variance := w.v[i] / (1 - math.Pow(o.Beta2, float64(w.t)))
		return mean / (math.Sqrt(variance) + o.Epsilon)
	}
}
