package simd

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ssdgm/engine/cpu/pool"
)

// cpuTime is the processor time of this thread, which other programs do not lengthen.
func cpuTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

// pin gives each of a pool's threads a core of its own until the benchmark
// ends: some kernels pack the threads of a process on one core while other
// programs run.
func pin(b *testing.B, workers *pool.Pool) {
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		b.Fatal(err)
	}
	j := &pinJob{threads: int32(workers.Threads())}
	workers.Do(workers.Threads(), j)
	b.Cleanup(func() {
		if err := unix.SchedSetaffinity(0, &before); err != nil {
			b.Error(err)
		}
		runtime.UnlockOSThread()
	})
}

type pinJob struct {
	threads int32
	arrived atomic.Int32
}

func (j *pinJob) Run(int) {
	place := j.arrived.Add(1) - 1
	for j.arrived.Load() < j.threads { // so that no thread runs two parts
		runtime.Gosched()
	}
	runtime.LockOSThread()
	var core unix.CPUSet
	core.Set(int(place) % runtime.NumCPU())
	if err := unix.SchedSetaffinity(0, &core); err != nil {
		panic(err)
	}
}
