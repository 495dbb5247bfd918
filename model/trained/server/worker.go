package server

import (
	"context"
	"errors"
	"fmt"

	"ssdgm/model/trained"
)

// worker computes batches, one after the other.
type worker struct {
	*Server
	trained.Classifier
	rows []float32 // of a batch
}

// generative is what one model can do, beside classifying.
type generative interface {
	Encode(ctx context.Context, x []float32) ([]float32, error)
	Bounds(ctx context.Context, x []float32) ([]float32, error)
	Generate(ctx context.Context, d trained.Drawing) ([]float32, error)
}

// work computes batches until the queue is closed.
func (w *worker) work() {
	var batch []*job
	for {
		batch = w.next(batch[:0])
		if len(batch) == 0 {
			return
		}
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
