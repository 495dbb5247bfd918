package server

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	dense "gorgonia.org/tensor"

	"ssdgm/model/trained"
)

// TestClassesAreToldWithHowUsualARowIs holds an answer to the model's own.
func TestClassesAreToldWithHowUsualARowIs(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	_, h := started(t, Defaults(), m)
	rows := examples(3, 2)
	status, header, answer := post(t, h.URL+"/v1/classify", asked(t, rows))
	if status != http.StatusOK || header.Get("Content-Type") != "application/json" || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Fatalf("found %d, %v, %s", status, header, answer)
	}
	one := apply(t, m, 1)[0].(*trained.Applied)
	p, err := one.Classify(t.Context(), rows)
	must(t, err)
	bounds, err := one.Bounds(t.Context(), rows)
	must(t, err)
	for i, found := range read[classified](t, answer).Results {
		best := argmax(p[i*classes:][:classes])
		overall, inClass := m.Usual.Percentile(-1, bounds[i]), m.Usual.Percentile(best, bounds[i])
		if found.Class != m.ClassNames[best] || found.Probability != p[i*classes+best] || len(found.Probabilities) != classes {
			t.Errorf("row %d: want %v, found %+v", i, p[i*classes:][:classes], found)
		}
		if math.Abs(*found.Usual-overall) > 0.01 || math.Abs(*found.UsualInClass-inClass) > 0.01 {
			t.Errorf("row %d: want %g and %g, found %g and %g", i, overall, inClass, *found.Usual, *found.UsualInClass)
		}
	}
}

// TestWhatIsNotKnownIsNotTold serves a model without percentiles, and one whose server is told not to tell.
func TestWhatIsNotKnownIsNotTold(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	m.Usual = nil
	for want, c := range map[string]struct {
		model *trained.Model
		no    bool
	}{
		"the model's file does not have": {m, false}, "this server was told not to": {tiny(t), true},
	} {
		o := Defaults()
		o.NoUsual = c.no
		_, h := started(t, o, c.model)
		body := asked(t, examples(0, 1))
		_, _, answer := post(t, h.URL+"/v1/classify", body)
		if found := read[classified](t, answer).Results; len(found) != 1 || found[0].Usual != nil {
			t.Errorf("found %s", answer)
		}
		status, _, answer := post(t, h.URL+"/v1/classify", strings.Replace(body, "{", `{"usual":true,`, 1))
		if status != http.StatusBadRequest || !strings.Contains(string(answer), want) {
			t.Errorf("want %q, found %d, %s", want, status, answer)
		}
	}
}

