package train

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/onnx/onnxtest"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/safetensors"
)

// measuredSet is a table of two classes, n examples of six columns with scales of their own, of which one is constant.
func measuredSet(n int) *data.Set {
	set := &data.Set{
		Name: "measured", N: n, Height: 1, Width: 6, Channels: 1, Classes: 2, Unsplit: true,
		Columns: []string{"age", "income", "height", "share", "year", "score"},
	}
	state := uint32(7)
	draw := func() float64 { // of variance 1
		sum := 0.0
		for range 3 {
			state = state*1664525 + 1013904223
			sum += float64(state>>8)/(1<<23) - 1
		}
		return sum
	}
	for i := range n {
		class := i % 2
		a, b := draw()+3*float64(class), draw()
		for _, v := range []float64{40 + 9*a, 3e4 + 8e3*(a+b), 1.7 + 0.05*b, 1e-4 * (a - b), 2026, 7 * draw()} {
			set.Floats = append(set.Floats, float32(v))
		}
		set.Labels = append(set.Labels, uint8(class))
	}
	return set
}

// onMeasured are changes of the small configuration for that table.
var onMeasured = []string{"m1.output=auto", "data.labels=20", "data.train=0", "data.scale=standard"}

// arrayOf is a set's examples, raw, as an array.
func arrayOf(set *data.Set) *tensor.Dense {
	return tensor.New(tensor.WithShape(set.N, set.D()), tensor.WithBacking(slices.Clone(set.Floats)))
}

// must holds that there is no error.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// The file alone gives what the model gave at the end of its training, of raw values, and goes on to the bit.
func TestTheTransformationTravelsWithTheModel(t *testing.T) {
	set := measuredSet(240)
	missing := *set
	missing.Floats = slices.Clone(set.Floats)
	for i := 3; i < len(missing.Floats); i += 31 {
		missing.Floats[i] = float32(math.NaN())
	}
	for name, c := range map[string]struct {
		set  *data.Set
		sets []string
	}{
		"standard":   {set, nil},
		"components": {set, []string{"data.pca=4", "m1.keep_above=0"}},
		"masked":     {&missing, []string{"data.missing=mask", "joint.steps=12", "joint.log_every=6"}},
		"missing":    {&missing, []string{"data.missing=mean", "data.scale=robust", "data.pca=3", "data.whiten=false"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, sets := t.TempDir(), append(slices.Clone(onMeasured), c.sets...)
			whole := filepath.Join(dir, "whole")
			results, o, err := trainOn(t, c.set, whole, sets...)
			if err != nil {
				t.Fatal(err)
			}
			config, err := os.ReadFile(filepath.Join(whole, "config.toml"))
			if err != nil || !strings.Contains(string(config), `output = "gaussian"`) {
				t.Errorf("want the output that was chosen in the run's configuration: %v", err)
			}
			if !slices.ContainsFunc(o.notes, func(line string) bool {
				return strings.HasPrefix(line, `m1.output = "auto": the model sees real values: `) &&
					strings.HasSuffix(line, `, so p(x|z) is "gaussian"`)
			}) {
				t.Errorf("want a line on the output, found %q", o.notes)
			}
			at := filepath.Join(dir, "stopped")
			if _, _, err := trainOnUntil(t, "m2 11", c.set, at, sets...); !errors.Is(err, ErrStopped) {
				t.Fatal(err)
			}
			if _, _, err := trainOn(t, c.set, at, sets...); err != nil {
				t.Fatal(err)
			}
			requireSame(t, name, at, whole)
			e := requireFileAlone(t, results[0].Trained, whole, c.set)
			if name == "standard" && *e.ErrorPercent > 25 {
				t.Errorf("an error of %g %%", *e.ErrorPercent)
			}
		})
	}
}

