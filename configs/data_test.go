package configs

import (
	"slices"
	"strings"
	"testing"
)

// withPaths makes data sets named table and images those that are named by their paths.
func withPaths(t *testing.T) {
	t.Helper()
	for use, sets := range map[string][]string{"paths": {"table", "images"}, "table": {"table"}, "images": {"images"}} {
		before := uses[use]
		t.Cleanup(func() { uses[use] = before })
		RegisterUse(use, func(set string) bool { return slices.Contains(sets, set) })
	}
}

func parsed(t *testing.T, text string, sets ...string) *Config {
	t.Helper()
	c, _, err := Parse("f.toml", []byte(text), sets)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return c
}

const ownTable = small + "[data]\nname = \"table\"\npath = \"a.csv\"\n"

// TestOwnDataUseEveryLabel holds that a table or images whose configuration says nothing of it have all their labels used and
// nothing held out, and that others keep their defaults.
func TestOwnDataUseEveryLabel(t *testing.T) {
	withPaths(t)
	for text, want := range map[string]struct {
		labels     Labels
		validation int
	}{
		ownTable: {AllLabels, 0},
		ownTable + "labels = 30\nvalidation = 5\n":   {30, 5},
		ownTable + "labels = \"all\"\n":              {AllLabels, 0},
		ownTable + "label_counts = [3, 4]\n":         {7, 0},
		ownTable + "label_counts = {b = 3, a = 4}\n": {7, 0},
		small: {100, 1000},
	} {
		c := parsed(t, text)
		if c.Data.Labels != want.labels || c.Data.Validation != want.validation {
			t.Errorf("%q: found %v labels and %d for validation, wanted %v and %d", text, c.Data.Labels, c.Data.Validation,
				want.labels, want.validation)
		}
		if again := parsed(t, string(c.TOML())); again.Data.Labels != c.Data.Labels || string(again.TOML()) != string(c.TOML()) {
			t.Errorf("%q: read again, it is another configuration", text)
		}
	}
}

func TestLabelCountsByName(t *testing.T) {
	withPaths(t)
	for _, text := range []string{
		ownTable + "label_counts = {b = 3, \"a c\" = 4}\n", ownTable + "[data.label_counts]\nb = 3\n\"a c\" = 4\n",
	} {
		d := parsed(t, text).Data
		if !slices.Equal(d.LabelClasses, []string{"a c", "b"}) || !slices.Equal(d.LabelCounts, []int{4, 3}) {
			t.Errorf("%q: found %q of %v", text, d.LabelClasses, d.LabelCounts)
		}
		if d := parsed(t, text, "data.label_counts=[1, 2, 3]").Data; d.LabelClasses != nil || len(d.LabelCounts) != 3 {
			t.Errorf("%q: an override by a list leaves the classes %q", text, d.LabelClasses)
		}
	}
}

func TestOwnDataComeFromOnePlace(t *testing.T) {
	withPaths(t)
	for text, want := range map[string]string{
		small + "[data]\nname = \"table\"\n":                        `data.path = "": wanted the file of the examples`,
		ownTable + "test_path = \"b\"\ntest_fraction = 0.2\n":       "data.test_fraction = 0.2: must be 0 where data.test_path (f.toml:",
		ownTable + "validation = 3\nvalidation_fraction = 0.2\n":    "data.validation_fraction = 0.2: must be 0 where data.validation",
		ownTable + "labels = -1\n":                                  `data.labels = -1: must be ≥ 0, or "all"`,
		ownTable + "labels = \"some\"\n":                            `data.labels: wanted an integer or "all", found the string "some"`,
		ownTable + "label_counts = {a = \"x\"}\n":                   "data.label_counts: wanted a list of integers",
		ownTable + "columns = \"a\"\n":                              "data.columns: wanted a list of strings",
		ownTable + "size = [28]\n":                                  "data.size: wanted a height and a width",
		ownTable + "label_counts = [1, 2]\nlabel_classes = [\"a\"]": "data.label_classes: wanted a class for each of 2",
	} {
		_, _, err := Parse("f.toml", []byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: found %v, wanted an error with %q", text, err, want)
		}
	}
}

// TestWhatTheDataDecideIsNoDifference holds that a configuration is the one of a run which says what "all", "auto" and
// fractions came to, and that it is not where both say.
func TestWhatTheDataDecideIsNoDifference(t *testing.T) {
	withPaths(t)
	open := parsed(t, ownTable+"validation_fraction = 0.1\n")
	run := *open
	run.M1.Output, run.Data.Scale = "gaussian", "standard"
	run.Data.Labels, run.Data.LabelCounts = 7, []int{3, 4}
	run.Data.Validation, run.Data.ValidationFraction = 12, 0
	if differing := Diff(open, &run); len(differing) > 0 {
		t.Errorf("found %q to differ", differing)
	}
	if differing := Diff(&run, open); len(differing) > 0 {
		t.Errorf("found %q to differ the other way", differing)
	}
	other := run
	other.M1.Output, other.Data.LabelCounts, other.Data.Validation = "bernoulli", []int{4, 3}, 13
	if differing := Diff(&run, &other); len(differing) != 3 {
		t.Errorf("found %q to differ, wanted 3 keys", differing)
	}
}
