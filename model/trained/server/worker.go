package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ssdgm/model/trained"
)

// worker computes batches, one after the other.
type worker struct {
	*Server
	trained.Classifier
	batches chan []*job
	rows    []float32 // of a batch
}

// idle are the workers that compute nothing, the one that has computed last on top: its parameters are in the caches.
type idle struct {
	lock    sync.Mutex
	workers []*worker
	some    chan struct{} // one for each of them
}

func (i *idle) put(w *worker) {
	i.lock.Lock()
	defer i.lock.Unlock()
	i.workers = append(i.workers, w)
	i.some <- struct{}{}
}

// take gives one of which some has told.
func (i *idle) take() *worker {
	i.lock.Lock()
	defer i.lock.Unlock()
	w := i.workers[len(i.workers)-1]
	i.workers = i.workers[:len(i.workers)-1]
	return w
}

// dispatch hands batches to workers until the queue is closed. It makes one once a worker is idle: what comes before that
// is in it too.
func (s *Server) dispatch(all []*worker) {
	free := &idle{some: make(chan struct{}, len(all))}
	for _, w := range all {
		s.workers.Go(func() { w.work(free) })
		free.put(w)
	}
	for {
		<-free.some
		batch := s.next(nil)
		if len(batch) == 0 {
			break
		}
		free.take().batches <- batch
	}
	for _, w := range all {
		close(w.batches)
	}
}

// generative is what one model can do, beside classifying.
type generative interface {
	Encode(ctx context.Context, x []float32) ([]float32, error)
	Bounds(ctx context.Context, x []float32) ([]float32, error)
	Generate(ctx context.Context, d trained.Drawing) ([]float32, error)
}

// work computes batches until there are no more.
func (w *worker) work(free *idle) {
	for batch := range w.batches {
		// Whoever has gone needs no answer.
		left := batch[:0]
		for _, j := range batch {
			if j.err = j.ctx.Err(); j.err != nil {
				close(j.done)
				continue
			}
			left = append(left, j)
		}
		w.compute(left)
		for _, j := range left {
			close(j.done)
		}
		free.put(w)
	}
}

// compute answers jobs: what they ask of their rows together, and each drawing alone.
func (w *worker) compute(jobs []*job) {
	w.metrics.computed(jobs)
	w.together(jobs, func(j *job) *[]float32 { return pick(j.wants.probabilities, &j.probabilities) }, w.Classify)
	one, ok := w.Classifier.(generative)
	if !ok {
		return // Jobs of the mean of several models ask no more.
	}
	w.together(jobs, func(j *job) *[]float32 { return pick(j.wants.bounds, &j.bounds) }, one.Bounds)
	w.together(jobs, func(j *job) *[]float32 { return pick(j.wants.latents, &j.latents) }, one.Encode)
	for _, j := range jobs {
		for _, d := range j.draw {
			if j.err == nil {
				examples, err := w.safely(func(ctx context.Context) ([]float32, error) { return one.Generate(ctx, d) })
				j.drawn, j.err = append(j.drawn, examples...), err
			}
		}
	}
}

func pick(wanted bool, answer *[]float32) *[]float32 {
	if wanted {
		return answer
	}
	return nil
}

// together computes something of the rows of those jobs that have a place for it. Where that fails for several, each is
// computed alone, so that it fails for those alone whose fault it is.
func (w *worker) together(
	jobs []*job, place func(*job) *[]float32, call func(ctx context.Context, rows []float32) ([]float32, error),
) {
	var asking []*job
	for _, j := range jobs {
		if j.err == nil && place(j) != nil {
			asking = append(asking, j)
		}
	}
	if len(asking) == 0 {
		return
	}
	rows, n := asking[0].rows, asking[0].n
	if len(asking) > 1 {
		w.rows, n = w.rows[:0], 0
		for _, j := range asking {
			w.rows = append(w.rows, j.rows...)
			n += j.n
		}
		rows = w.rows
	}
	answers, err := w.safely(func(ctx context.Context) ([]float32, error) { return call(ctx, rows) })
	if err != nil && len(asking) > 1 {
		for _, j := range asking {
			w.together([]*job{j}, place, call)
		}
		return
	}
	width := len(answers) / n
	for _, j := range asking {
		*place(j), answers, j.err = answers[:j.n*width], answers[j.n*width:], err
	}
}

// safely calls the model. What goes wrong there and is not the client's fault makes the server unfit: a device that has
// failed once fails from then on.
func (w *worker) safely(call func(ctx context.Context) ([]float32, error)) (answers []float32, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			answers, err = nil, fmt.Errorf("a fault: %v", fault)
		}
		if err != nil && !errors.Is(err, trained.ErrInput) && w.computing.Err() == nil {
			w.fail(err)
		}
	}()
	return call(w.computing)
}
