package csvdata

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ssdgm/train/data/classes"
	"ssdgm/train/data/strict"
)

// perhapsLabel may be a coordinate: a column of words beside it comes first.
const perhapsLabel = "y"

// columns finds out from the first line, and from the next one where that is a heading which does not tell, which
// column is what, and whether the line is a heading.
func (t *reading) columns(fields []string, wanted string) (heading bool, err error) {
	names := make([]string, len(fields))
	var words []int // columns that hold no numbers
	for i, field := range fields {
		names[i] = strings.TrimSpace(field)
		if _, err := strconv.ParseFloat(t.number(names[i]), 64); err != nil && classes.Name(names[i]) != classes.None {
			words = append(words, i)
		}
	}
	heading = !t.headed && isHeading(names, words, wanted)
	t.headed = t.headed || heading
	if heading {
		for _, name := range names {
			t.names = append(t.names, strings.Clone(name))
		}
	}
	if heading && (names[0] == "" || names[0] == "Unnamed: 0") && len(names) > 2 {
		t.index = 0 // as pandas writes the numbers of the lines
	}
	switch {
	case wanted != "":
		t.label, err = named(names, heading, wanted)
	case heading:
		t.perhaps = t.index + 1
		for _, name := range slices.Backward(classes.Headings) {
			at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
			switch {
			case at >= 0 && name == perhapsLabel:
				t.perhaps = at
			case at >= 0:
				t.label = at
			}
		}
	case len(words) == 1:
		t.label, t.words = words[0], true
	default:
		t.guessed = t.headed && !strings.EqualFold(t.names[t.perhaps], perhapsLabel)
		t.label = t.perhaps
	}
	return heading, err
}

// numberedColumns is how many columns have to have their numbers for headings.
const numberedColumns = 4

// isHeading tells whether the first line is a heading: it has the name of the label's column, or only words, or, beside
// a name, the columns' numbers.
func isHeading(names []string, words []int, wanted string) bool {
	if len(words) == 0 {
		return false
	}
	for _, i := range words {
		known := func(name string) bool { return strings.EqualFold(names[i], name) }
		if slices.ContainsFunc(classes.Headings, known) || names[i] == wanted {
			return true
		}
	}
	empty := 0
	for _, name := range names {
		if name == "" {
			empty++
		}
	}
	if len(words)+empty == len(names) && len(names) > 1 {
		return true
	}
	numbered := len(names) > numberedColumns // fewer may be an example's values
	for i, name := range names[1:] {
		numbered = numbered && (name == strconv.Itoa(i) || name == strconv.Itoa(i+1))
	}
	return numbered
}

// named is the column that the user has named.
func named(names []string, heading bool, wanted string) (int, error) {
	if heading {
		if at := slices.Index(names, wanted); at >= 0 {
			return at, nil
		}
		if at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, wanted) }); at >= 0 {
			return at, nil
		}
	} else if n, err := strconv.Atoi(wanted); err == nil && 1 <= n && n <= len(names) {
		return n - 1, nil
	}
	switch wanted {
	case "first":
		return 0, nil
	case "last":
		return len(names) - 1, nil
	}
	found := fmt.Sprintf("%d columns without a heading; name it by its number from 1", len(names))
	if heading {
		found = "the headings " + list(names)
	}
	return 0, strict.Errorf("label column %q: wanted a column, first or last, found %s", wanted, found)
}

// namesTold is how many headings a message names.
const namesTold = 8

// list quotes the first of some names.
func list(names []string) string {
	var quoted []string
	for _, name := range names[:min(len(names), namesTold)] {
		quoted = append(quoted, fmt.Sprintf("%.40q", name))
	}
	if more := len(names) - namesTold; more > 0 {
		quoted = append(quoted, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(quoted, ", ")
}
