package trained

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"ssdgm/model/trained/transform"
)

var (
	_ Classifier = (*Applied)(nil)
	_ Classifier = (*Ensemble)(nil)
)

// named is a small M2 on real values in three classes. Its parameters are others for each seed.
func named(t *testing.T, seed float32, classes []string, columns ...string) *Model {
	t.Helper()
	m, _ := exportedModel(t, []string{"model=m2"})
	for _, p := range m.Parts() {
		for i := range *p.Values {
			(*p.Values)[i] *= seed
		}
	}
	m.ClassNames, m.Input = classes, transform.Identity(m.Inputs)
	for _, column := range columns {
		m.Input.Features = append(m.Input.Features, transform.Feature{Name: column})
	}
	return m
}

// letters names 16 columns, from one on.
func letters(from int) (names []string) {
	for j := range 16 {
		names = append(names, string(rune('a'+(from+j)%16)))
	}
	return names
}

// TestAnEnsembleIsTheMeanOfItsModels gives models whose classes and columns are in other orders, one of them with a
// temperature.
func TestAnEnsembleIsTheMeanOfItsModels(t *testing.T) {
	first := named(t, 1, []string{"cat", "dog", "owl"}, letters(0)...)
	second := named(t, 0.5, []string{"owl", "cat", "dog"}, letters(3)...)
	second.Temperature = &Temperature{Value: 2.5, Examples: 10}
	_, set := exportedModel(t, []string{"model=m2"})
	x := arrayOf(set).Data().([]float32)
	moved := make([]float32, len(x)) // x in the columns of the second
	for i := range x {
		moved[i] = x[i/16*16+(i%16+3)%16]
	}
	e, err := NewEnsemble(Member{"one", first}, Member{"two", second})
	must(t, err)
	defer e.Close()
	if !slices.Equal(e.Classes(), first.ClassNames) || e.Inputs() != 16 || len(e.Models()) != 2 {
		t.Errorf("classes %v, %d inputs", e.Classes(), e.Inputs())
	}
	found, err := e.Classify(t.Context(), x)
	must(t, err)
	a, err := first.Classify(t.Context(), dense(x, set.N, 16))
	must(t, err)
	b, err := second.Classify(t.Context(), dense(moved, set.N, 16))
	must(t, err)
	p, q := a.Data().([]float32), b.Data().([]float32)
	for i := range found {
		want := (float64(p[i]) + float64(q[i/3*3+(i%3+1)%3])) / 2
		if math.Abs(float64(found[i])-want) > 1e-7 {
			t.Errorf("row %d, class %d: want %g, found %g", i/3, i%3, want, found[i])
		}
	}
}

// TestModelsThatDoNotFitAreNoEnsemble wants errors that name the model and what is different.
func TestModelsThatDoNotFitAreNoEnsemble(t *testing.T) {
	first := named(t, 1, []string{"cat", "dog", "owl"}, letters(0)...)
	others := named(t, 1, []string{"cat", "dog", "cow"}, letters(0)...)
	columns := named(t, 1, []string{"cat", "dog", "owl"}, append(letters(0)[:15], "z")...)
	wide := named(t, 1, []string{"cat", "dog", "owl"})
	wide.Inputs = 17
	pixels := named(t, 1, []string{"cat", "dog", "owl"})
	pixels.Input = transform.OfPixels(16)
	features, _ := exportedModel(t, []string{"model=m1"})
	for want, m := range map[string]*Model{
		"found cat, dog, owl in RUN and cat, dog, cow in OTHER":      others,
		`found the column "z" in OTHER, which RUN lacks`:             columns,
		"found 16 values in RUN and 17 in OTHER":                     wide,
		"found real values in RUN and pixels from 0 to 1 in OTHER":   pixels,
		`want models with a classifier, found model = "m1" in OTHER`: features,
	} {
		_, err := NewEnsemble(Member{"RUN", first}, Member{"OTHER", m})
		if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, found %v", want, err)
		}
	}
	if _, err := NewEnsemble(); !errors.Is(err, ErrInput) {
		t.Errorf("an ensemble of none: %v", err)
	}
	if _, err := NewEnsemble(Member{"RUN", first}, Member{Name: "OTHER"}); !errors.Is(err, ErrInput) {
		t.Errorf("a member without a model: %v", err)
	}
}

