package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

// plan says what each column of the training file is for. Those of other files are found by their names.
type plan struct {
	features []feature
	label    string         // name of the label's column; empty where there is none or it has no name
	labelAt  int            // its place; −1: there is none
	width    int            // values of an example
	named    bool           // the file has headings
	columns  int            // how many columns the file has
	dropped  []frame.Column // those of them that are for nothing
	notes    []string
}

// named tells whether a file has headings. The name of an archive's labels is none.
func named(columns []frame.Column) bool {
	return slices.ContainsFunc(columns, func(c frame.Column) bool { return c.Name != "" && !c.Label })
}

// feature is a column of values, or one of words that becomes a value for each of them.
type feature struct {
	name   string
	at     int  // place among the file's columns
	oneHot bool // it is one of words
	words  []string
}

// newPlan finds out what the columns of the training file are for.
func newPlan(columns []frame.Column, o *data.OwnOptions) (*plan, error) {
	p := &plan{labelAt: -1, columns: len(columns)}
	p.named = named(columns)
	var err error
	if o.LabelsPath == "" {
		if p.labelAt, err = p.findLabel(columns, o); err != nil {
			return nil, err
		}
	}
	if p.labelAt >= 0 {
		p.label = columns[p.labelAt].Name
	}
	chosen, err := p.choose(columns, o)
	if err != nil {
		return nil, err
	}
	var hot []int
	for _, word := range o.OneHot {
		at, err := Find(columns, word, "data.one_hot")
		if err != nil {
			return nil, err
		}
		switch {
		case at == p.labelAt:
			return nil, strict.Errorf("data.one_hot: wanted columns of values, found %.40q, the label's, whose words are the classes; "+
				"leave it out there", word)
		case !slices.Contains(chosen, at):
			p.notes = append(p.notes, fmt.Sprintf("data.one_hot: column %.40q is not used: data.columns or data.drop_columns says so", word))
		}
		hot = append(hot, at)
	}
	for _, at := range chosen {
		f := feature{name: titleOf(columns, at), at: at, oneHot: slices.Contains(hot, at)}
		switch kind := columns[at].Kind; {
		case kind == frame.Image:
			return nil, strict.Errorf("column %.40q holds images: wanted numbers; choose data.name = \"images\"", f.name)
		case kind == frame.Text && !f.oneHot:
			return nil, ofWords(f.name, "")
		}
		p.features = append(p.features, f)
	}
	for at, c := range columns {
		if at != p.labelAt && !slices.Contains(chosen, at) {
			p.dropped = append(p.dropped, c)
		}
	}
	if len(p.features) == 0 {
		return nil, strict.Errorf("wanted at least one column of values beside the label, found %s", list(columns))
	}
	return p, nil
}

// ofWords is the error of a column that holds words.
func ofWords(name, where string) error {
	return strict.Errorf("%scolumn %.40q holds words: wanted numbers; give each word a column of its own with data.one_hot = [%q], "+
		"or leave it out with data.drop_columns", where, name, name)
}

// findLabel finds the label's column: the one that the user names, else the array of labels of an archive, else one of a
// usual name.
func (p *plan) findLabel(columns []frame.Column, o *data.OwnOptions) (int, error) {
	if word := o.LabelColumn; word == "none" {
		return -1, nil
	} else if word != "" {
		return Find(columns, word, "data.label_column")
	}
	if at := slices.IndexFunc(columns, func(c frame.Column) bool { return c.Label }); at >= 0 {
		return at, nil
	}
	for _, usual := range classes.Headings {
		if at := byName(columns, usual); at >= 0 {
			return at, nil
		}
	}
	if !o.Classifies {
		return -1, nil
	}
	return 0, strict.Errorf("wanted the column of the label, found %s; name it with data.label_column, or their file with "+
		"data.labels_path", list(columns))
}

// Label is the place of the label's column, −1 where none is named or called so; see findLabel.
func Label(columns []frame.Column, o *data.OwnOptions) (int, error) {
	alone := *o
	alone.Classifies = false
	return (&plan{}).findLabel(columns, &alone)
}

// Chosen are the places of the columns of values among those of a training file whose label is in one of them; −1: in
// none.
func Chosen(columns []frame.Column, o *data.OwnOptions, label int) ([]int, error) {
	return (&plan{labelAt: label}).choose(columns, o)
}

// choose are the columns of values.
func (p *plan) choose(columns []frame.Column, o *data.OwnOptions) (chosen []int, err error) {
	for _, word := range o.Columns {
		at, err := Find(columns, word, "data.columns")
		switch {
		case err != nil:
			return nil, err
		case at == p.labelAt:
			return nil, strict.Errorf("data.columns: wanted columns of values, found %.40q, the label's; leave it out there", word)
		case slices.Contains(chosen, at):
			return nil, strict.Errorf("data.columns: wanted each column once, found %.40q again", word)
		}
		chosen = append(chosen, at)
	}
	if len(o.Columns) == 0 {
		for at := range columns {
			if at != p.labelAt && !columns[at].Label && !p.counts(columns, at) {
				chosen = append(chosen, at)
			}
		}
	}
	for _, word := range o.DropColumns {
		at, err := Find(columns, word, "data.drop_columns")
		if err != nil {
			return nil, err
		}
		chosen = slices.DeleteFunc(chosen, func(other int) bool { return other == at })
	}
	return chosen, nil
}

