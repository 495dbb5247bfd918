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
			if err := step.Run(); err != nil {
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
	if step.FLOP != want {
		t.Errorf("want %g, found %g", want, step.FLOP)
	}
}

func TestAnUnknownStepIsAMistake(t *testing.T) {
	if _, err := NewStep(openCPU(t), "m3"); err == nil {
		t.Error("m3 is a step")
	}
}
