package server

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ssdgm/model/trained"
)

// inferred is an answer of the open inference protocol.
type inferred struct {
	ModelName    string `json:"model_name"`
	ModelVersion string `json:"model_version"`
	ID           string
	Outputs      []struct {
		Name, Datatype string
		Shape          []int
		Parameters     *struct {
			Size int `json:"binary_data_size"`
		}
		Data json.RawMessage
	}
}

// unpacked reads an answer; its outputs' values are numbers, or texts.
func unpacked(t *testing.T, header http.Header, answer []byte) (inferred, map[string]any) {
	t.Helper()
	text, behind := answer, []byte(nil)
	if length := header.Get("Inference-Header-Content-Length"); length != "" {
		n, err := strconv.Atoi(length)
		must(t, err)
		text, behind = answer[:n], answer[n:]
	}
	found, all := read[inferred](t, text), map[string]any{}
	for _, o := range found.Outputs {
		into := map[string]any{typeFloat32: &[]float32{}, typeInt64: &[]int64{}, typeBytes: &[]string{},
			typeUint8: &[]uint16{}}[o.Datatype]
		if o.Parameters == nil {
			must(t, json.Unmarshal(o.Data, into))
		} else {
			content := behind[:o.Parameters.Size]
			behind = behind[o.Parameters.Size:]
			switch into := into.(type) {
			case *[]float32:
				*into = make([]float32, len(content)/4)
				_, err := binary.Decode(content, binary.LittleEndian, *into)
				must(t, err)
			case *[]int64:
				*into = make([]int64, len(content)/8)
				_, err := binary.Decode(content, binary.LittleEndian, *into)
				must(t, err)
			case *[]uint16:
				for _, v := range content {
					*into = append(*into, uint16(v))
				}
			case *[]string:
				for len(content) > 0 {
					n := binary.LittleEndian.Uint32(content)
					*into, content = append(*into, string(content[4:4+n])), content[4+n:]
				}
			}
		}
		switch into := into.(type) {
		case *[]float32:
			all[o.Name] = *into
		case *[]int64:
			all[o.Name] = *into
		case *[]uint16:
			all[o.Name] = *into
		case *[]string:
			all[o.Name] = *into
		}
	}
	if len(behind) > 0 {
		t.Errorf("%d bytes of no output", len(behind))
	}
	return found, all
}

// TestTritonclientsRequestsAreAnswered sends what tritonclient sends, see testdata/tritonclient_golden.py.
func TestTritonclientsRequestsAreAnswered(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	_, h := started(t, Defaults(), m)
	one := apply(t, m, 1)[0].(*trained.Applied)
	rows, pixels := make([]float32, 2*side*side), make([]float32, 2*side*side)
	for i := range rows {
		rows[i], pixels[i] = float32(i)/31, float32(8*i)/255
	}
	var golden []struct {
		Name, Model, Body string
		Header            *int
	}
	text, err := os.ReadFile("testdata/tritonclient.json")
	must(t, err)
	must(t, json.Unmarshal(text, &golden))
	for _, g := range golden {
		body, err := base64.StdEncoding.DecodeString(g.Body)
		must(t, err)
		header := map[string]string{}
		if g.Header != nil {
			header["Inference-Header-Content-Length"] = fmt.Sprint(*g.Header)
		}
		status, got, answer := send(t, http.MethodPost, h.URL+"/v2/models/"+g.Model+"/infer", bytes.NewReader(body), header)
		if status != http.StatusOK {
			t.Errorf("%s: found %d, %s", g.Name, status, answer)
			continue
		}
		found, all := unpacked(t, got, answer)
		if found.ID != g.Name || found.ModelName != g.Model || found.ModelVersion != "1" {
			t.Errorf("%s: found %+v", g.Name, found)
		}
		x := rows
		if g.Name == "bytes of images" {
			x = pixels
		}
		switch g.Model {
		case "classifier":
			want, err := one.Classify(t.Context(), x)
			must(t, err)
			best := argmax(want[classes:])
			if p := all["probabilities"].([]float32); off(p, want) > 1e-6 || all["class"].([]string)[1] != m.ClassNames[best] {
				t.Errorf("%s: want %v, found %v", g.Name, want, all)
			}
			if labels, ok := all["label"].([]int64); ok && labels[1] != int64(best) {
				t.Errorf("%s: want %d, found %v", g.Name, best, labels)
			}
		case "encoder":
			want, err := one.Encode(t.Context(), x)
			must(t, err)
			if found := all["latents"].([]float32); off(found, want) > 1e-6 {
				t.Errorf("%s: want %v, found %v", g.Name, want, found)
			}
		case "generator":
			a, err := m.Generate(t.Context(), 0, 1, 7)
			must(t, err)
			b, err := m.Generate(t.Context(), 1, 2, 7)
			must(t, err)
			want := slices.Concat(values(b)[:side*side], values(a), values(b)[side*side:])
			if found := all["rows"].([]float32); !slices.Equal(found, want) {
				t.Errorf("%s: want %v, found %v", g.Name, want, found)
			}
			if bytes, ok := all["pixels"].([]uint16); ok && (math.Abs(float64(bytes[3])-255*float64(want[3])) > 0.5 || len(bytes) != len(want)) {
				t.Errorf("%s: found %v", g.Name, bytes)
			}
		}
	}
}

