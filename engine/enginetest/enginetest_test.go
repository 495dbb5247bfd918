package enginetest

import (
	"math"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
	"ssdgm/engine/ref"
)

// recorder is a testing.TB that notes whether it was told of a failure.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Error(...any)          { r.failed = true }
func (r *recorder) Errorf(string, ...any) { r.failed = true }

// fails tells whether a check fails on the devices that open makes. A panic, of an index that
// a mutant has spoilt, is a failure.
func fails(t *testing.T, check func(testing.TB, Opener), open Opener) (failed bool) {
	r := &recorder{TB: t}
	defer func() { failed = recover() != nil || r.failed }()
	check(r, open)
	return r.failed
}

// plain is the device that the mutants are made from; package ref's test shows
// that it passes.
func plain(replicas int) engine.Device { return ref.New[float32](replicas) }

// bend takes the place of taking a step. written are the arrays that the step writes, read one
// that it only reads.
type bend func(d engine.Device, take func(), written []engine.View, read engine.View)

// mutants opens devices with one bent step.
func mutants(step string, b bend) Opener {
	return func(replicas int) engine.Device { return mutant(plain(replicas), step, b) }
}

func mutant(dev engine.Device, step string, b bend) engine.Device {
	return Intercept(dev, func(s engine.Step, take func()) {
		if engine.Name(s) != step {
			take()
			return
		}
		written, read := arraysOf(s)
		b(dev, take, written, read)
	})
}

// arraysOf are the arrays that a step writes, and the first that it only reads.
func arraysOf(s engine.Step) (written []engine.View, read engine.View) {
	s.Args(func(a engine.View, arg engine.Arg) {
		switch {
		case a.IsNil() || a.Kind == engine.ByteKind || a.Len == 0:
		case arg.Access&engine.Write != 0:
			written = append(written, a)
		case read.IsNil() && !slices.ContainsFunc(written, a.Overlaps):
			read = a
		}
	})
	return written, read
}

// change rewrites an array in the replicas from first on.
func change(d engine.Device, a engine.View, first int, f func(i int, v float64) float64) {
	for r := first; r < d.Replicas(); r++ {
		switch a.Kind {
		case engine.FloatKind:
			host := readFloats(d, a.Floats(), r)
			for i, v := range host {
				host[i] = float32(f(i, float64(v)))
			}
			d.WriteFloats(a.Floats(), r, host)
		case engine.DoubleKind:
			host := readDoubles(d, a.Doubles(), r)
			for i, v := range host {
				host[i] = f(i, v)
			}
			d.WriteDoubles(a.Doubles(), r, host)
		case engine.IntKind:
			host := readInts(d, a.Ints(), r)
			for i, v := range host {
				host[i] = int32(f(i, float64(v)))
			}
			d.WriteInts(a.Ints(), r, host)
		}
	}
}

// beyond is the element after an array.
func beyond(a engine.View) engine.View { return a.Slice(a.Len, 1) }

// wrong is a number that is off by a thousandth, and an integer by one.
func wrong(a engine.View) func(int, float64) float64 {
	if a.Kind == engine.IntKind {
		return func(_ int, v float64) float64 { return v + 1 }
	}
	return func(_ int, v float64) float64 { return v * 1.001 }
}

// mutations are mistakes that any step can make.
var mutations = []struct {
	name string
	bend bend
}{
	{"off by a thousandth", func(d engine.Device, take func(), written []engine.View, _ engine.View) {
		take()
		change(d, written[0], 0, wrong(written[0]))
	}},
	{"off in the last array", func(d engine.Device, take func(), written []engine.View, _ engine.View) {
		take()
		last := written[len(written)-1]
		change(d, last, 0, wrong(last))
	}},
	{"off in the last replica", func(d engine.Device, take func(), written []engine.View, _ engine.View) {
		take()
		change(d, written[0], max(1, d.Replicas()-1), wrong(written[0]))
	}},
	{"writes one element beyond", func(d engine.Device, take func(), written []engine.View, _ engine.View) {
		take()
		change(d, beyond(written[0]), 0, func(int, float64) float64 { return 0 })
	}},
	{"changes an input", func(d engine.Device, take func(), _ []engine.View, read engine.View) {
		take()
		change(d, read, 0, func(_ int, v float64) float64 { return v/2 + 1 })
	}},
	{"does nothing", func(engine.Device, func(), []engine.View, engine.View) {}},
}

