package trained

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/configs"
	"ssdgm/engine/ref"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/onnx/onnxtest"
)

// exported are models with every kind of layer that an ONNX file can hold.
var exported = []struct {
	name string
	sets []string
}{
	{"m1", []string{"model=m1", "m1.activation=softplus", "m1.hidden=[7, 5]"}},
	{"m2", []string{"model=m2", "m2.activation=relu", "m2.hidden=[6, 4]", "m2.classifier_hidden=[5]"}},
	{"m2-linear", []string{"model=m2", "m2.activation=tanh", "m2.hidden=[6]", "m2.classifier_hidden=[]"}},
	{"m1m2", []string{"model=m1m2", "m1.activation=tanh", "m2.activation=softplus", "m2.classifier_hidden=[5, 4]"}},
	{"m1-silu", []string{"model=m1", "m1.activation=silu", "m1.hidden=[7, 5]"}},
	{"m2-gelu", []string{"model=m2", "m2.activation=gelu", "m2.hidden=[6, 4]", "m2.classifier_hidden=[5]"}},
	{"supervised", []string{"model=supervised", "supervised.activation=relu", "supervised.hidden=[8]"}},
}

// exportedModel is one of them on images of 4×4 in 3 classes, and some images. Its parameters
// come from whole numbers alone, so that they are the same everywhere.
func exportedModel(t *testing.T, sets []string) (*Model, *Set) {
	t.Helper()
	c, _, err := configs.Parse("exported", nil, append([]string{
		"yardstick=false", "m1.latents=4", "m2.latents=2", "eval.batch_size=4",
		"m1.train.steps=1", "m2.train.steps=1", "supervised.train.steps=1",
	}, sets...))
	if err != nil {
		t.Fatal(err)
	}
	trained := New(c, Size{Inputs: 16, Height: 4, Width: 4, Classes: 3})
	if c.Model == "m1m2" {
		trained.Keep([]int{0, 2, 3})
	}
	state := uint32(1)
	next := func() float32 {
		state = state*1664525 + 1013904223
		return float32(state>>16)/(1<<15) - 1
	}
	for _, p := range trained.Parts() {
		*p.Values = make([]float32, p.Layout.Size)
		for i := range *p.Values {
			(*p.Values)[i] = next()
		}
	}
	set := &Set{Name: "exported", N: 9, Inputs: 16, Classes: 3, Bytes: make([]uint8, 9*16), Labels: make([]uint8, 9)}
	for i := range set.Bytes {
		set.Bytes[i] = uint8(128 + 127*next())
	}
	return trained, set
}

// inputs are a set's images as a network's input.
func inputs(set *Set) onnxtest.Value {
	v := onnxtest.Value{Shape: []int{set.N, set.Inputs}}
	for _, p := range set.Bytes {
		v.Data = append(v.Data, float64(float32(p)/255))
	}
	return v
}

// inferred is what the program's own inference makes of a set, by the names of the networks'
// outputs.
func inferred(t *testing.T, trained *Model, set *Set) map[string][]float64 {
	t.Helper()
	dev := ref.New[float32](1)
	defer dev.Close()
	on, ctx := trained.On(dev), context.Background()
	found := map[string][]float64{}
	wide := func(name string, values []float32) {
		for _, v := range values {
			found[name] = append(found[name], float64(v))
		}
	}
	x := arrayOf(set)
	if trained.M1 != nil || trained.M2 != nil {
		z, err := on.Encode(ctx, x)
		if err != nil {
			t.Fatal(err)
		}
		wide(onnxMean, z.Data().([]float32))
	}
	if trained.M1 != nil {
		e := infer.NewEncoder(dev, trained.M1, trained.M1Values, infer.Input{Rows: trained.rowsOf(set, new(error)), Width: 16}, 4)
		e.Each(infer.Sequence(set.N), func(_ int, stats []float32) {
			for row := 0; row < len(stats); row += 2 * trained.M1.Latents {
				wide(onnxLogvar, stats[row+trained.M1.Latents:][:trained.M1.Latents])
			}
		})
	} else if trained.M2 != nil {
		logvars, labels, err := headsSwapped(trained).On(dev).Styles(ctx, x)
		if err != nil {
			t.Fatal(err)
		}
		wide(onnxLogvar, logvars.Data().([]float32))
		for _, y := range labels {
			found[onnxLabel] = append(found[onnxLabel], float64(y))
		}
	}
	if trained.Config.Model == "m1" {
		return found
	}
	p, err := on.Classify(ctx, x)
	if err != nil {
		t.Fatal(err)
	}
	wide(onnxProbabilities, p.Data().([]float32))
	return found
}

