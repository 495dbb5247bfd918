package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// over sends bytes on a connection of their own and gives all that comes back. half closes the client's side behind them.
func over(t *testing.T, address, content string, half bool) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	must(t, err)
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute)) // of a sound connection
	_, err = io.WriteString(conn, content)
	must(t, err)
	if half {
		must(t, conn.(*net.TCPConn).CloseWrite())
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("%.60q: %v", content, err)
	}
	return string(answer)
}

// TestWhatComesOverTheWireIsAnsweredOrRefused sends what clients of HTTP send, and what none should: nothing of it is the
// server's fault.
func TestWhatComesOverTheWireIsAnsweredOrRefused(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.RequestBytes = 4 << 10
	s, address, _, _ := serving(t, o, tiny(t))
	body := asked(t, examples(0, 1))
	head := func(method, path, version, more string) string {
		return method + " " + path + " HTTP/" + version + "\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n"
	}
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	chunks := fmt.Sprintf("5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", body[:5], len(body)-5, body[5:])
	const chunked = "Transfer-Encoding: chunked\r\n"
	for _, c := range []struct {
		name, content string
		half          bool
		want          string // the beginning of the answer
		text          string // in the answer
	}{
		{"HTTP/1.0", head("POST", "/v1/classify", "1.0", length) + body, false, "HTTP/1.0 200 OK", `"class":`},
		{"HTTP/1.0, no host", "GET /readyz HTTP/1.0\r\n\r\n", false, "HTTP/1.0 200 OK", `{"ready":true}`},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false, "HTTP/1.1 404 ", "no such path"},
		{"no HTTP", "hello\r\n\r\n", false, "HTTP/1.1 400 ", ""},
		{"no host", "GET /readyz HTTP/1.1\r\n\r\n", false, "HTTP/1.1 400 ", ""},
		{"HEAD", head("HEAD", "/v1/model", "1.1", ""), false, "HTTP/1.1 200 OK", "Content-Length: "},
		{"HEAD of a POST", head("HEAD", "/v1/classify", "1.1", ""), false, "HTTP/1.1 405 ", "Allow: POST"},
		{"OPTIONS", head("OPTIONS", "/v1/classify", "1.1", ""), false, "HTTP/1.1 405 ", "want POST, found OPTIONS"},
		{"PUT", head("PUT", "/v2/models/classifier", "1.1", length) + body, false, "HTTP/1.1 405 ", "want GET, HEAD"},
		{"DELETE", head("DELETE", "/v1/model", "1.1", ""), false, "HTTP/1.1 405 ", ""},
		{"TRACE", head("TRACE", "/v1/model", "1.1", ""), false, "HTTP/1.1 405 ", ""},
		{"a method of its own", head("BREW", "/v1/model", "1.1", ""), false, "HTTP/1.1 405 ", ""},
		{"another's path", head("GET", "/v1/../../../etc/passwd", "1.1", ""), false, "HTTP/1.1 404 ", ""},
		{"chunks", head("POST", "/v1/classify", "1.1", chunked) + chunks, false, "HTTP/1.1 200 OK", `"class":`},
		{"chunks that are none", head("POST", "/v1/classify", "1.1", chunked) + "zz\r\n", false, "HTTP/1.1 400 ",
			"the body breaks off: "},
		{"chunks that break off", head("POST", "/v1/classify", "1.1", chunked) + "ff\r\n{", true, "HTTP/1.1 400 ",
			"the body breaks off: "},
		{"a body that breaks off", head("POST", "/v1/classify", "1.1", length) + "{", true, "HTTP/1.1 400 ",
			"the body breaks off: "},
		{"chunks that are too many", head("POST", "/v1/classify", "1.1", chunked) + "1001\r\n" + strings.Repeat(" ", 0x1001) + "\r\n0\r\n\r\n",
			false, "HTTP/1.1 413 ", "want a body of at most 4096 bytes"},
		{"a length that is too much", head("POST", "/v1/classify", "1.1", "Content-Length: 99999999999\r\n"), false,
			"HTTP/1.1 413 ", "want a body of at most 4096 bytes"},
		{"who asks whether to send it", head("POST", "/v1/classify", "1.1",
			"Expect: 100-continue\r\nContent-Length: 99999999999\r\n"), false, "HTTP/1.1 413 ", ""},
		{"who asks, of as much as may", head("POST", "/v1/classify", "1.1", "Expect: 100-continue\r\n"+length) + body, false,
			"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", ""},
		{"a length below 0", head("POST", "/v1/classify", "1.1", "Content-Length: -5\r\n"), false, "HTTP/1.1 400 ", ""},
		{"two lengths", head("POST", "/v1/classify", "1.1", length+"Content-Length: 1\r\n") + body, false,
			"HTTP/1.1 400 ", ""},
		{"compressed", head("POST", "/v1/classify", "1.1", "Content-Encoding: gzip\r\n"+length) + body, false,
			"HTTP/1.1 415 ", "want a body that is not compressed"},
		{"not compressed", head("POST", "/v1/classify", "1.1", "Content-Encoding: identity\r\n"+length) + body, false,
			"HTTP/1.1 200 OK", ""},
		{"a header that is too large", head("GET", "/readyz", "1.1", "X: "+strings.Repeat("x", 80<<10)+"\r\n"), false,
			"HTTP/1.1 431 ", ""},
		{"two requests at once", "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n" + head("GET", "/healthz", "1.1", ""), false,
			"HTTP/1.1 200 OK", `{"live":true}`},
	} {
		answer := over(t, address, c.content, c.half)
		if !strings.HasPrefix(answer, c.want) || !strings.Contains(answer, c.text) {
			t.Errorf("%s: want %q and %q, found %q", c.name, c.want, c.text, answer)
		}
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"} {
		answer := over(t, address, head("POST", "/v1/classify", "1.1", "Content-Type: "+kind+"\r\n"+length)+body, false)
		if !strings.HasPrefix(answer, "HTTP/1.1 200 OK") {
			t.Errorf("Content-Type %q: want what is JSON taken as such, found %q", kind, answer)
		}
	}
	noFault(t, s)
}

