package data

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// cycling returns labels 0, 1, …, classes−1, 0, 1, …
func cycling(n, classes int) []uint8 {
	labels := make([]uint8, n)
	for i := range labels {
		labels[i] = uint8(i % classes)
	}
	return labels
}

func mustSplit(t *testing.T, labels []uint8, classes int, options SplitOptions) Split {
	t.Helper()
	split, err := NewSplit(labels, classes, options)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

// Every recorded result depends on these: a change means that splits have changed.
func TestSplitsNeverChange(t *testing.T) {
	for seed, want := range [][]int32{
		{275, 762, 968, 1134, 1261, 1405, 1755, 3350, 5851, 6034},
		{14, 38, 225, 321, 564, 598, 1396, 1840, 2250, 2573},
	} {
		options := SplitOptions{Seed: uint64(seed), Labels: 100, Validation: 10_000}
		got := mustSplit(t, cycling(60_000, 10), 10, options).Labelled[:10]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d: %s", seed, diff)
		}
	}
}

func TestSplitUsesEveryExampleOnceAndClassesAsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.IntRange(1, 12).Draw(t, "classes")
		labels := rapid.SliceOfN(rapid.Uint8Range(0, uint8(classes-1)), 1, 300).Draw(t, "labels")
		options := SplitOptions{
			Seed:       rapid.Uint64().Draw(t, "seed"),
			Validation: rapid.IntRange(0, len(labels)-1).Draw(t, "validation"),
		}
		rest := len(labels) - options.Validation
		have := countClasses(labels[:rest], classes)
		equal := rapid.Bool().Draw(t, "equal")
		want := slices.Repeat([]int{rapid.IntRange(0, slices.Min(have)).Draw(t, "per class")}, classes)
		if equal {
			options.Labels = want[0] * classes
		} else {
			for class := range want {
				want[class] = rapid.IntRange(0, have[class]).Draw(t, "count")
			}
			options.LabelCounts = want
		}
		split, err := NewSplit(labels, classes, options)
		if err != nil {
			t.Fatal(err)
		}
		var got []uint8
		for _, i := range split.Labelled {
			got = append(got, labels[i])
		}
		if diff := cmp.Diff(want, countClasses(got, classes)); diff != "" {
			t.Errorf("labelled examples of each class: %s", diff)
		}
		all := slices.Concat(split.Labelled, split.Unlabelled)
		slices.Sort(all)
		all = append(all, split.Validation...)
		if len(all) != len(labels) {
			t.Fatalf("%d places for %d examples", len(all), len(labels))
		}
		for i, place := range all {
			if int(place) != i {
				t.Fatalf("example %d is used twice or never, or is not where it should be", i)
			}
		}
		if !slices.IsSorted(split.Labelled) || !slices.IsSorted(split.Unlabelled) {
			t.Error("a list is not ascending")
		}
	})
}

func countClasses(labels []uint8, classes int) []int {
	counts := make([]int, classes)
	for _, label := range labels {
		counts[label]++
	}
	return counts
}

func TestMoreLabelsOfOneSeedContainFewer(t *testing.T) {
	labels := cycling(1000, 10)
	few := mustSplit(t, labels, 10, SplitOptions{Seed: 3, Labels: 50, Validation: 100})
	many := mustSplit(t, labels, 10, SplitOptions{Seed: 3, Labels: 300, Validation: 100})
	for _, place := range few.Labelled {
		if _, found := slices.BinarySearch(many.Labelled, place); !found {
			t.Errorf("place %d is among 50 labels but not among 300", place)
		}
	}
}

func TestSeedsDrawDifferentLabelsAndTheSameValidation(t *testing.T) {
	labels := cycling(1000, 10)
	a := mustSplit(t, labels, 10, SplitOptions{Seed: 0, Labels: 100, Validation: 100})
	b := mustSplit(t, labels, 10, SplitOptions{Seed: 1, Labels: 100, Validation: 100})
	if slices.Equal(a.Labelled, b.Labelled) {
		t.Error("seeds 0 and 1 draw the same labels")
	}
	if !slices.Equal(a.Validation, b.Validation) || a.Validation[0] != 900 || len(a.Validation) != 100 {
		t.Error("validation is not the last 100 examples for both seeds")
	}
}

