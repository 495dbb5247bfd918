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
// of a shared machine wanders. On one thread the metrics are medians of
// processor time; on several they are the best round, by the clock, since other
// programs only take away.
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
	now, summary := cpuTime, median
	if threads > 1 {
		start := time.Now()
		now, summary = func() time.Duration { return time.Since(start) }, slices.Max[[]float64]
	}
	pin(b, workers)
	var ceilings, speeds []float64
	for b.Loop() {
		start := now()
		operations := peak(l, 1<<11)
		ceiling := operations / (now() - start).Seconds() * float64(threads)
		for range repeats { // also wakes the workers
			k.MatMul(workers, w, m)
		}
		start = now()
		for range repeats {
			k.MatMul(workers, w, m)
		}
		ceilings = append(ceilings, ceiling)
		speeds = append(speeds, flops*float64(repeats)/(now()-start).Seconds())
	}
	b.ReportMetric(100*summary(speeds)/summary(ceilings), "%peak")
	b.ReportMetric(summary(speeds)/1e9, "GFLOP/s")
	b.ReportMetric(0, "ns/op")
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// BenchmarkElements measures the element-wise kernels on rows of 600 elements
// that stay in cache, in nanoseconds an element.
func BenchmarkElements(b *testing.B) {
	const rows, n = 16, 600
	for _, l := range vectorLevels(b) {
		k := For(l)
		for _, op := range elementOps() {
			b.Run(fmt.Sprintf("%v/%s", l, op.name), func(b *testing.B) {
				arrays := benchmarkArrays(op.arrays, rows*n)
				perElement(b, rows*n, func() {
					row := make([][]float32, op.arrays)
					for i := range rows {
						for a := range row {
							row[a] = arrays[a][i*n : (i+1)*n]
						}
						op.run(k, row)
					}
				})
			})
		}
		a := benchmarkArrays(4, rows*n)
		measure := func(name string, run func()) {
			b.Run(fmt.Sprintf("%v/%s", l, name), func(b *testing.B) { perElement(b, rows*n, run) })
		}
		measure("KL", func() { k.KL(a[0], a[1]) })
		for _, missing := range []bool{false, true} {
			name := fmt.Sprintf("/value/missing=%v", missing)
			measure("BernoulliNLL"+name, func() { k.BernoulliNLL(nil, a[0], a[1], 1, missing) })
			measure("GaussianNLL"+name, func() { k.GaussianNLL(nil, nil, a[0], a[1], a[2], 1, missing) })
		}
		measure("ColumnSums", func() { k.ColumnSums(a[0][:n], a[1], rows, n, n) })
		measure("SumSquares", func() { k.SumSquares(a[0]) })
		words, counters, px := make([]uint32, rows*n), make([]uint32, rows*n/4), make([]uint8, rows*n)
		measure("Words", func() { k.Words(words, counters, counters, 1, 2, 3, 4) })
		measure("Normals", func() { k.Normals(a[0], counters, counters, 1, 2, 3, 4) })
		measure("Binarise", func() { k.Binarise(a[0], px, words) })
		measure("Pixels", func() { k.Pixels(a[0], px) })
	}
}

func benchmarkArrays(count, n int) [][]float32 {
	r := rand.New(rand.NewPCG(1, 1))
	arrays := make([][]float32, count)
	for a := range arrays {
		arrays[a] = make([]float32, n)
		for i := range arrays[a] {
			arrays[a][i] = r.Float32()
		}
	}
	return arrays
}

// BenchmarkAdam measures the optimiser on as many parameters as an M1 has, which do not fit the cache.
func BenchmarkAdam(b *testing.B) {
	const n = 1_754_084
	o := updateOptions
	for _, l := range vectorLevels(b) {
		a := benchmarkArrays(5, n)
		b.Run(l.String(), func(b *testing.B) {
			perElement(b, n, func() { For(l).Update(3, a[0], a[1], a[2], a[3], nil, &o) })
		})
		b.Run(l.String()+"/average", func(b *testing.B) {
			perElement(b, n, func() { For(l).Update(3, a[0], a[1], a[2], a[3], a[4], &o) })
		})
	}
}

// perElement reports the median processor time that run takes for one of n elements.
func perElement(b *testing.B, n int, run func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	repeats := 1 + 500_000/n
	var times []float64
	run()
	for b.Loop() {
		start := cpuTime()
		for range repeats {
			run()
		}
		times = append(times, float64((cpuTime()-start).Nanoseconds())/float64(repeats*n))
	}
	b.ReportMetric(median(times), "ns/element")
	b.ReportMetric(0, "ns/op")
}
