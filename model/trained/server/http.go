package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// request is one that is being answered.
type request struct {
	*http.Request
	server  *Server
	body    []byte
	release func()          // gives the body's room back, and its place among those being decoded; nil: there is none
	until   context.Context // when an answer is late, or nobody waits for it
	answer  int64           // bytes that its answer has room for
}

// late says why there is no answer in time.
func (r *request) late() error {
	if r.Context().Err() != nil {
		return errGone
	}
	return errLate
}

// decoded says that the body has been read: it is needed no more.
func (r *request) decoded() {
	if r.release != nil {
		r.release()
		r.body, r.release = nil, nil
	}
}

// read reads the body, one object of known members.
func (r *request) read(d *decoder, known map[string]func() error) error {
	if err := d.members("the request", known); err != nil {
		return err
	}
	return d.end()
}

// handler answers a request.
type handler func(r *request) (reply, error)

// routes are the paths that are answered, and how. A pattern is also the name of a route in the metrics.
func (s *Server) routes() map[string]handler {
	return map[string]handler{
		"POST /v1/classify":                                s.classifyV1,
		"POST /v1/encode":                                  s.encodeV1,
		"POST /v1/generate":                                s.generateV1,
		"GET /v1/model":                                    s.modelV1,
		"GET /v2":                                          s.serverV2,
		"GET /v2/health/live":                              s.liveV2,
		"GET /v2/health/ready":                             s.readyV2,
		"GET /v2/models/{model}":                           s.modelV2,
		"GET /v2/models/{model}/versions/{version}":        s.modelV2,
		"GET /v2/models/{model}/ready":                     s.modelReadyV2,
		"GET /v2/models/{model}/versions/{version}/ready":  s.modelReadyV2,
		"POST /v2/models/{model}/infer":                    s.inferV2,
		"POST /v2/models/{model}/versions/{version}/infer": s.inferV2,
		"GET /healthz":                                     s.liveV2,
		"GET /readyz":                                      s.readyV2,
	}
}

// newMux is the routes' multiplexer.
func (s *Server) newMux() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range s.routes() {
		mux.Handle(pattern, s.handle(pattern, h))
	}
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	return mux
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handling.Add(1)
	defer s.handling.Done()
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if s.stopping.Load() {
		h.Set("Connection", "close")
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.handle("none", s.noRoute)(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// noRoute says that a path is not answered, or not by that method.
func (s *Server) noRoute(r *request) (reply, error) {
	found := &statusOnly{header: http.Header{}, status: http.StatusOK}
	s.mux.ServeHTTP(found, r.Request)
	if found.status == http.StatusMethodNotAllowed {
		allow := found.header.Get("Allow")
		all := replyTo(refuse(found.status, "%s: want %s, found %s", r.URL.Path, allow, r.Method))
		all.header = map[string]string{"Allow": allow}
		return all, nil
	}
	return reply{}, refuse(http.StatusNotFound,
		"%s: no such path; want one of /v1/classify, /v1/encode, /v1/generate, /v1/model, "+
			"/v2/…, /healthz, /readyz and /metrics", r.URL.Path)
}

// statusOnly keeps what a response says before its body.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(p []byte) (int, error) { return len(p), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }

// handle has a handler answer, and counts.
func (s *Server) handle(route string, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		began := time.Now()
		s.metrics.underWay.Add(1)
		r := &request{Request: hr, server: s}
		defer func() { s.answers.give(r.answer) }()
		answer, err := s.answer(r, h)
		if err != nil {
			answer = replyTo(err)
		}
		if answer.status == 0 {
			answer.status = http.StatusOK
		}
		for name, value := range answer.header {
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Type", answer.kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
		w.WriteHeader(answer.status)
		_, _ = w.Write(answer.body) // Whoever has gone does not read it.
		s.metrics.underWay.Add(-1)
		s.metrics.answered(route, answer.status, time.Since(began))
	}
}

// answer reads the body and has a handler answer. A fault of its own is that request's alone.
func (s *Server) answer(r *request, h handler) (answer reply, err error) {
	defer r.decoded()
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("a fault: %v", fault)
			s.note(fmt.Sprintf("%s: %v", r.URL.Path, err))
		}
	}()
	if s.guard.Check(r.Request) != nil {
		return reply{}, refuse(http.StatusForbidden,
			"want a request of a program's or of this server's own pages, found one of another site's")
	}
	if r.Method == http.MethodPost {
		content, release, err := s.body(r.Request)
		if err != nil {
			return reply{}, err
		}
		ctx, cancel := context.WithTimeout(r.Context(), s.o.Timeout)
		defer cancel()
		s.arriving.Add(1)
		r.body, r.until, r.release = content, ctx, func() { s.arriving.Add(-1); release() }
		if err := s.turn(r); err != nil {
			return reply{}, err
		}
	}
	return h(r)
}

// turn waits until a request may be decoded: as many at once as there are processors, as decoded rows take several times
// the memory of their body.
func (s *Server) turn(r *request) error {
	select {
	case s.decoding <- struct{}{}:
		release := r.release
		r.release = func() { <-s.decoding; release() }
		return nil
	case <-r.until.Done():
		return r.late()
	}
}

// ready tells whether requests may be sent here.
func (s *Server) ready() error {
	if s.stopping.Load() {
		return refuse(http.StatusServiceUnavailable, "stopping")
	}
	return s.live()
}

// live tells whether answers can be trusted.
func (s *Server) live() error {
	if fault := s.fault.Load(); fault != nil {
		return refuse(http.StatusServiceUnavailable, "no longer fit to answer: %v", *fault)
	}
	return nil
}