// requireFileAlone holds that a run's file says all that its model does of a set, and returns the evaluation.
func requireFileAlone(t *testing.T, made *trained.Model, dir string, set *data.Set) *trained.Evaluation {
	t.Helper()
	opened := must[*trained.Model](t)(trained.Open(filepath.Join(dir, "model.safetensors")))
	dev, ctx, n := openCPU(t), t.Context(), set.N
	mine, theirs := opened.On(dev), made.On(dev)
	evaluation := must[*trained.Evaluation](t)
	want := evaluation(theirs.Evaluate(ctx, ExamplesOf(set, "test")))
	found := evaluation(mine.Evaluate(ctx, ExamplesOf(set, "test")))
	if !reflect.DeepEqual(want, found) {
		t.Errorf("evaluated as %v, at the end of training as %v", found, want)
	}
	array := must[*tensor.Dense](t)
	x := arrayOf(set)
	for of, result := range map[*tensor.Dense][]int{
		array(mine.Classify(ctx, x)):       {n, 2},
		array(mine.Encode(ctx, x)):         {n, opened.M1.Latents},
		array(mine.Bound(ctx, x)):          {n},
		array(mine.Reconstruct(ctx, x)):    {n, 6},
		array(mine.Generate(ctx, 1, 5, 3)): {5, 6},
		array(mine.Analogy(ctx, x)):        {n, 2, 6},
	} {
		if !slices.Equal([]int(of.Shape()), result) {
			t.Errorf("want an array of shape %v, found %v", result, of.Shape())
		}
		for _, v := range of.Data().([]float32) {
			if v-v != 0 {
				t.Fatalf("found %g in the array of shape %v", v, result)
			}
		}
	}
	for _, row := range slices.Collect(slices.Chunk(array(mine.Generate(ctx, 0, 50, 1)).Data().([]float32), 6)) {
		if row[1] < 1e3 || row[1] > 1e5 || math.Abs(float64(row[4])-2026) > 2 {
			t.Errorf("want raw values of income and year, found %g and %g", row[1], row[4])
		}
	}
	requireNetworks(t, mine, set)
	requireWithoutItsConfiguration(t, filepath.Join(dir, "model.safetensors"), set, found)
	return found
}

// requireNetworks holds that the networks of a model's ONNX files give of raw values what the model does.
func requireNetworks(t *testing.T, m *trained.Model, set *data.Set) {
	t.Helper()
	raw := onnxtest.Value{Shape: []int{set.N, set.D()}}
	for _, v := range set.Floats {
		raw.Data = append(raw.Data, float64(v))
	}
	asked := map[string]func() (*tensor.Dense, error){
		"probabilities": func() (*tensor.Dense, error) { return m.Classify(t.Context(), arrayOf(set)) },
		"mean":          func() (*tensor.Dense, error) { return m.Encode(t.Context(), arrayOf(set)) },
	}
	compared := 0
	for _, n := range m.ONNX() {
		if n.Name != "classifier" && n.Name != "encoder" {
			continue
		}
		outputs := must[map[string]onnxtest.Value](t)(onnxtest.Run(n.File, map[string]onnxtest.Value{"values": raw}))
		for output, ask := range asked {
			found, ok := outputs[output]
			if !ok {
				continue
			}
			compared++
			for i, v := range must[*tensor.Dense](t)(ask()).Data().([]float32) {
				if math.Abs(found.Data[i]-float64(v)) > 1e-5*max(1, math.Abs(float64(v))) {
					t.Errorf("%s: want %g at place %d, found %g", output, v, i, found.Data[i])
					break
				}
			}
		}
	}
	if compared == 0 {
		t.Error("no network gives what the model does")
	}
}

// requireWithoutItsConfiguration holds that what the file says of its networks and of their examples is enough.
func requireWithoutItsConfiguration(t *testing.T, path string, set *data.Set, want *trained.Evaluation) {
	t.Helper()
	file := must[*safetensors.File](t)(trained.ReadFile(path))
	delete(file.Metadata, format.Config)
	bare := filepath.Join(t.TempDir(), "bare.safetensors")
	out := must[*os.File](t)(os.Create(bare))
	err := errors.Join(safetensors.Write(out, file.Tensors, file.Metadata), out.Close())
	if err != nil {
		t.Fatal(err)
	}
	m := must[*trained.Model](t)(trained.Open(bare))
	found := must[*trained.Evaluation](t)(m.On(openCPU(t)).Evaluate(t.Context(), ExamplesOf(set, "test")))
	if *found.ErrorPercent != *want.ErrorPercent || *found.NLL != *want.NLL {
		t.Errorf("without the configuration's text an error of %g %%, want %g", *found.ErrorPercent, *want.ErrorPercent)
	}
}

