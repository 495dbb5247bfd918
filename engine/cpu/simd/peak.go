package simd

import (
	"sync"
	"time"
)

const (
	peakRounds  = 1 << 8           // of multiply-adds between two looks at the clock, some 4 µs
	peakWindow  = time.Millisecond // in which what all threads do is counted together
	peakWindows = 100              // of which the best counts: threads have to wait for a core, and for other programs
)

// PeakTogether measures the ceiling of so many cores at once, in floating-point operations per second: independent
// multiply-adds in registers on all of them at the same time. Two cores that share their vector units do no more than
// one. The portable ceiling is that of scalar multiplies and adds.
func PeakTogether(l Level, threads int) float64 {
	if !l.supported() {
		panic("simd: this processor cannot run " + l.String())
	}
	each := make([][peakWindows]float64, threads)
	var wait sync.WaitGroup
	start := time.Now()
	for i := range each {
		wait.Go(func() {
			for {
				flops := peak(l, peakRounds)
				window := time.Since(start) / peakWindow
				if window >= peakWindows {
					return
				}
				each[i][window] += flops
			}
		})
	}
	wait.Wait()
	best := 0.0
	for window := range peakWindows {
		total := 0.0
		for i := range each {
			total += each[i][window]
		}
		best = max(best, total/peakWindow.Seconds())
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
