package server

import (
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestAThousandClientsAreAnswered has as many ask side by side, on connections that they keep and on new ones, each
// request with rows of its own: each gets its own rows' answer.
func TestAThousandClientsAreAnswered(t *testing.T) {
	const clients, requests, kinds = 1000, 3, 16
	m := tiny(t)
	var bodies [kinds]string
	var want [kinds][]float32
	one := apply(t, m, 1)[0]
	for i := range kinds {
		rows := examples(uint64(i), 1+i%3)
		var err error
		want[i], err = one.Classify(t.Context(), rows)
		must(t, err)
		bodies[i] = asked(t, rows)
	}
	for name, closing := range map[string]bool{"kept": false, "new": true} {
		t.Run(name, func(t *testing.T) {
			o := Defaults()
			o.Timeout, o.ReadTimeout = 5*time.Minute, 5*time.Minute // however slow the machine is
			s, address, _, _ := serving(t, o, m)
			transport := &http.Transport{MaxIdleConnsPerHost: clients, DisableKeepAlives: closing}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport}
			ask := func(kind int) error {
				a, err := client.Post("http://"+address+"/v1/classify", "application/json", strings.NewReader(bodies[kind]))
				if err != nil {
					return err
				}
				text, err := io.ReadAll(a.Body)
				_ = a.Body.Close() // It was read.
				if err != nil || a.StatusCode != http.StatusOK {
					t.Errorf("found %d, %.200s, %v", a.StatusCode, text, err)
					return nil
				}
				for i, result := range read[classified](t, text).Results {
					for k, name := range m.ClassNames {
						if math.Abs(float64(result.Probabilities[name]-want[kind][i*classes+k])) > 1e-6 {
							t.Errorf("want %v, found %+v", want[kind], result)
						}
					}
				}
				return nil
			}
			var wait sync.WaitGroup
			all := make(chan struct{}) // All ask at once.
			failed := make(chan error, clients)
			for i := range clients {
				wait.Go(func() {
					<-all
					for at := range requests {
						if err := ask((i + at) % kinds); err != nil {
							failed <- err
							return
						}
					}
				})
			}
			close(all)
			wait.Wait()
			close(failed)
			for err := range failed {
				if errors.Is(err, syscall.EMFILE) {
					t.Skipf("want 2,000 open files, found that fewer may be: %v", err)
				}
				t.Error(err)
			}
			if total := s.metrics.total.Load(); total != clients*requests {
				t.Errorf("want %d answers, found %d", clients*requests, total)
			}
			noFault(t, s)
		})
	}
}