func TestSuiteCatchesEveryMistakeInEveryStep(t *testing.T) {
	for _, s := range cases.Steps() {
		for _, m := range mutations {
			if !caught(t, s, mutants(s.Name, m.bend)) {
				t.Errorf("no check fails where %s %s", s.Name, m.name)
			}
		}
	}
}

// caught tells whether the step's first cases or any other check fails.
func caught(t *testing.T, s cases.Step, open Opener) bool {
	first := s.Ragged()[:min(3, len(s.Ragged()))]
	s.Ragged, s.Training = func() []cases.Case { return first }, func() []cases.Case { return nil }
	if fails(t, func(t testing.TB, open Opener) { checkStep(t, s, open) }, open) {
		return true
	}
	for _, c := range checks {
		if fails(t, c.run, open) {
			return true
		}
	}
	return false
}

// Mistakes that need a device of their own.
type (
	dirtyMemory  struct{ engine.Device }
	roundedReads struct{ engine.Device }
	eager        struct{ engine.Device }
	fusing       struct{ engine.Device }
)

func (d dirtyMemory) NewFloats(n int) engine.Floats {
	a := d.Device.NewFloats(n)
	change(d, a.View(), 0, func(int, float64) float64 { return 1 })
	return a
}

func (d roundedReads) ReadFloats(dst []float32, src engine.Floats, replica int) {
	d.Device.ReadFloats(dst, src, replica)
	for i, v := range dst {
		dst[i] = math.Float32frombits(math.Float32bits(v) &^ 1)
	}
}

func (d eager) Compile(steps []engine.Step) engine.Program {
	p := d.Device.Compile(steps)
	p.Run(1)
	return p
}

// Compile leaves the derivative out of a layer's gradient where it follows another's, whoever's
// that is.
func (d fusing) Compile(steps []engine.Step) engine.Program {
	changed := slices.Clone(steps)
	for i := 1; i < len(steps); i++ {
		_, above := steps[i-1].(engine.DenseGrad)
		if g, ok := steps[i].(engine.DenseGrad); ok && above {
			g.Layer.Activation = engine.Identity
			changed[i] = g
		}
	}
	return d.Device.Compile(changed)
}

// rewriting opens devices that take another step than they are asked for.
func rewriting(rewrite func(engine.Step) engine.Step) Opener {
	return func(replicas int) engine.Device { return Rewrite(plain(replicas), rewrite) }
}

var (
	oneStream = rewriting(func(s engine.Step) engine.Step {
		if g, ok := s.(engine.GaussianSample); ok {
			g.Noise.Stream = 1
			return g
		}
		return s
	})
	swappedBinarise = rewriting(func(s engine.Step) engine.Step {
		if g, ok := s.(engine.GatherPixels); ok {
			g.Binarise = engine.BinariseFixed + engine.BinariseResample - g.Binarise
			return g
		}
		return s
	})
	noWarmup = rewriting(func(s engine.Step) engine.Step {
		if b, ok := s.(engine.BeginStep); ok {
			b.Options.WarmupSteps = 0
			return b
		}
		return s
	})
	// nothingMissing takes a value that is missing for one that is there.
	nothingMissing = rewriting(func(s engine.Step) engine.Step {
		switch s := s.(type) {
		case engine.BernoulliNLL:
			s.Missing = false
			return s
		case engine.GaussianNLL:
			s.Missing = false
			return s
		}
		return s
	})
	// alwaysMissing takes NaN for a value that is missing, unasked.
	alwaysMissing = rewriting(func(s engine.Step) engine.Step {
		if b, ok := s.(engine.BernoulliNLL); ok {
			b.Missing = true
			return b
		}
		return s
	})
	otherBeta = rewriting(func(s engine.Step) engine.Step {
		if u, ok := s.(engine.Update); ok {
			u.Options.Beta2 = 0.998
			return u
		}
		return s
	})
)

// sink keeps an allocation from being optimised away.
var sink []float64

