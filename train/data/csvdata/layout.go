package csvdata

import (
	"fmt"
	"slices"
	"strings"

	"ssdgm/train/data/classes"
	"ssdgm/train/data/strict"
)

// Layout is how the columns of a table are arranged.
type Layout struct {
	Headings []string // of the columns of values, in order; nil where there is no heading
	Label    string   // the heading of the label's column
	Column   int      // place of the label's column, from 1
	Width    int      // columns of values
}

// Same returns an error unless the columns of a table are those of the training part, as far as headings tell.
func (l Layout) Same(training Layout) error {
	headed := l.Headings != nil && training.Headings != nil
	if headed {
		in := func(headings []string) bool {
			return slices.ContainsFunc(headings, func(h string) bool { return strings.EqualFold(h, l.Label) })
		}
		if in(training.Headings) && !in(l.Headings) {
			return strict.Errorf("wanted a column of labels, as %q in the training part, found none: "+
				"%q, which would be taken for it, is a value there", training.Label, l.Label)
		}
	}
	if l.Width != training.Width {
		return strict.Errorf("wanted %d values and a label on each line, as in the training part, found %d values",
			training.Width, l.Width)
	}
	switch {
	case headed:
		for i, heading := range training.Headings {
			if !strings.EqualFold(heading, l.Headings[i]) {
				return strict.Errorf("wanted the training part's columns of values in their order, found %.40q where that has %.40q",
					l.Headings[i], heading)
			}
		}
	case (l.Headings == nil) != (training.Headings == nil) && l.Column != training.Column:
		return strict.Errorf("wanted the label in column %d, as in the training part, found column %d taken for it: "+
			"give both parts a heading", training.Column, l.Column)
	}
	return nil
}

// settle fills in the layout, and the notes, of a table that has been read.
func (t *reading) settle() {
	t.Layout = Layout{Column: t.label + 1, Width: t.Width}
	if t.headed {
		t.Layout.Headings, t.Layout.Label = []string{}, t.names[t.label]
		for i, name := range t.names {
			if i != t.label && i != t.index {
				t.Layout.Headings = append(t.Layout.Headings, name)
			}
		}
	}
	note := func(format string, args ...any) { t.Notes = append(t.Notes, fmt.Sprintf(format, args...)) }
	if t.guessed {
		note("no column is headed label, class, target or y: the first one, %.40q, is taken for the label; "+
			"data.label_column names another", t.Layout.Label)
	}
	for column := range t.Width {
		if t.counts(column) {
			note("%s counts the lines, and is taken for a value: leave it out, unless it is one", t.called(column))
		}
	}
	for column, heading := range t.Layout.Headings {
		known := func(name string) bool { return name != perhapsLabel && strings.EqualFold(name, heading) }
		if slices.ContainsFunc(classes.Headings, known) {
			note("%s is taken for a value, beside %.40q, which is the label: leave it out if it tells the class",
				t.called(column), t.Layout.Label)
		}
	}
}

// called is what a message calls a column of values.
func (t *reading) called(column int) string {
	if t.headed {
		return fmt.Sprintf("the column %.40q", t.Layout.Headings[column])
	}
	for _, passed := range []int{min(t.label, t.index), max(t.label, t.index)} {
		if passed >= 0 && passed <= column {
			column++
		}
	}
	return fmt.Sprintf("column %d", column+1)
}

// leastCounted is how many lines make a column of ascending numbers one that counts them.
const leastCounted = 8

// counts tells whether a column of values is the number of the line.
func (t *reading) counts(column int) bool {
	if t.N < leastCounted || len(t.Values) == 0 {
		return false
	}
	for i := range t.N {
		if int(t.Values[i*t.Width+column]) != int(t.Values[column])+i {
			return false
		}
	}
	return true
}
