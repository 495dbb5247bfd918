package columns

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
	"ssdgm/train/answers/output"
)

func TestAOneHotFeatureIsAColumnOfWords(t *testing.T) {
	input := transform.Identity(6)
	input.Features = []transform.Feature{
		{Name: "a"}, {Name: "b"}, {Name: "colour", Categories: []string{"red", "green", "blue"}}, {Name: "c"},
	}
	m := &trained.Model{Inputs: 6, Input: input}
	nan := float32(math.NaN())
	x := []float32{1, 2, 0.1, 0.9, 0.3, 3, 4, nan, nan, 0, 0, 6}
	l := Of(m, Options{})
	want := []output.Column{
		{Name: "a", Width: 2, Names: []string{"a", "b"}}, {Name: "colour", Kind: output.Text},
		{Name: "c", Width: 1, Names: []string{"c"}},
	}
	if diff := cmp.Diff(want, l.Columns()); diff != "" {
		t.Error(diff)
	}
	cells := []output.Cells{{Numbers: []float32{1, 2, 4, nan}}, {Texts: []string{"green", ""}}, {Numbers: []float32{3, 6}}}
	same := cmp.Comparer(func(a, b float32) bool { return a == b || a != a && b != b })
	if diff := cmp.Diff(cells, l.Cells(x), same); diff != "" {
		t.Error(diff)
	}
	raw := Of(m, Options{Raw: true})
	names := []string{"a", "b", "colour=red", "colour=green", "colour=blue", "c"}
	if diff := cmp.Diff([]output.Column{{Name: "x", Width: 6, Names: names}}, raw.Columns()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]output.Cells{{Numbers: x}}, raw.Cells(x), same); diff != "" {
		t.Error(diff)
	}
}

func TestPixelsAreBytesOrNumbers(t *testing.T) {
	m := &trained.Model{Inputs: 6, Height: 2, Width: 3, Input: transform.OfPixels(6)}
	x := []float32{0, 1, 0.5, -1, 2, 0.002}
	for _, c := range []struct {
		floats bool
		want   []float32
	}{{false, []float32{0, 255, 128, 0, 255, 1}}, {true, x}} {
		l := Of(m, Options{Floats: c.floats})
		column := output.Column{Name: "pixel", Width: 6, Byte: !c.floats, Shape: []int{2, 3}}
		if diff := cmp.Diff([]output.Column{column}, l.Columns()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]output.Cells{{Numbers: c.want}}, l.Cells(x)); diff != "" {
			t.Error(diff)
		}
	}
	m = &trained.Model{Inputs: 12, Height: 2, Width: 2, Input: transform.OfPixels(12)}
	if diff := cmp.Diff([]int{2, 2, 3}, Of(m, Options{}).Columns()[0].Shape); diff != "" {
		t.Error(diff)
	}
	m = &trained.Model{Inputs: 12, Height: 1, Width: 12, Input: transform.Identity(12)}
	if diff := cmp.Diff([]output.Column{{Name: "x", Width: 12}}, Of(m, Options{}).Columns()); diff != "" {
		t.Error(diff)
	}
}

// TestClassesAreCalledAsTheLabelWas holds that train finds the column of the classes again.
func TestClassesAreCalledAsTheLabelWas(t *testing.T) {
	for label, want := range map[string]string{
		"": "class", "last": "class", "3": "class", "none": "class", "cultivar": "cultivar", "size": "label",
	} {
		c := &configs.Config{}
		c.Data.LabelColumn = label
		input := transform.Identity(1)
		input.Features = []transform.Feature{{Name: "size"}}
		if found := ClassName(&trained.Model{Config: c, Input: input}); found != want {
			t.Errorf("label_column = %q: want %q, found %q", label, want, found)
		}
	}
}
