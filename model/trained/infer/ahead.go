package infer

import "time"

// Ahead reads minibatches while others are computed: a goroutine is a fixed number of them ahead.
type Ahead struct {
	full, free chan []float32
	taken      []float32
	stop       chan struct{}
}

// ReadAhead begins to read. read fills a minibatch of size values; it is false where there is none left. It is called
// by one goroutine, one call after another.
func ReadAhead(minibatches, size int, read func(dst []float32) bool) *Ahead {
	// One more is in use.
	a := &Ahead{
		full: make(chan []float32, minibatches+1), free: make(chan []float32, minibatches+1), stop: make(chan struct{}),
	}
	for range minibatches + 1 {
		a.free <- make([]float32, size)
	}
	go func() {
		defer close(a.full)
		for {
			select {
			case <-a.stop:
				return
			case rows := <-a.free:
				if !read(rows) {
					return
				}
				a.full <- rows
			}
		}
	}()
	return a
}

// Next is the next minibatch, good until the next call, and how long it was waited for. It is nil where there is none.
func (a *Ahead) Next() (rows []float32, waited time.Duration) {
	if a.taken != nil {
		a.free <- a.taken
	}
	begun := time.Now()
	a.taken = <-a.full
	return a.taken, time.Since(begun)
}

// Stop ends reading. It waits for what is being read.
func (a *Ahead) Stop() {
	close(a.stop)
	for range a.full {
	}
}