// off is the largest difference of two arrays.
func off(a, b []float32) (most float64) {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		most = max(most, math.Abs(float64(a[i]-b[i])))
	}
	return most
}

// TestTheProtocolsPathsAreThere holds the answers that tell of the server and of its models.
func TestTheProtocolsPathsAreThere(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.Version = "7"
	_, h := started(t, o, tiny(t))
	for path, want := range map[string]string{
		"/v2":                                 `{"name":"ssdgm","version":"7","extensions":["binary_tensor_data"]}`,
		"/v2/health/live":                     `{"live":true}`,
		"/v2/health/ready":                    `{"ready":true}`,
		"/healthz":                            `{"live":true}`,
		"/readyz":                             `{"ready":true}`,
		"/v2/models/encoder/ready":            `{"name":"encoder","ready":true}`,
		"/v2/models/encoder/versions/1/ready": `{"name":"encoder","ready":true}`,
		"/v2/models/encoder/versions/1":       `{"name":"encoder","versions":["1"],"platform":"ssdgm","inputs":[{"name":"rows","datatype":"FP32","shape":[-1,16]}],"outputs":[{"name":"latents","datatype":"FP32","shape":[-1,3]}]}`,
		"/v2/models/generator":                `{"name":"generator","versions":["1"],"platform":"ssdgm","inputs":[{"name":"class","datatype":"BYTES","shape":[-1]},{"name":"seed","datatype":"INT64","shape":[1]}],"outputs":[{"name":"rows","datatype":"FP32","shape":[-1,16]},{"name":"pixels","datatype":"UINT8","shape":[-1,4,4]}]}`,
		"/v2/models/classifier":               `{"name":"classifier","versions":["1"],"platform":"ssdgm","inputs":[{"name":"rows","datatype":"FP32","shape":[-1,16]}],"outputs":[{"name":"class","datatype":"BYTES","shape":[-1]},{"name":"label","datatype":"INT64","shape":[-1]},{"name":"probabilities","datatype":"FP32","shape":[-1,3]},{"name":"usual","datatype":"FP32","shape":[-1]},{"name":"usual_in_class","datatype":"FP32","shape":[-1]}]}`,
	} {
		status, _, answer := send(t, http.MethodGet, h.URL+path, nil, nil)
		if status != http.StatusOK || string(answer) != want+"\n" {
			t.Errorf("%s: want %s, found %d, %s", path, want, status, answer)
		}
	}
	for path, want := range map[string]string{
		"/v2/models/mnist":              "want one of the models classifier, encoder, generator, found",
		"/v2/models/encoder/versions/2": "model encoder: want the version 1, found",
		"/v2/models/encoder/nothing":    "no such path",
	} {
		status, _, answer := send(t, http.MethodGet, h.URL+path, nil, nil)
		if status != http.StatusNotFound || !strings.Contains(string(answer), want) {
			t.Errorf("%s: want %s, found %d, %s", path, want, status, answer)
		}
	}
}

// infer sends tensors whose header is a text, and bytes behind it.
func infer(t *testing.T, url, model, text string, behind []byte) (int, http.Header, []byte) {
	t.Helper()
	header := map[string]string{}
	if behind != nil {
		header["Inference-Header-Content-Length"] = fmt.Sprint(len(text))
	}
	return send(t, http.MethodPost, url+"/v2/models/"+model+"/infer", io.MultiReader(strings.NewReader(text),
		bytes.NewReader(behind)), header)
}

