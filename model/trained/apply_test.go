package trained

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/engine"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
	"ssdgm/model/trained/infer"
	"ssdgm/train/safetensors"
)

func TestPriorSamplesAreStandardNormal(t *testing.T) {
	z := Drawing{Class: 4, N: 2000}.normals(noise.StreamGenerate, 3)
	var sum, squares float64
	for _, v := range z {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(z))
	if mean, variance := sum/n, squares/n; math.Abs(mean) > 4/math.Sqrt(n) || math.Abs(variance-1) > 4*math.Sqrt(2/n) {
		t.Errorf("mean %g and variance %g of %g latents", mean, variance, n)
	}
	if slices.Equal(z, Drawing{Class: 5, N: 2000}.normals(noise.StreamGenerate, 3)) {
		t.Error("two classes share their latents")
	}
}

// every calls f with each kind of model, and some examples.
func every(t *testing.T, f func(t *testing.T, m *Model, set *Set)) {
	for _, e := range exported {
		t.Run(e.name, func(t *testing.T) {
			m, set := exportedModel(t, e.sets)
			for _, p := range m.Parts() {
				for i := range *p.Values {
					(*p.Values)[i] /= 4 // so that no bound is out of all numbers
				}
			}
			f(t, m, set)
		})
	}
}

// TestClassifyGivesWhatEvaluationSees holds the probabilities to the figures of an evaluation of the same examples.
func TestClassifyGivesWhatEvaluationSees(t *testing.T) {
	every(t, func(t *testing.T, m *Model, set *Set) {
		if !m.classifies() {
			if _, err := m.Classify(t.Context(), arrayOf(set)); !errors.Is(err, ErrInput) || m.Classes() != nil {
				t.Errorf("want a refusal, found %v", err)
			}
			return
		}
		e, err := m.Evaluate(t.Context(), set)
		must(t, err)
		p, err := m.Classify(t.Context(), arrayOf(set))
		must(t, err)
		wrong, nll, rows := 0, 0.0, p.Data().([]float32)
		for i, label := range set.Labels {
			row := rows[i*m.K:][:m.K]
			nll -= math.Log(float64(row[label]))
			if infer.Argmax(row) != int(label) {
				wrong++
			}
			if sum := infer.Sum(row); math.Abs(sum-1) > 1e-6 {
				t.Errorf("the probabilities of example %d sum to %g", i, sum)
			}
		}
		n := float64(set.N)
		if 100*float64(wrong)/n != *e.ErrorPercent || math.Abs(nll/n-*e.NLL) > 1e-5*math.Abs(*e.NLL) {
			t.Errorf("an error of %g %% and a loss of %g, but the evaluation has %g %% and %g",
				100*float64(wrong)/n, nll/n, *e.ErrorPercent, *e.NLL)
		}
	})
}

// TestBoundsAverageToTheEvaluations holds the bounds of single examples to that of the whole set, and to others where
// there are several samples.
func TestBoundsAverageToTheEvaluations(t *testing.T) {
	every(t, func(t *testing.T, m *Model, set *Set) {
		m.Config.Eval.Samples = 3
		bounds, err := m.Bound(t.Context(), arrayOf(set))
		if m.Config.Model == "supervised" {
			if !errors.Is(err, ErrInput) {
				t.Errorf("want a refusal, found %v", err)
			}
			return
		}
		must(t, err)
		e, err := m.Evaluate(t.Context(), set)
		must(t, err)
		mean := infer.Sum(bounds.Data().([]float32)) / float64(set.N)
		if math.Abs(mean-*e.Bound) > 1e-6*math.Abs(*e.Bound) {
			t.Errorf("a mean of %.9g, but the evaluation has %.9g", mean, *e.Bound)
		}
	})
}

// TestFloatsAreWhatBytesAre holds that a set of numbers is evaluated to the bit as the bytes that they stand for.
func TestFloatsAreWhatBytesAre(t *testing.T) {
	every(t, func(t *testing.T, m *Model, set *Set) {
		want, err := m.Evaluate(t.Context(), set)
		must(t, err)
		floats := *set
		floats.Bytes, floats.Floats = nil, arrayOf(set).Data().([]float32)
		found, err := m.Evaluate(t.Context(), &floats)
		must(t, err)
		if !reflect.DeepEqual(want, found) {
			t.Errorf("want %v, found %v", want, found)
		}
	})
}

