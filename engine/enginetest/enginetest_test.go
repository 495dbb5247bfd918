package enginetest

import (
	"math"
	"testing"

	"ssdgm/engine"
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

// fails tells whether a check fails on the devices that open makes.
func fails(t *testing.T, check func(testing.TB, Opener), open Opener) bool {
	r := &recorder{TB: t}
	check(r, open)
	return r.failed
}

// plain is the device that the mutants are made from; package ref's test shows
// that it passes.
func plain(replicas int) engine.Device { return ref.New[float32](replicas) }

// mutants opens devices with one bent step.
func mutants(step string, bend func(d engine.Device, call func(), arrays ...any)) Opener {
	return func(replicas int) engine.Device { return &mutant{Device: plain(replicas), step: step, bend: bend} }
}

// change rewrites an array in the replicas from first on.
func change(d engine.Device, array any, first int, f func(i int, v float64) float64) {
	for r := first; r < d.Replicas(); r++ {
		switch a := array.(type) {
		case engine.Floats:
			host := readFloats(d, a, r)
			for i, v := range host {
				host[i] = float32(f(i, float64(v)))
			}
			d.WriteFloats(a, r, host)
		case engine.Doubles:
			host := readDoubles(d, a, r)
			for i, v := range host {
				host[i] = f(i, v)
			}
			d.WriteDoubles(a, r, host)
		case engine.Ints:
			host := readInts(d, a, r)
			for i, v := range host {
				host[i] = int32(f(i, float64(v)))
			}
			d.WriteInts(a, r, host)
		}
	}
}

// beyond is the element after an array.
func beyond(array any) any {
	switch a := array.(type) {
	case engine.Floats:
		return engine.Floats{Block: a.Block, Offset: a.Offset + a.Len, Len: 1, Stride: a.Stride}
	case engine.Doubles:
		return engine.Doubles{Block: a.Block, Offset: a.Offset + a.Len, Len: 1, Stride: a.Stride}
	default:
		b := a.(engine.Ints)
		return engine.Ints{Block: b.Block, Offset: b.Offset + b.Len, Len: 1, Stride: b.Stride}
	}
}

// wrong is a number that is off by a thousandth, and an integer by one.
func wrong(array any) func(int, float64) float64 {
	if _, ok := array.(engine.Ints); ok {
		return func(_ int, v float64) float64 { return v + 1 }
	}
	return func(_ int, v float64) float64 { return v * 1.001 }
}

// mutations are mistakes that any step can make.
var mutations = []struct {
	name string
	bend func(d engine.Device, call func(), arrays ...any)
}{
	{"off by a thousandth", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, arrays[0], 0, wrong(arrays[0]))
	}},
	{"off in the last replica", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, arrays[0], max(1, d.Replicas()-1), wrong(arrays[0]))
	}},
	{"writes one element beyond", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, beyond(arrays[0]), 0, func(int, float64) float64 { return 0 })
	}},
	{"changes an input", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, arrays[len(arrays)-1], 0, func(_ int, v float64) float64 { return v/2 + 1 })
	}},
	{"does nothing", func(engine.Device, func(), ...any) {}},
}

func TestSuiteCatchesEveryMistakeInEveryStep(t *testing.T) {
	for _, s := range allSteps() {
		for _, m := range mutations {
			if !caught(t, s, mutants(s.name, m.bend)) {
				t.Errorf("no check fails where %s %s", s.name, m.name)
			}
		}
	}
}

// caught tells whether the step's first cases or any other check fails.
func caught(t *testing.T, s step, open Opener) bool {
	first := s.ragged()[:min(3, len(s.ragged()))]
	s.ragged, s.training = func() []stepCase { return first }, func() []stepCase { return nil }
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
	dirtyMemory     struct{ engine.Device }
	roundedReads    struct{ engine.Device }
	eagerRecord     struct{ engine.Device }
	oneStream       struct{ engine.Device }
	swappedBinarise struct{ engine.Device }
	noWarmup        struct{ engine.Device }
	otherBeta       struct{ engine.Device }
)

func (d dirtyMemory) NewFloats(n int) engine.Floats {
	a := d.Device.NewFloats(n)
	change(d, a, 0, func(int, float64) float64 { return 1 })
	return a
}

func (d roundedReads) ReadFloats(dst []float32, src engine.Floats, replica int) {
	d.Device.ReadFloats(dst, src, replica)
	for i, v := range dst {
		dst[i] = math.Float32frombits(math.Float32bits(v) &^ 1)
	}
}

func (d eagerRecord) Record(fn func()) engine.Program {
	fn()
	return d.Device.Record(fn)
}