// arrayOf is a set's images as an array.
func arrayOf(set *Set) *tensor.Dense {
	x := make([]float32, len(set.Bytes))
	for i, b := range set.Bytes {
		x[i] = float32(b) / 255
	}
	return dense(x, set.N, set.Inputs)
}

// headsSwapped is an M2 whose mean is the given one's logvar.
func headsSwapped(t *Model) *Model {
	swapped := *t
	swapped.M2Values = slices.Clone(t.M2Values)
	for _, kind := range []string{"weight", "bias"} {
		mean, _ := t.M2.Find("m2.encoder.mean." + kind)
		logvar, _ := t.M2.Find("m2.encoder.logvar." + kind)
		copy(swapped.M2Values[mean.Offset:][:mean.Len()], t.M2Values[logvar.Offset:])
	}
	return &swapped
}

// requireClose holds that two arrays are equal within the rounding of float32.
func requireClose(t *testing.T, name string, want, found []float64) {
	t.Helper()
	if len(want) != len(found) {
		t.Fatalf("%s: want %d values, found %d", name, len(want), len(found))
	}
	worst, norm := 0.0, 0.0
	for i := range want {
		worst, norm = max(worst, math.Abs(want[i]-found[i])), max(norm, math.Abs(want[i]))
	}
	if !(worst <= 4e-6*max(1, norm)) {
		t.Errorf("%s: differs by %g, of values up to %g", name, worst, norm)
	}
}

func TestONNXFilesComputeWhatInferenceDoes(t *testing.T) {
	for _, m := range exported {
		trained, set := exportedModel(t, m.sets)
		want, compared := inferred(t, trained, set), 0
		for _, n := range trained.ONNX() {
			outputs, err := onnxtest.Run(n.File, inputs(set))
			if err != nil {
				t.Fatal(err)
			}
			for name, v := range outputs {
				requireClose(t, fmt.Sprintf("%s, %s: %s", m.name, n.Name, name), want[name], v.Data)
				compared++
			}
		}
		if compared != len(want) {
			t.Errorf("%s: want %d outputs, found %d", m.name, len(want), compared)
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
		SHA256  string               `json:"sha256"`
		Outputs map[string][]float64 `json:"outputs"`
	} `json:"networks"`
}

// TestONNXFilesAreThoseThatONNXRuntimeRan compares each file's bytes with those that
// onnxruntime ran when the golden values were made, and its results with inference. With
// SSDGM_ONNX_PYTHON, a Python that has onnxruntime, it runs them now.
func TestONNXFilesAreThoseThatONNXRuntimeRan(t *testing.T) {
	dir := *writeONNX
	if dir == "" {
		dir = t.TempDir()
	}
	files, results := map[string][]byte{}, map[string]map[string][]float64{}
	for _, m := range exported {
		trained, set := exportedModel(t, m.sets)
		// Without metadata: a new key of the configuration is no new network.
		for _, n := range trained.networks(nil) {
			name := m.name + "-" + n.Name
			files[name], results[name] = n.File, inferred(t, trained, set)
			input, err := json.Marshal(inputs(set))
			if err != nil {
				t.Fatal(err)
			}
			for suffix, content := range map[string][]byte{".onnx": n.File, ".json": input} {
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
		}
		for output, found := range g.Networks[name].Outputs {
			if want, ok := results[name][output]; ok {
				requireClose(t, name+": "+output, want, found)
			}
		}
	}
	if len(g.Networks) != len(files) {
		t.Errorf("want %d networks, found %d", len(files), len(g.Networks))
	}
}
