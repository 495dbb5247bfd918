package server

import (
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ssdgm/model/trained"
)

// TestABatchHasRoomForWholeJobs holds that a job that has no room in a batch begins the next, and that jobs keep their
// order.
func TestABatchHasRoomForWholeJobs(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.BatchRows, o.BatchDelay = 4, 0
	q := newQueue(&o)
	for _, n := range []int{1, 2, 2, 9, 1, 3, 1} {
		must(t, q.put(&job{n: n}))
	}
	q.close()
	var found []string
	for waiting := int64(19); ; {
		batch := q.next(nil)
		if len(batch) == 0 {
			break
		}
		text := ""
		for _, j := range batch {
			text += fmt.Sprint(j.n)
			waiting -= int64(j.n)
		}
		if q.waiting.Load() != waiting {
			t.Errorf("want %d rows waiting, found %d", waiting, q.waiting.Load())
		}
		found = append(found, text)
	}
	if got := strings.Join(found, " "); got != "12 2 9 13 1" {
		t.Errorf("found %s", got)
	}
}

// TestAnswersHaveLimits asks for more than an answer may have, and for as much as is left while another is on its way to
// a client that does not read.
func TestAnswersHaveLimits(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.ReadTimeout, o.AnswersBytes = 300*time.Millisecond, 3<<20
	o.Timeout = time.Minute
	s, address, _, _ := serving(t, o, tiny(t))
	url := "http://" + address + "/v1/generate"
	ask := func(n int) string { return fmt.Sprintf(`{"class":"a","n":%d}`, n) }
	status, _, answer := post(t, url, ask(4096))
	if status != http.StatusOK {
		t.Fatalf("found %d, %s", status, answer)
	}
	var rows struct{ Rows []json.RawMessage }
	must(t, json.Unmarshal(answer, &rows))
	if held := s.answers.held.Load(); held != 0 || len(rows.Rows) != 4096 {
		t.Errorf("found %d bytes held after %d rows", held, len(rows.Rows))
	}
	s.answers.held.Add(1 << 20)
	status, header, answer := post(t, url, ask(4096))
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("found %d, %s", status, answer)
	}
	s.answers.held.Add(-1 << 20)
	s.answers.most = 1 << 20
	status, _, answer = post(t, url, ask(4096))
	if want := "want an answer of at most 1048576 bytes, found 4096 rows of up to 640; ask for fewer at once"; status !=
		http.StatusRequestEntityTooLarge || !strings.Contains(string(answer), want) {
		t.Errorf("want %s, found %d, %s", want, status, answer)
	}
	if held := s.answers.held.Load(); held != 0 {
		t.Errorf("found %d bytes held", held)
	}
}

// TestWhoDoesNotReadHoldsNoMoreThanItsShare has clients ask for large answers, and read none.
func TestWhoDoesNotReadHoldsNoMoreThanItsShare(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.RequestRows, o.AnswersBytes = 1<<15, 1<<30
	o.QueueRows = 1 << 15
	s, address, _, _ := serving(t, o, tiny(t))
	s.answers.most = 21 << 20 // as one such answer takes
	conn, err := net.Dial("tcp", address)
	must(t, err)
	defer conn.Close()
	must(t, conn.(*net.TCPConn).SetReadBuffer(4<<10))
	body := `{"class":"a","n":32768}`
	_, err = fmt.Fprintf(conn, "POST /v1/generate HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	must(t, err)
	until(t, "an answer that is held", func() bool { return s.answers.held.Load() >= 20<<20 })
	status, _, answer := post(t, "http://"+address+"/v1/generate", body)
	if status != http.StatusServiceUnavailable || !strings.Contains(string(answer), "as many answers are on their way") {
		t.Errorf("found %d, %s", status, answer)
	}
	if status, _, answer := post(t, "http://"+address+"/v1/classify", asked(t, examples(0, 1))); status != http.StatusOK {
		t.Errorf("beside it: found %d, %s", status, answer)
	}
	must(t, conn.Close())
	until(t, "its room given back", func() bool { return s.answers.held.Load() == 0 })
}

// TestBodiesAreDecodedInTurn takes all places where bodies are decoded: who waits for one is refused in time.
func TestBodiesAreDecodedInTurn(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.Timeout = 300 * time.Millisecond
	s, h := started(t, o, tiny(t))
	for range cap(s.decoding) {
		s.decoding <- struct{}{}
	}
	body := asked(t, examples(0, 1))
	status, header, answer := post(t, h.URL+"/v1/classify", body)
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("found %d, %s", status, answer)
	}
	for range cap(s.decoding) {
		<-s.decoding
	}
	if status, _, answer := post(t, h.URL+"/v1/classify", body); status != http.StatusOK {
		t.Errorf("found %d, %s", status, answer)
	}
	if s.arriving.Load() != 0 || s.bodies.held.Load() != 0 {
		t.Errorf("found %d requests being read, of %d bytes", s.arriving.Load(), s.bodies.held.Load())
	}
}

