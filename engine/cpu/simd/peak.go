package simd

import (
	"sync"
	"time"
)

// PeakFLOPS measures the ceiling of one core, in floating-point operations per
// second: the best of several short runs of independent multiply-adds in
// registers. The portable ceiling is that of scalar multiplies and adds.
func PeakFLOPS(l Level) float64 {
	if !l.supported() {
		panic("simd: this processor cannot run " + l.String())
	}
	const rounds = 1 << 12
	best := 0.0
	for range 20 {
		start := time.Now()
		flops := peak(l, rounds)
		best = max(best, flops/time.Since(start).Seconds())
	}
	return best
}

// portablePeak runs rounds of 12 independent multiplies and adds and gives the
// number of operations and, so that the compiler keeps them, their sum.
func portablePeak(rounds int) (flops float64, sum float32) {
	var a, b, c, d, e, f, g, h, i, j, k, l float32
	x, y := float32(0.5), float32(1)
	for range rounds {
		a, b, c, d = a*x+y, b*x+y, c*x+y, d*x+y
		e, f, g, h = e*x+y, f*x+y, g*x+y, h*x+y
		i, j, k, l = i*x+y, j*x+y, k*x+y, l*x+y
	}
	return 24 * float64(rounds), a + b + c + d + e + f + g + h + i + j + k + l
}

// PeakTogether measures the ceiling of so many cores at once, in floating-point operations per second.
func PeakTogether(l Level, threads int) float64 {
	each := make([]float64, threads)
	var wait sync.WaitGroup
	for i := range each {
		wait.Go(func() { each[i] = PeakFLOPS(l) })
	}
	wait.Wait()
	total := 0.0
	for _, flops := range each {
		total += flops
	}
	return total
}
