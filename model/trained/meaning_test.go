package trained

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine/ref"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/transform"
	"ssdgm/train/safetensors"
)

// classified are a model's probabilities of the grey images.
func classified(t *testing.T, m *Model) []float32 {
	t.Helper()
	dev := ref.New[float32](1)
	defer dev.Close()
	p, err := m.On(dev).Classify(t.Context(), arrayOf(images(4)))
	if err != nil {
		t.Fatal(err)
	}
	return p.Data().([]float32)
}

// TestAFileSaysWhatItHolds holds that the architecture alone is enough, and that a file of an earlier version, which
// has only a configuration, opens as the same model.
func TestAFileSaysWhatItHolds(t *testing.T) {
	want := classified(t, tinyTrained(t))
	drop := func(keys ...string) func(*safetensors.File) {
		return func(f *safetensors.File) {
			for _, key := range keys {
				delete(f.Metadata, key)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*safetensors.File)
		told   Told
	}{
		{"our own", drop(), ByArchitecture},
		{"of an earlier version", drop(format.Architecture, format.Input, format.ClassNames), ByConfiguration},
		{"without a configuration", drop(format.Config), ByArchitecture},
	} {
		m, err := Open(write(t, c.change))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if m.Told != c.told || !slices.Equal(m.Classes(), []string{"0", "1", "2"}) || m.Input.String() != transform.Pixels {
			t.Errorf("%s: told by %s, of classes %v and %v", c.name, m.Told, m.Classes(), m.Input)
		}
		if !slices.Equal(classified(t, m), want) {
			t.Errorf("%s: another model", c.name)
		}
	}
}

func TestWhatAFileSaysIsChecked(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{format.Architecture, `{"model":`, "want a JSON object"},
		{format.Architecture, `{"model":"m1m2","m1.kernel":3}`, `unknown key "m1.kernel"`},
		{format.Architecture, `{"model":"m9"}`, "m9"},
		{format.Architecture, `{"model":"m1m2","m1.hidden":[6]}`, `0.weight": want shape [6 16], found [5 16]`},
		{format.Input, `{"kind":"features"}`, `"pixels"`},
		{format.Input, `{"kind":"pixels","divisor":0}`, "divisor"},
		{format.ClassNames, `["cat","dog"]`, "want a list of 3 names"},
	} {
		path := write(t, func(f *safetensors.File) { f.Metadata[c.key] = c.value })
		_, err := Open(path)
		named := err != nil && strings.HasPrefix(err.Error(), "read "+path)
		if !errors.Is(err, ErrInput) || !named || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want an error with %s and the file's name, found %v", c.value, c.want, err)
		}
	}
	named := write(t, func(f *safetensors.File) { f.Metadata[format.ClassNames] = `["cat","dog","owl"]` })
	m, err := Open(named, Settings("eval.samples=3"))
	if err != nil || m.Classes()[2] != "owl" || m.Config.Eval.Samples != 3 {
		t.Errorf("want names and three samples: %v", err)
	}
}

// A file of another program's, without metadata, is the network that its tensors are of.
func TestAFileWithoutMetadataIsOpenedByItsTensors(t *testing.T) {
	both := []string{
		"model=m1m2", "m1.hidden=[5]", "m1.output=bernoulli", "m2.hidden=[4]", "m2.classifier_hidden=[3]",
	}
	for _, c := range []struct {
		sets  []string
		input *transform.Transformation
		drop  string // a tensor that may be missing
	}{
		{sets: []string{"model=m1", "m1.hidden=[5, 3]", "m1.output=gaussian"}},
		{sets: []string{"model=m2", "m2.hidden=[5, 4]", "m2.classifier_hidden=[]", "m2.class_prior=learned"}},
		{sets: []string{"model=m2", "m2.hidden=[4]", "m2.classifier_hidden=[6, 5]"}, input: transform.Identity(16)},
		{sets: both},
		{sets: both, drop: format.Kept},
		{sets: []string{"model=supervised", "supervised.hidden=[7]"}},
		{sets: []string{"model=supervised", "supervised.hidden=[]"}},
	} {
		want := foreignModel(t, c.sets, c.input, c.drop != "")
		tensors := slices.DeleteFunc(want.Tensors(), func(t safetensors.Tensor) bool { return t.Name == c.drop })
		tensors = append(tensors, safetensors.Tensor{Name: "optimiser.rate", Shape: []int{1}, Data: []float32{1}})
		found, err := Open(writeForeign(t, tensors))
		if err != nil {
			t.Errorf("%v: %v", c.sets, err)
			continue
		}
		if found.Told != ByShapes || found.Unused != 1 || found.Inputs != 16 || found.Real() != (c.input != nil) {
			t.Errorf("%v: told by %s, %d tensors unused, %d inputs, real: %v",
				c.sets, found.Told, found.Unused, found.Inputs, found.Real())
		}
		if !reflect.DeepEqual(want.architecture(), found.architecture()) ||
			!slices.Equal(want.Classes(), found.Classes()) {
			t.Errorf("want %v, found %v", want.architecture(), found.architecture())
		}
		for i, part := range want.Parts() {
			if other := found.Parts()[i]; part.Name != other.Name || !slices.Equal(*part.Values, *other.Values) {
				t.Errorf("%v: other parameters of %s", c.sets, part.Name)
			}
		}
	}
}

// writeForeign puts tensors on the disk without metadata.
func writeForeign(t *testing.T, tensors []safetensors.Tensor) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "foreign.safetensors")
	var b bytes.Buffer
	must(t, safetensors.Write(&b, tensors, nil))
	must(t, os.WriteFile(path, b.Bytes(), 0o666))
	return path
}

// foreignModel is a model with its initial parameters, of images of 16 values and three classes.
func foreignModel(t *testing.T, sets []string, input *transform.Transformation, whole bool) *Model {
	t.Helper()
	c, _, err := configs.Parse("foreign", nil, append([]string{
		"yardstick=false", "m1.latents=3", "m2.latents=2", "m1.train.steps=1", "m2.train.steps=1",
		"supervised.train.steps=1",
	}, sets...))
	must(t, err)
	m := New(c, Size{Inputs: 16, Height: 4, Width: 4, Classes: 3, Input: input})
	if c.Model == "m1" {
		m.ClassNames = nil
	}
	if c.Stacked() && whole {
		m.Keep([]int{0, 1, 2})
	} else if c.Stacked() {
		m.Keep([]int{0, 2})
	}
	for _, p := range m.Parts() {
		*p.Values = p.Layout.Init(1)
	}
	return m
}

func TestATensorThatAForeignFileLacksIsNamed(t *testing.T) {
	m := foreignModel(t, []string{"model=m1m2", "m1.hidden=[5]", "m2.hidden=[4]"}, nil, false)
	for drop, want := range map[string]string{
		"m2.decoder.0.bias": "m2.decoder.0.bias", format.Kept: "want the tensor m1.kept, found none",
		"m1.decoder.out.weight": "m1.decoder.out.weight",
	} {
		tensors := slices.DeleteFunc(m.Tensors(), func(t safetensors.Tensor) bool { return t.Name == drop })
		if _, err := Open(writeForeign(t, tensors)); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("without %s: want an error with %s, found %v", drop, want, err)
		}
	}
}