func (d oneStream) GaussianSample(z, kl, stats engine.Floats, p engine.Pairs, latents int, noise engine.Noise) {
	noise.Stream = 1
	d.Device.GaussianSample(z, kl, stats, p, latents, noise)
}

func (d swappedBinarise) GatherPixels(dst engine.Floats, images engine.Bytes, index engine.Ints, width int, b engine.Binarise, noise engine.Noise) {
	d.Device.GatherPixels(dst, images, index, width, engine.BinariseFixed+engine.BinariseResample-b, noise)
}

func (d noWarmup) BeginStep(clock engine.Ints, scalars, baseRate engine.Doubles, o engine.OptimiserOptions) {
	o.WarmupSteps = 0
	d.Device.BeginStep(clock, scalars, baseRate, o)
}

func (d otherBeta) Update(p engine.Parameters, scalars, norm engine.Doubles, fault engine.Ints, o engine.OptimiserOptions) {
	o.Beta2 = 0.998
	d.Device.Update(p, scalars, norm, fault, o)
}

// sink keeps an allocation from being optimised away.
var sink []float64

// mistakes gives each check a device on which it must fail.
var mistakes = map[string]Opener{
	"NewArraysAreZero":   func(n int) engine.Device { return dirtyMemory{plain(n)} },
	"MemoryRoundTrip":    func(n int) engine.Device { return roundedReads{plain(n)} },
	"RecordReplays":      func(n int) engine.Device { return eagerRecord{plain(n)} },
	"StepsDoNotAllocate": mutants("AddSum", func(_ engine.Device, call func(), _ ...any) { sink = make([]float64, 100); call() }),
	"NormalMoments": mutants("GaussianSample", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, arrays[0], 0, func(_ int, v float64) float64 { return v * 1.01 })
	}),
	"MinibatchWalksThePool": mutants("Minibatch", func(d engine.Device, call func(), arrays ...any) {
		call()
		index := arrays[0].(engine.Ints)
		d.WriteInts(index.At(index.Len-1), 0, readInts(d, index.At(0), 0))
	}),
	"BinarisationIsExact": mutants("GatherPixels", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, arrays[0].(engine.Floats).At(7), 0, func(_ int, v float64) float64 { return 1 - v })
	}),
	"NormalsAreUncorrelated":          func(n int) engine.Device { return oneStream{plain(n)} },
	"AddressesGiveDistinctNoise":      func(n int) engine.Device { return oneStream{plain(n)} },
	"BinariseFixedStays":              func(n int) engine.Device { return swappedBinarise{plain(n)} },
	"BinariseResampleFollowsThePixel": func(n int) engine.Device { return swappedBinarise{plain(n)} },
	"KLIsZeroAtPrior": mutants("GaussianSample", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, arrays[1], 0, func(_ int, v float64) float64 { return v + 1e-3 })
	}),
	"NaNReachesTheBound": mutants("LogSoftmax", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, arrays[0], 0, func(int, float64) float64 { return 0 })
	}),
	"FaultLatchSees": mutants("GradientNorm", func(engine.Device, func(), ...any) {}),
	"FirstFaultIsKept": mutants("CheckFinite", func(d engine.Device, call func(), arrays ...any) {
		change(d, arrays[0], 0, func(int, float64) float64 { return 0 })
		call()
	}),
	"NormDoesNotOverflow": mutants("GradientNorm", func(d engine.Device, call func(), arrays ...any) {
		call()
		change(d, arrays[0], 0, func(_ int, v float64) float64 { return float64(float32(v * v)) })
	}),
	"LatchedReplicaStaysPut": mutants("Update", func(d engine.Device, call func(), arrays ...any) {
		change(d, arrays[2], 0, func(int, float64) float64 { return 0 })
		call()
	}),
	"OptimisersFollowTheirRecurrence": func(n int) engine.Device { return otherBeta{plain(n)} },
	"SchedulesFollowTheirFormula":     func(n int) engine.Device { return noWarmup{plain(n)} },
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
	s := step{name: "AddSum", ragged: addSumCases, training: addSumTraining}
	r := &recorder{TB: t}
	checkThreads(r, s, func(threads int) engine.Device {
		return &mutant{Device: plain(1), step: "AddSum", bend: func(d engine.Device, call func(), arrays ...any) {
			call()
			change(d, arrays[0], 0, func(_ int, v float64) float64 { return v + float64(threads)*1e-9 })
		}}
	})
	if !r.failed {
		t.Error("a sum that depends on the number of threads passes")
	}
}
