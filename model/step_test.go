package model

import (
	"fmt"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/ref"
)

func TestAStepAllocatesNothing(t *testing.T) {
	o := adam
	o.EMA, o.ClipNorm = 0.99, 1
	for _, seeds := range [][]uint64{{1}, {1, 2}} {
		for _, dev := range append(devices(t, len(seeds)), ref.New[float64](len(seeds))) {
			for name, s := range smallSubjects(dev, o, seeds...) {
				program := compiled(dev, s.step)
				if n := testing.AllocsPerRun(5, func() { program.Run(1) }); n != 0 {
					t.Errorf("%s, %s, %d replicas: %v allocations a recorded step", dev.Name(), name, len(seeds), n)
				}
			}
		}
	}
}

func TestAStepCountsTheClock(t *testing.T) {
	for name, s := range smallSubjects(ref.New[float32](2), adam, 1, 2) {
		now(s.dev, s.step)
		now(s.dev, s.step)
		if s.Step() != 2 {
			t.Errorf("%s: step %d after two steps", name, s.Step())
		}
		s.SetStep(40)
		now(s.dev, s.step)
		if s.Step() != 41 {
			t.Errorf("%s: step %d, one after step 40", name, s.Step())
		}
	}
}

func TestTheWeightOnTheKLRisesToOneOverTheWarmup(t *testing.T) {
	o := adam
	o.KLWarmupSteps = 4
	for name, s := range smallSubjects(ref.New[float32](1), o, 1) {
		for step, want := range []float64{0.25, 0.5, 0.75, 1, 1} {
			now(s.dev, s.Begin)
			if got := scalar(s.dev, s.KLWeight(), 0); got != want {
				t.Errorf("%s: weight %g in step %d, want %g", name, got, step+1, want)
			}
		}
	}
}

func TestTheNumberOfThreadsChangesNoBit(t *testing.T) {
	run := func(threads int) map[string][]history {
		dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		all := map[string][]history{}
		for name, s := range smallSubjects(dev, adam, 4) {
			all[name] = histories(s, []uint64{4})
		}
		return all
	}
	want := run(1)
	for _, threads := range []int{2, 3, 7} {
		for name, got := range run(threads) {
			if !got[0].equal(&want[name][0]) {
				t.Errorf("%s: %d threads give losses %v, one gives %v", name, threads, got[0].losses, want[name][0].losses)
			}
		}
	}
}

// BenchmarkStep is one step of training at the paper's sizes, without the
// gathering of the minibatch, on the fastest form of the CPU device.
func BenchmarkStep(b *testing.B) {
	m1 := M1Spec{Inputs: 784, Hidden: []int{600, 600}, Latents: 50, Activation: engine.Softplus}
	m2 := M2Spec{
		Inputs: 50, Labels: 10, Hidden: []int{500}, ClassifierHidden: []int{500}, Latents: 50,
		Activation: engine.Softplus, Output: Gaussian,
	}
	for _, batch := range []int{100, 1000} {
		b.Run(fmt.Sprintf("m1-b%d", batch), func(b *testing.B) {
			benchmark(b, batch, func(dev engine.Device) *subject { return newM1Subject(dev, m1, batch, 1, adam, 1) })
		})
	}
	b.Run("m2-100-100", func(b *testing.B) {
		pairs := engine.Pairs{Labelled: 100, Unlabelled: 100, Labels: 10, Samples: 1}
		benchmark(b, pairs.Examples(), func(dev engine.Device) *subject {
			return newM2Subject(dev, m2, pairs, LossWeights(pairs, 100, 49900, 0.1), adam, 1)
		})
	})
}

func benchmark(b *testing.B, examples int, build func(engine.Device) *subject) {
	dev, err := cpu.New(cpu.Options{Replicas: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer dev.Close()
	s := build(dev)
	s.draw(s.m2 != nil, 10, 1)
	now(s.dev, s.step)
	b.ReportAllocs()
	for b.Loop() {
		now(s.dev, s.step)
	}
	b.ReportMetric(float64(examples)*float64(b.N)/b.Elapsed().Seconds(), "examples/s")
}
