package data

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// features is a set of real values.
func features() *Set {
	return &Set{
		Name: "toy", Floats: []float32{-1, 2.5, 0, 3}, Labels: []uint8{1, 0}, N: 2,
		Height: 1, Width: 2, Channels: 1, Classes: 2,
	}
}

func TestInputsArePixelsOf255OrTheFeaturesThemselves(t *testing.T) {
	pixels := &Set{Images: []uint8{0, 51, 255}}
	if found := pixels.Inputs(); !slices.Equal(found, []float32{0, 0.2, 1}) || pixels.Transform() != ScalePixels {
		t.Errorf("inputs of pixels %v", found)
	}
	real := features()
	found := real.Inputs()
	if !slices.Equal(found, real.Floats) || real.Transform() != Identity {
		t.Errorf("inputs of features %v", found)
	}
	if found[0] = 7; real.Floats[0] == 7 {
		t.Error("the inputs are no copy")
	}
}

func TestDigestTellsOneBitOfAFeatureApart(t *testing.T) {
	set := features()
	const want = "83b59f4a02a1f6f91ec64b6f42b207b2e37cafaf9de57c74129b64b950c021be"
	if got := set.Digest(); got != want {
		t.Errorf("digest = %s, want %s", got, want)
	}
	set.Floats[2] = float32(math.Copysign(0, -1))
	if set.Digest() == want {
		t.Error("another sign of zero, the same digest")
	}
}

func TestInfoOfFeaturesHasNoMeanPixel(t *testing.T) {
	set, mean := features(), 1.125
	want := Info{
		Name: "toy", N: 2, Height: 1, Width: 2, Channels: 1, ClassCounts: []int{1, 1}, MeanValue: &mean, Digest: set.Digest(),
	}
	if diff := cmp.Diff(want, set.Info()); diff != "" {
		t.Error(diff)
	}
	set.Floats[1] = float32(math.NaN())
	if found := set.Info(); found.Missing != 1 || *found.MeanValue != (4.5-float64(features().Floats[1]))/3 {
		t.Errorf("want one missing value and the mean of the others, found %d and %g", found.Missing, *found.MeanValue)
	}
}

func TestClassesAreNumbersUnlessTheyHaveNames(t *testing.T) {
	set := features()
	if found := set.ClassName(1); found != "1" {
		t.Errorf("class 1 is called %q", found)
	}
	set.ClassNames = []string{"cat", "dog"}
	if found := set.ClassName(1); found != "dog" {
		t.Errorf("class 1 is called %q", found)
	}
}

func TestASetThatIsNotWholeIsRefusedInOneLine(t *testing.T) {
	if err := features().Check(); err != nil {
		t.Error(err)
	}
	const whole = "toy: wanted 2 examples of 2 values with a label each, found "
	for want, spoil := range map[string]func(s *Set){
		"toy: wanted pixels or real values, found both": func(s *Set) { s.Images = []uint8{1, 2, 3, 4} },
		whole + "3 values and 2 labels":                 func(s *Set) { s.Floats = s.Floats[:3] },
		whole + "4 values and 1 labels":                 func(s *Set) { s.Labels = s.Labels[:1] },
		"toy: wanted a name for each of 2 classes, found 1": func(s *Set) {
			s.ClassNames = []string{"cat"}
		},
		"toy: wanted finite numbers, found +Inf in example 1, value 0": func(s *Set) {
			s.Floats[0], s.Floats[2] = float32(math.NaN()), float32(math.Inf(1)) // the first is missing
		},
		"toy: wanted finite numbers, found -Inf in example 0, value 1": func(s *Set) {
			s.Floats[1] = float32(math.Inf(-1))
		},
	} {
		set := features()
		spoil(set)
		if err := set.Check(); err == nil || err.Error() != want || !errors.Is(err, ErrInput) {
			t.Errorf("error = %v\nwant %s", err, want)
		}
	}
}

// TestColumnsThatAreNotFiniteAreNamed holds that a table's error names all of them, as far as a line has room.
func TestColumnsThatAreNotFiniteAreNamed(t *testing.T) {
	inf := float32(math.Inf(1))
	set := &Set{
		Name: "toy", N: 2, Height: 1, Width: 3, Channels: 1, Classes: 1, Labels: []uint8{0, 0}, Places: []int32{4, 7},
		Floats: []float32{1, 2, 3, inf, 5, -inf}, Columns: []string{"size", "age", "we,ight"},
	}
	const want = `toy: wanted finite numbers, below 3.4e38, found others in column size, "we,ight", first +Inf in row 8; mend them, or leave ` +
		"the column out (data.drop_columns)"
	if err := set.Check(); err == nil || err.Error() != want {
		t.Errorf("error = %v\nwant    %s", err, want)
	}
}

// TestMissingValuesAreCountedByColumn holds what info says of them: the worst columns first, and a mean of the others.
func TestMissingValuesAreCountedByColumn(t *testing.T) {
	nan := float32(math.NaN())
	set := &Set{
		Name: "toy", N: 2, Height: 1, Width: 7, Channels: 1, Classes: 2, Labels: []uint8{1, Unlabelled},
		Floats:  []float32{1, nan, nan, nan, nan, nan, nan, 3, 4, nan, nan, nan, nan, 2},
		Columns: []string{"a", "b", "c", "d", "e", "f", "g"},
	}
	got, mean := set.Info(), 2.5
	want := Info{
		Name: "toy", N: 2, Height: 1, Width: 7, Channels: 1, ClassCounts: []int{0, 1}, Unlabelled: 1, MeanValue: &mean,
		Missing: 10, MissingMost: []MissingIn{{"c", 2}, {"d", 2}, {"e", 2}, {"f", 2}, {"b", 1}}, Digest: set.Digest(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	set.Columns = nil
	if all, most := set.Missing(); all != 10 || most[0].Column != "2" {
		t.Errorf("without names: %d, %+v", all, most)
	}
}
