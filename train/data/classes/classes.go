// Package classes turns the labels that stand in a file into classes. A label is a name: any integer or word. The names
// are those of the training part, in order, and a class's number is its name's place.
package classes

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ssdgm/train/data/strict"
)

// Most is how many classes there can be: a label is kept as a byte, and one byte stands for none.
const Most = 255

// MaxName is the longest name, in bytes.
const MaxName = 256

// None stands for the label of an example that has none.
const None = ""

// Headings are what the column of the label is called in a table, in small letters. The last one may be a coordinate.
var Headings = []string{"label", "labels", "class", "target", "y"}

// missing are the words that stand for no label, in small letters.
var missing = []string{"", "na", "n/a", "nan", "<na>", "null", "?", "-1"}

// Name returns the label that a text stands for: a whole number however it is written, as in 1, 01, 1.0 and 1e0, or a
// word without the space around it; None where it marks a missing one.
func Name(text string) string {
	text = Plain(strings.TrimSpace(text))
	if slices.Contains(missing, strings.ToLower(text)) {
		return None
	}
	return text
}

// Plain is a label as it is called: a whole number has one name, however it is written, as in 1, 01, 1.0 and 1e0. One
// beyond 2⁵³ is what its digits say.
func Plain(text string) string {
	if strings.Trim(text, "0123456789+-.eE") == "" {
		if value, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(value) < 1<<53 {
			return Shortest(value, 64)
		}
	}
	return text
}

// Number returns the label that a number stands for: None of −1 and of what is no number.
func Number(value float64) string {
	if value == -1 || math.IsNaN(value) {
		return None
	}
	return Shortest(value, 64)
}

// Shortest is the shortest form of a number, of so many bits as a fraction: 1 of 1.0.
func Shortest(value float64, bits int) string {
	if value == math.Trunc(value) && math.Abs(value) < 1<<53 {
		return strconv.FormatInt(int64(value), 10)
	}
	return strconv.FormatFloat(value, 'g', -1, bits)
}

// Check returns an error where a label cannot be the name of a class.
func Check(label string) error {
	switch {
	case !utf8.ValidString(label):
		return strict.Errorf("wanted a label as text in UTF-8, found %.20q; save it as UTF-8", label)
	case len(label) > MaxName:
		return strict.Errorf("wanted a label of at most %d bytes, found %.20q…", MaxName, label)
	}
	return nil
}

// Names returns the names of the classes that labels are of: numbers in their order, then words in theirs.
func Names(labels []string) []string {
	seen := map[string]bool{None: true}
	var names []string
	for _, label := range labels {
		if !seen[label] {
			seen[label] = true
			names = append(names, label)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, xErr := strconv.ParseFloat(a, 64)
		y, yErr := strconv.ParseFloat(b, 64)
		switch {
		case xErr == nil && yErr == nil:
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
		case xErr == nil:
			return -1
		case yErr == nil:
			return 1
		}
		return cmp.Compare(a, b)
	})
	return names
}

// Counted tells whether the names are 0, 1, 2 and so on: such classes need no other names than their numbers.
func Counted(names []string) bool {
	for i, name := range names {
		if name != strconv.Itoa(i) {
			return false
		}
	}
	return true
}