// Members with other transformations are no replicas of each other, and each comes to what it comes to alone.
func TestAGridOfScalesTrainsEachOnItsOwnValues(t *testing.T) {
	set, dir := measuredSet(240), t.TempDir()
	sets := append(slices.Clone(onMeasured), "model=m2")
	scales := `grid.data.scale=["minmax", "robust"]`
	together, _, err := trainOn(t, set, filepath.Join(dir, "together"), append(sets, scales)...)
	if err != nil {
		t.Fatal(err)
	}
	alone, _, err := trainOn(t, set, filepath.Join(dir, "alone"), append(sets, "data.scale=robust")...)
	if err != nil {
		t.Fatal(err)
	}
	requireEqualTensors(t, "robust", together[1].Trained, alone[0].Trained)
}

// Images by their components are drawn as images: what is raw of them are pixels.
func TestComponentsOfImagesAreDrawnAsImages(t *testing.T) {
	pixels := glyphSet(t, 240)
	dir := t.TempDir()
	results, _, err := trainOn(t, pixels, dir, "m1.output=auto", "data.pca=12", "m1.keep_above=0")
	if err != nil {
		t.Fatal(err)
	}
	m := must[*trained.Model](t)(trained.Open(dir))
	if m.Real() || !m.Input.Real() || m.Inputs != 784 || m.M1.Inputs != 12 || m.Config.M1.Output != "gaussian" {
		t.Fatalf("want 12 components of 784 pixels, found %s of %d, Gaussian %s", m.Input, m.Inputs, m.Config.M1.Output)
	}
	dev := openCPU(t)
	found := must[*trained.Evaluation](t)(m.On(dev).Evaluate(t.Context(), ExamplesOf(pixels, "test")))
	want := must[*trained.Evaluation](t)(results[0].Trained.On(dev).Evaluate(t.Context(), ExamplesOf(pixels, "test")))
	if !reflect.DeepEqual(want, found) {
		t.Errorf("evaluated as %v, at the end of training as %v", found, want)
	}
	images := must[*tensor.Dense](t)(m.On(dev).Generate(t.Context(), 0, 2, 1))
	if !slices.Equal([]int(images.Shape()), []int{2, 784}) {
		t.Errorf("want two images of 784 pixels, found %v", images.Shape())
	}
	_, _, err = trainOn(t, pixels, t.TempDir(), "m1.output=auto", "data.pca=12", "data.binarise=fixed")
	const binarised = `data.binarise = "fixed": glyphs becomes real values (pixels, 12 principal components, whitened), ` +
		`and only pixels are binarised; set it to "none"`
	if err == nil || err.Error() != binarised || !errors.Is(err, data.ErrInput) {
		t.Errorf("found %v\nwant  %s", err, binarised)
	}
	_, _, err = trainOn(t, pixels, t.TempDir(), "model=cnn", "data.pca=12", "cnn.train.steps=1")
	const refused = "want images, found 12 principal components of them; set data.pca to 0"
	if err == nil || !strings.Contains(err.Error(), refused) {
		t.Errorf("a network on images of components: %v", err)
	}
}

// What a program or a test part hands a model later is held against what it was trained to take.
func TestRowsThatTheModelCannotTakeAreNamed(t *testing.T) {
	set := measuredSet(240)
	results, _, err := trainOn(t, set, t.TempDir(), append(slices.Clone(onMeasured), "model=m1")...)
	if err != nil {
		t.Fatal(err)
	}
	m, gaps := results[0].Trained.On(openCPU(t)), *set
	gaps.Floats = slices.Clone(set.Floats)
	gaps.Floats[2] = float32(math.NaN())
	const refused = `: values are missing in column "height" (1) of %d rows, which data.missing = "error" refuses; ` +
		`give them, or train with data.missing = "mean" or "mask", or without the column (data.drop_columns)`
	_, err = m.Encode(t.Context(), arrayOf(&gaps))
	if err == nil || err.Error() != fmt.Sprintf("encode"+refused, 240) || !errors.Is(err, trained.ErrInput) {
		t.Errorf("found %v\nwant  encode%s", err, refused)
	}
	_, err = m.Evaluate(t.Context(), ExamplesOf(&gaps, "test"))
	if err == nil || err.Error() != fmt.Sprintf("evaluate on measured"+refused, 240) || !errors.Is(err, trained.ErrInput) {
		t.Errorf("found %v\nwant  evaluate on measured%s", err, refused)
	}
	_, _, err = trainOn(t, &gaps, t.TempDir(), onMeasured...)
	// Of the rows that are trained on.
	if err == nil || err.Error() != fmt.Sprintf("measured"+refused, 200) || !errors.Is(err, data.ErrInput) {
		t.Errorf("found %v\nwant  measured%s", err, refused)
	}
}

