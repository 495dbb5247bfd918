package trained

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"ssdgm/model/trained/onnx"
	"ssdgm/model/trained/onnx/onnxtest"
)

// requireClose holds that two arrays are equal within the rounding of float32.
func requireClose(t *testing.T, name string, want, found []float64) {
	t.Helper()
	if len(want) != len(found) {
		t.Fatalf("%s: want %d values, found %d", name, len(want), len(found))
	}
	worst, norm := 0.0, 0.0
	for i := range want {
		if math.IsNaN(want[i]) != math.IsNaN(found[i]) {
			t.Fatalf("%s: want %g at place %d, found %g", name, want[i], i, found[i])
		}
		if !math.IsNaN(want[i]) {
			worst, norm = max(worst, math.Abs(want[i]-found[i])), max(norm, math.Abs(want[i]))
		}
	}
	if !(worst <= 1e-6*max(1, norm)) {
		t.Errorf("%s: differs by %g, of values up to %g", name, worst, norm)
	}
}

func TestONNXFilesComputeWhatInferenceDoes(t *testing.T) {
	for _, e := range exportCases() {
		c := e.build(t)
		names := map[string]bool{}
		for _, n := range c.model.ONNX() {
			names[n.Name] = true
			given := map[string]onnxtest.Value{}
			for name, f := range c.given[n.Name] {
				given[name] = f.value()
			}
			outputs, err := onnxtest.Run(n.File, given)
			if err != nil {
				t.Fatalf("%s, %s: %v", e.name, n.Name, err)
			}
			for output, want := range c.want[n.Name] {
				requireClose(t, fmt.Sprintf("%s, %s: %s", e.name, n.Name, output), want, outputs[output].Data)
			}
			if len(outputs) != len(c.want[n.Name]) {
				t.Errorf("%s, %s: want %d outputs, found %d", e.name, n.Name, len(c.want[n.Name]), len(outputs))
			}
		}
		if len(names) != len(c.want) {
			t.Errorf("%s: want networks %v, found %v", e.name, slices.Sorted(maps.Keys(c.want)), names)
		}
	}
}

// Bytes are no floats: who divides them by 255 first has floats, and a runtime refuses these.
func TestNetworksOfImagesTakeBytes(t *testing.T) {
	for _, e := range exportCases() {
		c := e.build(t)
		for _, n := range c.model.ONNX() {
			if n.Name == "decoder" {
				continue
			}
			want := onnxtest.Declaration{Element: int(onnx.Float32), Shape: []int{-1, c.model.Inputs}}
			name := onnxValues
			if c.model.Input.Image() {
				want.Element, name = int(onnx.Uint8), onnxBytes
			}
			found, ok := onnxtest.Inputs(n.File)[name]
			if !ok || found.Element != want.Element || !slices.Equal(found.Shape, want.Shape) {
				t.Errorf("%s, %s: want the input %s, %v, found %v", e.name, n.Name, name, want, onnxtest.Inputs(n.File))
			}
		}
	}
}

func TestNetworksSayWhatTheyTakeAndGive(t *testing.T) {
	for _, e := range exportCases() {
		if e.name != "standard" && e.name != "pixels-standard" {
			continue
		}
		c := e.build(t)
		c.model.Usual = &Usual{}
		for _, n := range c.model.ONNX() {
			metadata := onnxtest.Metadata(n.File)
			want := map[string]string{
				"class_names": `["a rose","ein Löwe","x\ny"]`, "transformation": "standard",
				"columns": `["age","site=left","site=right","site=both","income"]`,
			}
			if e.name != "standard" {
				delete(want, "columns")
				want["temperature"] = `{"temperature":1.75,"examples":100}`
			}
			for key, value := range want {
				if metadata[key] != value {
					t.Errorf("%s, %s: want %s as %q, found %s", e.name, n.Name, value, key, metadata[key])
				}
			}
			if _, ok := metadata["usual"]; ok || len(metadata["config"]) == 0 {
				t.Errorf("%s, %s: want a configuration and no percentiles, whose tensor is not there", e.name, n.Name)
			}
		}
	}
}

func TestExportsNameTheNetworks(t *testing.T) {
	for _, e := range exportCases() {
		want, ok := map[string]string{
			"m1": "onnx (encoder and decoder)", "m2": "onnx (classifier, encoder and decoder)",
			"m1m2":       "onnx (classifier, encoder, styles and decoder)",
			"supervised": "onnx (classifier)", "cnn": "onnx (classifier)", "m1knn": "onnx (encoder and decoder)",
		}[e.name]
		l := lcg(1)
		if found := e.model(t, &l).Exports(); ok && !slices.Equal(found, []string{"safetensors", "npy", want}) {
			t.Errorf("%s: want %s, found %v", e.name, want, found)
		}
	}
}

var writeONNX = flag.String("onnx", "",
	"write the exported networks and their input into this `folder`, for testdata/onnxruntime_golden.py")

// golden is what onnxruntime made of the networks. It is made anew by
//
//	go test ./model/trained -run ONNX -onnx FOLDER &&
//	python model/trained/testdata/onnxruntime_golden.py FOLDER > model/trained/testdata/onnxruntime.json
type golden struct {
	ONNXRuntime string `json:"onnxruntime"`
	Networks    map[string]struct {
		SHA256  string                `json:"sha256"`
		Outputs map[string][]*float64 `json:"outputs"` // nil is NaN
	} `json:"networks"`
}

// TestONNXFilesAreThoseThatONNXRuntimeRan compares each file's bytes with those that
// onnxruntime ran when the golden values were made, and its results with inference. With
// SSDGM_ONNX_PYTHON, a Python that has onnxruntime, it runs them now. There too onnxruntime
// refuses inputs of another type or width, and labels that are none.
func TestONNXFilesAreThoseThatONNXRuntimeRan(t *testing.T) {
	dir := *writeONNX
	if dir == "" {
		dir = t.TempDir()
	}
	files, results := map[string][]byte{}, map[string]map[string][]float64{}
	for _, e := range exportCases() {
		c := e.build(t)
		// Without metadata: a new key of the configuration is no new network.
		for _, n := range c.model.networks(onnx.About{}) {
			name := e.name + "-" + n.Name
			files[name], results[name] = n.File, c.want[n.Name]
			for suffix, content := range map[string][]byte{".onnx": n.File, ".json": c.json(t, n.Name)} {
				if err := os.WriteFile(filepath.Join(dir, name+suffix), content, 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	text, err := os.ReadFile("testdata/onnxruntime.json")
	if python := os.Getenv("SSDGM_ONNX_PYTHON"); python != "" {
		text, err = exec.Command(python, "testdata/onnxruntime_golden.py", dir).Output()
	}
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&g); err != nil {
		t.Fatal(err)
	}
	for name, file := range files {
		sum := sha256.Sum256(file)
		if g.Networks[name].SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: not the file that onnxruntime %s ran; run it again, as golden says", name, g.ONNXRuntime)
			continue
		}
		for output, want := range results[name] {
			found := make([]float64, 0, len(want))
			for _, v := range g.Networks[name].Outputs[output] {
				if v == nil {
					found = append(found, math.NaN())
				} else {
					found = append(found, *v)
				}
			}
			requireClose(t, name+": "+output, want, found)
		}
	}
	if len(g.Networks) != len(files) {
		t.Errorf("want %d networks, found %d", len(files), len(g.Networks))
	}
}
