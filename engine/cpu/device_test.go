package cpu

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/enginetest"
)

// levels are the names of the levels that this processor can run.
func levels(t testing.TB) (names []string) {
	for l := simd.Portable; l <= simd.AVX512; l++ {
		if l > simd.Best() {
			t.Logf("this processor lacks %v: not tested", l)
			continue
		}
		names = append(names, l.String())
	}
	return names
}

func TestDeviceKeepsTheContract(t *testing.T) {
	for _, level := range levels(t) {
		enginetest.Run(t, level, func(replicas int) engine.Device {
			return open(t, Options{Replicas: replicas, Threads: 2, Level: level})
		})
	}
}

func TestThreadsNeverChangeABit(t *testing.T) {
	for _, level := range levels(t) {
		t.Run(level, func(t *testing.T) {
			enginetest.RunThreads(t, func(threads int) engine.Device {
				return open(t, Options{Replicas: 1, Threads: threads, Level: level})
			})
		})
	}
}

func TestCloseEndsEveryThread(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	dev, err := New(Options{Replicas: 1, Threads: 4})
	if err != nil {
		t.Fatal(err)
	}
	newM2(dev, 20, 20).steps.Do(dev)
	for range 2 {
		if err := dev.Close(); err != nil {
			t.Fatal(err)
		}
	}
	goleak.VerifyNone(t, ignore)
}

func TestAProgramAllocatesNothingOnceWarm(t *testing.T) {
	for _, level := range levels(t) {
		for _, replicas := range []int{1, 3} {
			s := newM2(open(t, Options{Replicas: replicas, Threads: 2, Level: level}), 4, 4)
			program := s.steps.Compile(s.dev)
			program.Run(1)
			if n := testing.AllocsPerRun(5, func() { program.Run(2) }); n != 0 {
				t.Errorf("%s, %d replicas: a run allocates %v times", level, replicas, n)
			}
		}
	}
}

func TestNameSaysWhatResultsDependOn(t *testing.T) {
	for _, level := range levels(t) {
		if got, want := open(t, Options{Replicas: 1, Level: level}).Name(), "cpu "+level+" fp32"; got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
	}
}

func TestNewRefusesWhatItCannotDo(t *testing.T) {
	cases := map[string]Options{
		"\"sse9\" is not known": {Replicas: 1, Level: "sse9"},
		"0 replicas":            {},
		"-1 threads":            {Replicas: 1, Threads: -1},
	}
	if simd.Best() < simd.AVX512 {
		cases["not supported by this processor"] = Options{Replicas: 1, Level: "avx512"}
	}
	for want, o := range cases {
		dev, err := New(o)
		if dev != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v) = %v, %v; want an error with %q", o, dev, err, want)
		}
	}
}
