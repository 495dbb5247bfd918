package enginetest

import (
	"math"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
)

// checkNewArraysAreZero covers all six kinds of memory; bytes are seen through
// GatherPixels, as nothing reads them back.
func checkNewArraysAreZero(t testing.TB, open Opener) {
	const n = 1025
	dev := open(3)
	defer closeDevice(t, dev)
	images, index, dst := dev.NewSharedBytes(n), dev.NewInts(1), dev.NewFloats(n)
	engine.Do(dev, engine.GatherPixels{
		Dst: dst, Images: images, Index: index, Width: n, Binarise: engine.BinariseNone,
	})
	for r := range 3 {
		for what, array := range map[string]engine.Floats{
			"NewFloats": dev.NewFloats(n), "NewSharedFloats": dev.NewSharedFloats(n), "NewSharedBytes": dst,
		} {
			wantZeros(t, what, readFloats(dev, array, r))
		}
		wantZeros(t, "NewInts", readInts(dev, dev.NewInts(n), r))
		wantZeros(t, "NewSharedInts", readInts(dev, dev.NewSharedInts(n), r))
		wantZeros(t, "NewDoubles", readDoubles(dev, dev.NewDoubles(n), r))
	}
}

func wantZeros[E float32 | float64 | int32](t testing.TB, what string, values []E) {
	t.Helper()
	for i, v := range values {
		if v != 0 {
			t.Errorf("%s: element %d is %v, want 0", what, i, v)
			return
		}
	}
}

func readFloats(dev engine.Device, a engine.Floats, r int) []float32 {
	host := make([]float32, a.Len)
	dev.ReadFloats(host, a, r)
	return host
}

func readDoubles(dev engine.Device, a engine.Doubles, r int) []float64 {
	host := make([]float64, a.Len)
	dev.ReadDoubles(host, a, r)
	return host
}

func readInts(dev engine.Device, a engine.Ints, r int) []int32 {
	host := make([]int32, a.Len)
	dev.ReadInts(host, a, r)
	return host
}

// checkMemoryRoundTrip: what is written to a replica's view is what is read
// from it, to the bit, and replicas keep apart unless they share.
func checkMemoryRoundTrip(t testing.TB, open Opener) {
	dev := open(3)
	defer closeDevice(t, dev)
	if dev.Replicas() != 3 {
		t.Errorf("Replicas() = %d, want 3", dev.Replicas())
	}
	if dev.Name() == "" {
		t.Error("Name() is empty, want what results depend on")
	}
	odd := []float32{0, float32(math.Copysign(0, -1)), math.MaxFloat32, -1e-30, float32(math.Inf(1)), 1.0 / 3}
	own, shared := dev.NewFloats(9).Slice(2, 6), dev.NewSharedFloats(6)
	for r := range 3 {
		mine := append([]float32{float32(r)}, odd[1:]...)
		dev.WriteFloats(own, r, mine)
		dev.WriteFloats(shared, r, mine)
	}
	for r := range 3 {
		a, b := readFloats(dev, own, r), readFloats(dev, shared, r)
		for i := range odd {
			wantA, wantB := odd[i], odd[i]
			if i == 0 {
				wantA, wantB = float32(r), 2
			}
			if math.Float32bits(a[i]) != math.Float32bits(wantA) || math.Float32bits(b[i]) != math.Float32bits(wantB) {
				t.Errorf("replica %d reads %v and shared %v, want %v and %v", r, a[i], b[i], wantA, wantB)
			}
		}
	}
	checkEmptyArrays(t, dev)
}

// checkEmptyArrays: no elements is not no array, and costs nothing to copy.
func checkEmptyArrays(t testing.TB, dev engine.Device) {
	empty := dev.NewFloats(0)
	if empty.IsNil() || empty.Len != 0 {
		t.Errorf("NewFloats(0) = %+v, want an array of no elements", empty)
	}
	dev.WriteFloats(empty, 0, nil)
	dev.ReadFloats(nil, empty, 0)
}

// everything sets up the first case of every step on one device.
func everything(dev engine.Device) (rigs []*cases.Rig, steps []engine.Step) {
	for _, s := range cases.Steps() {
		r := cases.New(dev, cases.Seeds(dev.Replicas()), cases.Layout{})
		rigs = append(rigs, r)
		steps = append(steps, s.Ragged()[0].Set(r))
	}
	return rigs, steps
}

// checkProgramsReplay: compiling takes no step, and a program does at every run
// what its steps do when they are taken one by one.
func checkProgramsReplay(t testing.TB, open Opener) {
	dev := open(2)
	defer closeDevice(t, dev)
	rigs, steps := everything(dev)
	var want [][]cases.Tensor
	for i, s := range steps {
		engine.Do(dev, s)
		engine.Do(dev, s)
		want = append(want, outputs(t, rigs[i], "taken twice"))
		rigs[i].Reset()
	}
	program := dev.Compile(steps)
	for i, r := range rigs {
		if err := r.Untouched(); err != nil {
			t.Errorf("%s: compiled, not run: %v", engine.Name(steps[i]), err)
		}
	}
	program.Run(0)
	program.Run(2)
	for i, r := range rigs {
		sameBits(t, engine.Name(steps[i])+": replayed twice", outputs(t, r, "replayed"), want[i])
		r.Reset()
	}
	program.Run(1)
	program.Run(1)
	for i, r := range rigs {
		sameBits(t, engine.Name(steps[i])+": replayed once and again", outputs(t, r, "replayed"), want[i])
	}
}

// checkProgramsDoNotAllocate: after its first run, a program of all steps leaves
// the heap alone.
func checkProgramsDoNotAllocate(t testing.TB, open Opener) {
	dev := open(2)
	defer closeDevice(t, dev)
	_, steps := everything(dev)
	program := dev.Compile(steps)
	if n := testing.AllocsPerRun(10, func() { program.Run(1) }); n != 0 {
		t.Errorf("a program of all steps allocates %v times a run, want 0", n)
	}
}
