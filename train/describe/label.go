package describe

import (
	"fmt"
	"maps"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/own"
	"ssdgm/train/data/sanity"
	"ssdgm/train/data/table"
)

// usualNames are what the column of the label is often called, beside classes.Headings, which training knows by itself.
var usualNames = []string{"outcome", "diagnosis", "category", "species", "cell_type", "celltype", "y_train", "type"}

func mayBeLabel(name string) bool {
	return slices.Contains(classes.Headings, small(name)) || slices.Contains(usualNames, small(name))
}

// namedLabel finds the label's column by its name; −1: there is none, or it is not known yet. LabelWhy says why.
func (d *Description) namedLabel(heads []frame.Column) (at int, err error) {
	if d.asked.LabelsPath != "" {
		d.LabelsPath, d.LabelWhy = d.asked.LabelsPath, "you say so"
		return -1, nil
	}
	at, err = table.Label(heads, &d.asked)
	switch {
	case d.asked.LabelColumn != "":
		d.LabelWhy = "you say so"
	case at >= 0 && heads[at].Label:
		d.LabelWhy = "it is an array of the file, with an entry for each example"
	case at >= 0:
		d.LabelWhy = "it is called so"
	}
	return at, err
}

// guessLabel finds the label's column by what is in the columns; −1: there is none.
func (d *Description) guessLabel() int {
	var can []*Column
	for _, c := range d.Columns {
		if c.asLabel(d.Rows) {
			can = append(can, c)
		}
	}
	for _, name := range usualNames {
		for _, c := range can {
			if small(c.Name) == name {
				d.LabelWhy = "labels are often called so, and it has few different values"
				return c.at
			}
		}
	}
	ends := func(c *Column) bool { return c.at == 0 || c.at == len(d.Columns)-1 }
	var words []*Column
	for _, c := range can {
		if c.words > 0 {
			words = append(words, c)
		}
	}
	if len(words) == 1 {
		d.LabelWhy = "it is the only column of words with few different ones"
		return words[0].at
	}
	some := words
	if c := mostlyEmpty(words); c != nil {
		d.LabelWhy = "it has few different words, and is mostly empty"
		return c.at
	}
	if words == nil && len(can) == 1 { // Of several columns of few numbers any may be a value.
		some = can
	}
	for i := len(some) - 1; i >= 0; i-- { // the last one rather than the first one
		if c := some[i]; ends(c) && len(d.Columns) > 1 {
			place := "first"
			if c.at > 0 {
				place = "last"
			}
			d.LabelWhy = fmt.Sprintf("it is the %s column, and has few different values", place)
			return c.at
		}
	}
	d.LabelWhy = "no column is called label, class, target or y, and none looks like a label; if there is one, name it " +
		"with --label-column"
	return -1
}

// mostlyEmpty is the only one of some columns whose cells are mostly missing; nil: there is none.
func mostlyEmpty(columns []*Column) (only *Column) {
	for _, c := range columns {
		switch known := c.numbers + c.words; {
		case c.Missing <= known:
		case only != nil:
			return nil
		default:
			only = c
		}
	}
	return only
}

// guessMost is how many different numbers a column has at most that is taken for the label without its name.
const guessMost = 20

// asLabel tells whether what is in a column may be labels: of two classes or more, each of which comes again.
func (c *Column) asLabel(rows int) bool {
	different := c.different()
	labelled := c.numbers + c.words
	if c.counts == nil || different < 2 || different > classes.Most || 2*different > labelled && rows > 2*guessMost {
		return false
	}
	if c.words > 0 {
		return c.Kind == wordsKind || c.Kind == mixedKind
	}
	for text := range c.counts {
		if v, _ := numberOf(text); v != float64(int(v)) {
			return false
		}
	}
	return different <= guessMost && c.Kind == numberKind
}

// different is how many labels a column has that are no marks of a missing one.
func (c *Column) different() (n int) {
	l := own.NewLabels(nil)
	for text := range c.counts {
		if name, err := l.Name(text); err == nil && name != classes.None {
			n++
		}
	}
	return n
}

// classesIn takes the classes from a column of labels.
func (d *Description) classesIn(c *Column) error {
	d.Unlabelled = c.Missing
	if c.counts == nil { // There are more than are counted.
		d.judgeLabels(d.Rows-c.Missing, d.Rows-c.Missing)
		return nil
	}
	l := own.NewLabels(d.asked.MissingLabels)
	of := map[string]int{}
	for text, n := range c.counts {
		name, err := l.Name(text)
		switch {
		case err != nil:
			return fmt.Errorf("%s: column %s: %w", d.where(d.Path), data.Shown(c.Name), err)
		case name == classes.None:
			d.Unlabelled += n
		default:
			of[name] += n
		}
	}
	for _, name := range classes.Names(slices.Collect(maps.Keys(of))) {
		d.Classes = append(d.Classes, Count{name, of[name]})
	}
	if d.Unlabelled > 0 {
		d.UnlabelledMarks = l.Told()
	}
	d.judgeLabels(len(d.Classes), d.Labelled())
	if len(d.Classes) > classes.Most {
		d.Classes = nil
	}
	return nil
}

// judgeLabels says what is wrong with the labels, if they can be no classes.
func (d *Description) judgeLabels(different, labelled int) {
	shown := "1"
	if d.Label != "" {
		shown = data.Shown(d.Label)
	}
	line := sanity.Labels(d.Path, shown, different, labelled)
	switch {
	case line != "":
		d.note(line)
	case different > classes.Most:
		d.note(fmt.Sprintf("%s: column %s has more than %d different labels, and so many classes there can be at most; choose "+
			"another label column", d.Path, shown, classes.Most))
	case different == 1:
		d.note(fmt.Sprintf("%s: column %s has one label only, %s: a classifier wants two or more; if unlabelled examples have a "+
			"mark of their own, name it with data.missing_labels", d.Path, shown, data.Shown(d.Classes[0].Name)))
	}
}
