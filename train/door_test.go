package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/ref"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
)

// stripes are n images of 4×4, [n, 4, 4], of lines from left to right, from top to bottom, or on the diagonal, and
// which of these each shows.
func stripes(n int) (x *tensor.Dense, labels []int) {
	random := rand.New(rand.NewPCG(1, 2))
	var pixels []float32
	for i := range n {
		class, at := i%3, random.IntN(4)
		for place := range 16 {
			row, column := place/4, place%4
			on := [3]bool{row == at, column == at, (row+column)%4 == at}[class]
			p := 0.2 * random.Float32()
			if on {
				p = 1 - p
			}
			pixels = append(pixels, p)
		}
		labels = append(labels, class)
	}
	return tensor.New(tensor.WithShape(n, 4, 4), tensor.WithBacking(pixels)), labels
}

// stripesConfig is a small M2, which trains in about a second.
const stripesConfig = `
model = "m2"
yardstick = false
data.labels = 90
data.validation = 0
m2.hidden = [30]
m2.classifier_hidden = [30]
m2.latents = 3
m2.alpha = 5.0
m2.weight_prior = 0.1  # of 300 examples
m2.train.steps = 600
m2.train.labelled_batch = 30
m2.train.unlabelled_batch = 60
m2.train.optimiser.rate = 5e-3
`