// An M1 and a checkpoint bring the transformation of their examples, of the same rule.
func TestATransformationComesWithTheParameters(t *testing.T) {
	set, dir := measuredSet(240), t.TempDir()
	others := *set
	others.Floats = slices.Clone(set.Floats)
	for i := 1; i < len(others.Floats); i += 6 {
		others.Floats[i] *= 2
	}
	from := filepath.Join(dir, "m1")
	made, _, err := trainOn(t, &others, from, append(slices.Clone(onMeasured), "model=m1")...)
	if err != nil {
		t.Fatal(err)
	}
	results, _, err := trainOn(t, set, filepath.Join(dir, "m1m2"), append(slices.Clone(onMeasured), "m1.from="+from)...)
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Trained.Input.Digest() != made[0].Trained.Input.Digest() {
		t.Error("M1 was put to examples that were transformed otherwise than those that it was trained on")
	}
	robust := append(slices.Clone(onMeasured), "data.scale=robust", "m1.from="+from)
	_, _, err = trainOn(t, set, filepath.Join(dir, "other"), robust...)
	want := fmt.Sprintf("m1.from = %q: want parameters that were trained on examples as here (robust of 6 values), "+
		"found standard; change data.scale, data.pca or data.missing, or take others", from)
	if err == nil || err.Error() != want || !errors.Is(err, data.ErrInput) {
		t.Errorf("found %v\nwant  %s", err, want)
	}
}

// A Bernoulli takes no other values later than those that it was trained on.
func TestABernoulliTakesValuesFrom0To1Alone(t *testing.T) {
	unit := asFloats(glyphSet(t, 240), same)
	results, _, err := trainOn(t, unit, t.TempDir(), "m1.output=auto", "model=m1", "m1.train.steps=1")
	if err != nil {
		t.Fatal(err)
	}
	m := results[0].Trained.On(openCPU(t))
	if _, err := m.Evaluate(t.Context(), ExamplesOf(unit, "test")); err != nil {
		t.Error(err)
	}
	_, err = m.Bound(t.Context(), arrayOf(asFloats(unit, spread)))
	const want = "bound: want values from 0 to 1, as those that the model was trained on, found -2 in example 0, " +
		`place 0; train with m1.output = "gaussian" to take others`
	if err == nil || err.Error() != want || !errors.Is(err, trained.ErrInput) {
		t.Errorf("found %v\nwant  %s", err, want)
	}
}

func TestTheOutputIsChosenByTheValues(t *testing.T) {
	unit, wide := asFloats(glyphSet(t, 240), same), asFloats(glyphSet(t, 240), spread)
	for _, c := range []struct {
		set  *data.Set
		sets []string
		want string
	}{
		{glyphSet(t, 240), nil, "bernoulli"},
		{unit, nil, "bernoulli"},
		{wide, nil, "gaussian"},
		{wide, []string{"data.scale=minmax"}, "bernoulli"},
		{unit, []string{"data.scale=standard"}, "gaussian"},
	} {
		config, _, err := configs.Parse("small", nil, slices.Concat(small, onFloats, []string{"m1.output=auto"}, c.sets))
		if err != nil {
			t.Fatal(err)
		}
		k, _, err := loadCorpus(config, &heldPart{c.set}, fitter{})
		if err != nil {
			t.Fatal(err)
		}
		own, _, err := settledInput(config, k)
		if err != nil || own.M1.Output != c.want {
			t.Errorf("%v: want %s, found %v: %v", c.sets, c.want, own, err)
		}
		if own != nil && c.set.Real() && own.Data.Scale == "auto" {
			t.Error("what data.scale came to is not told")
		}
	}
}

func TestABoundThatIsNoNumberNamesTheScaleOfTheValues(t *testing.T) {
	results, _, err := trainOn(t, measuredSet(240), t.TempDir(), slices.Concat(onMeasured, []string{"data.scale=none"})...)
	if len(results) > 0 {
		err = errors.Join(err, results[0].Fault)
	}
	const want = "; the likely cause is the scale of the values: the standard deviations of the columns of measured go from " +
		`0.00022 to 1.7e+04; set data.scale = "standard"`
	if err == nil || !strings.Contains(err.Error(), "is not finite") || !strings.Contains(err.Error(), want) {
		t.Errorf("found %v\nwant …%s…", err, want)
	}
}