// noFault holds that no request got a status that tells of a server's fault.
func noFault(t *testing.T, s *Server) {
	t.Helper()
	families, err := s.metrics.registry.Gather()
	must(t, err)
	for _, f := range families {
		if f.GetName() != "ssdgm_http_requests_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			if text := m.String(); strings.Contains(text, `value:"5`) {
				t.Errorf("found %s", text)
			}
		}
	}
}

// TestMetricsDoNotGrowWithWhatClientsSend sends paths, methods and models of all kinds.
func TestMetricsDoNotGrowWithWhatClientsSend(t *testing.T) {
	t.Parallel()
	s, h := started(t, Defaults(), tiny(t))
	for i := range 50 {
		for _, path := range []string{"/p%d", "/v2/models/m%d", "/v2/models/m%d/versions/%[1]d/ready"} {
			send(t, http.MethodGet, h.URL+fmt.Sprintf(path, i), nil, nil)
			send(t, fmt.Sprintf("M%d", i), h.URL+fmt.Sprintf(path, i), nil, nil)
		}
	}
	_, _, answer := send(t, http.MethodGet, h.URL+"/metrics", nil, nil)
	series := regexp.MustCompile(`(?m)^ssdgm_http_requests_total\{.*\} (\d+)$`).FindAllString(string(answer), -1)
	if len(series) != 4 || s.metrics.total.Load() != 300 {
		t.Errorf("want 404 of two routes, and 404 and 405 of none, found %q of %d requests", series, s.metrics.total.Load())
	}
}

// TestWhoGoesIsNoFaultOfTheServers has a client close its connection while its rows wait: they are not computed, and
// the metrics have no status that alarms.
func TestWhoGoesIsNoFaultOfTheServers(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	worker := newGated(t, m)
	s, address, _, _ := serving(t, Defaults(), m, worker)
	body := asked(t, examples(0, 1))
	first := make(chan int, 1)
	go func() {
		status, _, _, _ := try(http.MethodPost, "http://"+address+"/v1/classify", strings.NewReader(body), nil) // its status tells
		first <- status
	}()
	<-worker.entered
	conn, err := net.Dial("tcp", address)
	must(t, err)
	_, err = fmt.Fprintf(conn, "POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	must(t, err)
	until(t, "a row waiting", func() bool { return s.waiting.Load() == 1 })
	must(t, conn.Close())
	until(t, "one request gone", func() bool { return s.metrics.total.Load() == 1 })
	close(worker.leave)
	if status := <-first; status != http.StatusOK {
		t.Errorf("who stayed: found %d", status)
	}
	until(t, "an empty queue", func() bool { return s.waiting.Load() == 0 })
	if len(worker.entered) != 0 {
		t.Error("want no batch of whoever has gone")
	}
	_, _, answer := send(t, http.MethodGet, "http://"+address+"/metrics", nil, nil)
	if want := `ssdgm_http_requests_total{code="499",route="POST /v1/classify"} 1`; !strings.Contains(string(answer), want) {
		t.Errorf("want %s, found none", want)
	}
	noFault(t, s)
}

// TestAHandlersFaultIsItsRequestsAlone has what draws pictures panic.
func TestAHandlersFaultIsItsRequestsAlone(t *testing.T) {
	t.Parallel()
	o := Defaults()
	noted := make(chan string, 1)
	o.Note = func(line string) { noted <- line }
	o.Draw = func([]float32) ([]byte, error) { panic("no paint") }
	s, h := started(t, o, tiny(t))
	status, _, answer := send(t, http.MethodPost, h.URL+"/v1/generate", strings.NewReader(`{"class":"a"}`),
		map[string]string{"Accept": "image/png"})
	if line := <-noted; status != http.StatusInternalServerError || string(answer) != `{"error":"a fault: no paint"}`+"\n" ||
		line != "/v1/generate: a fault: no paint" {
		t.Errorf("found %d, %s and %q", status, answer, line)
	}
	if err := errors.Join(s.ready(), s.live()); err != nil {
		t.Errorf("want a server that goes on, found %v", err)
	}
	if status, _, answer := post(t, h.URL+"/v1/generate", `{"class":"a"}`); status != http.StatusOK {
		t.Errorf("found %d, %s", status, answer)
	}
	if bytes, decoding := s.answers.held.Load()+s.bodies.held.Load(), len(s.decoding); bytes != 0 || decoding != 0 {
		t.Errorf("want all room given back, found %d bytes and %d places", bytes, decoding)
	}
}
