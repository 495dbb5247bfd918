package pool

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

type counts struct{ runs []atomic.Int32 }

func (c *counts) Run(part int) { c.runs[part].Add(1) }

func TestEveryPartRunsOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 8} {
		t.Run(fmt.Sprint(threads), func(t *testing.T) {
			p := New(threads)
			defer p.Close()
			for round := range 400 {
				parts := round % 37
				c := &counts{runs: make([]atomic.Int32, parts)}
				p.Do(parts, c)
				for i := range c.runs {
					if n := c.runs[i].Load(); n != 1 {
						t.Fatalf("round %d: part %d of %d ran %d times", round, i, parts, n)
					}
				}
				if round%100 == 99 {
					time.Sleep(2 * spin) // the workers must also come back from sleep
				}
			}
		})
	}
}

func TestNilPoolRunsOnTheCaller(t *testing.T) {
	var p *Pool
	c := &counts{runs: make([]atomic.Int32, 3)}
	p.Do(3, c)
	if p.Threads() != 1 || c.runs[2].Load() != 1 {
		t.Errorf("threads = %d, last part ran %d times", p.Threads(), c.runs[2].Load())
	}
	p.Close()
}

func TestCloseEndsEveryWorker(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	p := New(5)
	c := &counts{runs: make([]atomic.Int32, 9)}
	p.Do(9, c)
	p.Close()
	goleak.VerifyNone(t, ignore)
	p.Do(9, c)
	p.Close()
	if n := c.runs[8].Load(); n != 2 {
		t.Errorf("the last part ran %d times, want 2: once before and once after Close", n)
	}
}

func TestDoAllocatesNothing(t *testing.T) {
	p := New(2)
	defer p.Close()
	c := &counts{runs: make([]atomic.Int32, 16)}
	if n := testing.AllocsPerRun(200, func() { p.Do(16, c) }); n != 0 {
		t.Errorf("Do allocates %v times", n)
	}
}

func TestPoolWorksOnOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := New(4)
	defer p.Close()
	c := &counts{runs: make([]atomic.Int32, 64)}
	for range 200 {
		p.Do(64, c)
	}
	for i := range c.runs {
		if n := c.runs[i].Load(); n != 200 {
			t.Fatalf("part %d ran %d times, want 200", i, n)
		}
	}
}

// slow parts make sure that more than one worker takes part.
type slow struct{ at, most atomic.Int32 }

func (s *slow) Run(int) {
	n := s.at.Add(1)
	for m := s.most.Load(); n > m && !s.most.CompareAndSwap(m, n); m = s.most.Load() {
	}
	time.Sleep(time.Millisecond)
	s.at.Add(-1)
}

func TestWorkersRunSideBySide(t *testing.T) {
	p := New(3)
	defer p.Close()
	s := new(slow)
	p.Do(12, s)
	if n := s.most.Load(); n != 3 {
		t.Errorf("at most %d parts ran at once, want 3", n)
	}
}

func BenchmarkDo(b *testing.B) {
	p := New(2)
	defer p.Close()
	c := &counts{runs: make([]atomic.Int32, 2)}
	for b.Loop() {
		p.Do(2, c)
	}
}