// TestWhatTheClientCanMendIsSaidInOneLine sends what is wrong.
func TestWhatTheClientCanMendIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.RequestRows = 2
	o.Picture = func([]byte) ([]float32, error) { return nil, fmt.Errorf("no picture") }
	_, h := started(t, o, tiny(t))
	row := strings.TrimSuffix(strings.Repeat("0.5,", side*side), ",")
	rows := func(all ...string) string { return `{"rows":[[` + strings.Join(all, "],[") + `]]}` }
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/v1/classify", "", 400, "the JSON breaks off; want one object"},
		{"/v1/classify", `{"rows":[[0.5`, 400, "the JSON breaks off; want one object"},
		{"/v1/classify", `[]`, 400, "the request: want an object, found a list"},
		{"/v1/classify", `{"rows":[[0.5}`, 400, "want JSON: "},
		{"/v1/classify", `{} {}`, 400, "want one object as JSON, found more behind it"},
		{"/v1/classify", `{"row":[]}`, 400, `the request: want bytes, images, rows, usual, found \"row\"`},
		{"/v1/classify", `{"rows":[],"rows":[]}`, 400, "want JSON: "},
		{"/v1/classify", "{\"rows\":[[\"\xff\"]]}", 400, "want JSON: "},
		{"/v1/classify", strings.Repeat("[", 1<<20), 400, "the request: want an object, found a list"},
		{"/v1/classify", `{"rows":` + strings.Repeat("[", 1<<20), 400, "want a number"},
		{"/v1/classify", `{}`, 400, "want at least 1 row, found none"},
		{"/v1/classify", `{"rows":[]}`, 400, "want at least 1 row, found none"},
		{"/v1/classify", `{"rows":[0.5]}`, 400, "rows[0]: want a list, found a number"},
		{"/v1/classify", `{"rows":[["0.5"]]}`, 400, "rows[0][0]: want a number, or null where it is missing, found a text"},
		{"/v1/classify", `{"rows":[[1e99]]}`, 400, "rows[0][0]: want a number of 32 bits, found 1e99"},
		{"/v1/classify", rows(row, "0.5"), 400, "rows[1]: want 16 values, as the model was trained on, found 1"},
		{"/v1/classify", rows(row + ",0.5"), 400, "rows[0]: want 16 values, as the model was trained on, found more"},
		{"/v1/classify", rows(strings.Replace(row, "0.5", "null", 1)), 400,
			"want pixels from 0 to 1, found NaN in example 0, place 0"},
		{"/v1/classify", rows(row, strings.Replace(row, "0.5", "128", 2)), 400,
			"want pixels from 0 to 1, found 128 in example 1, place 0; divide bytes by 255"},
		{"/v1/classify", rows(row, row, row), 413, "want at most 2 rows at once, found more; send fewer"},
		{"/v1/classify", `{"rows":[{"size":1}]}`, 400, "the model's values have no names"},
		{"/v1/classify", `{"usual":1}`, 400, "usual: want true or false, found a number"},
		{"/v1/classify", `{"images":[1]}`, 400, "images[0]: want a text, found a number"},
		{"/v1/classify", `{"images":["%"]}`, 400, "images[0]: want a PNG or a JPEG in base64: "},
		{"/v1/classify", `{"images":["aGVsbG8="]}`, 400, "images[0]: no picture"},
		{"/v1/classify", `{"bytes":[[256` + strings.Repeat(",0", side*side-1) + `]]}`, 400,
			"bytes[0][0]: want a whole number from 0 to 255, found 256"},
		{"/v1/classify", `{"bytes":[[0,0.5` + strings.Repeat(",0", side*side-2) + `]]}`, 400,
			"bytes[0][1]: want a whole number from 0 to 255, found 0.5"},
		{"/v1/encode", rows("0.5"), 400, "rows[0]: want 16 values"},
		{"/v1/generate", `{}`, 400, `class: want one of the model's classes, as /v1/model lists them, found \"\"`},
		{"/v1/generate", `{"class":"d"}`, 400, `found \"d\"`},
		{"/v1/generate", `{"class":1}`, 400, "class: want a text, found a number"},
		{"/v1/generate", `{"class":"a","n":3}`, 400, "n: want 1 to 2 examples, found 3"},
		{"/v1/generate", `{"class":"a","n":1.5}`, 400, "n: want a whole number of 64 bits, found 1.5"},
		{"/v1/generate", `{"class":"a","seed":"x"}`, 400, "seed: want a whole number, found a text"},
		{"/v1/nothing", `{}`, 404, "/v1/nothing: no such path"},
		{"/v1/model", `{}`, 405, "/v1/model: want GET, HEAD, found POST"},
	} {
		status, _, answer := post(t, h.URL+c.path, c.body)
		if status != c.status || !strings.Contains(string(answer), c.want) || !strings.HasPrefix(string(answer),
			`{"error":"`) ||
			strings.Count(string(answer), "\n") != 1 {
			t.Errorf("%s %.60q: want %d and %s, found %d, %s", c.path, c.body, c.status, c.want, status, answer)
		}
	}
	if status, _, answer := send(t, http.MethodPost, h.URL+"/v1/classify", strings.NewReader("x"),
		map[string]string{"Content-Encoding": "gzip"}); status != http.StatusUnsupportedMediaType {
		t.Errorf("found %d, %s", status, answer)
	}
	if status, header, _ := send(t, http.MethodGet, h.URL+"/v1/classify", nil,
		nil); status != http.StatusMethodNotAllowed || header.Get("Allow") != "POST" {
		t.Errorf("found %d, %v", status, header)
	}
}