func ExampleRun() {
	config, _, err := configs.Parse("stripes", []byte(stripesConfig), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, labels := stripes(300) // 90 of the labels are used, 30 of each class
	model, err := train.Run(context.Background(), config, train.RunOptions{Train: &train.Arrays{X: x, Labels: labels}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := x.Reshape(300, 16); err != nil {
		fmt.Println(err)
		return
	}
	probabilities, err := model.Classify(context.Background(), x)
	if err != nil {
		fmt.Println(err)
		return
	}
	best, err := probabilities.Argmax(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	right := 0
	for i, class := range best.Data().([]int) {
		if class == labels[i] {
			right++
		}
	}
	fmt.Println(probabilities.Shape(), "of classes", model.Classes(), "and right:", right)
	// Output: (300, 3) of classes [0 1 2] and right: 300
}

// parsed is the configuration with some keys set.
func parsed(t *testing.T, sets ...string) *configs.Config {
	t.Helper()
	c, _, err := configs.Parse("stripes", []byte(stripesConfig), append([]string{"m2.train.steps=20"}, sets...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAProgramTrainsOnItsArrays(t *testing.T) {
	x, labels := stripes(120)
	dir, opened := filepath.Join(t.TempDir(), "run"), 0
	options := train.RunOptions{
		Train: &train.Arrays{X: x, Labels: labels}, Folder: dir,
		OpenDevice: func(replicas int) (engine.Device, error) { opened++; return ref.New[float32](replicas), nil },
	}
	m, err := train.Run(t.Context(), parsed(t), options)
	if err != nil {
		t.Fatal(err)
	}
	if m.Height != 4 || m.Width != 4 || m.K != 3 || opened != 1 {
		t.Errorf("a model of %d×%d in %d classes, on %d devices", m.Height, m.Width, m.K, opened)
	}
	kept, err := trained.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(kept.M2Values, m.M2Values) {
		t.Error("the folder holds another model")
	}
	again, err := train.Run(t.Context(), parsed(t), options)
	if err != nil || !slices.Equal(again.M2Values, m.M2Values) {
		t.Errorf("the run that is finished gives another model: %v", err)
	}
}

func TestARunThatIsStoppedGoesOnInItsFolder(t *testing.T) {
	x, labels := stripes(120)
	options := train.RunOptions{Train: &train.Arrays{X: x, Labels: labels}}
	whole, err := train.Run(t.Context(), parsed(t), options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := train.Run(ctx, parsed(t), options); !errors.Is(err, context.Canceled) {
		t.Errorf("want the context's error without a folder, found %v", err)
	}
	options.Folder, options.Observer = filepath.Join(t.TempDir(), "run"), &stopAt{step: 7}
	ctx, options.Observer.(*stopAt).stop = context.WithCancel(t.Context())
	if _, err := train.Run(ctx, parsed(t), options); !errors.Is(err, train.ErrStopped) {
		t.Errorf("want ErrStopped, found %v", err)
	}
	options.Observer = nil
	m, err := train.Run(t.Context(), parsed(t), options)
	if err != nil || !slices.Equal(m.M2Values, whole.M2Values) {
		t.Errorf("another model than that of a run left alone: %v", err)
	}
}

// stopAt stops a run at a step.
type stopAt struct {
	step int
	stop func()
}

func (*stopAt) Phase(string, int, int, int) {}
func (*stopAt) Metrics([]train.Metrics)     {}
func (*stopAt) Note(string)                 {}
func (s *stopAt) Step(step int) {
	if step >= s.step {
		s.stop()
	}
}

func TestArraysThatDoNotFitAreRefused(t *testing.T) {
	x, labels := stripes(6)
	doubles := tensor.New(tensor.WithShape(6, 16), tensor.Of(tensor.Float64))
	pairs := tensor.New(tensor.WithShape(6, 2, 2, 2), tensor.Of(tensor.Float32))
	nan, _ := stripes(6)
	nan.Data().([]float32)[17] = float32(math.NaN())
	for _, c := range []struct {
		arrays train.Arrays
		want   string
	}{
		{train.Arrays{Labels: labels}, "found none"},
		{train.Arrays{X: doubles, Labels: labels}, "found float64 of shape [6 16]"},
		{train.Arrays{X: x, Labels: labels[:5]}, "want a label, or -1, for each of 6 examples, found 5"},
		{train.Arrays{X: x, Labels: []int{0, 1, 2, 0, 1, -2}}, "found -2 at place 5"},
		{train.Arrays{X: x, Labels: []int{-1, -1, -1, -1, -1, -1}}, "want at least one label"},
		{train.Arrays{X: nan, Labels: labels}, "found NaN in example 1, place 1"},
		{train.Arrays{Name: "mine", X: pairs, Labels: labels}, "mine: want float32"},
	} {
		_, err := train.Run(t.Context(), parsed(t), train.RunOptions{Train: &c.arrays})
		if !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want an error with %q, found %v", c.want, err)
		}
	}
	if _, err := train.Run(t.Context(), parsed(t, "precision=tf32"), train.RunOptions{}); !errors.Is(err, data.ErrInput) {
		t.Errorf("want a refusal of tf32 on the CPU, found %v", err)
	}
}

// TestRealValuesAndClassNamesComeThroughTheDoor trains on real values, and opens the result's file.
func TestRealValuesAndClassNamesComeThroughTheDoor(t *testing.T) {
	x, labels := stripes(300)
	if err := x.Reshape(300, 16); err != nil {
		t.Fatal(err)
	}
	values := x.Data().([]float32)
	for i := range values {
		values[i] = 6*values[i] - 3
	}
	config, _, err := configs.Parse("stripes", []byte(stripesConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"across", "down", "diagonal"}
	arrays := &train.Arrays{X: x, Real: true, Labels: labels, ClassNames: names}
	folder := filepath.Join(t.TempDir(), "run")
	if _, err := train.Run(t.Context(), config, train.RunOptions{Train: arrays, Folder: folder}); err != nil {
		t.Fatal(err)
	}
	m, err := trained.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Classes(), names) || !m.Real() {
		t.Errorf("found classes %v, real values %v", m.Classes(), m.Real())
	}
	p, err := m.Classify(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, label := range labels {
		row := p.Data().([]float32)[i*3:][:3]
		if slices.Max(row) == row[label] {
			right++
		}
	}
	if right < 280 {
		t.Errorf("want at least 280 of 300 examples right, found %d", right)
	}
	arrays.ClassNames = names[:2]
	if _, err := arrays.Load(); !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), "want a name for each of at least 3 classes") {
		t.Errorf("two names for three classes: %v", err)
	}
	arrays.ClassNames, arrays.X = nil, tensor.New(tensor.WithShape(300, 4, 4), tensor.WithBacking(values))
	if _, err := arrays.Load(); !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), "want real values, float32 of shape [n, d]") {
		t.Errorf("real values of three axes: %v", err)
	}
}

// TestRunFitsATemperatureAndWhatIsUsual holds that the model which is returned and its file have both, and that the same
// call on what has been trained gives them again.
func TestRunFitsATemperatureAndWhatIsUsual(t *testing.T) {
	t.Parallel()
	config, _, err := configs.Parse("stripes", []byte(stripesConfig),
		[]string{"data.validation=60", "m2.train.steps=100", "m2.train.optimiser.rate=1e-3"})
	if err != nil {
		t.Fatal(err)
	}
	x, labels := stripes(300)
	options := train.RunOptions{Train: &train.Arrays{X: x, Labels: labels}, Folder: filepath.Join(t.TempDir(), "run")}
	for range 2 {
		m, err := train.Run(t.Context(), config, options)
		if err != nil {
			t.Fatal(err)
		}
		if m.Temperature == nil || m.Temperature.Examples != 60 || m.Usual == nil || m.Usual.Examples != 240 {
			t.Fatalf("want a temperature of 60 examples and percentiles of 240, found %+v, %+v", m.Temperature, m.Usual)
		}
		file, err := trained.Open(options.Folder)
		if err != nil || !reflect.DeepEqual(file.Temperature, m.Temperature) || !reflect.DeepEqual(file.Usual, m.Usual) {
			t.Errorf("want the same in the file, found %+v, %+v, %v", file.Temperature, file.Usual, err)
		}
	}
}
