package input

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ssdgm/model/trained/match"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
	"ssdgm/train/data/table"
)

// layout says what the columns of a table are for.
type layout struct {
	*match.Plan
	label int   // the label's column; −1: there is none
	kept  []int // those that are handed on as they are
	// What these are called.
	keptNames []string
	note      string
}

// newLayout finds out what the columns of a table are for: the model's by their names, or where it or the file has none
// by their number and order; the label's as the run found it, where it is there.
func newLayout(t *transform.Transformation, columns []frame.Column, s *settings, o Options) (*layout, error) {
	l := &layout{label: -1}
	var err error
	if l.kept, l.keptNames, err = keptColumns(columns, o.Keep); err != nil {
		return nil, err
	}
	if o.Whole {
		l.keepAll(columns)
	}
	names := make([]string, len(columns))
	named := false
	for at, c := range columns {
		if !c.Label {
			names[at] = c.Name
			named = named || c.Name != ""
		}
	}
	if named && t.Features != nil {
		return l, l.byName(t, columns, names, s)
	}
	return l, l.byPlace(t, columns, s)
}

// keepAll keeps all columns that can be read. One without a name is called by its number.
func (l *layout) keepAll(columns []frame.Column) {
	l.kept, l.keptNames = nil, nil
	for at, c := range columns {
		if c.Kind == frame.Unread {
			continue
		}
		l.kept, l.keptNames = append(l.kept, at), append(l.keptNames, cmp.Or(c.Name, fmt.Sprintf("column.%d", at+1)))
	}
}

// keptColumns are those that the user names, and what the file calls them. One without a name is called as the user
// does.
func keptColumns(columns []frame.Column, keep []string) (kept []int, names []string, err error) {
	for _, word := range keep {
		at, err := table.Find(columns, word, "--keep")
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(kept, at) {
			return nil, nil, strict.Errorf("--keep: want each column once, found %.40q again", word)
		}
		kept, names = append(kept, at), append(names, cmp.Or(columns[at].Name, word))
	}
	return kept, names, nil
}

// byName finds the features by their names. A column that is one of them is not the label's, whatever it is called.
func (l *layout) byName(t *transform.Transformation, columns []frame.Column, names []string, s *settings) error {
	var err error
	if l.Plan, err = match.Columns(t, names); err != nil {
		return err
	}
	used := slices.Concat(l.Numbers, l.Words)
	if l.label, err = findLabel(columns, s); err != nil {
		return err
	}
	if slices.Contains(used, l.label) {
		if s.said["label_column"] {
			return data.InputErrorf("data.label_column: want a column beside the model's, found %.40q, which is one of them",
				names[l.label])
		}
		l.label = -1
	}
	known := func(name string) bool {
		at := slices.Index(names, name)
		return at == l.label || slices.Contains(l.kept, at) || columns[at].Index ||
			slices.ContainsFunc(s.DropColumns, func(dropped string) bool { return strings.EqualFold(dropped, name) })
	}
	l.Extra = slices.DeleteFunc(l.Extra, known)
	l.note = match.Left(l.Extra)
	return nil
}

// findLabel is the label's column: the one that the user or the run names, where there is one of that name, else that of
// an archive's labels, or of a usual name; −1 where there is none.
func findLabel(columns []frame.Column, s *settings) (int, error) {
	at, err := table.Label(columns, s.own())
	if err != nil && !s.said["label_column"] {
		return slices.IndexFunc(columns, func(c frame.Column) bool { return c.Label }), nil
	}
	return at, err
}

// byPlace takes columns in their order: those that the run's table [data] chooses, or all.
func (l *layout) byPlace(t *transform.Transformation, columns []frame.Column, s *settings) error {
	label, err := findLabel(columns, s)
	if err != nil {
		return err
	}
	var first error
	for _, chosen := range [][]int{choose(columns, s, label), besides(columns, label), besides(columns, -1)} {
		plan, err := match.Columns(t, make([]string, len(chosen)))
		if err == nil {
			l.Plan = plan
			l.places(chosen)
			if !slices.Contains(chosen, label) {
				l.label = label
			}
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// besides are all columns but one, and those of an archive's labels.
func besides(columns []frame.Column, label int) (all []int) {
	for at, c := range columns {
		if at != label && !c.Label {
			all = append(all, at)
		}
	}
	return all
}

// choose are the columns that the run's table [data] chooses, as far as they are there.
func choose(columns []frame.Column, s *settings, label int) []int {
	o := s.own()
	there := func(words []string, key string) (found []string) {
		for _, word := range words {
			if _, err := table.Find(columns, word, key); err == nil {
				found = append(found, word)
			}
		}
		return found
	}
	o.Columns, o.DropColumns = there(o.Columns, "data.columns"), there(o.DropColumns, "data.drop_columns")
	chosen, err := table.Chosen(columns, o, label)
	if err != nil {
		return nil
	}
	return chosen
}

// places makes a plan of some of the columns one of all of them.
func (l *layout) places(chosen []int) {
	for i, at := range l.Numbers {
		l.Numbers[i] = chosen[at]
	}
	for i, at := range l.Words {
		l.Words[i] = chosen[at]
	}
}