// TestTablesAreTakenByName sends a row of a table by its names in another order, by their places, and as the model has
// its values.
func TestTablesAreTakenByName(t *testing.T) {
	t.Parallel()
	m := table(t, "error")
	_, h := started(t, Defaults(), m)
	want, err := apply(t, m, 1)[0].Classify(t.Context(), []float32{1.5, 0, 1})
	must(t, err)
	for row, note := range map[string]string{
		`{"Colour":"blue","size":1.5}`:                "",
		`{"colour":"blue","size":1.5,"id":"x"}`:       `column "id" is none of the model's: it is left out`,
		`[1.5,"blue"]`:                                "",
		`[1.5,0,1]`:                                   "",
		`{"size":1.5,"colour=red":0,"colour=blue":1}`: "",
	} {
		status, _, answer := post(t, h.URL+"/v1/classify", `{"rows":[`+row+`]}`)
		if status != http.StatusOK {
			t.Errorf("%s: found %d, %s", row, status, answer)
			continue
		}
		found := read[classified](t, answer)
		for k, name := range m.ClassNames {
			if math.Abs(float64(found.Results[0].Probabilities[name]-want[k])) > 1e-6 || found.Note != note {
				t.Errorf("%s: want %v and %q, found %+v", row, want, note, found)
			}
		}
	}
	for row, want := range map[string]string{
		`{"size":1}`:                   `rows[0]: want the columns that the model was trained on, found none called \"colour\"`,
		`{"size":1,"colour":"green"}`:  `rows[0]: column \"colour\": want one of \"red\", \"blue\", found \"green\"`,
		`{"size":"x","colour":"red"}`:  `rows[0]: column \"size\": want a number or null, found`,
		`{"size":[],"colour":"red"}`:   `rows[0][\"size\"]: want a number, a text or null, found a list`,
		`{"size":null,"colour":"red"}`: `rows[0]: column \"size\": want a value, found none`,
		`[1.5]`:                        `rows[0]: want 2 values, one of each column, found 1`,
		`[1.5,"red",2,3]`:              `rows[0]: want 2 values, one of each column, found 4`,
	} {
		status, _, answer := post(t, h.URL+"/v1/classify", `{"rows":[`+row+`]}`)
		if status != http.StatusBadRequest || !strings.Contains(string(answer), want) {
			t.Errorf("%s: want %s, found %d, %s", row, want, status, answer)
		}
	}
	_, masked := started(t, Defaults(), table(t, "mask"))
	for _, row := range []string{`{"size":null,"colour":"red"}`, `[null,"red"]`} {
		if status, _, answer := post(t, masked.URL+"/v1/classify", `{"rows":[`+row+`]}`); status != http.StatusOK {
			t.Errorf("%s: found %d, %s", row, status, answer)
		}
	}
}

// TestImagesAreRows sends an image in base64 beside the row of its pixels.
func TestImagesAreRows(t *testing.T) {
	t.Parallel()
	m, o := tiny(t), Defaults()
	o.Picture = func(content []byte) ([]float32, error) {
		img, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		var row []float32
		for _, v := range img.(*image.Gray).Pix {
			row = append(row, float32(v)/255)
		}
		return row, nil
	}
	_, h := started(t, o, m)
	img := image.NewGray(image.Rect(0, 0, side, side))
	var row, asBytes []string
	for i := range side * side {
		asBytes = append(asBytes, fmt.Sprint(i*16))
		img.Set(i%side, i/side, color.Gray{Y: uint8(i * 16)})
		row = append(row, fmt.Sprintf("%.9g", float32(i*16)/255))
	}
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	body := fmt.Sprintf(`{"images":[%q],"rows":[[%s]],"bytes":[[%s]]}`,
		base64.StdEncoding.EncodeToString(b.Bytes()), strings.Join(row, ","), strings.Join(asBytes, ","))
	status, _, answer := post(t, h.URL+"/v1/encode", body)
	if status != http.StatusOK {
		t.Fatalf("found %d, %s", status, answer)
	}
	if found := read[struct{ Latents [][]float32 }](t, answer).Latents; len(found) != 3 || !slices.Equal(found[1],
		found[2]) || !slices.Equal(found[0],
		found[1]) || len(found[0]) != 3 {
		t.Errorf("found %v", found)
	}
}