// counts tells whether a column only numbers the rows.
func (p *plan) counts(columns []frame.Column, at int) bool {
	if !columns[at].Index {
		return false
	}
	p.notes = append(p.notes, fmt.Sprintf("column %d, %q, only numbers the rows: it is left out; data.columns takes it in",
		at+1, columns[at].Name))
	return true
}

// Find is the column that a user names in a key: by its heading, first, last, or its number from 1.
func Find(columns []frame.Column, word, key string) (int, error) {
	if at := byName(columns, word); at >= 0 {
		return at, nil
	}
	switch n, err := strconv.Atoi(word); {
	case err == nil && 1 <= n && n <= len(columns):
		return n - 1, nil
	case word == "first":
		return 0, nil
	case word == "last":
		return len(columns) - 1, nil
	}
	return 0, strict.Errorf("%s: wanted a column's heading, or its number from 1, found %.40q beside %s", key, word, list(columns))
}

// byName is the column of a heading, or else of one that differs in capitals only; −1: there is none.
func byName(columns []frame.Column, word string) int {
	if at := slices.IndexFunc(columns, func(c frame.Column) bool { return c.Name == word }); at >= 0 {
		return at
	}
	return slices.IndexFunc(columns, func(c frame.Column) bool { return strings.EqualFold(c.Name, word) })
}

// titleOf is what a column is called: its heading, or its number from 1.
func titleOf(columns []frame.Column, at int) string {
	if columns[at].Name == "" {
		return strconv.Itoa(at + 1)
	}
	return columns[at].Name
}

// list names the first columns.
func list(columns []frame.Column) string {
	const most = 8
	var names []string
	for _, c := range columns[:min(most, len(columns))] {
		if c.Name == "" {
			return fmt.Sprintf("%d columns without a heading", len(columns))
		}
		names = append(names, fmt.Sprintf("%.40q", c.Name))
	}
	if more := len(columns) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return "the columns " + strings.Join(names, ", ")
}

// match finds the training file's columns in another one: by name in any order where both have names, else by their
// places. labelled tells whether the label is wanted; it is −1 where it is not there and need not be.
func (p *plan) match(columns []frame.Column, labelled bool) (*plan, error) {
	m := *p
	m.notes, m.features = nil, slices.Clone(p.features)
	if !named(columns) || !p.named {
		return &m, m.byPlace(len(columns), labelled)
	}
	used := map[int]bool{}
	var missing []string
	for i := range m.features {
		at := byName(columns, p.features[i].name)
		if at < 0 {
			missing = append(missing, fmt.Sprintf("%.40q", p.features[i].name))
		}
		m.features[i].at, used[at] = at, true
	}
	if len(missing) > 0 {
		const most = 5
		if more := len(missing) - most; more > 0 {
			missing = append(missing[:most], fmt.Sprintf("and %d more", more))
		}
		return nil, strict.Errorf("wanted the columns that the training part has, found none called %s; found %s",
			strings.Join(missing, ", "), list(columns))
	}
	m.labelAt = -1
	if p.labelAt >= 0 {
		m.labelAt = byName(columns, p.label)
	}
	if m.labelAt < 0 && p.labelAt >= 0 && labelled {
		return nil, strict.Errorf("wanted the label in column %.40q, as in the training part, found %s", p.label, list(columns))
	}
	m.note(columns, func(at int) bool { return used[at] || at == m.labelAt })
	return &m, nil
}

// note tells of columns that the training part has not.
func (p *plan) note(columns []frame.Column, known func(at int) bool) {
	var others []frame.Column
	for at, c := range columns {
		if !known(at) && byName(p.dropped, c.Name) < 0 {
			others = append(others, c)
		}
	}
	if len(others) > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%s are none of the training part's: they are left out", list(others)))
	}
}

// byPlace holds that another file has as many columns; one without labels may lack the label's, where it is at an end.
func (p *plan) byPlace(columns int, labelled bool) error {
	switch {
	case columns == p.columns:
		return nil
	case !labelled && p.labelAt >= 0 && columns == p.columns-1:
		for i := range p.features {
			if p.features[i].at > p.labelAt {
				p.features[i].at--
			}
		}
		p.labelAt = -1
		return nil
	}
	return strict.Errorf("wanted %d columns, as in the training part, found %d", p.columns, columns)
}

// names are what the values of an example are called.
func (p *plan) names() []string {
	if !p.named {
		return nil
	}
	var names []string
	for _, f := range p.features {
		if !f.oneHot {
			names = append(names, f.name)
			continue
		}
		for _, word := range f.words {
			names = append(names, f.name+"="+word)
		}
	}
	return names
}

// means are what the values of an example stand for.
func (p *plan) means() []transform.Feature {
	features := make([]transform.Feature, len(p.features))
	for i, f := range p.features {
		features[i] = transform.Feature{Name: f.name, Categories: f.words}
	}
	return features
}