func TestAViewIsTheArrayThatItShows(t *testing.T) {
	m, set := exportedModel(t, []string{"model=m1m2"})
	x := arrayOf(set)
	want, err := m.Encode(t.Context(), x)
	must(t, err)
	across := x.Clone().(*tensor.Dense)
	must(t, across.T())         // [d, n]
	must(t, across.Transpose()) // laid out so
	must(t, across.T())         // a view, [n, d]
	some, err := x.Slice(tensor.S(2, 7))
	must(t, err)
	for _, c := range []struct {
		view        *tensor.Dense
		first, last int
	}{{across, 0, set.N}, {some.(*tensor.Dense), 2, 7}} {
		found, err := m.Encode(t.Context(), c.view)
		must(t, err)
		latents := m.M1.Latents
		if !slices.Equal(found.Data().([]float32), want.Data().([]float32)[c.first*latents:c.last*latents]) {
			t.Errorf("rows %d to %d of a view are encoded otherwise", c.first, c.last)
		}
	}
}

func TestArgumentsThatDoNotFitAreRefused(t *testing.T) {
	m, set := exportedModel(t, []string{"model=m2"})
	m1, _ := exportedModel(t, []string{"model=m1"})
	ctx, x := t.Context(), arrayOf(set)
	bright := x.Clone().(*tensor.Dense)
	bright.Data().([]float32)[19] = 255
	second := func(_ any, err error) error { return err }
	styles, doubles := dense(make([]float32, 4), 2, 2), tensor.New(tensor.WithShape(1, 16), tensor.Of(tensor.Float64))
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(m.Classify(ctx, nil)), "classify: want an array of float32, [n, 16], found none"},
		{second(m.Encode(ctx, dense(make([]float32, 30), 2, 15))), "found float32, [2 15]"},
		{second(m.Bound(ctx, dense(make([]float32, 16), 16))), "bound: want an array of float32, [n, 16]"},
		{second(m.Classify(ctx, doubles)), "found float64, [1 16]"},
		{second(m.Classify(ctx, bright)), "from 0 to 1, found 255 in example 1, place 3; divide bytes by 255"},
		{second(m.Generate(ctx, 3, 1, 0)), "want a class from 0 to 2, found 3"},
		{second(m.Generate(ctx, 0, 0, 0)), "want at least 1 example, found 0"},
		{second(m.Analogy(ctx, x, 0, -1)), "want a class from 0 to 2, found -1"},
		{second(m.Decode(ctx, styles, []int{1})), "want a class for each of 2 rows of latents, found 1"},
		{second(m.Reconstruct(ctx, x)), `found model = "m2"`},
		{second(m1.Analogy(ctx, x)), `found model = "m1"`},
		{second(m1.Generate(ctx, 1, 1, 0)), "want class 0 of an M1 without an M2"},
	} {
		if !errors.Is(c.err, ErrInput) || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("want an error with %q, found %v", c.want, c.err)
		}
	}
}

// TestWhatIsDrawnIsAFunctionOfSeedClassAndNumber holds that how many are drawn at once decides nothing.
func TestWhatIsDrawnIsAFunctionOfSeedClassAndNumber(t *testing.T) {
	m, _ := exportedModel(t, []string{"model=m1m2"})
	few, err := m.Generate(t.Context(), 2, 3, 5)
	must(t, err)
	many, err := m.Generate(t.Context(), 2, 130, 5)
	must(t, err)
	if !slices.Equal(few.Data().([]float32), many.Data().([]float32)[:3*m.Inputs]) {
		t.Error("the first three of 130 are others than three")
	}
}

