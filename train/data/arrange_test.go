package data

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sorted is a set whose examples stand class by class, each of one value that tells which it is.
func sorted(unlabelled int, counts ...int) *Set {
	s := &Set{Name: "sorted", Height: 1, Width: 1, Channels: 1, Classes: len(counts), Unsplit: true}
	for class, n := range append(counts, unlabelled) {
		for range n {
			s.Images = append(s.Images, uint8(len(s.Images)))
			label := uint8(class)
			if class == len(counts) {
				label = Unlabelled
			}
			s.Labels = append(s.Labels, label)
		}
	}
	s.N = len(s.Labels)
	return s
}

// TestEachClassHasItsShareOfAnArrangedSet holds, on sets sorted by class, that validation and training examples have every
// class's share to within one, that no example goes or comes twice, and that each keeps its label and its place.
func TestEachClassHasItsShareOfAnArrangedSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 6).Draw(t, "counts")
		unlabelled := rapid.IntRange(1, 40).Draw(t, "unlabelled")
		set := sorted(unlabelled, counts...)
		labelled := set.N - unlabelled
		validation := rapid.IntRange(0, labelled).Draw(t, "validation")
		train := rapid.IntRange(0, set.N-validation-1).Draw(t, "train")
		got, err := set.Arranged(validation, train)
		if err != nil {
			t.Fatal(err)
		}
		for i, value := range got.Images {
			if int32(value) != got.Place(i) || set.Labels[value] != got.Labels[i] {
				t.Fatalf("example %d is that of place %d, not %d", i, got.Place(i), value)
			}
		}
		all := slices.Clone(got.Images)
		slices.Sort(all)
		if !slices.Equal(all, set.Images) {
			t.Fatalf("found %v", all)
		}
		held := countClasses(got.Labels[got.N-validation:], 256)
		for class, n := range counts {
			if found, share := held[class], float64(validation*n)/float64(max(1, labelled)); diff(found, share) >= 1 {
				t.Errorf("%d of %d validation examples are of class %d, which has %d of %d", found, validation, class, n, labelled)
			}
		}
		if train == 0 {
			return
		}
		used := countClasses(got.Labels[:train], 256)
		rest := countClasses(got.Labels[:got.N-validation], 256)
		for class, n := range rest {
			if found, share := used[class], float64(train*n)/float64(got.N-validation); diff(found, share) >= 1 {
				t.Errorf("%d of %d training examples are of class %d, which has %d", found, train, class, n)
			}
		}
	})
}

func diff(found int, share float64) float64 { return max(float64(found)-share, share-float64(found)) }

// TestASetWithAnOrderStaysAsItIs holds that MNIST's validation examples stay the last ones: every recorded result depends
// on it.
func TestASetWithAnOrderStaysAsItIs(t *testing.T) {
	set := sorted(0, 5, 5)
	set.Unsplit = false
	if got, err := set.Arranged(3, 4); got != set || err != nil {
		t.Errorf("found %+v, %v", got, err)
	}
	set.Unsplit = true
	if got, err := set.Arranged(0, 0); got != set || err != nil {
		t.Errorf("without validation examples: found %+v, %v", got, err)
	}
}

// TestArrangedSetsNeverChange holds what is drawn: a run goes on with the same validation examples.
func TestArrangedSetsNeverChange(t *testing.T) {
	got, err := sorted(3, 10, 5, 5).Arranged(4, 6)
	if err != nil {
		t.Fatal(err)
	}
	want := []int32{0, 2, 7, 10, 17, 21, 1, 4, 5, 8, 9, 11, 13, 14, 15, 16, 19, 20, 22, 3, 6, 12, 18}
	if !slices.Equal(got.Places, want) {
		t.Errorf("found %v, want %v", got.Places, want)
	}
	if _, err := sorted(10, 2, 1).Arranged(4, 0); !errors.Is(err, ErrInput) ||
		err.Error() != "split: wanted 4 validation examples with a label, found 3 labelled examples; lower data.validation" {
		t.Errorf("error = %v", err)
	}
}

// TestOddNamesAreQuoted holds that no name of a class reaches a terminal raw.
func TestOddNamesAreQuoted(t *testing.T) {
	for name, want := range map[string]string{
		"cat": "cat", "Löwe 2": "Löwe 2", "": `""`, " a": `" a"`, "a\nb": `"a\nb"`, "\x1b[31m": `"\x1b[31m"`, "a,b": `"a,b"`, "\u202e": `"\u202e"`,
	} {
		if got := Shown(name); got != want {
			t.Errorf("Shown(%q) = %s, want %s", name, got, want)
		}
	}
}