func TestLatentsThatAllDropOutNameTheLikelyCause(t *testing.T) {
	set := measuredSet(240)
	for i := range set.Floats {
		set.Floats[i] *= 1e-6
	}
	for want, sets := range map[string][]string{
		`; the likely cause is the scale of the values: the standard deviations of the columns of measured go from ` +
			`2.2e-10 to 0.017; set data.scale = "standard"; lower it`: {"data.scale=none"},
		"; the likely cause is that M1 was trained for 2 steps alone, 0.": {"m1.train.steps=2"},
		"; no mean varies by more than its prior N(0, 1) does; lower it":  {"m1.keep_above=4"},
	} {
		few := []string{"m1.keep_above=0.999", "m1.train.steps=5"}
		results, _, err := trainOn(t, set, t.TempDir(), slices.Concat(onMeasured, few, sets)...)
		if len(results) > 0 {
			err = errors.Join(err, results[0].Fault)
		}
		if err == nil || !strings.Contains(err.Error(), "drops all") || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v\nwant …%s…", err, want)
		}
	}
}

// Principal components are not sought again on resume: the checkpoint has them.
func TestAResumeTakesTheComponentsOfTheCheckpoint(t *testing.T) {
	set, dir := measuredSet(240), t.TempDir()
	sets := append(slices.Clone(onMeasured), "data.pca=4", "m1.keep_above=0")
	config, _, err := configs.Parse("small", nil, slices.Concat(small, onFloats, sets))
	if err != nil {
		t.Fatal(err)
	}
	s := &Session{observer: &heard{}}
	with := s.fitter(dir, config)
	if with.known(6) != nil {
		t.Error("an empty folder has components")
	}
	if _, _, err := trainOnUntil(t, "m1 4", set, dir, sets...); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	known := with.known(6)
	if known == nil {
		t.Fatal("a folder with a checkpoint has no components")
	}
	with.known = func(int) *transform.Transformation { return known }
	k, _, err := loadCorpus(config, &heldPart{set}, with)
	if err != nil || k.input.PCA != known.PCA {
		t.Errorf("the components were sought again: %v", err)
	}
}

func TestALongWaitForComponentsIsTold(t *testing.T) {
	o := &heard{}
	wait := fitter{tell: o.Note}.waiting(600, 3072, 73257)
	wait(waitTold)
	wait(45 * time.Second)
	want := []string{"data.pca = 600: fitting 600 components of 3072 values on 73257 rows takes about 45 s"}
	if !slices.Equal(o.notes, want) {
		t.Errorf("found %q, want %q", o.notes, want)
	}
	fitter{}.waiting(600, 3072, 73257)(time.Hour)
}

// A checkpoint's own numbers are taken where the fitted ones are not the same to the bit, as another machine's may be.
func TestACheckpointsTransformationIsTaken(t *testing.T) {
	config, _, err := configs.Parse("small", nil, slices.Concat(small, onFloats, onMeasured))
	if err != nil {
		t.Fatal(err)
	}
	k, set, err := loadCorpus(config, &heldPart{measuredSet(240)}, fitter{})
	if err != nil {
		t.Fatal(err)
	}
	ds, err := newDataset(config, k, set)
	if err != nil {
		t.Fatal(err)
	}
	own := func(change func(shift []float32)) *member {
		m := newMember(Member{Config: config}, ds)
		f := &safetensors.File{Tensors: slices.Clone(m.trained.Tensors()), Metadata: m.trained.Metadata()}
		for i, tensor := range f.Tensors {
			if values, ok := tensor.Data.([]float32); ok && tensor.Name == "input.shift" {
				values = slices.Clone(values)
				change(values)
				f.Tensors[i].Data = values
			}
		}
		m.ds = &dataset{corpus: ds.corpus}
		if err := m.takeInput(f); err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := own(func([]float32) {}); m.ds.corpus != k {
		t.Error("the same numbers want the examples once more")
	}
	next := func(shift []float32) { shift[1] = math.Nextafter32(shift[1], 0) }
	first, second := own(next), own(next)
	if first.ds.corpus == k || first.ds.corpus != second.ds.corpus || first.trained.Input.Shift[1] == k.input.Shift[1] {
		t.Error("a checkpoint's numbers are not those that its examples go through, once for all members")
	}
}
