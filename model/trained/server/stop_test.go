package server

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestNothingAcceptedIsLost stops a server under load: its readiness fails at once, every request that it takes is
// answered, and who comes later is told so by a refused connection.
func TestNothingAcceptedIsLost(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.Linger = 2 * time.Second // time enough to be asked how it is
	s, address, stop, ended := serving(t, o, tiny(t))
	url, body := "http://"+address, asked(t, examples(0, 1))
	var answered, refusedAfter atomic.Int64
	var stopped atomic.Bool
	var wait sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for range 32 {
		wait.Go(func() {
			for {
				a, err := client.Post(url+"/v1/classify", "application/json", strings.NewReader(body))
				if err != nil {
					if !stopped.Load() || !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ECONNRESET) {
						t.Errorf("lost: %v", err)
					}
					refusedAfter.Add(1)
					return
				}
				_ = a.Body.Close() // The status tells.
				if a.StatusCode != http.StatusOK {
					t.Errorf("found %d", a.StatusCode)
				}
				answered.Add(1)
			}
		})
	}
	until(t, "load", func() bool { return answered.Load() > 100 })
	stopped.Store(true)
	stop()
	until(t, "a readiness that fails", func() bool {
		status, _, _, err := try(http.MethodGet, url+"/readyz", nil, nil)
		return err == nil && status == http.StatusServiceUnavailable
	})
	if status, _, _, err := try(http.MethodGet, url+"/healthz", nil, nil); err != nil || status != http.StatusOK {
		t.Errorf("want it alive while it stops, found %d, %v", status, err)
	}
	wait.Wait()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if refusedAfter.Load() != 32 || s.metrics.total.Load() < answered.Load() {
		t.Errorf("%d clients refused, %d answers of %d", refusedAfter.Load(), answered.Load(), s.metrics.total.Load())
	}
}

// TestAServerWaitsForItsAnswersButNotForEver stops one whose worker goes on, and one whose worker does not.
func TestAServerWaitsForItsAnswersButNotForEver(t *testing.T) {
	t.Parallel()
	for name, goesOn := range map[string]bool{"goes on": true, "hangs": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Defaults()
			o.Linger, o.Drain = 0, 300*time.Millisecond
			if goesOn {
				o.Drain = 10 * time.Second
			}
			m := tiny(t)
			worker := newGated(t, m)
			_, address, stop, ended := serving(t, o, m, worker)
			status := make(chan int, 1)
			go func() {
				found, _, _, err := try(http.MethodPost, "http://"+address+"/v1/classify", strings.NewReader(asked(t, examples(0,
					1))), nil)
				if err != nil {
					found = 0
				}
				status <- found
			}()
			<-worker.entered
			stop()
			if goesOn {
				time.Sleep(20 * time.Millisecond)
				close(worker.leave)
				if found := <-status; found != http.StatusOK {
					t.Errorf("found %d", found)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
				return
			}
			if err := <-ended; !errors.Is(err, ErrUnanswered) || err.Error() != "1 requests were left without an answer within 300ms" {
				t.Errorf("found %v", err)
			}
			if found := <-status; found == http.StatusOK {
				t.Errorf("found %d", found)
			}
		})
	}
}
