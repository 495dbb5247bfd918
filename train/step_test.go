package train

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
)

func openCPU(t *testing.T) engine.Device {
	t.Helper()
	dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dev.Close() })
	return dev
}

func TestATrainingStepAllocatesNothing(t *testing.T) {
	for _, name := range []string{"m1-b100", "m2-100-100"} {
		step, err := NewStep(openCPU(t), name)
		if err != nil {
			t.Fatal(err)
		}
		allocations := testing.AllocsPerRun(5, func() {
			if err := step.Run(1); err != nil {
				t.Fatal(err)
			}
		})
		if allocations > 0 {
			t.Errorf("%s: found %g allocations a step", name, allocations)
		}
	}
}

func TestAStepCountsItsProducts(t *testing.T) {
	step, err := NewStep(openCPU(t), "m1-b100")
	if err != nil {
		t.Fatal(err)
	}
	weights := 784*600 + 600*600 + 600*100 + 50*600 + 600*600 + 600*784
	// Forward, in the weights, and in the inputs but those of the first layer.
	want := float64(2 * 100 * (3*weights - 784*600))
	if found := step.Cost().FLOP; found != want {
		t.Errorf("want %g, found %g", want, found)
	}
}

func TestAnUnknownStepIsAMistake(t *testing.T) {
	if _, err := NewStep(openCPU(t), "m3"); err == nil {
		t.Error("m3 is a step")
	}
}

func TestEveryReplicaOfAStepDoesTheSameWork(t *testing.T) {
	const replicas = 3
	dev, err := cpu.New(cpu.Options{Replicas: replicas, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dev.Close() })
	one, err := newStep(openCPU(t), stepCase{"one", 1, m1Phase{}, m1Case(10), nil})
	if err != nil {
		t.Fatal(err)
	}
	all, err := newStep(dev, stepCase{"all", replicas, m1Phase{}, m1Case(10), nil})
	if err != nil {
		t.Fatal(err)
	}
	if want, found := one.Cost(), all.Cost(); found.FLOP != replicas*want.FLOP {
		t.Errorf("want %d times the work of one replica, %g, found %g", replicas, want.FLOP, found.FLOP)
	}
}

func TestAStepWantsItsReplicas(t *testing.T) {
	if _, err := NewStep(openCPU(t), "m1-b1000-r40"); err == nil {
		t.Error("a device of one replica takes a step of 40")
	}
}