// TestExamplesAreDrawn holds rows to the model's own, and their picture to what draws it.
func TestExamplesAreDrawn(t *testing.T) {
	t.Parallel()
	m, o := tiny(t), Defaults()
	o.Draw = func(rows []float32) ([]byte, error) { return fmt.Appendf(nil, "%d values", len(rows)), nil }
	_, h := started(t, o, m)
	status, _, answer := post(t, h.URL+"/v1/generate", `{"class":"b","n":3,"seed":7}`)
	if status != http.StatusOK {
		t.Fatalf("found %d, %s", status, answer)
	}
	found := read[struct {
		Class string
		Seed  int64
		Rows  [][]float32
	}](t, answer)
	want, err := m.Generate(t.Context(), 1, 3, 7)
	must(t, err)
	if found.Class != "b" || found.Seed != 7 || !slices.Equal(slices.Concat(found.Rows...), values(want)) {
		t.Errorf("want %v, found %+v", want, found)
	}
	status, header, answer := send(t, http.MethodPost, h.URL+"/v1/generate", strings.NewReader(`{"class":"b","n":3}`),
		map[string]string{"Accept": "image/png"})
	if status != http.StatusOK || header.Get("Content-Type") != "image/png" || string(answer) != "48 values" {
		t.Errorf("found %d, %v, %s", status, header, answer)
	}
	alone, h := started(t, Defaults(), tiny(t, "model=m1"))
	if status, _, answer := post(t, h.URL+"/v1/generate", `{"n":2}`); status != http.StatusOK || alone.classifies() {
		t.Errorf("an M1: found %d, %s", status, answer)
	}
	for path, body := range map[string]string{"/v1/classify": asked(t, examples(0, 1)),
		"/v2/models/classifier/infer": `{}`} {
		if status, _, answer := post(t, h.URL+path, body); status != http.StatusNotFound {
			t.Errorf("an M1, %s: found %d, %s", path, status, answer)
		}
	}
	if status, _, answer := send(t, http.MethodPost, h.URL+"/v1/generate", strings.NewReader(`{}`),
		map[string]string{"Accept": "image/png"}); status != http.StatusNotAcceptable {
		t.Errorf("without a picture: found %d, %s", status, answer)
	}
}

func values(x *dense.Dense) []float32 { return x.Data().([]float32) }

// TestTheModelIsDescribed holds what a client has to know.
func TestTheModelIsDescribed(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	m.Temperature = &trained.Temperature{Value: 1.5, Examples: 10}
	_, h := started(t, Defaults(), m)
	_, _, answer := send(t, http.MethodGet, h.URL+"/v1/model", nil, nil)
	want := `{"model":"m1m2","models":1,"inputs":16,"shape":[4,4],"input":"pixels","missing":"error","classes":["a","b","c"],` +
		`"latents":3,"temperature":1.5,"usual":true,"generates":true,"names":["classifier","encoder","generator"]}` + "\n"
	if string(answer) != want {
		t.Errorf("want %s, found %s", want, answer)
	}
	_, h = started(t, Defaults(), table(t, "mask"))
	_, _, answer = send(t, http.MethodGet, h.URL+"/v1/model", nil, nil)
	if want := `"inputs":3,"columns":["size","colour=red","colour=blue"],"input":`; !strings.Contains(string(answer),
		want) {
		t.Errorf("want %s, found %s", want, answer)
	}
}

// TestMetricsCount holds the metrics after a request that is answered and one that is refused.
func TestMetricsCount(t *testing.T) {
	t.Parallel()
	_, h := started(t, Defaults(), tiny(t))
	post(t, h.URL+"/v1/classify", asked(t, examples(0, 3)))
	post(t, h.URL+"/v1/classify", `{}`)
	post(t, h.URL+"/secret", `{}`)
	_, _, answer := send(t, http.MethodGet, h.URL+"/metrics", nil, nil)
	for _, want := range []string{
		`ssdgm_http_requests_total{code="200",route="POST /v1/classify"} 1`,
		`ssdgm_http_requests_total{code="400",route="POST /v1/classify"} 1`,
		`ssdgm_http_requests_total{code="404",route="none"} 1`,
		`ssdgm_http_request_duration_seconds_count{route="POST /v1/classify"} 2`,
		`ssdgm_rows_total{answer="probabilities"} 3`, `ssdgm_batch_rows_sum 3`, `ssdgm_queue_rows 0`,
		`ssdgm_queue_rows_limit 8192`,
		`ssdgm_http_requests_in_flight 0`, `ssdgm_ready 1`, `go_goroutines`, `process_open_fds`,
	} {
		if !strings.Contains(string(answer), "\n"+want) {
			t.Errorf("want %s, found none of it", want)
		}
	}
	if strings.Contains(string(answer), "secret") {
		t.Error("want no path of a client's in the metrics")
	}
}
