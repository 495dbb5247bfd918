package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// load is how a server is asked: how many clients, each with one request at a time of so many rows.
type load struct {
	kind    string // json or binary
	rows    int
	clients int
}

// result is what came of a load.
type result struct {
	rate, p50, p99                 float64 // rows a second, and milliseconds
	answered, faults, cut, refused int
}

const pixels = 784

// bodies are some requests: rows of bytes, four in five of them 0, as those of handwritten digits.
func (l load) bodies() (all [][]byte, header int) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 16 {
		values := make([]byte, l.rows*pixels)
		for i := range values {
			if random.IntN(5) == 0 {
				values[i] = byte(random.IntN(256))
			}
		}
		if l.kind == "json" {
			rows := make([][]int, l.rows)
			for i, v := range values {
				rows[i/pixels] = append(rows[i/pixels], int(v))
			}
			text, err := json.Marshal(map[string]any{"bytes": rows})
			if err != nil {
				panic(err)
			}
			all = append(all, text)
			continue
		}
		text := fmt.Sprintf(`{"inputs":[{"name":"rows","shape":[%d,%d],"datatype":"UINT8","parameters":{"binary_data_size":%d}}],`+
			`"outputs":[{"name":"probabilities","parameters":{"binary_data":true}}]}`, l.rows, pixels, len(values))
		all, header = append(all, append([]byte(text), values...)), len(text)
	}
	return all, header
}

// client is one of a load's.
type client struct {
	result
	took []time.Duration
	err  error
}

// on loads a server for a time, or until it takes no more.
func (l load) on(url string, long time.Duration) (result, error) {
	bodies, header := l.bodies()
	path := "/v1/classify"
	if l.kind == "binary" {
		path = "/v2/models/classifier/infer"
	}
	transport := &http.Transport{MaxIdleConnsPerHost: l.clients, MaxConnsPerHost: 0}
	defer transport.CloseIdleConnections()
	sender := &http.Client{Transport: transport, Timeout: time.Minute}
	clients := make([]client, l.clients)
	began := time.Now()
	var wait sync.WaitGroup
	for i := range clients {
		wait.Go(func() {
			c := &clients[i]
			for at := i; time.Since(began) < long; at++ {
				if !c.ask(sender, url+path, bodies[at%len(bodies)], header) {
					return
				}
			}
		})
	}
	wait.Wait()
	seconds := time.Since(began).Seconds()
	var all result
	var took []time.Duration
	for _, c := range clients {
		if c.err != nil {
			return all, c.err
		}
		all.answered, all.faults = all.answered+c.answered, all.faults+c.faults
		all.cut, all.refused = all.cut+c.cut, all.refused+c.refused
		took = append(took, c.took...)
	}
	if len(took) == 0 {
		return all, errors.New("no answer")
	}
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1e3 }
	all.rate, all.p50, all.p99 = float64(all.answered*l.rows)/seconds, at(0.5), at(0.99)
	return all, nil
}

// ask sends a request, and tells whether there may be another.
func (c *client) ask(sender *http.Client, url string, body []byte, header int) bool {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		c.err = err
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	if header > 0 {
		r.Header.Set("Inference-Header-Content-Length", strconv.Itoa(header))
	}
	began := time.Now()
	a, err := sender.Do(r)
	if err == nil {
		_, err = io.Copy(io.Discard, a.Body)
		_ = a.Body.Close() // It was read.
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		c.refused++
		return false
	case err != nil:
		c.cut++
		return false
	case a.StatusCode != http.StatusOK:
		c.faults++
	default:
		c.answered++
	}
	c.took = append(c.took, time.Since(began))
	return true
}