// Over many seeds each of a class's examples is drawn equally often.
func TestLabelsAreDrawnUniformly(t *testing.T) {
	const places, seeds = 20, 4000
	labels := make([]uint8, places)
	var hits [places]float64
	for seed := range seeds {
		for _, place := range mustSplit(t, labels, 1, SplitOptions{Seed: uint64(seed), Labels: 5}).Labelled {
			hits[place]++
		}
	}
	const expected = seeds * 5.0 / places
	chi2 := 0.0
	for _, h := range hits {
		chi2 += (h - expected) * (h - expected) / expected
	}
	// The 99.9th percentile of χ² with 19 degrees of freedom; draws without
	// replacement spread less, so this is on the safe side.
	if chi2 > 43.8 {
		t.Errorf("χ² of %v = %.1f, want ≤ 43.8", hits, chi2)
	}
}

func TestImpossibleSplitsSayWhatToDo(t *testing.T) {
	labels := append(cycling(100, 10), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, c := range []struct {
		options SplitOptions
		want    string
	}{
		{SplitOptions{Labels: 105}, "split: wanted equally many labels for each of 10 classes, found 105 labels; ask for 100 or 110"},
		{SplitOptions{Labels: 200}, "split: wanted 0 to 110 labelled examples, found 200; ask for data.labels = 100 at most, 10 of each class, or say how many of each with data.label_counts"},
		{SplitOptions{Labels: -10}, "split: wanted 0 to 110 labelled examples, found -10; ask for data.labels = 100 at most, 10 of each class, or say how many of each with data.label_counts"},
		{SplitOptions{Labels: 110}, "split: wanted 11 labelled examples of class 1, found 10 in the 110 training examples; ask for data.labels = 100 at most, 10 of each class, or say how many of each with data.label_counts"},
		{SplitOptions{Validation: 110}, "split: wanted 0 to 109 validation examples, found 110: the data set has 110 in all; lower data.validation"},
		{SplitOptions{Validation: -1}, "split: wanted 0 to 109 validation examples, found -1: the data set has 110 in all; lower data.validation"},
		{SplitOptions{LabelCounts: []int{1, 2}}, "split: wanted one label count for each of 10 classes, found 2"},
		{SplitOptions{LabelCounts: []int{1, 1, 1, 1, 1, 1, 1, 1, 1, -1}}, "split: wanted 0 or more labelled examples of class 9, found -1"},
		{SplitOptions{LabelCounts: []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 200}}, "split: wanted 200 labelled examples of class 9, found 10 in the 110 training examples; ask for fewer of it"},
		{SplitOptions{LabelCounts: []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 11}}, "split: wanted 11 labelled examples of class 9, found 10 in the 110 training examples; ask for fewer of it"},
	} {
		_, err := NewSplit(labels, 10, c.options)
		if err == nil || err.Error() != c.want {
			t.Errorf("error = %v\nwant    %s", err, c.want)
		}
		if !errors.Is(err, ErrInput) {
			t.Errorf("%v is not an ErrInput", err)
		}
	}
}

func TestSplitsKeepUnlabelledExamples(t *testing.T) {
	labels := []uint8{Unlabelled, 0, 1, Unlabelled, 0, 1}
	split, err := NewSplit(labels, 2, SplitOptions{Labels: 2, Validation: 2})
	if err != nil {
		t.Fatal(err)
	}
	want := Split{Labelled: []int32{1, 2}, Unlabelled: []int32{0, 3}, Validation: []int32{4, 5}}
	if diff := cmp.Diff(want, split); diff != "" {
		t.Error(diff)
	}
	_, err = NewSplit(labels, 2, SplitOptions{Labels: 2, Validation: 3})
	const fault = "split: wanted labels of all 3 validation examples, the last of the training part, found none of example 3; put labelled examples last or lower data.validation"
	if err == nil || err.Error() != fault {
		t.Errorf("error = %v\nwant %s", err, fault)
	}
}
