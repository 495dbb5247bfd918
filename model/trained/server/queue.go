package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"ssdgm/model/trained"
)

// wants are what a request asks of its rows.
type wants struct{ probabilities, bounds, latents bool }

// job is a request that has been checked and waits to be computed, and its answers.
type job struct {
	ctx   context.Context
	wants wants
	rows  []float32 // [n, Inputs], raw
	n     int
	draw  []trained.Drawing // of those without rows

	probabilities, bounds, latents, drawn []float32
	err                                   error
	done                                  chan struct{} // closed once there are answers, or err
}

// queue is where jobs wait.
type queue struct {
	jobs     chan *job
	most     int64        // rows that may wait
	waiting  atomic.Int64 // rows that do
	arriving atomic.Int64 // requests whose bytes are all there, and that are being read

	gathering sync.Mutex // one worker makes a batch; the next begins once it computes
	expected  int        // requests of the batch before
	held      *job       // the next batch's first, where it had no room in the one before
	batch     int        // rows in a batch
	delay     time.Duration
}

func newQueue(o *Options) *queue {
	// A job has at least one row, so that there is always room for one whose rows may wait.
	return &queue{jobs: make(chan *job, o.QueueRows), most: int64(o.QueueRows), batch: o.BatchRows, delay: o.BatchDelay}
}

// put has a job wait, unless there are too many.
func (q *queue) put(j *job) error {
	for {
		waiting := q.waiting.Load()
		if waiting+int64(j.n) > q.most {
			return errBusy
		}
		if q.waiting.CompareAndSwap(waiting, waiting+int64(j.n)) {
			q.jobs <- j
			return nil
		}
	}
}

// close lets the workers end once nothing waits any more.
func (q *queue) close() { close(q.jobs) }

// next gives a worker a batch: all that waits, in the order in which it came, up to the rows of a batch; a job of more
// is one alone. It waits for more, not for long, where others
// are on their way: requests that have arrived and are being read, and as many as there were in the batch before, whose
// clients come back. A request that comes alone is computed at once. It is empty when the queue is closed.
func (q *queue) next(batch []*job) []*job {
	q.gathering.Lock()
	defer q.gathering.Unlock()
	defer func() { q.expected = len(batch) }()
	first, open := q.held, true
	if q.held = nil; first == nil {
		if first, open = <-q.jobs; !open {
			return nil
		}
	}
	rows := q.take(&batch, first)
	var late <-chan time.Time
	for rows < q.batch {
		var j *job
		select {
		case j, open = <-q.jobs:
		default:
			if q.delay == 0 || q.arriving.Load() == 0 && len(batch) >= q.expected {
				return batch
			}
			if late == nil {
				late = time.After(q.delay)
			}
			select {
			case j, open = <-q.jobs:
			case <-late:
				return batch
			}
		}
		if !open {
			return batch
		}
		if rows+j.n > q.batch {
			q.held = j
			return batch
		}
		rows += q.take(&batch, j)
	}
	return batch
}

// take puts a job into a batch and says how many rows it has.
func (q *queue) take(batch *[]*job, j *job) int {
	q.waiting.Add(-int64(j.n))
	*batch = append(*batch, j)
	return j.n
}
