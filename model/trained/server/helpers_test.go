package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const (
	side    = 4
	classes = 3
)

// tiny is an M1+M2 with its initial parameters, on images of 4×4 in the classes a, b and c, with percentiles of bounds.
func tiny(t testing.TB, sets ...string) *trained.Model {
	t.Helper()
	c, _, err := configs.Parse("tiny", nil, append([]string{
		"m1.hidden=[5]", "m1.latents=3", "m2.hidden=[5]", "m2.classifier_hidden=[]", "m2.latents=2",
		"m1.train.steps=1", "m2.train.steps=1", "eval.batch_size=4",
	}, sets...))
	must(t, err)
	m := trained.New(c, trained.Size{Inputs: side * side, Height: side, Width: side, Classes: classes})
	if c.Stacked() {
		m.Keep([]int{0, 2})
	}
	for _, p := range m.Parts() {
		*p.Values = p.Layout.Init(1)
	}
	m.ClassNames = []string{"a", "b", "c"}
	m.Usual = trained.NewUsual([]float32{-14, -13, -12, -11, -10}, []int{0, 1, 0, 1, 2}, classes, 1)
	return m
}

// table is an M2 of a table: size, a number, and colour, red or blue. Missing values are taken as missing says.
func table(t testing.TB, missing string) *trained.Model {
	t.Helper()
	c, _, err := configs.Parse("table", nil, []string{
		"model=m2", "m2.hidden=[5]", "m2.classifier_hidden=[]", "m2.latents=2", "m2.train.steps=1", "data.missing=" + missing,
	})
	must(t, err)
	in := transform.Identity(3)
	in.Missing = missing
	in.Features = []transform.Feature{{Name: "size"}, {Name: "colour", Categories: []string{"red", "blue"}}}
	m := trained.New(c, trained.Size{Inputs: 3, Classes: classes, Input: in})
	for _, p := range m.Parts() {
		*p.Values = p.Layout.Init(1)
	}
	return m
}

func openCPU() (engine.Device, error) { return cpu.New(cpu.Options{Replicas: 1, Threads: 1}) }

// apply applies a model for some workers.
func apply(t testing.TB, m *trained.Model, workers int) []trained.Classifier {
	t.Helper()
	all, done, err := Apply([]trained.Member{{Name: "tiny", Model: m}}, workers, openCPU)
	must(t, err)
	t.Cleanup(func() { must(t, done()) })
	return all
}

// started serves a model, with workers of its own unless there are some.
func started(t testing.TB, o Options, m *trained.Model, workers ...trained.Classifier) (*Server, *httptest.Server) {
	t.Helper()
	if workers == nil {
		workers = apply(t, m, 2)
	}
	s, err := New(o, []trained.Member{{Name: "tiny", Model: m}}, workers...)
	must(t, err)
	h := httptest.NewServer(s)
	t.Cleanup(func() { h.Close(); s.Close() })
	return s, h
}

// post sends a body and gives the status, the header and the body of the answer.
func post(t *testing.T, url, body string) (int, http.Header, []byte) {
	t.Helper()
	return send(t, http.MethodPost, url, strings.NewReader(body), nil)
}

func send(t *testing.T, method, url string, body io.Reader, header map[string]string) (int, http.Header, []byte) {
	t.Helper()
	status, found, answer, err := try(method, url, body, header)
	must(t, err)
	return status, found, answer
}

func try(method, url string, body io.Reader, header map[string]string) (int, http.Header, []byte, error) {
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		return 0, nil, nil, err
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	a, err := client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer a.Body.Close()
	answer, err := io.ReadAll(a.Body)
	return a.StatusCode, a.Header, answer, err
}

// examples are some rows of pixels.
func examples(seed uint64, n int) []float32 {
	random := rand.New(rand.NewPCG(seed, 0))
	rows := make([]float32, n*side*side)
	for i := range rows {
		rows[i] = random.Float32()
	}
	return rows
}

// asked is a request for rows.
func asked(t *testing.T, rows []float32) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"rows": slices.Collect(slices.Chunk(rows, side*side))})
	must(t, err)
	return string(text)
}

// classified is an answer of /v1/classify.
type classified struct {
	Results []struct {
		Class         string
		Probability   float32
		Probabilities map[string]float32
		Usual         *float64
		UsualInClass  *float64 `json:"usual_in_class"`
	}
	Note string
}

func read[T any](t *testing.T, text []byte) (found T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&found); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return found
}

// gated is a worker that waits before it computes, and notes how many rows it is given at once.
type gated struct {
	*trained.Applied
	entered chan int      // the rows of each batch
	leave   chan struct{} // lets one batch go on; closed, all
}

func newGated(t *testing.T, m *trained.Model) *gated {
	t.Helper()
	return &gated{apply(t, m, 1)[0].(*trained.Applied), make(chan int, 1000), make(chan struct{})}
}

func (g *gated) Classify(ctx context.Context, x []float32) ([]float32, error) {
	g.entered <- len(x) / g.Inputs()
	select {
	case <-g.leave:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return g.Applied.Classify(ctx, x)
}

// until waits for something to come true.
func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	for range 5000 {
		if true() {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatalf("want %s, found none in 10 s", what)
}
