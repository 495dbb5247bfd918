package pictures

import (
	"bytes"
	"errors"
	"image"
	"math"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
	"ssdgm/train"
	"ssdgm/train/data"
)

func pngOf(t *testing.T, s *Sheet) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, s.WritePNG(&b))
	return b.Bytes()
}

func TestSamplesHaveOneRowPerClass(t *testing.T) {
	m, _ := tinyModel(t, "model=m2")
	plantLabels(t, m)
	s, err := Generate(newDevice(t), m, Options{PerClass: 12})
	must(t, err)
	if want := image.Rect(0, 0, 2+12*30, 2+10*30); s.Rows != 10 || s.Columns != 12 || s.Image().Bounds() != want {
		t.Fatalf("%d×%d images on %v, want 10×12 on %v", s.Rows, s.Columns, s.Image().Bounds(), want)
	}
	for class := range 10 {
		for column := range 12 {
			if got := label(s, class, column); got != class {
				t.Errorf("row %d, column %d shows label %d", class, column, got)
			}
		}
	}
}

func TestSampleIsAFunctionOfSeedClassAndNumber(t *testing.T) {
	m, _ := tinyModel(t, "model=m1m2")
	dev := newDevice(t)
	draw := func(perClass int, seed uint64) *Sheet {
		s, err := Generate(dev, m, Options{PerClass: perClass, Seed: seed})
		must(t, err)
		return s
	}
	s := draw(4, 1)
	if !bytes.Equal(pngOf(t, s), pngOf(t, draw(4, 1))) {
		t.Error("one seed gives two pictures")
	}
	if bytes.Equal(pngOf(t, s), pngOf(t, draw(4, 2))) {
		t.Error("two seeds give one picture")
	}
	more := draw(11, 1)
	for class := range 10 {
		for number := range 4 {
			for i := range m.Inputs {
				if pixel(s, class, number, i) != pixel(more, class, number, i) {
					t.Fatalf("class %d, sample %d depends on how many are drawn", class, number)
				}
			}
		}
	}
}

func TestM1DrawsASquareOfSamples(t *testing.T) {
	m, _ := tinyModel(t, "model=m1")
	s, err := Generate(newDevice(t), m, Options{PerClass: 3})
	must(t, err)
	if s.Rows != 3 || s.Columns != 3 {
		t.Errorf("%d×%d images, want 3×3", s.Rows, s.Columns)
	}
}

func TestQuantilesCutThePriorIntoEqualParts(t *testing.T) {
	for _, n := range []int{1, 2, 15} {
		q := quantiles(n)
		for i := range q {
			if q[i] != -q[n-1-i] {
				t.Errorf("quantiles %d and %d of %d: %g and %g are not symmetric", i, n-1-i, n, q[i], q[n-1-i])
			}
			cdf, want := 0.5*(1+math.Erf(float64(q[i])/math.Sqrt2)), (float64(i)+0.5)/float64(n)
			if math.Abs(cdf-want) > 1e-6 {
				t.Errorf("quantile %d of %d has Φ = %g, want %g", i, n, cdf, want)
			}
		}
	}
}

func TestGridRisesToTheRightAndUpwards(t *testing.T) {
	m, _ := tinyModel(t, "model=m2", "m2.latents=2")
	plantLabels(t, m)
	s, err := Grid(newDevice(t), m, 3, 5)
	must(t, err)
	for row := range 5 {
		for column := range 5 {
			if got := label(s, row, column); got != 3 {
				t.Errorf("row %d, column %d shows label %d, want 3", row, column, got)
			}
			if column > 0 && pixel(s, row, column, 20) <= pixel(s, row, column-1, 20) {
				t.Errorf("row %d: the first latent does not rise from column %d to %d", row, column-1, column)
			}
			if row > 0 && pixel(s, row, column, 21) >= pixel(s, row-1, column, 21) {
				t.Errorf("column %d: the second latent does not fall from row %d to %d", column, row-1, row)
			}
		}
	}
	if got := pixel(s, 2, 2, 20); got < 126 || got > 129 {
		t.Errorf("the middle of the grid has level %d, want that of z = 0, 128", got)
	}
}

func TestGridsShowEveryClassOnOneSheet(t *testing.T) {
	m, _ := tinyModel(t, "model=m2", "m2.latents=2")
	classes, all, err := Grids(newDevice(t), m, 4)
	must(t, err)
	if len(classes) != 10 || all.Rows != 2 || all.Columns != 5 {
		t.Fatalf("%d classes on %d×%d sheets, want 10 on 2×5", len(classes), all.Rows, all.Columns)
	}
	for class, s := range classes {
		at := all.Cell(class/5, class%5)
		if at.Size() != s.Image().Bounds().Size() {
			t.Fatalf("a grid of %v has %v on the contact sheet", s.Image().Bounds().Size(), at.Size())
		}
		for y := range at.Dy() {
			for x := range at.Dx() {
				if s.Image().At(x, y) != all.Image().At(at.Min.X+x, at.Min.Y+y) {
					t.Fatalf("class %d differs on the contact sheet at %d, %d", class, x, y)
				}
			}
		}
		if class > 0 && bytes.Equal(pngOf(t, s), pngOf(t, classes[class-1])) {
			t.Errorf("classes %d and %d look the same", class-1, class)
		}
	}
}

