package devices

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func TestADeviceIsParsedOrRefusedAsTheUsers(t *testing.T) {
	for name, want := range map[string]struct {
		kind string
		card int
	}{"auto": {Auto, 0}, "cpu": {CPU, 0}, "cuda": {CUDA, 0}, "cuda:3": {CUDA, 3}} {
		kind, card, err := (&Choice{Device: name}).Parse()
		if kind != want.kind || card != want.card || err != nil {
			t.Errorf("%s: want %v, found %s, %d, %v", name, want, kind, card, err)
		}
	}
	for _, c := range []Choice{{Device: ""}, {Device: "gpu"}, {Device: "cpu:0"}, {Device: "cuda:"}, {Device: "cuda:-1"},
		{Device: CPU, Threads: -1}, {Device: CPU, Threads: maxThreads + 1}} {
		if _, _, err := c.Parse(); !errors.Is(err, ErrUser) {
			t.Errorf("%+v: want a mistake of the user's, found %v", c, err)
		}
	}
}

func TestTheCPUHasPlainArithmeticAlone(t *testing.T) {
	c := Choice{Device: CPU, Threads: 1}
	for _, a := range []Arithmetic{{"tf32", "own"}, {"fp32", "cublas"}} {
		if _, err := c.Open(context.Background(), a); !errors.Is(err, ErrUser) {
			t.Errorf("%+v: want a mistake of the user's, found %v", a, err)
		}
	}
	dev, err := c.Open(context.Background(), Plain)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	if c.CountOn(dev) != 1 {
		t.Errorf("want 1 thread, found %d", c.CountOn(dev))
	}
}

func TestAProcessorIsDescribedInOrder(t *testing.T) {
	var subjects []string
	line := func(subject, format string, args ...any) { subjects = append(subjects, subject) }
	c := Choice{Device: CPU, Threads: 1}
	if err := errors.Join(c.DescribeProcessor(line), c.DescribeCards(context.Background(), line)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"processor", "instructions", "threads", "memory", "kernels"}; !slices.Equal(subjects, want) {
		t.Errorf("want %v, and no card where the CPU is chosen; found %v", want, subjects)
	}
}

// TestThreadsAreDivided holds how many devices there are, and the threads of each.
func TestThreadsAreDivided(t *testing.T) {
	for _, c := range []struct {
		device                        string
		threads, among, devices, each int
	}{
		{"cpu", 8, 0, 2, 4}, {"cpu", 2, 0, 1, 2}, {"cpu", 8, 3, 3, 2}, {"cpu", 2, 5, 5, 1}, {"cpu", 4, 1, 1, 4}, {"cuda", 0, 0, 1, 0}, {"cuda:1", 0, 2, 2, 0},
	} {
		choice := Choice{Device: c.device, Threads: c.threads}
		found, err := choice.Divide(t.Context(), c.among)
		if err != nil || found != c.devices || choice.Threads != c.each {
			t.Errorf("%+v: found %d of %d threads, %v", c, found, choice.Threads, err)
		}
	}
	choice := Choice{Device: "cpu"}
	if _, err := choice.Divide(t.Context(), -1); !errors.Is(err, ErrUser) {
		t.Errorf("found %v", err)
	}
}
