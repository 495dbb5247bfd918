// Package columns lays a model's raw values out as the columns of a table: numbers under their names, the categories of
// a one-hot feature as one column of words, pixels as bytes.
package columns

import (
	"slices"
	"strconv"

	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
	"ssdgm/train/answers/output"
)

// group is a column: numbers that lie side by side, or a feature that is one-hot.
type group struct {
	output.Column
	first, width int
	categories   []string // of a column of words
}

// Layout is how the values of a row, [d], become cells.
type Layout struct {
	groups []group
	scale  float32 // of pixels, whose bytes are numbers from 0 to 1 times this; 0: they are written as they are
	d      int
}

// Options say what becomes of some values.
type Options struct {
	Raw    bool // numbers alone, as the model takes them: a one-hot feature is a number for each category
	Floats bool // pixels stay numbers from 0 to 1
}

// Of lays out the values that a model takes and draws.
func Of(m *trained.Model, o Options) *Layout {
	t := m.Input
	l := &Layout{d: m.Inputs}
	switch {
	case t.Image():
		if !o.Floats {
			l.scale = t.Divisor
		}
		l.groups = []group{{Column: output.Column{Name: "pixel", Width: l.d, Byte: !o.Floats, Shape: shape(m)}, width: l.d}}
	case t.Features == nil:
		l.groups = []group{{Column: output.Column{Name: "x", Width: l.d, Shape: shape(m)}, width: l.d}}
	case o.Raw:
		l.groups = []group{{Column: output.Column{Name: "x", Width: l.d, Names: t.Columns()}, width: l.d}}
	default:
		l.features(t.Features)
	}
	return l
}

// shape is that of an example in an array: height and width of an image, and its channels where it has several.
func shape(m *trained.Model) []int {
	pixels := m.Height * m.Width
	switch {
	case m.Height < 2 || pixels == 0 || m.Inputs%pixels != 0:
		return nil
	case m.Inputs == pixels:
		return []int{m.Height, m.Width}
	}
	return []int{m.Height, m.Width, m.Inputs / pixels}
}

// features puts numbers that lie side by side into one column of several.
func (l *Layout) features(all []transform.Feature) {
	at := 0
	for _, f := range all {
		last := len(l.groups) - 1
		switch {
		case len(f.Categories) > 0:
			l.groups = append(l.groups, group{
				Column: output.Column{Name: f.Name, Kind: output.Text}, first: at, width: f.Width(), categories: f.Categories,
			})
		case last >= 0 && l.groups[last].categories == nil:
			g := &l.groups[last]
			g.Names, g.width, g.Width = append(g.Names, f.Name), g.width+1, g.Width+1
		default:
			l.groups = append(l.groups, group{
				Column: output.Column{Name: f.Name, Width: 1, Names: []string{f.Name}}, first: at, width: 1,
			})
		}
		at += f.Width()
	}
}

// Columns are those of the table.
func (l *Layout) Columns() []output.Column {
	var all []output.Column
	for _, g := range l.groups {
		all = append(all, g.Column)
	}
	return all
}

// Cells are those of rows of values, [n, d]; NaN is an empty cell.
func (l *Layout) Cells(x []float32) []output.Cells {
	n := len(x) / l.d
	all := make([]output.Cells, len(l.groups))
	for k, g := range l.groups {
		if g.categories != nil {
			words := make([]string, n)
			for i := range words {
				words[i] = word(g.categories, x[i*l.d+g.first:][:g.width])
			}
			all[k].Texts = words
			continue
		}
		if g.width == l.d && l.scale == 0 {
			all[k].Numbers = x
			continue
		}
		numbers := make([]float32, 0, n*g.width)
		for i := range n {
			numbers = append(numbers, x[i*l.d+g.first:][:g.width]...)
		}
		if l.scale != 0 {
			for i, v := range numbers {
				numbers[i] = level(v, l.scale)
			}
		}
		all[k].Numbers = numbers
	}
	return all
}

// word is the category whose value is the largest; none where one is missing.
func word(categories []string, x []float32) string {
	best := 0
	for j, v := range x {
		if v != v {
			return ""
		}
		if v > x[best] {
			best = j
		}
	}
	return categories[best]
}

// level is the byte of a number from 0 to 1; what lies outside is cut off, what is missing stays so.
func level(v, scale float32) float32 {
	if v != v {
		return v
	}
	return float32(int(min(max(v, 0), 1)*scale + 0.5))
}

// places are the words of a configuration that say where the label is and not what it is called.
var places = []string{"", "first", "last", "none"}

// ClassName is what the column of the classes is called, so that train finds it again: as in the table that the model
// was trained on, else by a name that no other column has.
func ClassName(m *trained.Model) string {
	name := m.Config.Data.LabelColumn
	if _, err := strconv.Atoi(name); err == nil || slices.Contains(places, name) {
		name = "class"
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(m.Input.Features, func(f transform.Feature) bool { return f.Name == name })
	}
	for _, other := range []string{"label", "target", "y"} {
		if !taken(name) {
			break
		}
		name = other
	}
	return name
}
