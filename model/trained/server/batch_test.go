package server

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"ssdgm/model/trained"
)

// TestBatchesAnswerAsSingleRowsDo sends requests of one to four rows side by side, which wait until all are there, and
// holds each answer to that of its rows alone.
func TestBatchesAnswerAsSingleRowsDo(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	alone := apply(t, m, 1)[0]
	worker := newGated(t, m)
	o := Defaults()
	o.BatchRows = 1000
	s, h := started(t, o, m, worker)
	const requests = 20
	answers := make([]classified, requests)
	var wait sync.WaitGroup
	for i := range requests {
		wait.Go(func() {
			status, _, answer := post(t, h.URL+"/v1/classify", strings.Replace(asked(t, examples(uint64(i), 1+i%4)), "{",
				`{"usual":false,`, 1))
			if status == http.StatusOK {
				answers[i] = read[classified](t, answer)
			}
		})
	}
	first := <-worker.entered
	until(t, "the other rows waiting", func() bool { return int(s.waiting.Load()) == 50-first })
	close(worker.leave)
	wait.Wait()
	if second := <-worker.entered; first+second != 50 {
		t.Errorf("want the other %d rows in one batch, found %d", 50-first, second)
	}
	for i, found := range answers {
		rows := examples(uint64(i), 1+i%4)
		want, err := alone.Classify(t.Context(), rows)
		must(t, err)
		if len(found.Results) != 1+i%4 {
			t.Fatalf("request %d: want %d results, found %+v", i, 1+i%4, found)
		}
		for j, result := range found.Results {
			for k, name := range m.ClassNames {
				if off := math.Abs(float64(result.Probabilities[name] - want[j*classes+k])); off > 1e-6 {
					t.Errorf("request %d, row %d, class %s: off by %g", i, j, name, off)
				}
			}
			if result.Probability != result.Probabilities[result.Class] || result.Usual != nil {
				t.Errorf("request %d, row %d: %+v", i, j, result)
			}
		}
	}
}

// TestWhoComesAloneDoesNotWait has a batch wait for an hour, though only for requests that are being read.
func TestWhoComesAloneDoesNotWait(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.BatchDelay = time.Hour
	_, h := started(t, o, tiny(t))
	if status, _, answer := post(t, h.URL+"/v1/classify", asked(t, examples(0, 1))); status != http.StatusOK {
		t.Errorf("found %d, %s", status, answer)
	}
}

// TestABatchWaitsForRequestsThatAreBeingRead puts a job while another is said to be read.
func TestABatchWaitsForRequestsThatAreBeingRead(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.BatchDelay = time.Hour
	q := newQueue(&o)
	q.arriving.Add(1)
	one, two := &job{n: 1}, &job{n: 2}
	must(t, q.put(one))
	found := make(chan []*job)
	go func() { found <- q.next(nil) }()
	select {
	case <-found:
		t.Fatal("want the batch to wait")
	case <-time.After(20 * time.Millisecond):
	}
	q.arriving.Add(-1)
	must(t, q.put(two))
	if batch := <-found; len(batch) != 2 || q.waiting.Load() != 0 {
		t.Errorf("found a batch of %d, and %d rows waiting", len(batch), q.waiting.Load())
	}
	go func() { found <- q.next(nil) }()
	must(t, q.put(one))
	time.Sleep(20 * time.Millisecond)
	must(t, q.put(two))
	if batch := <-found; len(batch) != 2 {
		t.Errorf("want as many as in the batch before, found %d", len(batch))
	}
	q.delay = time.Millisecond
	q.arriving.Add(1)
	must(t, q.put(one))
	if batch := q.next(nil); len(batch) != 1 {
		t.Errorf("want the batch to go without the late one, found %d", len(batch))
	}
	q.close()
	if batch := q.next(nil); len(batch) != 0 {
		t.Errorf("want none of a closed queue, found %d", len(batch))
	}
}

// choosy refuses rows that begin with a number as if the client had sent what the model does not take, and has a fault
// of its own at another.
type choosy struct{ *trained.Applied }

const refused, faulty = 0.25, 0.75

func (c choosy) Classify(ctx context.Context, x []float32) ([]float32, error) {
	for at := 0; at < len(x); at += side * side {
		switch x[at] {
		case refused:
			return nil, fmt.Errorf("%w: these rows", trained.ErrInput)
		case faulty:
			panic("a worker's fault")
		}
	}
	return c.Applied.Classify(ctx, x)
}