func TestAnalogiesBeginWithTheImagesAndShowEveryLabel(t *testing.T) {
	m, set := tinyModel(t, "model=m2")
	plantLabels(t, m)
	s, err := Analogies(newDevice(t), m, set, 10)
	must(t, err)
	if s.Rows != 10 || s.Columns != 11 {
		t.Fatalf("%d×%d images, want 10×11", s.Rows, s.Columns)
	}
	for class := range 10 {
		first := slices.Index(set.Labels, uint8(class))
		for i, v := range set.Images[first*set.D():][:set.D()] {
			if got := pixel(s, class, 0, i); got != int(v) {
				t.Fatalf("row %d, value %d of its image: %d, want %d of the set's first %d", class, i, got, v, class)
			}
		}
		for y := range 10 {
			if got := label(s, class, 1+y); got != y {
				t.Errorf("row %d, column %d shows label %d, want %d", class, 1+y, got, y)
			}
		}
	}
}

func TestAnalogiesInferTheLatentAtTheClassifiersLabel(t *testing.T) {
	m, set := tinyModel(t, "model=m2")
	dev, hidden := newDevice(t), m.M2.Hidden[0]
	e, err := m.On(dev).Evaluate(t.Context(), train.ExamplesOf(set, "test"))
	must(t, err)
	_, labels, err := m.On(dev).Styles(t.Context(), examples(set))
	must(t, err)
	wrong := 0
	for i, y := range labels {
		if y != int(set.Labels[i]) {
			wrong++
		}
	}
	if got := 100 * float64(wrong) / float64(set.N); math.Abs(got-*e.ErrorPercent) > 1e-9 {
		t.Errorf("the labels are wrong in %g %%, the classifier in %g %%", got, *e.ErrorPercent)
	}

	// A classifier that always says 7, and a mean of z that is 2·ln(1+e³) at label 7.
	zero(t, m, "m2.classifier.out.weight", "m2.classifier.out.bias", "m2.encoder.0.weight", "m2.encoder.0.bias",
		"m2.encoder.0.label.weight", "m2.encoder.mean.weight", "m2.encoder.mean.bias")
	find(t, m, "m2.classifier.out.bias")[7] = 1
	find(t, m, "m2.encoder.0.label.weight")[7*hidden+4] = 3
	find(t, m, "m2.encoder.mean.weight")[1*hidden+4] = 2
	styles, labels, err := m.On(dev).Styles(t.Context(), examples(set))
	must(t, err)
	for i := range set.N {
		row := floats(styles)[i*m.M2.Latents:][:m.M2.Latents]
		if want := float32(2 * math.Log1p(math.Exp(3))); labels[i] != 7 || row[0] != 0 || !near(row[1], want) {
			t.Fatalf("example %d has label %d and latents %v, want 7 and %g in the second", i, labels[i], row, want)
		}
	}
}

func TestStackDecodesDroppedLatentsAsZero(t *testing.T) {
	m, _ := tinyModel(t, "model=m1m2", "m1.keep_above=0.2", "m1.train.optimiser.rate=0.02")
	if n := len(m.Kept); n == 0 || n == m.M1.Latents {
		t.Fatalf("%d of %d latents are kept: the test needs some of them", n, m.M1.Latents)
	}
	dev := newDevice(t)
	zero(t, m, "m2.decoder.mean.weight")
	z1 := make([]float32, m.M1.Latents)
	for k, j := range m.Kept {
		find(t, m, "m2.decoder.mean.bias")[k] = float32(1 + k)
		z1[j] = float32(1 + k)
	}
	got, err := decode(dev, m, make([]float32, 3*m.M2.Latents), []int{0, 5, 9})
	must(t, err)
	want := infer.DecodeM1(dev, m.M1, m.M1Values, slices.Repeat(z1, 3), infer.MeanOf(m.M1.Output, m.M1.Inputs), nil)
	if !slices.Equal(got, want) {
		t.Error("the stack's images are not those of its own z1")
	}
}

