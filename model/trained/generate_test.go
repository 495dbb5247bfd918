package trained

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine/noise"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
)

// drawn is what an Applied of a model draws.
func drawn(t *testing.T, m *Model, d Drawing) []float32 {
	t.Helper()
	a, err := m.Apply()
	must(t, err)
	defer a.Close()
	x, err := a.Generate(t.Context(), d)
	must(t, err)
	return x
}

// TestDrawsInPiecesAreThoseOfTheWhole holds that an example depends on its number, not on those that it is drawn with,
// and that other seeds, classes and numbers give others.
func TestDrawsInPiecesAreThoseOfTheWhole(t *testing.T) {
	for _, e := range exported {
		m, _ := exportedModel(t, e.sets)
		if m.M1 == nil && m.M2 == nil {
			continue
		}
		class := min(2, max(0, m.K-1))
		if m.M2 == nil {
			class = 0
		}
		for _, sample := range []bool{false, true} {
			d := Drawing{Class: class, N: 230, Seed: 5, Sample: sample}
			whole, pieces := drawn(t, m, d), []float32(nil)
			for _, n := range []int{1, 7, 100, 122} {
				d.N = n
				pieces = append(pieces, drawn(t, m, d)...)
				d.First += n
			}
			if !slices.Equal(whole, pieces) {
				t.Errorf("%s, sample %v: pieces are not the whole", e.name, sample)
			}
			d = Drawing{Class: class, N: 230, Seed: 6, Sample: sample}
			if slices.Equal(whole, drawn(t, m, d)) {
				t.Errorf("%s, sample %v: two seeds draw the same", e.name, sample)
			}
		}
	}
}

// TestSamplesHaveTheMomentsOfTheirDistribution holds draws of p(x|y,z) to its mean, which is drawn with the same z, and
// those of a Gaussian to its variance.
func TestSamplesHaveTheMomentsOfTheirDistribution(t *testing.T) {
	for _, c := range []struct {
		name, logvar string
		sets         []string
	}{
		{"m1", "m1.decoder.logvar", []string{"model=m1"}}, {"m2", "m2.decoder.logvar", []string{"model=m2"}},
	} {
		for _, real := range []bool{false, true} {
			size, class := Size{Inputs: 10, Height: 2, Width: 5, Classes: 3}, 0
			if real {
				size.Height, size.Width, size.Input = 0, 0, transform.Identity(10)
				if c.name == "m1" {
					c.sets = append(c.sets, "m1.output=gaussian")
				}
			}
			m := tinyModel(t, size, c.sets...)
			if c.name == "m2" {
				class = 1
			}
			const n, logvar = 4000, -1
			if real {
				plant(t, m, c.logvar, logvar)
			}
			mean := drawn(t, m, Drawing{Class: class, N: n})
			x := drawn(t, m, Drawing{Class: class, N: n, Sample: true})
			var bias, variance, want float64
			for i, v := range x {
				bias += float64(v - mean[i])
				variance += float64(v-mean[i]) * float64(v-mean[i])
				if want += math.Exp(logvar); !real {
					want += float64(mean[i]*(1-mean[i])) - math.Exp(logvar)
				}
			}
			if ratio := variance / want; math.Abs(ratio-1) > 0.03 || math.Abs(bias) > 4*math.Sqrt(want) {
				t.Errorf("%s, real %v: a variance of %g of the distribution's, and a bias of %g standard errors",
					c.name, real, ratio, bias/math.Sqrt(want))
			}
		}
	}
}

// tinyModel is a model with its initial parameters.
func tinyModel(t *testing.T, size Size, sets ...string) *Model {
	t.Helper()
	c, _, err := configs.Parse("tiny", nil, append([]string{
		"m1.hidden=[5]", "m1.latents=3", "m2.hidden=[5]", "m2.classifier_hidden=[]", "m2.latents=2", "yardstick=false",
		"m1.train.steps=1", "m2.train.steps=1",
	}, sets...))
	must(t, err)
	m := New(c, size)
	if m.M2 == nil && c.HasM2() {
		m.Keep([]int{0, 2})
	}
	for _, p := range m.Parts() {
		*p.Values = p.Layout.Init(1)
	}
	return m
}