// TestValuesBeyondArithmeticAreTheClients sends numbers of a table that are finite, and too large to compute with.
func TestValuesBeyondArithmeticAreTheClients(t *testing.T) {
	t.Parallel()
	m := table(t, "error")
	m.Usual = trained.NewUsual([]float32{-14, -13, -12, -11, -10}, []int{0, 1, 0, 1, 2}, classes, 1)
	for i := range m.M2Values {
		m.M2Values[i] *= 1e4
	}
	s, h := started(t, Defaults(), m)
	const large = `{"rows":[{"size":1,"colour":"red"},{"size":3.4e38,"colour":"red"}]}`
	const want = "want values that the model can compute with, found some as large in example 1 that its answer is no number"
	for path, body := range map[string]string{
		"/v1/classify": large, "/v1/encode": large,
		"/v2/models/classifier/infer": `{"inputs":[{"name":"rows","shape":[2,3],"datatype":"FP64","data":[1,0,1,-3.4e38,0,1]}]}`,
	} {
		status, _, answer := post(t, h.URL+path, body)
		if status != http.StatusBadRequest || !strings.Contains(string(answer), want) {
			t.Errorf("%s: found %d, %s", path, status, answer)
		}
	}
	noFault(t, s)
	if p := m.Usual.Percentile(-1, float32(math.NaN())); p != 0 {
		t.Errorf("want a bound that overflowed below all, found %g", p)
	}
}

// FuzzNothingAClientSendsIsAFault holds that whatever a client sends is answered or refused, and hurts nobody.
func FuzzNothingAClientSendsIsAFault(f *testing.F) {
	row := strings.TrimSuffix(strings.Repeat("0.5,", side*side), ",")
	f.Add("/v1/classify", `{"rows":[[`+row+`]],"usual":true}`, "")
	f.Add("/v1/classify", `{"bytes":[[`+row+`]]}`, "")
	f.Add("/v1/classify", `{"rows":[{"colour":"red","size":1e38},[1,"blue"],[1,0,null]]}`, "")
	f.Add("/v1/encode", `{"images":["aGVsbG8="]}`, "")
	f.Add("/v1/generate", `{"class":"a","n":3,"seed":-1,"sample":true}`, "")
	tensors := `{"id":"x","parameters":{"binary_data_output":true},"inputs":[{"name":"rows","shape":[1,4,4],"datatype":"UINT8",` +
		`"parameters":{"binary_data_size":16}}],"outputs":[{"name":"class","parameters":{"binary_data":false}}]}`
	f.Add("/v2/models/classifier/infer", tensors+strings.Repeat("\x01", 16), fmt.Sprint(len(tensors)))
	f.Add("/v2/models/classifier/infer", `{"inputs":[{"name":"rows","shape":[1,16],"datatype":"FP32","data":[[`+row+`]]}]}`, "")
	f.Add("/v2/models/encoder/versions/1/infer",
		`{"inputs":[{"name":"size","shape":[2],"datatype":"FP64","data":[1,null]},{"name":"colour","shape":[2,1],"datatype":"BYTES","data":["red",""]}]}`,
		"")
	f.Add("/v2/models/generator/infer",
		`{"inputs":[{"data":["a","c"],"name":"class","shape":[2],"datatype":"BYTES"},{"name":"seed","shape":[1],"datatype":"INT64","data":[7]}]}`,
		"3")
	var servers []*Server
	for _, m := range []*trained.Model{tiny(f), table(f, "error"), table(f, "mask")} {
		o := Defaults()
		o.RequestRows = 16
		s, _ := started(f, o, m)
		servers = append(servers, s)
	}
	f.Fuzz(func(t *testing.T, path, body, header string) {
		for _, s := range servers {
			r, err := http.NewRequest(http.MethodPost, "http://x/", strings.NewReader(body))
			must(t, err)
			r.URL.Path = path
			r.Header.Set(headerLength, header)
			w := newRecorder()
			s.ServeHTTP(w, r)
			if w.Code >= 500 || w.Code != http.StatusOK && w.Code/100 != 3 && !json.Valid(w.Body.Bytes()) {
				t.Errorf("found %d, %s", w.Code, w.Body)
			}
			if s.live() != nil || s.bodies.held.Load() != 0 || s.answers.held.Load() != 0 || len(s.decoding) != 0 {
				t.Errorf("found %v, %d bytes of bodies and %d of answers, %d being decoded", s.live(), s.bodies.held.Load(),
					s.answers.held.Load(), len(s.decoding))
			}
		}
	})
}
