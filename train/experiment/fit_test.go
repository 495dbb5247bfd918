package experiment

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"ssdgm/model/trained"
	"ssdgm/model/trained/format"
	"ssdgm/train/report"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// unfitted makes the result in a run folder what an earlier version left.
func unfitted(t *testing.T, dir string) {
	t.Helper()
	m, err := trained.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Temperature, m.Usual = nil, nil
	f := m.File()
	var text bytes.Buffer
	if err := safetensors.Write(&text, f.Tensors, safetensors.Summed(f.Tensors, f.Metadata)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, run.ModelName), text.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsFittedComesToTheSameHoweverARunEnds trains, alone and as one of several, and goes on with what an earlier
// version, a process that was killed before it had fitted anything, and one that ended have left.
func TestWhatIsFittedComesToTheSameHoweverARunEnds(t *testing.T) {
	t.Parallel()
	for name, sets := range map[string][]string{"one": nil, "several": {"seeds=[3, 4]"}} {
		dir := filepath.Join(t.TempDir(), name)
		grid := load(t, append(sets, "model=m2", "yardstick=false", "m2.train.steps=20")...)
		own := filepath.Join(dir, grid.Members[0].Name)
		train := func() []byte {
			t.Helper()
			all, err := newLab(t).Run(t.Context(), t.Context(), dir, grid.Members, "the same command")
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := Failures(all, func(err error) { t.Error(err) }); err != nil {
				t.Fatal(err)
			}
			file, err := os.ReadFile(filepath.Join(own, run.ModelName))
			if err != nil {
				t.Fatal(err)
			}
			return file
		}
		first := train()
		m, err := trained.Open(own)
		if err != nil || m.Temperature == nil || m.Temperature.Examples != 50 || m.Usual == nil || m.Usual.Examples != 300 {
			t.Fatalf("%s: want a temperature of 50 examples and percentiles of 300, found %+v, %+v, %v", name, m.Temperature, m.Usual, err)
		}
		s, err := report.ReadSummary(own)
		if err != nil || s.Temperature == nil || *s.Temperature != (report.Temperature{Value: m.Temperature.Value, ValidationLabels: 50}) {
			t.Errorf("%s: want the temperature in the summary, found %+v, %v", name, s.Temperature, err)
		}
		for what, before := range map[string]func(){
			"ended":              func() {},
			"an earlier version": func() { unfitted(t, own) },
			"killed":             func() { unfitted(t, own); os.Remove(filepath.Join(own, "summary.json")) },
			"lost":               func() { os.Remove(filepath.Join(own, run.ModelName)) },
		} {
			before()
			if !bytes.Equal(train(), first) {
				t.Errorf("%s, %s: the result is another one", name, what)
			}
		}
	}
}

// TestWithoutValidationThereIsNoTemperature holds it, and that a model without a bound knows of nothing usual.
func TestWithoutValidationThereIsNoTemperature(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]struct{ validation, temperature, usual string }{
		"m2":         {"0", "", "yes"},
		"supervised": {"50", "yes", ""},
		"m1":         {"50", "", "yes"},
	} {
		dir := filepath.Join(t.TempDir(), model)
		grid := load(t, "model="+model, "yardstick=false", "data.validation="+want.validation, "m1.train.steps=20",
			"m2.train.steps=20", "supervised.train.steps=20")
		if _, err := newLab(t).Run(t.Context(), t.Context(), dir, grid.Members, "the same command"); err != nil {
			t.Fatal(err)
		}
		f, err := trained.ReadFile(dir)
		if err != nil {
			t.Fatal(err)
		}
		_, temperature := f.Metadata[format.Temperature]
		_, usual := f.Metadata[format.Usual]
		if temperature != (want.temperature != "") || usual != (want.usual != "") {
			t.Errorf("%s: want %+v, found temperature %v, usual %v", model, want, temperature, usual)
		}
	}
}