// plant makes a layer give a value, whatever it sees.
func plant(t *testing.T, m *Model, layer string, value float32) {
	t.Helper()
	for _, p := range m.Parts() {
		for name, v := range map[string]float32{layer + ".weight": 0, layer + ".bias": value} {
			if tensor, ok := p.Layout.Find(name); ok {
				for i := range (*p.Values)[tensor.Offset:][:tensor.Len()] {
					(*p.Values)[tensor.Offset+i] = v
				}
				continue
			}
			t.Fatalf("no %s", name)
		}
	}
}

// TestLatentsOfM1AreDrawn holds M1+M2's draws of z1: mean + σ·noise of the kept ones, and the prior's others.
func TestLatentsOfM1AreDrawn(t *testing.T) {
	m := tinyModel(t, Size{Inputs: 16, Height: 4, Width: 4, Classes: 3}, "model=m1m2")
	z1 := []float32{1, 2, 3, -1, -2, -3}
	kept := make([]float32, 4)
	m.latentHead(z1)(0, kept, []float32{10, 20, 0, float32(2 * math.Log(2)), 30, 40, 0, 0})
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 }
	if want := []float32{11, 26, 29, 37}; !slices.EqualFunc(kept, want, near) {
		t.Errorf("want %v, found %v", want, kept)
	}
	m.stack().Widen(z1, kept)
	if z1[1] != 2 || z1[4] != -2 || z1[0] != kept[0] || z1[5] != kept[3] {
		t.Errorf("the kept ones are not in their places: %v", z1)
	}
	if d := (Drawing{N: 1}); slices.Equal(d.normals(noise.StreamGenerateZ1, 2), d.normals(noise.StreamGenerate, 2)) {
		t.Error("z1 and z2 share their noise")
	}
}

// TestOneCategoryIsDrawn holds that a one-hot feature has one category in each draw, as often as the softmax of its
// logits says, and other values are drawn alone.
func TestOneCategoryIsDrawn(t *testing.T) {
	input := transform.Identity(5)
	input.Features = []transform.Feature{{Name: "a"}, {Name: "colour", Categories: []string{"r", "g", "b"}}, {Name: "b"}}
	m := tinyModel(t, Size{Inputs: 5, Input: input}, "model=m1", "m1.output=bernoulli")
	logits := []float32{0, 1, -1, 2, 0}
	const n = 20000
	counts, both := make([]float64, 5), 0
	head, x := m.head(Drawing{Sample: true, Seed: 3, N: n}, m.M1.Output), make([]float32, 5)
	for i := range n {
		head(i, x, logits)
		if x[1]+x[2]+x[3] != 1 {
			t.Fatalf("want one category, found %v", x)
		}
		for j, v := range x {
			counts[j] += float64(v) / n
		}
		if x[0] == 1 && x[4] == 1 {
			both++
		}
	}
	norm := infer.LogSumExp(logits[1:4])
	for j, want := range []float64{0.5, math.Exp(1 - norm), math.Exp(-1 - norm), math.Exp(2 - norm), 0.5} {
		if math.Abs(counts[j]-want) > 4*math.Sqrt(want*(1-want)/n) {
			t.Errorf("value %d: want %.4f of the draws, found %.4f", j, want, counts[j])
		}
	}
	if share := float64(both) / n; math.Abs(share-0.25) > 0.02 {
		t.Errorf("want two values drawn apart, found both in %.3f", share)
	}
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	pixels := Size{Inputs: 16, Height: 4, Width: 4, Classes: 3}
	m1, both := tinyModel(t, pixels, "model=m1"), tinyModel(t, pixels, "model=m1m2")
	for _, c := range []struct {
		m    *Model
		d    Drawing
		want string
	}{
		{m1, Drawing{Class: 1, N: 1}, "want class 0 of an M1 without an M2"},
		{both, Drawing{Class: 3, N: 1}, "want a class from 0 to 2, found 3"},
		{both, Drawing{}, "want at least 1 example, found 0"},
		{both, Drawing{First: -1, N: 1}, "want examples from 0 to 4294967295, found 1 from -1 on"},
		{both, Drawing{First: math.MaxUint32, N: 1}, "found 1 from 4294967295 on"},
	} {
		if _, err := c.m.draw(t.Context(), c.d); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}
