package trained

import (
	"errors"
	"slices"
	"strings"
	"testing"

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
