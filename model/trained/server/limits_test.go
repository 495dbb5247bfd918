package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ssdgm/model/trained"
)

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

// TestRowsBeyondTheQueueAreRefused fills the queue behind a worker that does not go on.
func TestRowsBeyondTheQueueAreRefused(t *testing.T) {
	t.Parallel()
	m, o := tiny(t), Defaults()
	o.QueueRows, o.RequestRows, o.Timeout = 3, 3, 10*time.Second
	worker := newGated(t, m)
	s, h := started(t, o, m, worker)
	var wait sync.WaitGroup
	statuses := make(chan int, 2)
	ask := func(rows int) {
		wait.Go(func() {
			status, _, _ := post(t, h.URL+"/v1/classify", asked(t, examples(0, rows)))
			statuses <- status
		})
	}
	ask(1)
	<-worker.entered
	ask(2)
	until(t, "two rows waiting", func() bool { return s.waiting.Load() == 2 })
	status, header, answer := post(t, h.URL+"/v1/classify", asked(t, examples(0, 2)))
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") != "1" || !strings.Contains(string(answer),
		"busy") {
		t.Errorf("found %d, %v, %s", status, header, answer)
	}
	close(worker.leave)
	wait.Wait()
	for range 2 {
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("who waited: found %d", status)
		}
	}
}

// TestAnswersInTimeOrNone gives a request less time than its worker takes, and leaves one that has gone out of its
// batch.
func TestAnswersInTimeOrNone(t *testing.T) {
	t.Parallel()
	m, o := tiny(t), Defaults()
	o.Timeout = 30 * time.Millisecond
	worker := newGated(t, m)
	_, h := started(t, o, m, worker)
	for range 2 {
		status, header, answer := post(t, h.URL+"/v1/classify", asked(t, examples(0, 1)))
		if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
			t.Errorf("found %d, %s", status, answer)
		}
	}
	close(worker.leave)
	until(t, "the first batch", func() bool { return len(worker.entered) > 0 })
	<-worker.entered
	time.Sleep(20 * time.Millisecond)
	if len(worker.entered) != 0 {
		t.Error("want no batch of a request that nobody waits for")
	}
}

// TestBodiesHaveLimits sends bodies that are too large, as their header says or as it does not, and more at once than
// all may be.
func TestBodiesHaveLimits(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.RequestBytes, o.BodiesBytes = 1<<10, 1<<10
	s, h := started(t, o, tiny(t))
	long := strings.Repeat(" ", 2<<10) + asked(t, examples(0, 1))
	for name, body := range map[string]io.Reader{"told": strings.NewReader(long),
		"not told": io.MultiReader(strings.NewReader(long))} {
		status, _, answer := send(t, http.MethodPost, h.URL+"/v1/classify", body, nil)
		if status != http.StatusRequestEntityTooLarge || !strings.Contains(string(answer), "at most 1024 bytes") {
			t.Errorf("%s: found %d, %s", name, status, answer)
		}
	}
	s.bodies.held.Add(1 << 10)
	status, header, answer := post(t, h.URL+"/v1/classify", asked(t, examples(0, 1)))
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("found %d, %s", status, answer)
	}
	s.bodies.held.Add(-1 << 10)
	if status, _, answer := post(t, h.URL+"/v1/classify", asked(t, examples(0,
		1))); status != http.StatusOK || s.bodies.held.Load() != 0 {
		t.Errorf("found %d, %s, and %d bytes held", status, answer, s.bodies.held.Load())
	}
}

// serving serves a model at an address of its own until the test ends; stop asks it to stop, and ended is how it did.
func serving(t *testing.T, o Options, m *trained.Model, workers ...trained.Classifier) (s *Server, address string,
	stop func(), ended chan error) {
	t.Helper()
	if workers == nil {
		workers = apply(t, m, 2)
	}
	s, err := New(o, []trained.Member{{Name: "tiny", Model: m}}, workers...)
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended = make(chan error, 1)
	over := make(chan struct{})
	go func() {
		ended <- s.Serve(ctx, l)
		s.Close()
		close(over)
	}()
	t.Cleanup(func() { stop(); <-over })
	return s, l.Addr().String(), stop, ended
}

// TestSlowClientsLoseTheirConnections drips a header, a body, and nothing, while others are answered.
func TestSlowClientsLoseTheirConnections(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.ReadTimeout, o.IdleTimeout, o.Linger = 300*time.Millisecond, 300*time.Millisecond, 0
	_, address, _, _ := serving(t, o, tiny(t))
	body := asked(t, examples(0, 1))
	whole := fmt.Sprintf("POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	var wait sync.WaitGroup
	for name, c := range map[string]struct {
		at   int // bytes that are sent at once, before the rest drips
		want string
	}{
		"header": {10, ""}, "body": {len(whole) - len(body) + 5, "HTTP/1.1 408 Request Timeout"}, "idle": {len(whole),
			"HTTP/1.1 200 OK"},
	} {
		wait.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			began := time.Now()
			_ = conn.SetDeadline(began.Add(10 * time.Second)) // of a sound connection
			go func() {
				_, err := io.WriteString(conn, whole[:c.at])
				for i := c.at; i < len(whole) && err == nil; i++ {
					time.Sleep(50 * time.Millisecond)
					_, err = io.WriteString(conn, whole[i:i+1])
				}
			}()
			answer, _ := io.ReadAll(bufio.NewReader(conn)) // It ends when the server closes the connection.
			first, _, _ := strings.Cut(string(answer), "\r\n")
			if took := time.Since(began); took > 5*time.Second || c.want != "" && first != c.want || c.want == "" && strings.Contains(first, "200") {
				t.Errorf("%s: want %q, found %q after %v", name, c.want, first, took)
			}
		})
	}
	for range 20 {
		if status, _, answer := post(t, "http://"+address+"/v1/classify", body); status != http.StatusOK {
			t.Errorf("beside slow clients: found %d, %s", status, answer)
		}
	}
	wait.Wait()
}

// TestRequestsOfOtherSitesAreRefused sends what a browser sends for a page of another site.
func TestRequestsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	_, h := started(t, Defaults(), tiny(t))
	status, _, answer := send(t, http.MethodPost, h.URL+"/v1/classify", strings.NewReader(asked(t, examples(0, 1))),
		map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"})
	if status != http.StatusForbidden {
		t.Errorf("found %d, %s", status, answer)
	}
}

func TestOptionsThatCannotBeKeptAreRefused(t *testing.T) {
	for want, change := range map[string]func(o *Options){
		"--batch-rows: want a number above 0, found 0": func(o *Options) { o.BatchRows = 0 },
		"--timeout: want a time above 0, found -1s":    func(o *Options) { o.Timeout = -time.Second },
		"--linger: want 0 or more, found -1ns":         func(o *Options) { o.Linger = -1 },
		"--batch-delay: want 0 or more, found -1ns":    func(o *Options) { o.BatchDelay = -1 },
		"--request-rows 9: want at most --queue-rows, 8, where they wait": func(o *Options) {
			o.QueueRows,
				o.RequestRows = 8, 9
		},
		"--request-bytes 9: want at most --bodies-bytes, 8, of all requests": func(o *Options) {
			o.BodiesBytes,
				o.RequestBytes = 8, 9
		},
	} {
		o := Defaults()
		change(&o)
		if err := o.Check(); err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
}
