package simd

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"ssdgm/engine/cpu/pool"
)

// BenchmarkMatMul measures the products of the models' layers in their three
// uses. Each product alternates with a burst of the peak loop, since the speed
// of a shared machine wanders; the metric is the median ratio.
func BenchmarkMatMul(b *testing.B) {
	shapes := []struct{ rows, in, out int }{{1000, 784, 600}, {100, 784, 600}, {1000, 600, 600}, {1000, 60, 500}, {100, 60, 500}, {1000, 500, 50}}
	for _, l := range levels(b) {
		for _, threads := range []int{1, 2} {
			for _, s := range shapes {
				b.Run(fmt.Sprintf("%v/threads=%d/%dx%dx%d/y=x·Wᵀ", l, threads, s.rows, s.in, s.out), func(b *testing.B) {
					measureMatMul(b, l, threads, &MatMul{TransB: true, M: s.rows, N: s.out, K: s.in})
				})
				b.Run(fmt.Sprintf("%v/threads=%d/%dx%dx%d/dx=dy·W", l, threads, s.rows, s.in, s.out), func(b *testing.B) {
					measureMatMul(b, l, threads, &MatMul{M: s.rows, N: s.in, K: s.out})
				})
				b.Run(fmt.Sprintf("%v/threads=%d/%dx%dx%d/dW=dyᵀ·x", l, threads, s.rows, s.in, s.out), func(b *testing.B) {
					measureMatMul(b, l, threads, &MatMul{TransA: true, M: s.out, N: s.in, K: s.rows})
				})
			}
		}
	}
}

func measureMatMul(b *testing.B, l Level, threads int, m *MatMul) {
	workers := pool.New(threads)
	defer workers.Close()
	r := rand.New(rand.NewPCG(1, 1))
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = r.Float32() - 0.5
		}
		return x
	}
	m.A, m.B, m.C = fill(m.M*m.K), fill(m.K*m.N), fill(m.M*m.N)
	m.LDA, m.LDB, m.LDC = m.K, m.N, m.N
	if m.TransA {
		m.LDA = m.M
	}
	if m.TransB {
		m.LDB = m.K
	}
	k, w := For(l), new(Workspace)
	flops := 2 * float64(m.M) * float64(m.N) * float64(m.K)
	repeats := 1 + int(1e8/flops)
	now := cpuTime
	if threads > 1 {
		start := time.Now()
		now = func() time.Duration { return time.Since(start) }
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var ratios, speeds []float64
	for b.Loop() {
		start := now()
		operations := peak(l, 1<<11)
		ceiling := operations / (now() - start).Seconds() * float64(threads)
		k.MatMul(workers, w, m)
		start = now()
		for range repeats {
			k.MatMul(workers, w, m)
		}
		speed := flops * float64(repeats) / (now() - start).Seconds()
		speeds, ratios = append(speeds, speed), append(ratios, speed/ceiling)
	}
	b.ReportMetric(100*median(ratios), "%peak")
	b.ReportMetric(median(speeds)/1e9, "GFLOP/s")
	b.ReportMetric(0, "ns/op")
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