// TestTensorsThatDoNotFitAreRefused sends what is wrong.
func TestTensorsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.RequestRows = 4
	_, h := started(t, o, tiny(t))
	zeros := "[" + strings.TrimSuffix(strings.Repeat("0,", side*side), ",") + "]"
	input := func(shape, datatype, data string) string {
		return fmt.Sprintf(`{"inputs":[{"name":"rows","shape":%s,"datatype":%q,"data":%s}]}`, shape, datatype, data)
	}
	sized := func(shape, datatype string, size int) string {
		return fmt.Sprintf(`{"inputs":[{"name":"rows","shape":%s,"datatype":%q,"parameters":{"binary_data_size":%d}}]}`,
			shape, datatype, size)
	}
	for _, c := range []struct {
		model, text string
		behind      []byte
		want        string
	}{
		{"classifier", `{}`, nil, "want inputs, found none"},
		{"classifier", `{"inputs":{}}`, nil, "inputs: want a list, found an object"},
		{"classifier", `{"inputs":[{"name":"x","shape":[1,16],"datatype":"FP32","data":` + zeros + `}]}`, nil,
			`want the input \"rows\", found \"x\"`},
		{"classifier", input("[1,16]", "FP32", "[1]"), nil, `input \"rows\": want 16 values, as its shape says, found 1`},
		{"classifier", input("[1,15]", "FP32", zeros), nil, `want 15 values, as its shape says, found more`},
		{"classifier", input("[1,16]", "FP32", "3"), nil, `want its data in a list, found a number`},
		{"classifier", input("[1,16]", "FP32", "[[["+zeros), nil, `found lists in lists deeper`},
		{"classifier", input("[1,16]", "FP16", zeros), nil,
			`want the datatype BYTES, FP32, FP64, INT32, INT64, UINT8, found \"FP16\"`},
		{"classifier", input("[16]", "FP32", zeros), nil, `want the shape [n, 16], or [n, 4, 4], found [16]`},
		{"classifier", input("[0,16]", "FP32", "[]"), nil, `want a shape of sides from 1 on, found [0, 16]`},
		{"classifier", input("[-1,16]", "FP32", zeros), nil, `want a shape of sides from 1 on, found [-1, 16]`},
		{"classifier", input("[]", "FP32", zeros), nil, `want a shape, found none`},
		{"classifier", input("[99999999999,99999999999,16]", "FP32", zeros), nil, `want a shape of at most 64 values`},
		{"classifier", input("[1,16]", "UINT8", strings.Replace(zeros, "0", "256", 1)), nil,
			`want values of UINT8, found 256`},
		{"classifier", input("[1,16]", "INT64", strings.Replace(zeros, "0", "0.5", 1)), nil,
			`want values of INT64, found 0.5`},
		{"classifier", input("[1,16]", "FP32", strings.Replace(zeros, "0", "255", 1)), nil, `divide bytes by 255`},
		{"classifier", input("[1,16]", "FP32", strings.Replace(zeros, "0", "null", 1)), nil,
			`want pixels from 0 to 1, found NaN`},
		{"classifier", input("[1,16]", "BYTES", strings.ReplaceAll(zeros, "0", `"x"`)), nil, `want numbers, found BYTES`},
		{"classifier", `{"inputs":[{"name":"rows","shape":[1,16],"datatype":"FP32"}]}`, nil,
			`want either data or the parameter binary_data_size, found neither`},
		{"classifier", sized("[1,16]", "FP32", 64), []byte("xx"),
			`want 64 bytes behind the JSON, as its binary_data_size says, found 2`},
		{"classifier", sized("[1,16]", "FP32", 2), []byte("xx"), `want the bytes of 16 values of FP32`},
		{"classifier", sized("[1,16]", "UINT8", 16), make([]byte, 17), `found 1 more`},
		{"classifier", strings.TrimSuffix(input("[1,16]", "FP32", zeros), "}") + `,"outputs":[{"name":"logits"}]}`, nil,
			`outputs: want class, label, probabilities, usual, usual_in_class, found \"logits\"`},
		{"classifier", strings.TrimSuffix(input("[1,16]", "FP32", zeros),
			"}") + `,"outputs":[{"name":"class"},{"name":"class"}]}`, nil, `outputs: want each once, found \"class\" again`},
		{"classifier", input("[1,1,1,1,1,1,1,1,16]", "FP32", zeros), nil, `want a shape of at most 8 sides, found more`},
		{"classifier", strings.TrimSuffix(input("[1,16]", "FP32", zeros),
			"}") + `,"outputs":[{"name":"class","parameters":{"classification":3}}]}`, nil, `classification is not known here`},
		{"classifier", `{"inputs":[{"name":"rows","shape":[1,16],"datatype":"FP32","parameters":{"shared_memory_region":"x"}}]}`, nil, `want its data in the request`},
		{"generator", `{"inputs":[{"name":"class","shape":[1],"datatype":"BYTES","data":["d"]}]}`, nil,
			`want one of the model's classes`},
		{"generator", `{"inputs":[{"name":"class","shape":[1],"datatype":"INT64","data":[3]}]}`, nil, `want 0 to 2, found 3`},
		{"generator", `{"inputs":[{"name":"class","shape":[1],"datatype":"FP32","data":[1]}]}`, nil,
			`want the names of classes, BYTES, or their numbers, INT64, found FP32`},
		{"generator", `{"inputs":[{"name":"seed","shape":[1],"datatype":"INT64","data":[3]}]}`, nil,
			`want the input \"class\"`},
		{"generator", `{"inputs":[{"name":"class","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"seed","shape":[2],"datatype":"INT64","data":[3,4]}]}`, nil, `want one whole number`},
		{"generator", `{"inputs":[{"name":"class","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]}`,
			[]byte("\xff\xff\xff\xffa"), `want the bytes of 1 values of BYTES`},
	} {
		status, _, answer := infer(t, h.URL, c.model, c.text, c.behind)
		if status != http.StatusBadRequest || !strings.Contains(string(answer), c.want) {
			t.Errorf("%s: want %s, found %d, %s", c.text, c.want, status, answer)
		}
	}
	if status, _, answer := infer(t, h.URL, "classifier", input("[5,16]", "FP32", zeros),
		nil); status != http.StatusBadRequest {
		t.Errorf("found %d, %s", status, answer)
	}
	status, _, answer := send(t, http.MethodPost, h.URL+"/v2/models/classifier/infer", strings.NewReader("{}"),
		map[string]string{"Inference-Header-Content-Length": "3"})
	if status != http.StatusBadRequest || !strings.Contains(string(answer),
		"want a number of bytes, up to the 2 of the body") {
		t.Errorf("found %d, %s", status, answer)
	}
}

