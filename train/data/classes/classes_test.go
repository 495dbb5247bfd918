package classes

import (
	"math"
	"slices"
	"testing"
)

// TestALabelIsANameHoweverItIsWritten holds which texts are one label, and which stand for none.
func TestALabelIsANameHoweverItIsWritten(t *testing.T) {
	for want, texts := range map[string][]string{
		"7":    {"7", "7.0", " 07 ", "7.000000000000000000e+00", "+7"},
		"-2":   {"-2", "-2.0"},
		"0.5":  {"0.5", ".5"},
		"cat":  {"cat", " cat\t"},
		"NaN2": {"NaN2"},
		"0x10": {"0x10"},
		"inf":  {"inf"},
		"e":    {"e"},
		None:   {"", " ", "NA", "n/a", "NaN", "nan", "<NA>", "null", "?", "-1", "-1.0", "-1e0"},
	} {
		for _, text := range texts {
			if got := Name(text); got != want {
				t.Errorf("Name(%q) = %q, want %q", text, got, want)
			}
		}
	}
	for value, want := range map[float64]string{3: "3", -1: None, 2.5: "2.5", 1 << 60: "1.152921504606847e+18"} {
		if got := Number(value); got != want {
			t.Errorf("Number(%g) = %q, want %q", value, got, want)
		}
	}
	if got := Number(math.NaN()); got != None {
		t.Errorf("no number is %q, want none", got)
	}
}

// TestClassesAreInTheOrderOfTheirNames holds that 10 comes after 9, and a word after a number.
func TestClassesAreInTheOrderOfTheirNames(t *testing.T) {
	got := Names([]string{"dog", "10", None, "9", "cat", "dog", "-3", "10"})
	if want := []string{"-3", "9", "10", "cat", "dog"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if !Counted([]string{"0", "1"}) || Counted([]string{"1", "2"}) || Counted([]string{"0", "1.0"}) {
		t.Error("0 and 1 alone are counted")
	}
}
