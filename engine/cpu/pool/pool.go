// Package pool runs the parts of a job on workers that live as long as the
// pool. A training step is a chain of jobs of tens of microseconds, so idle
// workers spin for a moment before they sleep: waking a thread costs more than
// most of the jobs.
package pool

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Job is work in numbered parts. Run is called once for every part, on any
// worker and in any order, so what a part computes must not depend on either.
type Job interface{ Run(part int) }

// spin is how long an idle worker looks for work before it sleeps.
const spin = 150 * time.Microsecond

// looks is the number of looks between two readings of the clock.
const looks = 512

// Pool is a set of workers. A nil pool, like one of one thread, runs
// everything on the caller. One goroutine at a time may use a pool, and a
// job's parts may not use the pool that runs them.
type Pool struct {
	threads int
	spins   bool
	workers []*worker
	live    sync.WaitGroup

	job   Job // written only while the gate is shut and nobody is inside
	parts int64

	_      [64]byte
	gate   atomic.Int64 // odd: a job is open; even: none; negative: the pool is closed
	_      [56]byte
	inside atomic.Int64 // workers that may be reading job
	_      [56]byte
	next   atomic.Int64 // first part that nobody has claimed
	_      [56]byte
}

type worker struct {
	parked atomic.Bool
	wake   chan struct{}
	_      [64]byte
}

// New starts threads−1 workers; the caller of Do is the last one.
func New(threads int) *Pool {
	if threads < 1 {
		panic("pool: a pool needs at least one thread")
	}
	p := &Pool{threads: threads}
	// Spinning workers that share a core with the caller would only hold it up.
	p.spins = threads <= runtime.GOMAXPROCS(0) && threads <= runtime.NumCPU()
	for range threads - 1 {
		w := &worker{wake: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		p.live.Add(1)
		go p.work(w)
	}
	return p
}

// Threads is the number of goroutines that share a job, at least 1.
func (p *Pool) Threads() int {
	if p == nil {
		return 1
	}
	return p.threads
}

// Do runs every part of the job and returns when all are done. It allocates nothing.
func (p *Pool) Do(parts int, job Job) {
	if p == nil || p.threads == 1 || parts <= 1 || p.gate.Load() < 0 {
		for part := range parts {
			job.Run(part)
		}
		return
	}
	p.job, p.parts = job, int64(parts)
	p.next.Store(0)
	p.gate.Add(1)
	p.wakeUp(parts - 1)
	p.claim()
	p.gate.Add(1)
	p.wait()
	p.job = nil
}

// Close ends the workers and returns when they are gone. A closed pool still
// works, on its caller alone.
func (p *Pool) Close() {
	if p == nil || p.gate.Swap(-1) < 0 {
		return
	}
	p.wakeUp(len(p.workers))
	p.live.Wait()
}

// claim runs parts until all are taken.
func (p *Pool) claim() {
	for part := p.next.Add(1) - 1; part < p.parts; part = p.next.Add(1) - 1 {
		p.job.Run(int(part))
	}
}

// wait returns when no worker is inside a job. A worker whose core was taken
// away stays long, and gets it back sooner if the caller gives its own up.
func (p *Pool) wait() {
	if p.inside.Load() == 0 {
		return
	}
	start := time.Now()
	for {
		for range looks {
			if p.inside.Load() == 0 {
				return
			}
		}
		if !p.spins || time.Since(start) > spin {
			time.Sleep(spin / 10)
		}
	}
}

// wakeUp wakes at most n workers that sleep.
func (p *Pool) wakeUp(n int) {
	for _, w := range p.workers {
		if n == 0 {
			return
		}
		if w.parked.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
		}
		n--
	}
}

// work is the life of a worker.
func (p *Pool) work(w *worker) {
	defer p.live.Done()
	done := int64(0)
	for {
		gate := p.look(w, done)
		if gate < 0 {
			return
		}
		// Going inside before the second look at the gate is what lets Do
		// trust an empty inside: whoever enters later finds the gate shut.
		p.inside.Add(1)
		if gate = p.gate.Load(); gate > 0 && gate%2 == 1 {
			p.claim()
			done = gate
		}
		p.inside.Add(-1)
	}
}

// look waits for an open gate other than done, or for the pool's end.
func (p *Pool) look(w *worker, done int64) int64 {
	for {
		// The scheduler is left alone while spinning: it might move the worker
		// to a thread that has to be woken first.
		for start := time.Now(); p.spins && time.Since(start) < spin; {
			for range looks {
				if gate := p.gate.Load(); p.news(gate, done) {
					return gate
				}
			}
		}
		w.parked.Store(true)
		gate := p.gate.Load()
		if p.news(gate, done) && w.parked.CompareAndSwap(true, false) {
			return gate
		}
		// Either there is nothing to do, or a wake-up is already on its way.
		<-w.wake
	}
}

func (p *Pool) news(gate, done int64) bool {
	return gate < 0 || gate%2 == 1 && gate != done
}
