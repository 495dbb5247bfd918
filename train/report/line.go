package report

import (
	"cmp"
	"fmt"
	"slices"
)

// Figures reads what a finished entry measured. It is for what has been chosen already.
func (e *Entry) Figures() (*Figures, error) {
	s, err := e.summary()
	if err != nil {
		return nil, err
	}
	return &s.Figures, nil
}

// Line is a line of a table: one method with one number of labels, over its seeds.
type Line struct {
	Key, Title string
	Labels     int      // 0: none are used
	Published  string   // as Row's; empty where nothing was
	Ours       bool     // a configuration for it exists, so that it can be measured
	Seen       []uint64 // as Row's
	Results    []Result
}

// Result is one seed's.
type Result struct {
	*Entry
	*Figures
	Total float64 // seconds of everything, M1 included
	Whole bool    // whether M1's part of them is known
}

// result reads a chosen entry.
func (l *Library) result(e *Entry) (Result, error) {
	f, err := e.Figures()
	total, whole := l.Time(e)
	return Result{Entry: e, Figures: f, Total: total, Whole: whole}, err
}

// Cell is the line of a row with so many labels, from the entries chosen for it.
func (l *Library) Cell(row *Row, labels int, chosen []*Entry) (Line, error) {
	line := Line{Key: row.Key, Title: row.Title, Labels: labels, Published: row.Published[labels], Ours: row.Config != "", Seen: row.Seen}
	for _, e := range chosen {
		r, err := l.result(e)
		if err != nil {
			return Line{}, err
		}
		line.Results = append(line.Results, r)
	}
	return line, nil
}

// modelNames are the models that are no row of the table.
var modelNames = map[string]string{"m1": "M1"}

// Lines are all finished entries, those of one row in one line, in the order of data, model and labels. Whatever
// cannot be used is an error.
func (l *Library) Lines(table *Table) ([]Line, error) {
	if len(l.Broken) > 0 {
		return nil, l.Broken[0]
	}
	byName := map[string][]*Entry{}
	for _, e := range l.Entries {
		if !e.Finished {
			return nil, fmt.Errorf("read %s: want a finished run, found no %s", e.Path(), summaryName)
		}
		byName[e.Row()] = append(byName[e.Row()], e)
	}
	var groups [][]*Entry
	for _, group := range byName {
		slices.SortFunc(group, func(a, b *Entry) int { return cmp.Compare(a.Config.Seed, b.Config.Seed) })
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b []*Entry) int {
		x, y := a[0].Config, b[0].Config
		return cmp.Or(cmp.Compare(x.Data.Name, y.Data.Name), cmp.Compare(x.Model, y.Model),
			cmp.Compare(x.Data.Labels, y.Data.Labels), cmp.Compare(a[0].Row(), b[0].Row()))
	})
	var lines []Line
	for _, group := range groups {
		line, err := l.line(table, group)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	nameApart(lines)
	return lines, nil
}

func (l *Library) line(table *Table, group []*Entry) (Line, error) {
	c := group[0].Config
	row := table.row(c.Model, c.Data.Name)
	if row == nil {
		row = &Row{Key: c.Model, Title: cmp.Or(modelNames[c.Model], table.title(c.Model))}
	}
	line, err := l.Cell(row, int(c.Data.Labels), group)
	line.Title, line.Ours = line.Title+", "+c.Data.Name, true
	return line, err
}

// title is what a model is called in the table, whatever its data.
func (t *Table) title(model string) string {
	if row := t.row(model, t.Data); row != nil {
		return row.Title
	}
	return model
}

// nameApart adds the row's name to lines that would read the same.
func nameApart(lines []Line) {
	count := map[string]int{}
	address := func(line *Line) string { return fmt.Sprint(line.Title, " ", line.Labels) }
	for i := range lines {
		count[address(&lines[i])]++
	}
	for i := range lines {
		if line := &lines[i]; count[address(line)] > 1 {
			line.Title += " (" + line.Results[0].Row() + ")"
		}
	}
}