// mistakes gives each check a device on which it must fail.
var mistakes = map[string]Opener{
	"NewArraysAreZero":               func(n int) engine.Device { return dirtyMemory{plain(n)} },
	"MemoryRoundTrip":                func(n int) engine.Device { return roundedReads{plain(n)} },
	"ProgramsReplay":                 func(n int) engine.Device { return eager{plain(n)} },
	"ProgramsGiveWhatTheirStepsGive": func(n int) engine.Device { return fusing{plain(n)} },
	"ProgramsDoNotAllocate": mutants("AddSum", func(_ engine.Device, take func(), _ []engine.View, _ engine.View) {
		sink = make([]float64, 100)
		take()
	}),
	"NormalMoments": after("GaussianSample", 0, func(v float64) float64 { return v * 1.01 }),
	"MinibatchWalksThePool": mutants("Minibatch", func(d engine.Device, take func(), written []engine.View, _ engine.View) {
		take()
		index := written[0].Ints()
		d.WriteInts(index.At(index.Len-1), 0, readInts(d, index.At(0), 0))
	}),
	"BinarisationIsExact": mutants("GatherPixels", func(d engine.Device, take func(), written []engine.View, _ engine.View) {
		take()
		change(d, written[0].Slice(7, 1), 0, func(_ int, v float64) float64 { return 1 - v })
	}),
	"NormalsAreUncorrelated":          oneStream,
	"AddressesGiveDistinctNoise":      oneStream,
	"BinariseFixedStays":              swappedBinarise,
	"BinariseResampleFollowsThePixel": swappedBinarise,
	"KLIsZeroAtPrior":                 after("GaussianSample", 1, func(v float64) float64 { return v + 1e-3 }),
	"NaNReachesTheBound":              after("LogSoftmax", 0, func(float64) float64 { return 0 }),
	"MissingCountsNothing":            nothingMissing,
	"FaultsShowBesideMissingValues":   alwaysMissing,
	"FaultLatchSees":                  mutants("GradientNorm", func(engine.Device, func(), []engine.View, engine.View) {}),
	"FirstFaultIsKept": mutants("CheckFinite", func(d engine.Device, take func(), written []engine.View, _ engine.View) {
		change(d, written[0], 0, func(int, float64) float64 { return 0 })
		take()
	}),
	"NormDoesNotOverflow":             after("GradientNorm", 0, func(v float64) float64 { return float64(float32(v * v)) }),
	"LatchedReplicaStaysPut":          unlatched,
	"OptimisersFollowTheirRecurrence": otherBeta,
	"SchedulesFollowTheirFormula":     noWarmup,
}

// after opens devices on which f spoils an array that the step has written.
func after(step string, array int, f func(v float64) float64) Opener {
	return mutants(step, func(d engine.Device, take func(), written []engine.View, _ engine.View) {
		take()
		change(d, written[array], 0, func(_ int, v float64) float64 { return f(v) })
	})
}

// unlatched opens devices that update a replica whose fault latch is set.
func unlatched(replicas int) engine.Device {
	dev := plain(replicas)
	return Intercept(dev, func(s engine.Step, take func()) {
		if u, ok := s.(engine.Update); ok {
			change(dev, u.Fault.View(), 0, func(int, float64) float64 { return 0 })
		}
		take()
	})
}

func TestEveryCheckCanFail(t *testing.T) {
	for _, c := range checks {
		open, ok := mistakes[c.name]
		if !ok {
			t.Errorf("%s: no device is known on which it must fail", c.name)
			continue
		}
		if !fails(t, c.run, open) {
			t.Errorf("%s passes on a device with a mistake", c.name)
		}
	}
}

func TestThreadsThatChangeABitAreCaught(t *testing.T) {
	all := cases.Steps()
	s := all[slices.IndexFunc(all, func(s cases.Step) bool { return s.Name == "AddSum" })]
	r := &recorder{TB: t}
	checkThreads(r, s, func(threads int) engine.Device {
		return mutant(plain(1), "AddSum", func(d engine.Device, take func(), written []engine.View, _ engine.View) {
			take()
			change(d, written[0], 0, func(_ int, v float64) float64 { return v + float64(threads)*1e-9 })
		})
	})
	if !r.failed {
		t.Error("a sum that depends on the number of threads passes")
	}
}