func TestAnalogiesAreTheStylesDecoded(t *testing.T) {
	m, set := exportedModel(t, []string{"model=m1m2"})
	x := arrayOf(set)
	drawn, err := m.Analogy(t.Context(), x, 2, 0)
	must(t, err)
	styles, _, err := m.Styles(t.Context(), x)
	must(t, err)
	second, err := m.Decode(t.Context(), styles, slices.Repeat([]int{0}, set.N))
	must(t, err)
	if !slices.Equal(drawn.Shape(), tensor.Shape{set.N, 2, m.Inputs}) {
		t.Fatalf("found %v", drawn.Shape())
	}
	for i := range set.N {
		image := drawn.Data().([]float32)[(2*i+1)*m.Inputs:][:m.Inputs]
		if !slices.Equal(image, second.Data().([]float32)[i*m.Inputs:][:m.Inputs]) {
			t.Fatalf("example %d as class 0 is another image", i)
		}
	}
}

// TestEveryCallClosesItsDevice holds that a call opens a device, closes it, and leaves it when its context ends.
func TestEveryCallClosesItsDevice(t *testing.T) {
	opened, closed := 0, 0
	m, err := Open(write(t, func(*safetensors.File) {}), OpenDevice(func() (engine.Device, error) {
		opened++
		return &closing{ref.New[float32](1), &closed}, nil
	}))
	must(t, err)
	x := arrayOf(images(4))
	want, err := m.Classify(t.Context(), x)
	must(t, err)
	if !slices.Equal(want.Data().([]float32), classified(t, m)) {
		t.Error("another device of the same kind gives other numbers")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for name, call := range map[string]func() error{
		"Classify": func() error { _, err := m.Classify(ended, x); return err },
		"Bound":    func() error { _, err := m.Bound(ended, x); return err },
		"Evaluate": func() error { _, err := m.Evaluate(ended, images(4)); return err },
		"Generate": func() error { _, err := m.Generate(ended, 0, 1, 0); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: want the context's error, found %v", name, err)
		}
	}
	if opened != 1 || closed != opened {
		t.Errorf("%d devices opened, %d closed", opened, closed)
	}
}

// closing counts how often it is closed.
type closing struct {
	engine.Device
	closed *int
}

func (d *closing) Close() error {
	*d.closed++
	return d.Device.Close()
}

// TestCallsStopWithTheirContext ends the context while minibatches are under way.
func TestCallsStopWithTheirContext(t *testing.T) {
	m, set := exportedModel(t, []string{"model=m1m2"})
	x := arrayOf(set) // three minibatches
	for name, call := range map[string]func(ctx context.Context, m *Model) error{
		"Classify": func(ctx context.Context, m *Model) error { _, err := m.Classify(ctx, x); return err },
		"Encode":   func(ctx context.Context, m *Model) error { _, err := m.Encode(ctx, x); return err },
		"Styles":   func(ctx context.Context, m *Model) error { _, _, err := m.Styles(ctx, x); return err },
		"Bound":    func(ctx context.Context, m *Model) error { _, err := m.Bound(ctx, x); return err },
		"Evaluate": func(ctx context.Context, m *Model) error { _, err := m.Evaluate(ctx, set); return err },
		"Generate": func(ctx context.Context, m *Model) error { _, err := m.Generate(ctx, 0, 300, 0); return err },
	} {
		ctx, end := context.WithCancel(t.Context())
		dev := ref.New[float32](1)
		steps := 0
		spy := enginetest.Intercept(dev, func(_ engine.Step, take func()) {
			if steps++; steps == 2 {
				end()
			}
			take()
		})
		if err := call(ctx, m.On(spy)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: want the context's error, found %v", name, err)
		}
		must(t, dev.Close())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSetsThatDoNotFitAreRefused(t *testing.T) {
	m, _ := exportedModel(t, []string{"model=m2"})
	for want, change := range map[string]func(set *Set){
		"want images of 16 pixels in 3 classes":    func(set *Set) { set.Inputs = 15 },
		"want 4 examples of 16 values, found 63":   func(set *Set) { set.Bytes = set.Bytes[:63] },
		"want a label of each of 4 examples":       func(set *Set) { set.Labels = set.Labels[:3] },
		"labels from 0 to 2, found 255 at place 1": func(set *Set) { set.Labels[1] = 255 },
		"want examples, found none":                func(set *Set) { set.N = 0 },
	} {
		set := images(4)
		change(set)
		if _, err := m.Evaluate(t.Context(), set); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, found %v", want, err)
		}
	}
}
