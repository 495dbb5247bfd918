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