func TestReconstructionsStandBelowTheirImages(t *testing.T) {
	m, set := tinyModel(t, "model=m1m2")
	dev := newDevice(t)
	s, err := Reconstructions(dev, m, set, 13)
	must(t, err)
	if s.Rows != 2 || s.Columns != 13 {
		t.Fatalf("%d×%d images, want 2×13", s.Rows, s.Columns)
	}
	reconstructed, err := m.On(dev).Reconstruct(t.Context(), examples(set))
	must(t, err)
	images := floats(reconstructed)
	first := slices.Index(set.Labels, 2)
	for i := range set.D() {
		at := first*set.D() + i
		if above, below := pixel(s, 0, 2, i), pixel(s, 1, 2, i); above != int(set.Images[at]) || below != int(level(images[at])) {
			t.Fatalf("value %d: %d above %d, want %d above %d", i, above, below, set.Images[at], level(images[at]))
		}
	}
}

func TestAllDrawsWhatTheModelHas(t *testing.T) {
	for want, sets := range map[string][]string{
		"samples analogies": {"model=m2"},
		"samples grids grid-0 grid-1 grid-2 grid-3 grid-4 grid-5 grid-6 grid-7 grid-8 grid-9 analogies": {"model=m2", "m2.latents=2", "pictures.grid=2"},
		"samples analogies reconstructions": {"model=m1m2"},
		"samples reconstructions":           {"model=m1"},
		"reconstructions":                   {"model=m1", "pictures.samples_per_class=0", "pictures.analogies=1000"},
		"":                                  {"model=supervised"},
	} {
		m, set := tinyModel(t, sets...)
		all, err := All(newDevice(t), m, set)
		must(t, err)
		if m.M2 == nil { // Images without labels are drawn in their order.
			without := *set
			without.Classes, without.Labels = 0, slices.Repeat([]uint8{data.Unlabelled}, set.N)
			drawn, err := All(newDevice(t), m, &without)
			must(t, err)
			if len(drawn) != len(all) {
				t.Errorf("%v draws %d pictures of images without labels, want %d", sets, len(drawn), len(all))
			}
		}
		var names []string
		for _, p := range all {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%v draws %q, want %q", sets, got, want)
		}
	}
}

func TestWhatAModelCannotDrawIsOneLine(t *testing.T) {
	m1, set := tinyModel(t, "model=m1")
	m2, _ := tinyModel(t, "model=m2")
	flat, _ := tinyModel(t, "model=m2", "m2.latents=2")
	other, odd := *set, *m1
	features, onFeatures := *set, *m1
	features.Floats, features.Images, onFeatures.Input = set.Inputs(), nil, transform.Identity(m1.Inputs)
	other.Width = 14
	odd.Inputs, odd.Height, odd.Width = 785, 0, 0
	supervised := &trained.Model{Config: &configs.Config{Model: "supervised"}, Inputs: set.D(), Height: 28, Width: 28, K: 10}
	for want, draw := range map[string]func(engine.Device) (*Sheet, error){
		"want a latent of 2 dimensions, found 5":  func(d engine.Device) (*Sheet, error) { return Grid(d, m2, 0, 3) },
		`a grid: want a model with classes`:       func(d engine.Device) (*Sheet, error) { return Grid(d, m1, 0, 3) },
		"want a class from 0 to 9, found 10":      func(d engine.Device) (*Sheet, error) { return Grid(d, flat, 10, 3) },
		"at least 1 image on a side, found 0":     func(d engine.Device) (*Sheet, error) { return Grid(d, flat, 0, 0) },
		"analogies: want a model with classes":    func(d engine.Device) (*Sheet, error) { return Analogies(d, m1, set, 1) },
		"want from 1 to 60 images":                func(d engine.Device) (*Sheet, error) { return Analogies(d, m2, set, 61) },
		"found glyphs with 392":                   func(d engine.Device) (*Sheet, error) { return Analogies(d, m2, &other, 1) },
		"reconstructions: want a model with an M": func(d engine.Device) (*Sheet, error) { return Reconstructions(d, m2, set, 1) },
		`found model = "supervised"`:              func(d engine.Device) (*Sheet, error) { return Generate(d, supervised, Options{PerClass: 1}) },
		"at least 1 of each class, found 0":       func(d engine.Device) (*Sheet, error) { return Generate(d, m2, Options{}) },
		"want images, found glyphs with real": func(d engine.Device) (*Sheet, error) {
			return Analogies(d, m2, &features, 1)
		},
		"one that was trained on real values": func(d engine.Device) (*Sheet, error) {
			return Generate(d, &onFeatures, Options{PerClass: 1})
		},
		"draw images of 785 values": func(d engine.Device) (*Sheet, error) { return Reconstructions(d, &odd, set, 1) },
	} {
		s, err := draw(newDevice(t))
		if s != nil || !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v and error %v, want no sheet and one line with %q", s, err, want)
		}
	}
}
