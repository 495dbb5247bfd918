package cpu

import (
	"fmt"
	"testing"
	"time"

	"ssdgm/engine"
)

// open opens a device at the processor's best level, or ends the test.
func open(t testing.TB, o Options) engine.Device {
	t.Helper()
	dev, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dev.Close() })
	return dev
}

// BenchmarkStep is whole training steps at the paper's sizes: with
// -cpuprofile it shows what is not matrix product.
//
// One run each on a machine of two AMD EPYC processors (Zen 5) at its quietest,
// AVX-512, at commit 180012c; the share is the profile's, of
// one thread, and includes packing and the epilogue:
//
//	                 1 thread  2 threads  in MatMul
//	M1, batch 100      6.3 ms     3.3 ms       82 %
//	M1, batch 1000    50.5 ms          –       92 %
//	M2, 100 + 100      5.8 ms          –       77 %
//
// Replicas, at commit d270244, on the same machine while other programs kept it
// busy: hence processor time, waiting included, of the step of
// configs/mnist-m1m2-100.toml (M2/recipe), for each replica; best of some forty
// rounds in turn, a core for each thread.
//
//	1 replica, 1 thread       2.8 ms
//	1 replica, 2 threads      4.4 ms
//	2 replicas, 2 threads     2.9 ms
//	10 replicas, 2 threads    2.9 ms
func BenchmarkStep(b *testing.B) {
	recipe := func(d engine.Device) *sequence { return newM2Of(d, 50, 200, 19, 300, 10) } // mnist-m1m2-100
	cases := []struct {
		name     string
		replicas int
		build    func(engine.Device) *sequence
	}{
		{"M1/b100", 1, func(d engine.Device) *sequence { return newM1(d, 100) }},
		{"M1/b1000", 1, func(d engine.Device) *sequence { return newM1(d, 1000) }},
		{"M2/l100u100", 1, func(d engine.Device) *sequence { return newM2(d, 100, 100) }},
		{"M2/recipe", 1, recipe}, {"M2/recipe/R2", 2, recipe}, {"M2/recipe/R3", 3, recipe}, {"M2/recipe/R10", 10, recipe},
		{"M2/l100u100/R2", 2, func(d engine.Device) *sequence { return newM2(d, 100, 100) }},
		{"M2/l100u100/R4", 4, func(d engine.Device) *sequence { return newM2(d, 100, 100) }},
		{"M2/l10u10/R40", 40, func(d engine.Device) *sequence { return newM2(d, 10, 10) }},
	}
	for _, c := range cases {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", c.name, threads), func(b *testing.B) {
				s := c.build(open(b, Options{Replicas: c.replicas, Threads: threads}))
				program := s.steps.Compile(s.dev)
				program.Run(1)
				for b.Loop() {
					program.Run(program.Ahead())
				}
				each := b.Elapsed() / time.Duration(b.N*c.replicas*program.Ahead())
				b.ReportMetric(float64(each.Microseconds())/1e3, "ms/replica-step")
			})
		}
	}
}
