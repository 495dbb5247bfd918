package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/model"
	"ssdgm/model/trained"
	"ssdgm/train/data"
)

// heldPart is a part that lies in memory.
type heldPart struct{ set *data.Set }

func (p *heldPart) Load() (*data.Set, error) { return p.set, nil }

// glyphSet is some of the built-in images.
func glyphSet(t *testing.T, n int) *data.Set {
	t.Helper()
	part, _, err := data.Open(data.Options{Name: "glyphs", Train: n})
	if err != nil {
		t.Fatal(err)
	}
	set, err := part.Load()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// asFloats is a set with its examples as the model takes them, changed by f.
func asFloats(set *data.Set, f func(x float32) float32) *data.Set {
	real := *set
	real.Floats, real.Images = set.Inputs(), nil
	real.Height, real.Width, real.Channels = 1, set.D(), 1
	for i, x := range real.Floats {
		real.Floats[i] = f(x)
	}
	return &real
}

func same(x float32) float32 { return x }

// spread gives values of both signs, far beyond those of pixels.
func spread(x float32) float32 { return 6*x - 2 }

// told keeps the lines of metrics.
type told struct {
	heard
	lines []Metrics
}

func (o *told) Metrics(lines []Metrics) { o.lines = append(o.lines, lines...) }

// onFloats are changes of the small configuration that real-valued examples ask for.
var onFloats = []string{"m1.output=gaussian", "data.train=200", "data.validation=40", "yardstick=false"}

// trainOn trains a grid of small configurations on a part of the test's own.
func trainOn(t *testing.T, set *data.Set, dir string, sets ...string) ([]Result, *told, error) {
	t.Helper()
	return trainOnUntil(t, "", set, dir, sets...)
}

// trainOnUntil is trainOn that is stopped at a step, as in "m1 20".
func trainOnUntil(t *testing.T, at string, set *data.Set, dir string, sets ...string) ([]Result, *told, error) {
	t.Helper()
	grid, _, err := configs.ParseGrid("small", nil, slices.Concat(small, onFloats, sets))
	if err != nil {
		t.Fatal(err)
	}
	one, err := openCPUs(1)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	observer, part := &told{heard: heard{at: at, stop: stop}}, &heldPart{set}
	o := Options{Device: one, Open: openCPUs, Observer: observer}
	for _, m := range grid.Members {
		o.Members = append(o.Members, Member{Name: m.Name, Config: m.Config, Train: part})
	}
	s, err := Open(dir, o)
	if err != nil {
		return nil, observer, err
	}
	defer s.Close()
	results, err := s.Run(ctx)
	return results, observer, err
}

// Real values that equal pixels/255 give to the bit what the pixels give, where the likelihood is the same.
func TestFloatsThatArePixelsTrainAsPixelsDo(t *testing.T) {
	pixels := glyphSet(t, 240)
	floats := asFloats(pixels, same)
	for name, sets := range map[string][]string{
		"m1m2":  append(slices.Clone(jointSets), "yardstick=true"),
		"m1knn": {"model=m1knn"},
	} {
		dir := t.TempDir()
		ofPixels, _, err := trainOn(t, pixels, filepath.Join(dir, "pixels"), sets...)
		if err != nil {
			t.Fatal(name, err)
		}
		ofFloats, _, err := trainOn(t, floats, filepath.Join(dir, "floats"), sets...)
		if err != nil {
			t.Fatal(name, err)
		}
		requireEqualTensors(t, name, ofFloats[0].Trained, ofPixels[0].Trained)
		mine, err := os.ReadFile(filepath.Join(dir, "floats", "metrics.jsonl"))
		theirs, errPixels := os.ReadFile(filepath.Join(dir, "pixels", "metrics.jsonl"))
		if err := errors.Join(err, errPixels); err != nil {
			t.Fatal(err)
		}
		if string(mine) != string(theirs) {
			t.Errorf("%s: the metrics differ", name)
		}
		dev := openCPU(t)
		evaluated, err := ofFloats[0].Trained.On(dev).Evaluate(t.Context(), ExamplesOf(floats, "test"))
		onPixels, errPixels := ofPixels[0].Trained.On(dev).Evaluate(t.Context(), ExamplesOf(pixels, "test"))
		if err := errors.Join(err, errPixels); err != nil {
			t.Fatal(err)
		}
		if *evaluated.ErrorPercent != *onPixels.ErrorPercent || name == "m1m2" && *evaluated.Bound != *onPixels.Bound {
			t.Errorf("%s: the evaluations differ", name)
		}
	}
}

func requireEqualTensors(t *testing.T, what string, a, b *trained.Model) {
	t.Helper()
	mine, theirs := a.Tensors(), b.Tensors()
	if len(mine) != len(theirs) || len(mine) == 0 {
		t.Fatalf("%s: %d tensors, want %d", what, len(mine), len(theirs))
	}
	for i := range mine {
		values, ok := mine[i].Data.([]float32)
		if ok && !slices.Equal(values, theirs[i].Data.([]float32)) {
			t.Errorf("%s: %s differs", what, mine[i].Name)
		}
	}
}

// firstAndLast are a phase's bounds in the metrics.
func firstAndLast(lines []Metrics, of func(Metrics) float64) (first, last float64) {
	return of(lines[0]), of(lines[len(lines)-1])
}

func TestEveryModelLearnsFromFloats(t *testing.T) {
	set := asFloats(glyphSet(t, 240), spread)
	bound := func(m Metrics) float64 { return float64(*m.Bound) }
	fit := func(m Metrics) float64 { return -float64(*m.ClassifierLoss) }
	for _, c := range []struct {
		model string
		sets  []string
		of    func(m Metrics) float64
	}{
		{"m1", []string{"m1.train.steps=60"}, bound},
		{"m2", []string{"m2.train.steps=300", "m2.train.optimiser.rate=3e-3", "m2.alpha=50"}, bound},
		{"supervised", []string{"supervised.train.steps=100"}, fit},
	} {
		dir := t.TempDir()
		results, o, err := trainOn(t, set, dir, append(c.sets, "model="+c.model)...)
		if err != nil {
			t.Fatal(err)
		}
		if first, last := firstAndLast(o.lines, c.of); !(last > first) {
			t.Errorf("%s: from %g to %g, want it to rise", c.model, first, last)
		}
		opened, err := trained.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		requireEqualTensors(t, c.model, opened, results[0].Trained)
		dev := openCPU(t)
		evaluated, err := opened.On(dev).Evaluate(t.Context(), ExamplesOf(set, "test"))
		if err != nil {
			t.Fatal(err)
		}
		if c.model != "m1" && (*evaluated.ErrorPercent >= 80) {
			t.Errorf("%s: an error of %g%%", c.model, *evaluated.ErrorPercent)
		}
		_, err = opened.On(dev).Evaluate(t.Context(), ExamplesOf(glyphSet(t, 20), "test"))
		const want = "evaluate on glyphs: want real values, as the model was trained on, found pixels; " +
			"give other data, or choose another data.name"
		if err == nil || err.Error() != want || !errors.Is(err, trained.ErrInput) {
			t.Errorf("%s: error = %v\nwant %s", c.model, err, want)
		}
		if c.model == "m2" && opened.M2.Output != model.Gaussian {
			t.Error("an M2 on real values is not Gaussian")
		}
	}
}

// Replicas share the rows of their set.
func TestReplicasOnFloatsComeToTheBitToWhatEachComesToAlone(t *testing.T) {
	set, dir := asFloats(glyphSet(t, 240), spread), t.TempDir()
	together, o, err := trainOn(t, set, filepath.Join(dir, "together"), "model=m2", "seeds=[3, 4]")
	if err != nil {
		t.Fatal(err)
	}
	if found := strings.Join(o.groups, ", "); found != "m2 2" {
		t.Errorf("trained in other groups: %s", found)
	}
	alone, _, err := trainOn(t, set, filepath.Join(dir, "alone"), "model=m2", "seed=4")
	if err != nil {
		t.Fatal(err)
	}
	requireEqualTensors(t, "the last", together[1].Trained, alone[0].Trained)
}

func TestWhatOnlyPixelsCanIsRefusedInOneLine(t *testing.T) {
	set := asFloats(glyphSet(t, 240), spread)
	const binarised = `: glyphs holds real values, and only pixels are binarised; set it to "none"`
	const bernoulli = `: wanted values from 0 to 1, but the model sees other ones of glyphs: column 1 from -2 to -1.647; ` +
		`set it to "gaussian" or "auto"`
	for _, c := range []struct{ set, want string }{
		{"data.binarise=fixed", `data.binarise = "fixed"` + binarised},
		{"data.binarise=resample", `data.binarise = "resample"` + binarised},
		{"m1.output=bernoulli", `m1.output = "bernoulli"` + bernoulli},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		_, _, err := trainOn(t, set, dir, c.set)
		if err == nil || err.Error() != c.want || !errors.Is(err, data.ErrInput) {
			t.Errorf("error = %v\nwant %s", err, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: a folder was left", c.set)
		}
	}
	set.Floats[784*3+5] /= 0
	_, _, err := trainOn(t, set, t.TempDir())
	const want = "glyphs: wanted finite numbers, found "
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), " in example 3, value 5") {
		t.Errorf("error = %v, want %s…", err, want)
	}
}
