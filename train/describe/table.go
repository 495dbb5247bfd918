package describe

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/formats"
	"ssdgm/train/data/own"
	"ssdgm/train/data/sanity"
	"ssdgm/train/data/table"
)

// table describes a table.
func (d *Description) table() error {
	there := d.where(d.Path)
	format, err := formats.Name(there)
	if err != nil {
		return err
	}
	d.Name, d.Format = tableName, format
	d.variable()
	label, bytes := -1, false
	err = d.reading(func(r frame.Reader) (err error) {
		bytes = r.Bytes()
		d.Height, d.Width, d.Channels = r.Shape()
		if label, err = d.namedLabel(r.Columns()); err != nil {
			return err
		}
		d.Columns = newColumns(r.Columns(), label)
		d.Rows, err = count(r, d.Columns)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range d.Columns {
		c.settle()
	}
	if err := d.takeLabels(label); err != nil {
		return err
	}
	if err := d.uses(); err != nil {
		return err
	}
	if err := d.look(); err != nil {
		return err
	}
	d.values(bytes)
	return nil
}

// trainingArrays are what the examples are called in an archive that has a test part too.
var trainingArrays = []string{"x_train", "X_train", "train_x", "train_X", "train_images"}

// variable names the arrays of an archive that has several, where they are called as those of parts are.
func (d *Description) variable() {
	opens := func(variable string) bool {
		r, err := formats.Open(d.where(d.Path), frame.Options{Variable: variable})
		return err == nil && r.Close() == nil
	}
	if d.asked.Variable != "" || opens("") {
		return
	}
	at := slices.IndexFunc(trainingArrays, opens)
	if at < 0 {
		return // What is wrong is said when the table is read.
	}
	d.asked.Variable = trainingArrays[at]
	if d.asked.TestPath == "" && opens(strings.Replace(d.asked.Variable, "train", "test", 1)) {
		d.asked.TestPath = d.Path
	}
}

// where is the place of a file that is named as the path is.
func (d *Description) where(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.Dir, path)
}

// reading opens a table for one pass over its rows.
func (d *Description) reading(pass func(r frame.Reader) error) (err error) {
	r, err := formats.Open(d.where(d.Path), d.frameOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return pass(r)
}

// takeLabels takes the classes from the label's column, from one that looks so, or from a file of the labels.
func (d *Description) takeLabels(at int) error {
	if at < 0 && d.asked.LabelColumn == "" && d.LabelsPath == "" {
		if d.LabelsPath = d.labelsBeside(); d.LabelsPath == "" {
			at = d.guessLabel()
		}
	}
	switch {
	case d.LabelsPath != "":
		return d.labelsApart()
	case at < 0:
		d.Unlabelled = d.Rows
		return nil
	}
	c := d.Columns[at]
	d.Label, c.Use, c.Why = c.Name, labelUse, d.LabelWhy
	return d.classesIn(c)
}

// labelsBeside is the file of labels beside one of examples that has none, where its name says so: y.npy beside x.npy. It
// is named as the path is. Empty: there is none with as many rows.
func (d *Description) labelsBeside() string {
	folder, base := filepath.Split(d.Path)
	for _, name := range frame.Partners(base) {
		r, err := formats.Open(d.where(folder+name), frame.Options{})
		if err != nil {
			continue // It is none.
		}
		rows, columns := r.Rows(), len(r.Columns())
		if r.Close() == nil && columns == 1 && rows == d.Rows {
			d.LabelWhy = "its name goes with that of the examples"
			return folder + name
		}
	}
	return ""
}

// labelsApart takes the classes from a file of their own.
func (d *Description) labelsApart() (err error) {
	path, at := d.where(d.LabelsPath), 0
	r, err := formats.Open(path, frame.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if len(r.Columns()) > 1 {
		if at, err = table.Label(r.Columns(), &d.asked); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if at < 0 {
			return data.InputErrorf("%s: wanted a column of labels, found %d columns; name that of the label with --label-column",
				path, len(r.Columns()))
		}
	}
	columns := newColumns(r.Columns(), at)
	rows, err := count(r, columns)
	if err != nil {
		return err
	}
	if rows != d.Rows {
		return data.InputErrorf("%s: wanted a label for each of the %d examples of %s, found %d", path, d.Rows, d.Path, rows)
	}
	if len(columns) > 1 {
		d.Label = columns[at].Name
	}
	return d.classesIn(columns[at])
}

// hotMost is how many different words a column has at most that is worth one of values for each.
const hotMost = 32

// ids are what a column is called that names an example.
var ids = []string{"id", "ids", "index", "uuid", "guid", "rownames", "row_id", "rowid", "unnamed: 0"}

// identifies tells whether a column's name says that it names an example.
func identifies(name string) bool {
	name = small(name)
	return slices.Contains(ids, name) || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, " id")
}

// uses says what each column is for. What the user has chosen stays.
func (d *Description) uses() error {
	chosen, err := table.Chosen(heads(d.Columns), &d.asked, d.labelAt())
	if err != nil {
		return err
	}
	for _, c := range d.Columns {
		few := c.words > 0 && c.counts != nil && 2 <= c.Different && c.Different <= max(2, min(hotMost, d.Rows/10))
		whole := c.Least != nil && *c.Least == math.Trunc(*c.Least) && *c.Most == math.Trunc(*c.Most)
		switch {
		case c.Use == labelUse:
		case !slices.Contains(chosen, c.at):
			c.leave("it is not chosen")
			if c.Kind == indexKind {
				c.Why = "it only numbers the rows"
			}
		case c.Kind == imageKind:
			return data.InputErrorf("column %s holds images: wanted numbers; choose data.name = \"images\"", data.Shown(c.Name))
		case slices.Contains(d.asked.OneHot, c.Name):
			c.Use, c.Why = oneHotUse, "you say so"
		case c.Kind == unreadKind:
			c.leave("it holds dates, times or what else is neither number nor word")
		case c.Kind == emptyKind:
			c.leave("it is empty")
		case c.constant() && c.head.Name != "": // A pixel at the border of all images stays.
			c.leave("it has one value only")
		case c.infinite > 0:
			c.leave("it has values that are infinite, or too large for single precision")
		case identifies(c.Name) && (c.counts == nil || c.Different > d.Rows/2) && (whole || c.words > 0):
			c.leave("its name says that it names an example")
		case few:
			c.Use, c.Why = oneHotUse, fmt.Sprintf("%d different words", c.Different)
		case c.Kind == mixedKind:
			c.leave("it has words among its numbers" + c.firstWord() + "; if they mark missing values, empty them")
		case c.words > 0:
			c.leave("its words are many")
		}
	}
	if !slices.ContainsFunc(d.Columns, func(c *Column) bool { return c.Use == valueUse || c.Use == oneHotUse }) {
		first := d.Columns[max(0, slices.IndexFunc(d.Columns, func(c *Column) bool { return c.Use == noUse }))]
		return data.InputErrorf("%s: wanted at least one column of values beside the label, found %d columns and none of values; "+
			"column %s is none: %s", d.where(d.Path), len(d.Columns), data.Shown(first.Name), first.Why)
	}
	return nil
}

func (c *Column) leave(why string) { c.Use, c.Why = noUse, why }

// firstWord is one of the words of a column, as a part of a message; empty where none is known.
func (c *Column) firstWord() string {
	for _, common := range c.Common {
		if _, isNumber := numberOf(common.Name); !isNumber {
			return ", " + data.Shown(common.Name) + " for one"
		}
	}
	return ""
}

func heads(columns []*Column) []frame.Column {
	all := make([]frame.Column, len(columns))
	for i, c := range columns {
		all[i] = c.head
	}
	return all
}

// labelAt is the place of the label's column; −1: there is none.
func (d *Description) labelAt() int {
	return slices.IndexFunc(d.Columns, func(c *Column) bool { return c.Use == labelUse })
}

// look takes a second pass over the rows for what is surely a mistake: columns that are another's copy, that number the
// rows, or that tell the label.
func (d *Description) look() error {
	if !d.named() {
		return nil // Values without names are those of images and the like, of which some stand in many places.
	}
	var numbers, texts []int
	var features []transform.Feature
	for _, c := range d.Columns {
		if c.Use == valueUse {
			numbers, features = append(numbers, c.at), append(features, transform.Feature{Name: data.Shown(c.Name)})
		}
	}
	hot := 0
	for _, c := range d.Columns {
		if c.Use == oneHotUse {
			texts, hot = append(texts, c.at), hot+1
			features = append(features, transform.Feature{Name: data.Shown(c.Name), Categories: c.categories()})
		}
	}
	if at := d.labelAt(); at >= 0 && len(d.Classes) > 0 {
		texts = append(texts, at)
	}
	if len(features) == 0 {
		return nil
	}
	return d.reading(func(r frame.Reader) error {
		r.Select(numbers, texts)
		row, words := make([]float32, len(features)), make([]string, len(texts))
		code := d.coder(features[len(numbers):])
		found, err := sanity.Look(sanity.Table{Name: d.Path, Features: features, Rows: func(each func([]float32, uint8) error) error {
			for {
				switch err := r.Next(row[:len(numbers)], words); {
				case errors.Is(err, io.EOF):
					return nil
				case err != nil:
					return err
				}
				if err := each(row, code(row[len(numbers):], words)); err != nil {
					return err
				}
			}
		}})
		if err != nil {
			return err
		}
		d.Notes = append(d.Notes, found.Notes()...)
		for _, c := range d.Columns {
			if c.Use == valueUse && slices.Contains(found.Numbering, data.Shown(c.Name)) {
				c.leave("it numbers the rows")
			}
		}
		return nil
	})
}

// categories are the words of a column, in order.
func (c *Column) categories() []string {
	words := make([]string, 0, len(c.counts))
	for word := range c.counts {
		words = append(words, word)
	}
	slices.Sort(words)
	return words
}

// coder returns a function that writes the places of words among their feature's categories, and returns the label, which
// is the word after them where there is one.
func (d *Description) coder(features []transform.Feature) func(codes []float32, words []string) uint8 {
	places := make([]map[string]float32, len(features))
	for i, f := range features {
		places[i] = map[string]float32{}
		for place, word := range f.Categories {
			places[i][word] = float32(place)
		}
	}
	l := own.NewLabels(d.asked.MissingLabels)
	class := map[string]uint8{}
	for i, c := range d.Classes[:min(classes.Most, len(d.Classes))] {
		class[c.Name] = uint8(i)
	}
	return func(codes []float32, words []string) uint8 {
		for i := range codes {
			place, known := places[i][words[i]]
			if !known {
				place = float32(math.NaN())
			}
			codes[i] = place
		}
		if len(words) == len(codes) {
			return data.Unlabelled
		}
		name, err := l.Name(words[len(words)-1])
		if label, known := class[name]; known && err == nil {
			return label
		}
		return data.Unlabelled
	}
}

// values says what an example's values are, after the columns are chosen, and what "auto" makes of them.
func (d *Description) values(bytes bool) {
	width, hot := 0, false
	for _, c := range d.Columns {
		switch c.Use {
		case valueUse:
			width++
			d.bounds(*c.Least, *c.Most)
		case oneHotUse:
			width, hot = width+c.Different, true
			d.bounds(0, 1)
		}
	}
	if hot || width != d.Values() {
		d.Height, d.Width, d.Channels = 1, width, 1
	}
	switch scale := d.asked.Scale; {
	case scale == transform.Standard || scale == transform.Robust || scale == transform.Log1p:
		d.Scale, d.Output = scale, "gaussian"
	case scale == transform.MinMax:
		d.Scale, d.Output = scale, "bernoulli"
	case scale == transform.None && (*d.Least < 0 || *d.Most > 1):
		d.Scale, d.Output = scale, "gaussian"
	case bytes && !hot:
		if d.Height == 1 && d.Channels == 1 {
			d.Height, d.Width = data.Sides(width)
		}
		d.Scale, d.Output = transform.Pixels, "bernoulli"
		d.note(sanity.Dim(d.Path, uint8(*d.Most), false))
	case d.Least != nil && *d.Least >= 0 && *d.Most <= 1:
		d.Scale, d.Output = transform.None, "bernoulli"
	default:
		d.Scale, d.Output = transform.Standard, "gaussian"
	}
}

func (d *Description) bounds(least, most float64) {
	if d.Least == nil {
		d.Least, d.Most = &least, &most
	}
	*d.Least, *d.Most = min(*d.Least, least), max(*d.Most, most)
}