// TestDataMayStandBeforeItsShape sends a tensor's members in another order, and nested as its shape is.
func TestDataMayStandBeforeItsShape(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	_, h := started(t, Defaults(), m)
	row := "[" + strings.TrimSuffix(strings.Repeat("[0.5,0.5,0.5,0.5],", side), ",") + "]"
	status, header, answer := infer(t, h.URL, "classifier",
		`{"parameters":{"priority":3},"inputs":[{"data":[`+row+`],"datatype":"FP32","shape":[1,4,4],"name":"rows"}]}`, nil)
	if status != http.StatusOK {
		t.Fatalf("found %d, %s", status, answer)
	}
	want, err := apply(t, m, 1)[0].Classify(t.Context(), slices.Repeat([]float32{0.5}, side*side))
	must(t, err)
	if _, all := unpacked(t, header, answer); off(all["probabilities"].([]float32), want) > 1e-6 {
		t.Errorf("want %v, found %v", want, all)
	}
}

// TestColumnsAreTensorsOfTheirOwn sends a table so.
func TestColumnsAreTensorsOfTheirOwn(t *testing.T) {
	t.Parallel()
	m := table(t, "error")
	_, h := started(t, Defaults(), m)
	status, header, answer := infer(t, h.URL, "classifier",
		`{"inputs":[{"name":"colour","datatype":"BYTES","shape":[2],"data":["blue","red"]},`+
			`{"name":"size","datatype":"FP64","shape":[2,1],"data":[1.5,-2]}],"outputs":[{"name":"probabilities"}]}`, nil)
	if status != http.StatusOK {
		t.Fatalf("found %d, %s", status, answer)
	}
	want, err := apply(t, m, 1)[0].Classify(t.Context(), []float32{1.5, 0, 1, -2, 1, 0})
	must(t, err)
	if _, all := unpacked(t, header, answer); off(all["probabilities"].([]float32), want) > 1e-6 || len(all) != 1 {
		t.Errorf("want %v, found %v", want, all)
	}
	status, _, answer = infer(t, h.URL, "classifier",
		`{"inputs":[{"name":"colour","datatype":"BYTES","shape":[1],"data":["blue"]},`+
			`{"name":"size","datatype":"FP64","shape":[2],"data":[1.5,-2]}]}`, nil)
	if status != http.StatusBadRequest || !strings.Contains(string(answer),
		`input \"size\": want all rows as input \"rows\" [1, 3], or a column as [1] or [1, 1], found [2]`) {
		t.Errorf("found %d, %s", status, answer)
	}
}