// TestARowHurtsNoNeighbour has rows fail in a batch with others.
func TestARowHurtsNoNeighbour(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	s, err := New(Defaults(), []trained.Member{{Name: "tiny", Model: m}}, apply(t, m, 1)...)
	must(t, err)
	defer s.Close()
	w := &worker{Server: s, Classifier: choosy{apply(t, m, 1)[0].(*trained.Applied)}}
	var jobs []*job
	for i := range 5 {
		j := &job{ctx: t.Context(), wants: wants{probabilities: true}, rows: examples(uint64(i), 2), n: 2,
			done: make(chan struct{})}
		jobs = append(jobs, j)
	}
	jobs[1].rows[side*side] = refused
	w.compute(jobs)
	for i, j := range jobs {
		if i == 1 && !errors.Is(j.err, trained.ErrInput) || i != 1 && (j.err != nil || len(j.probabilities) != 2*classes) {
			t.Errorf("job %d: %v, %v", i, j.err, j.probabilities)
		}
		j.err = nil
	}
	if s.live() != nil {
		t.Error("rows that a client can mend make the server unfit")
	}
	jobs[3].rows[0], jobs[1].rows[side*side] = faulty, 0
	w.compute(jobs)
	for i, j := range jobs {
		if (j.err != nil) != (i == 3) {
			t.Errorf("job %d: %v", i, j.err)
		}
	}
	if err := s.live(); err == nil || !strings.Contains(err.Error(), "a worker's fault") {
		t.Errorf("want an unfit server, found %v", err)
	}
}

// TestAFaultOfTheModelsTakesTheServerOut holds that both probes tell, and the note.
func TestAFaultOfTheModelsTakesTheServerOut(t *testing.T) {
	t.Parallel()
	m, o := tiny(t), Defaults()
	noted := make(chan string, 1)
	o.Note = func(line string) { noted <- line }
	_, h := started(t, o, m, choosy{apply(t, m, 1)[0].(*trained.Applied)})
	rows := examples(0, 1)
	rows[0] = faulty
	if status, _, answer := post(t, h.URL+"/v1/classify", asked(t, rows)); status != http.StatusInternalServerError {
		t.Errorf("found %d, %s", status, answer)
	}
	for _, path := range []string{"/healthz", "/readyz", "/v2/health/live", "/v2/models/classifier/ready"} {
		if status, _, answer := send(t, http.MethodGet, h.URL+path, nil, nil); status != http.StatusServiceUnavailable {
			t.Errorf("%s: found %d, %s", path, status, answer)
		}
	}
	if line := <-noted; line != "no longer fit to answer: a fault: a worker's fault" {
		t.Errorf("found %q", line)
	}
}

// TestAnEnsembleAnswersAsOneClassifier serves the mean of two models, which does not encode.
func TestAnEnsembleAnswersAsOneClassifier(t *testing.T) {
	t.Parallel()
	one, two := tiny(t), tiny(t)
	for i := range two.M2Values {
		two.M2Values[i] *= 3
	}
	members := []trained.Member{{Name: "one", Model: one}, {Name: "two", Model: two}}
	workers, done, err := Apply(members, 1, openCPU)
	must(t, err)
	defer func() { must(t, done()) }()
	s, err := New(Defaults(), members, workers...)
	must(t, err)
	defer s.Close()
	ask := func(path, body string) (int, string) {
		w := newRecorder()
		r, err := http.NewRequest(http.MethodPost, path, strings.NewReader(body))
		must(t, err)
		s.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	rows := examples(0, 1)
	status, answer := ask("/v1/classify", asked(t, rows))
	if status != http.StatusOK {
		t.Fatalf("found %d, %s", status, answer)
	}
	found := read[classified](t, []byte(answer)).Results[0]
	a, err := apply(t, one, 1)[0].Classify(t.Context(), rows)
	must(t, err)
	b, err := apply(t, two, 1)[0].Classify(t.Context(), rows)
	must(t, err)
	for k, name := range one.ClassNames {
		if off := math.Abs(float64(found.Probabilities[name] - (a[k]+b[k])/2)); off > 1e-6 || found.Usual != nil {
			t.Errorf("class %s: off by %g", name, off)
		}
	}
	for _, path := range []string{"/v1/encode", "/v1/generate", "/v2/models/encoder/infer"} {
		if status, answer := ask(path, `{}`); status != http.StatusNotFound {
			t.Errorf("%s: found %d, %s", path, status, answer)
		}
	}
	if status, answer := ask("/v1/classify", strings.Replace(asked(t, rows), "{", `{"usual":true,`,
		1)); status != http.StatusBadRequest {
		t.Errorf("found %d, %s", status, answer)
	}
}