// TestColumnsThatDifferInCapitalsAreTwo holds that a column's own name goes before that of other capitals.
func TestColumnsThatDifferInCapitalsAreTwo(t *testing.T) {
	columns := letters(0)
	columns[1] = "A"
	m := named(t, 1, []string{"cat", "dog", "owl"}, columns...)
	e, err := NewEnsemble(Member{"one", m}, Member{"two", m})
	must(t, err)
	defer e.Close()
	_, set := exportedModel(t, []string{"model=m2"})
	x := arrayOf(set)
	found, err := e.Classify(t.Context(), x.Data().([]float32))
	must(t, err)
	want, err := m.Classify(t.Context(), x)
	must(t, err)
	if !slices.Equal(found, want.Data().([]float32)) {
		t.Errorf("want %v, found %v", want, found)
	}
}

// TestPercentilesWantAClassForEachRow holds that an Applied and an Ensemble refuse the same.
func TestPercentilesWantAClassForEachRow(t *testing.T) {
	m := named(t, 1, []string{"cat", "dog", "owl"})
	m.Usual = NewUsual([]float32{-30, -20, -10}, []int{0, 1, 2}, 3, 2)
	a, err := m.Apply()
	must(t, err)
	defer a.Close()
	e, err := NewEnsemble(Member{"one", m})
	must(t, err)
	defer e.Close()
	x := make([]float32, 2*16)
	type percentiles func(context.Context, []float32, []int) (all, own []float32, err error)
	for name, of := range map[string]percentiles{"applied": a.Percentiles, "ensemble": e.Percentiles} {
		for _, classes := range [][]int{nil, {0}, {0, 3}, {-2, 0}, {0, 1, 2}} {
			if _, _, err := of(t.Context(), x, classes); !errors.Is(err, ErrInput) {
				t.Errorf("%s, classes %v: want ErrInput, found %v", name, classes, err)
			}
		}
		all, own, err := of(t.Context(), x, []int{-1, 2})
		if err != nil || all[0] != own[0] {
			t.Errorf("%s: want the same of class -1 and of all, found %v and %v, %v", name, all, own, err)
		}
	}
}

// TestAnEnsembleIsEvaluatedAsItClassifies holds that one of a single model has that model's figures, and one of two those
// of the mean by hand.
func TestAnEnsembleIsEvaluatedAsItClassifies(t *testing.T) {
	first, second := named(t, 1, []string{"cat", "dog", "owl"}), named(t, 0.5, []string{"cat", "dog", "owl"})
	_, pixels := exportedModel(t, []string{"model=m2"})
	set := &Set{Name: "rows", N: pixels.N, Inputs: 16, Classes: 3, Real: true, Floats: arrayOf(pixels).Data().([]float32), Labels: pixels.Labels}
	want, err := first.Evaluate(t.Context(), set)
	must(t, err)
	alone, err := NewEnsemble(Member{"one", first})
	must(t, err)
	defer alone.Close()
	found, err := alone.Evaluate(t.Context(), set)
	must(t, err)
	if *found.ErrorPercent != *want.ErrorPercent || math.Abs(*found.NLL-*want.NLL) > 1e-5 || math.Abs(*found.Calibration-*want.Calibration) > 1e-3 {
		t.Errorf("one model: error %g, loss %g, calibration error %g; want %g, %g, %g",
			*found.ErrorPercent, *found.NLL, *found.Calibration, *want.ErrorPercent, *want.NLL, *want.Calibration)
	}
	both, err := NewEnsemble(Member{"one", first}, Member{"two", second})
	must(t, err)
	defer both.Close()
	found, err = both.Evaluate(t.Context(), set)
	must(t, err)
	p, err := both.Classify(t.Context(), set.Floats)
	must(t, err)
	nll := 0.0
	for i, label := range set.Labels {
		nll -= math.Log(float64(p[i*3+int(label)])) / float64(set.N)
	}
	if math.Abs(*found.NLL-nll) > 1e-5 {
		t.Errorf("two models: loss %g, want %g", *found.NLL, nll)
	}
	set.Labels = set.Labels[1:]
	if _, err := both.Evaluate(t.Context(), set); !errors.Is(err, ErrInput) {
		t.Errorf("a label too few: %v", err)
	}
}
