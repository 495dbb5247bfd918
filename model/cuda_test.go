//go:build cuda

package model

import (
	"math"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cuda"
	"ssdgm/engine/ref"
)

func openCUDA(t testing.TB, replicas int) engine.Device {
	t.Helper()
	dev, err := cuda.New(cuda.Options{Replicas: replicas})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Sync(); err != nil {
			t.Error(err)
		}
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

func TestCUDAReplicasGiveToTheBitWhatEachGivesAlone(t *testing.T) {
	o := adam
	o.EMA, o.ClipNorm, o.WeightPrior, o.KLWarmupSteps = 0.99, 1, 0.01, 3
	requireAlone(t, openCUDA(t, 3), openCUDA(t, 1), o, []uint64{11, 2, 7})
}

func TestCUDAAFaultOfOneReplicaLeavesTheOthersAlone(t *testing.T) {
	requireOthersUnharmed(t, openCUDA(t, 2), openCUDA(t, 1))
}

func TestACUDAStepAllocatesNothing(t *testing.T) {
	dev := openCUDA(t, 2)
	for name, s := range smallSubjects(dev, adam, 1, 2) {
		program := compiled(dev, s.step)
		program.Run(1)
		if n := testing.AllocsPerRun(5, func() { program.Run(1) }); n != 0 {
			t.Errorf("%s: %v allocations a recorded step", name, n)
		}
	}
}

// A card takes missing values as the CPU does: the loss and its gradient, and no bit more where nothing is missing.
func TestCUDAMissingValues(t *testing.T) {
	const seed = 3
	exact, card := holed(ref.New[float64](1), 21, true, seed), openCUDA(t, 1)
	plain := holed(card, 21, false, seed)
	for name, s := range holed(card, 21, true, seed) {
		compiled(card, s.step).Run(3)
		compiled(card, plain[name].step).Run(3)
		if !slices.Equal(s.memory(0), plain[name].memory(0)) {
			t.Errorf("%s: differs from a model that knows of no missing values", name)
		}
		write(card, s.Params.Values, 0, read(exact[name].dev, exact[name].Params.Values, 0))
		for _, subject := range []*subject{s, exact[name]} {
			subject.punch(seed)
			subject.SetStep(0)
			now(subject.dev, subject.Begin)
			now(subject.dev, subject.take)
		}
		requireNear(t, name+": the loss", []float64{s.loss(0)}, []float64{exact[name].loss(0)}, 1e-5)
		requireNear(t, name+": the gradient", read(card, s.Params.Grads, 0), read(exact[name].dev, exact[name].Params.Grads, 0), 1e-5)
	}
}

// trained is every subject's parameters after 50 steps, recorded and replayed.
func trained(dev engine.Device) map[string][]float64 {
	const steps, seed = 50, 4
	values := map[string][]float64{}
	for name, s := range smallSubjects(dev, adam, seed) {
		compiled(dev, s.step).Run(steps)
		values[name] = read(dev, s.Params.Values, 0)
	}
	return values
}

// A trajectory in single precision leaves that in double precision by what rounding
// does and training amplifies. The CPU's devices, which round in different orders,
// say how far that is; the card's leaves it as little.
func TestCUDATrainsAsTheCPUDoes(t *testing.T) {
	want := trained(ref.New[float64](1))
	limit := map[string]float64{}
	for _, dev := range devices(t, 1) {
		for name, values := range trained(dev) {
			limit[name] = math.Max(limit[name], distance(values, want[name]))
		}
	}
	for name, values := range trained(openCUDA(t, 1)) {
		e, most := distance(values, want[name]), 2*limit[name]+1e-6
		if !(e <= most) {
			t.Errorf("%s: relative error %.3g after 50 steps, want at most %.3g", name, e, most)
		}
		t.Logf("%s: relative error %.3g, at most %.3g", name, e, most)
	}
}
