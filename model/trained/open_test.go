package trained

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/enginetest"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// tinyTrained is an M1+M2 with its initial parameters, on images of 4×4 in 3 classes.
func tinyTrained(t *testing.T) *Model {
	t.Helper()
	c, _, err := configs.Parse("tiny", nil, []string{
		"m1.hidden=[5]", "m1.latents=3", "m2.hidden=[5]", "m2.classifier_hidden=[]", "m2.latents=2",
		"m1.train.steps=1", "m2.train.steps=1", "eval.batch_size=4",
	})
	if err != nil {
		t.Fatal(err)
	}
	trained := New(c, Size{Inputs: 16, Height: 4, Width: 4, Classes: 3})
	trained.Keep([]int{0, 2})
	for _, p := range trained.Parts() {
		*p.Values = p.Layout.Init(1)
	}
	return trained
}

// write puts a model's file, changed, on the disk.
func write(t *testing.T, change func(*safetensors.File)) (path string) {
	t.Helper()
	file := tinyTrained(t).File()
	change(file)
	r, err := run.Open(filepath.Join(t.TempDir(), "run"), nil, run.Options{Phases: []string{"m1"}, Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	if path, err = r.WriteModel(file); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDamagedModelFilesAreRefused holds that nothing a file claims makes the program
// allocate, crash or evaluate something else than a trained model.
func TestDamagedModelFilesAreRefused(t *testing.T) {
	meta := func(key, value string) func(*safetensors.File) {
		return func(f *safetensors.File) { f.Metadata[key] = value }
	}
	tensor := func(name string, change func(any)) func(*safetensors.File) {
		return func(f *safetensors.File) {
			i := slices.IndexFunc(f.Tensors, func(t safetensors.Tensor) bool { return t.Name == name })
			change(f.Tensors[i].Data)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*safetensors.File)
		want   string
	}{
		{"negative inputs", meta(format.Inputs, "-16"), `"inputs"`},
		{"huge inputs", meta(format.Inputs, "9000000000000000"), `"inputs"`},
		{"inputs of other images", meta(format.Inputs, "17"), "images of 4×4"},
		{"no height", meta(format.Height, "0"), `"height"`},
		{"no classes", meta(format.Classes, "0"), `"classes"`},
		{"negative step", meta(format.Step, "-7"), `"step"`},
		{"checkpoint", meta(format.ResultStep, "3"), "found a checkpoint"},
		{"latent kept twice", tensor(format.Kept, func(d any) { d.([]int64)[1] = 0 }), "want ascending latents"},
		{"no number", tensor("m1.encoder.0.weight", func(d any) { d.([]float32)[7] = float32(math.NaN()) }),
			`tensor "m1.encoder.0.weight": want finite numbers, found 1 of 80 that are not, the first NaN at place 7`},
		{"infinity", tensor("m2.encoder.0.bias", func(d any) { d.([]float32)[0] = float32(math.Inf(1)) }),
			`tensor "m2.encoder.0.bias"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.change)
			_, err := Open(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "read "+path) {
				t.Errorf("want an error with %s and the file's name, found %v", c.want, err)
			}
		})
	}
	if _, err := Open(write(t, func(*safetensors.File) {})); err != nil {
		t.Errorf("the sound file: %v", err)
	}
}

// TestTooLargeEvaluationsAreRefused holds that minibatches for which there is no memory are refused before anything is
// allocated.
func TestTooLargeEvaluationsAreRefused(t *testing.T) {
	trained := tinyTrained(t)
	trained.Config.Eval.BatchSize = 1 << 20
	if err := trained.checkEvaluation(infer.Limit{Bytes: 1 << 20, Of: "memory"}); err == nil || !strings.Contains(err.Error(), "evaluation of m1: ") {
		t.Errorf("want a refusal, found %v", err)
	}
	if err := trained.checkEvaluation(infer.Limit{Bytes: 1 << 40, Of: "memory"}); err != nil {
		t.Error(err)
	}
}

// TestStackDrawsIndependentLatents holds that the stack's bound draws z1 and z2 from
// different noise: each is N(0, I) whatever the other is.
func TestStackDrawsIndependentLatents(t *testing.T) {
	var seen []uint32
	spy := enginetest.Intercept(newCPU(t), func(s engine.Step, take func()) {
		if g, ok := s.(engine.GaussianSample); ok {
			seen = append(seen, g.Noise.Stream)
		}
		take()
	})
	trained, set := tinyTrained(t), images(4)
	in := infer.Input{Rows: trained.rowsOf(set, new(error)), Width: set.Inputs}
	trained.stack().Bound(spy, in, trained.walk(nil), infer.Sequence(4), 1)
	if len(seen) != 2 || seen[0] == seen[1] {
		t.Errorf("want z1 and z2 from two streams, found %v", seen)
	}
}

// TestEvaluationsHoldNumbers holds that parameters which are too large end in an error, not
// in a figure that is none.
func TestEvaluationsHoldNumbers(t *testing.T) {
	trained, dev := tinyTrained(t), newCPU(t)
	if _, err := trained.On(dev).Evaluate(t.Context(), images(4)); err != nil {
		t.Fatal(err)
	}
	for i := range trained.M1Values {
		trained.M1Values[i] = 1e30
	}
	_, err := trained.On(dev).Evaluate(t.Context(), images(4))
	if err == nil || !strings.Contains(err.Error(), "evaluate on grey: the ") {
		t.Errorf("want an error that names the figure, found %v", err)
	}
}

func newCPU(t *testing.T) engine.Device {
	t.Helper()
	dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dev.Close() })
	return dev
}

// images are grey ones of 4×4 in 3 classes.
func images(n int) *Set {
	set := &Set{Name: "grey", Split: "test", N: n, Inputs: 16, Classes: 3}
	set.Bytes, set.Labels = make([]uint8, 16*n), make([]uint8, n)
	for i := range set.Bytes {
		set.Bytes[i] = uint8(16 * (i % 16))
	}
	return set
}

// TestOtherPrecisionsAndForeignTensorsAreTaken holds that a model whose parameters another program keeps in half or
// double precision is opened, whatever lies beside them.
func TestOtherPrecisionsAndForeignTensorsAreTaken(t *testing.T) {
	path := write(t, func(f *safetensors.File) {
		for i, tensor := range f.Tensors {
			values, single := tensor.Data.([]float32)
			if !single {
				continue
			}
			wide, half := make([]float64, len(values)), make([]byte, 2*len(values))
			for j := range values {
				values[j] = float32(j%7)/8 - 0.25 // exact in all of them
				wide[j] = float64(values[j])
				binary.LittleEndian.PutUint16(half[2*j:], uint16(math.Float32bits(values[j])>>16))
			}
			switch i % 3 {
			case 0:
				f.Tensors[i].Data = wide
			case 1:
				f.Tensors[i].Data = safetensors.Raw{Type: safetensors.BF16, Bytes: half}
			}
		}
		f.Tensors = append(f.Tensors,
			safetensors.Tensor{Name: "step", Shape: []int{}, Data: safetensors.Raw{Type: safetensors.I32, Bytes: make([]byte, 4)}},
			safetensors.Tensor{Name: "flag", Shape: []int{1}, Data: safetensors.Raw{Type: safetensors.Bool, Bytes: []byte{1}}})
	})
	m, err := Open(path)
	must(t, err)
	for _, p := range m.Parts() {
		for _, tensor := range format.Export(p.Layout, *p.Values) {
			for j, v := range tensor.Data.([]float32) {
				if v != float32(j%7)/8-0.25 {
					t.Fatalf("%s: found %g at place %d", tensor.Name, v, j)
				}
			}
		}
	}
}
