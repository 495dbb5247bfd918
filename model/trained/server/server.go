package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
)

// Server answers requests with a model, or with the mean of several. It is made by New.
type Server struct {
	o           Options
	model       *trained.Model // the first, of several
	members     int
	classes     []string // nil: it does not classify
	categorical bool     // some of its columns are words
	mux         *http.ServeMux

	*queue
	bodies    budget
	answers   budget
	decoding  chan struct{} // a place for each body that may be decoded at once
	names     int           // bytes that the classes' names take in an answer
	metrics   *metrics
	guard     *http.CrossOriginProtection
	workers   sync.WaitGroup
	handling  sync.WaitGroup  // requests
	computing context.Context // what workers compute in: it ends when answers are given up
	giveUp    context.CancelFunc

	stopping atomic.Bool
	fault    atomic.Pointer[error] // why answers can no longer be trusted
}

// New makes a server of models that are applied, each a worker's: all the same, a Model's or an Ensemble's. Close it.
func New(o Options, members []trained.Member, workers ...trained.Classifier) (*Server, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if len(members) == 0 || len(workers) == 0 {
		panic("server: want a model and a worker")
	}
	s := &Server{
		o: o, model: members[0].Model, members: len(members), classes: workers[0].Classes(), queue: newQueue(&o),
		guard: http.NewCrossOriginProtection(),
	}
	s.bodies.most, s.answers.most = o.BodiesBytes, o.AnswersBytes
	s.decoding = make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, name := range s.classes {
		s.names += len(name)
	}
	s.computing, s.giveUp = context.WithCancel(context.Background())
	s.categorical = slices.ContainsFunc(s.model.Input.Features,
		func(f transform.Feature) bool { return f.Categories != nil })
	s.metrics = newMetrics(s)
	s.mux = s.newMux()
	for _, c := range workers {
		s.workers.Go((&worker{Server: s, Classifier: c}).work)
	}
	return s, nil
}

// Close ends the workers once they have computed what waits. The models are the caller's to close.
func (s *Server) Close() {
	s.handling.Wait()
	s.queue.close()
	s.workers.Wait()
	s.giveUp()
}

// fail makes the server unfit: what watches it starts another.
func (s *Server) fail(err error) {
	if s.fault.CompareAndSwap(nil, &err) {
		s.note(fmt.Sprintf("no longer fit to answer: %v", err))
	}
}

func (s *Server) note(line string) {
	if s.o.Note != nil {
		s.o.Note(line)
	}
}

// Told says in a few words what the server has done.
func (s *Server) Told() string { return fmt.Sprintf("answered %d requests", s.metrics.total.Load()) }

// ErrUnanswered is that a server stopped before it had answered all requests.
var ErrUnanswered = errors.New("requests were left without an answer")

// headerBytes is how many bytes a request's header may have.
const headerBytes = 64 << 10

// Serve answers the requests that come to a listener, and closes it, until ctx ends. Then the server is no longer ready
// but answers as before, until Options.Linger is over; it closes the listener, and ends when all that it has accepted
// is answered, or when Options.Drain is over: that is ErrUnanswered.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	inner := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: min(10*time.Second, s.o.ReadTimeout),
		ReadTimeout:       s.o.ReadTimeout,
		// It counts from the end of the header: the body, the answer, and its way.
		WriteTimeout:   2*s.o.ReadTimeout + s.o.Timeout,
		IdleTimeout:    s.o.IdleTimeout,
		MaxHeaderBytes: headerBytes,
		ErrorLog:       log.New(noteWriter{s}, "", 0),
	}
	open := connections{all: map[net.Conn]connection{}}
	inner.ConnState = open.changed
	failed := make(chan error, 1)
	go func() { failed <- inner.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	select {
	case err := <-failed:
		return err
	case <-time.After(s.o.Linger):
	}
	draining, cancel := context.WithTimeout(context.Background(), s.o.Drain)
	defer cancel()
	// Shutdown would drop a request that it finds unread on a connection that has been accepted.
	err := l.Close()
	<-failed
	if open.wait(draining) {
		return errors.Join(err, inner.Shutdown(draining))
	}
	left := s.metrics.underWay.Load()
	s.giveUp()
	return errors.Join(fmt.Errorf("%d %w within %v", left, ErrUnanswered, s.o.Drain), err, inner.Close())
}

// noteWriter passes on what net/http has to say.
type noteWriter struct{ *Server }

func (w noteWriter) Write(p []byte) (int, error) {
	w.note(string(bytes.TrimSpace(p)))
	return len(p), nil
}

// ask has a worker compute a job.
func (s *Server) ask(r *request, j *job) error {
	j.ctx, j.done = r.until, make(chan struct{})
	r.decoded()
	if err := s.room(r, j); err != nil {
		return err
	}
	if err := s.put(j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-r.until.Done():
		return r.late()
	}
	switch {
	case errors.Is(j.err, context.DeadlineExceeded) || errors.Is(j.err, context.Canceled):
		return r.late()
	case j.err != nil:
		return j.err
	}
	for _, answer := range [][]float32{j.probabilities, j.latents} {
		if at := slices.IndexFunc(answer, func(v float32) bool { return v-v != 0 }); at >= 0 {
			return wrong("rows: want values that the model can compute with, found some as large in example %d that its answer is "+
				"no number", at*j.n/len(answer))
		}
	}
	return nil
}

// room takes what an answer needs from what all may.
func (s *Server) room(r *request, j *job) error {
	// A value is a float32, twice of what is drawn, and at most 16 bytes of JSON.
	const value, drawn, around = 20, 32, 128
	row := around
	if j.wants.probabilities {
		row += len(s.classes)*value + s.names
	}
	if j.wants.latents {
		row += s.latents() * value
	}
	if j.draw != nil {
		row += s.model.Inputs * drawn
	}
	n := int64(j.n) * int64(row)
	if n > s.answers.most {
		return refuse(http.StatusRequestEntityTooLarge,
			"want an answer of at most %d bytes, found %d rows of up to %d; ask for fewer at once", s.answers.most, j.n, row)
	}
	if !s.answers.take(n) {
		return errSent
	}
	r.answer = n
	return nil
}
