// Package table is the user's own data in tables of any format that package formats knows: an example a row, a value a
// column, and perhaps a label.
package table

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/own"
	"ssdgm/train/data/sanity"
	"ssdgm/train/data/spool"
)

const name = "table"

func init() {
	data.Register(data.Source{
		Name: name, Kind: data.Own, Open: open, Uses: []string{data.ByPath, data.OfTable},
		Files: "a table, which data.path names,",
		Help: []string{
			"your own table, named by data.path: CSV and its like, Parquet, npy, npz, MAT 5 to 7 or IDX, gzipped or not. A row",
			"is an example, a column a value. data.label_column names the label's column, or data.labels_path a file of",
			"labels; labels are integers or words, and of an example without one the cell is empty, NA or -1. The test",
			"part is data.test_path, or data.test_fraction of the labelled examples, or there is none.",
		},
	})
}

var nan = float32(math.NaN())

// part is the training or the test part of a table. It can be compared: runs on the same examples share them.
type part struct {
	own.Spec
	test  bool
	first int // use so many examples, of a test part; 0: all
}

func open(options data.Options) (train, test data.Part, err error) {
	o := options.Own
	if o.LabelColumn == "" {
		o.LabelColumn = options.LabelColumn
	}
	o.Missing = "" // Runs that differ in it share the training examples.
	if o.Path == "" {
		return nil, nil, data.InputErrorf("data.path: wanted the file of the examples, found none; %s", data.Place(name, options.Dir))
	}
	spec := own.NewSpec(options.Dir, o)
	train = part{Spec: spec}
	if o.TestPath != "" || o.TestFraction > 0 {
		o.Missing = options.Own.Missing
		test = part{Spec: own.NewSpec(options.Dir, o), test: true, first: options.Test}
	}
	return train, test, nil
}

// Files implements data.Stored.
func (p part) Files() (paths []string, err error) {
	o := p.Options()
	keyed := [][2]string{{"data.path", o.Path}, {"data.labels_path", o.LabelsPath}}
	switch {
	case p.test && o.TestPath != "":
		keyed = append(keyed, [][2]string{{"data.test_path", o.TestPath}, {"data.test_labels_path", o.TestLabelsPath}}...)
	case !p.test:
		keyed = append(keyed, [][2]string{
			{"data.unlabelled_path", o.UnlabelledPath}, {"data.validation_path", o.ValidationPath},
			{"data.validation_labels_path", o.ValidationLabelsPath},
		}...)
	}
	for _, k := range keyed {
		if k[1] == "" {
			continue
		}
		path := p.Path(k[1])
		if err := own.Find(k[0], path); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func (p part) file(o *data.OwnOptions, path, labels string) file {
	return file{path: p.Path(path), labels: p.Path(labels), o: o}
}

func (p part) testFile(o *data.OwnOptions) file {
	f := p.file(o, o.TestPath, o.TestLabelsPath)
	f.test = true
	return f
}

// Load implements data.Part.
func (p part) Load() (*data.Set, error) { return p.LoadIn(&spool.Store{}) }

// LoadIn implements data.Storing.
func (p part) LoadIn(store *spool.Store) (*data.Set, error) {
	o := p.Options()
	t, err := p.begin(&o)
	if err != nil {
		return nil, err
	}
	if err := t.keepIn(store, p); err != nil {
		return nil, err
	}
	defer t.rows.Abort()
	if p.test {
		err = t.compare(p)
	}
	switch {
	case err != nil:
	case !p.test:
		err = t.loadTraining(p)
	case o.TestPath != "":
		err = t.loadTest(p.testFile(&o))
	default:
		t.set.Note(fmt.Sprintf("%s: test examples are drawn from it: data.test_fraction = %g, seed %d",
			t.main.path, o.TestFraction, o.Seed))
		err = t.take(t.main, t.plan, t.labels, t.testPlaces, true)
	}
	if err != nil {
		return nil, t.main.in(err)
	}
	return t.finish(p)
}

// loading is a part that is being read.
type loading struct {
	o      *data.OwnOptions
	marks  own.Labels
	main   file
	plan   *plan
	labels []uint8 // of all rows of the training file

	trainPlaces, testPlaces []int32 // of it
	set                     *data.Set
	pixels                  bool // the values are kept as bytes

	rows *spool.Builder // takes the values where they are not
	left *spool.File    // has them already; nil: they are to be read

	seen   *data.Seen // the training rows, where test rows are compared with them
	shared int        // how many of these stand there too
}

// begin reads of the training file what every part must know: its columns, words and classes.
func (p part) begin(o *data.OwnOptions) (*loading, error) {
	t := &loading{o: o, marks: own.NewLabels(o.MissingLabels), main: p.file(o, o.Path, o.LabelsPath)}
	if _, err := p.Files(); err != nil {
		return nil, err
	}
	r, err := t.main.open(t.main.path, nil)
	if err != nil {
		return nil, err
	}
	t.set = &data.Set{Name: name, Unsplit: true, SplitSeed: o.Seed}
	t.plan, err = newPlan(r.Columns(), o)
	if err == nil {
		t.shape(r)
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, t.main.in(err)
	}
	scanned, err := t.main.scan(t.plan, t.marks)
	if err == nil {
		err = t.plan.settle(scanned)
	}
	if err != nil {
		return nil, t.main.in(err)
	}
	labelsPath := t.main.path
	if t.main.labels != "" {
		labelsPath = t.main.labels
	}
	names, err := own.Classes(labelsPath, scanned.labels, t.marks.None(), o.Classifies, own.OtherColumn)
	if err != nil {
		return nil, err
	}
	t.set.Classes, t.set.Columns = len(names), t.plan.names()
	if t.set.Columns != nil {
		t.set.Features = t.plan.means()
	}
	if !classes.Counted(names) {
		t.set.ClassNames = names
	}
	if t.labels, err = own.Numbers(labelsPath, scanned.labels, names, own.Row); err != nil {
		return nil, err
	}
	t.trainPlaces = data.Others(nil, len(t.labels))
	if o.TestPath == "" && o.TestFraction > 0 {
		t.trainPlaces, t.testPlaces = own.Divide(t.labels, len(names), *o)
	}
	if t.plan.width != len(t.plan.features) || t.set.D() != t.plan.width {
		t.set.Height, t.set.Width, t.set.Channels = 1, t.plan.width, 1
	}
	return t, nil
}

// shape takes an image's shape from the file, where it has one, and finds out whether the values are bytes.
func (t *loading) shape(r frame.Reader) {
	s := t.set
	s.Height, s.Width, s.Channels = r.Shape()
	hot := slices.ContainsFunc(t.plan.features, func(f feature) bool { return f.oneHot })
	t.pixels = t.o.Scale == "pixels" || t.o.Scale == "auto" && r.Bytes() && !hot
	if t.pixels && s.Height == 1 && s.Channels == 1 {
		s.Height, s.Width = data.Sides(len(t.plan.features))
	}
}

// loadTraining reads the training examples: those of the file, those of the file without labels, and last those for
// validation.
func (t *loading) loadTraining(p part) error {
	for _, note := range t.plan.notes {
		t.set.Note(t.main.path + ": " + note)
	}
	if err := t.take(t.main, t.plan, t.labels, t.trainPlaces, false); err != nil {
		return err
	}
	if t.o.UnlabelledPath != "" {
		more := p.file(t.o, t.o.UnlabelledPath, "")
		matched, labels, err := t.other(more, false)
		if err != nil {
			return err
		}
		for i := range labels {
			labels[i] = data.Unlabelled
		}
		if err := t.take(more, matched, labels, nil, false); err != nil {
			return more.in(err)
		}
	}
	if t.o.ValidationPath != "" {
		more := p.file(t.o, t.o.ValidationPath, t.o.ValidationLabelsPath)
		matched, labels, err := t.other(more, true)
		if err != nil {
			return err
		}
		before := t.set.N
		if err := t.take(more, matched, labels, nil, true); err != nil {
			return more.in(err)
		}
		t.set.Held = t.set.N - before
	}
	return nil
}

// loadTest reads the examples of a file of their own.
func (t *loading) loadTest(f file) error {
	if t.o.ValidationPath == t.o.TestPath {
		t.set.Note(fmt.Sprintf("%s: these are the validation examples too: what was chosen by them tells less of new ones", f.path))
	}
	matched, labels, err := t.other(f, true)
	if err != nil {
		return err
	}
	return f.in(t.take(f, matched, labels, nil, true))
}

// other finds the training file's columns in another file and reads its labels.
func (t *loading) other(f file, labelled bool) (*plan, []uint8, error) {
	columns, err := f.heads()
	if err != nil {
		return nil, nil, err
	}
	labelled = labelled && t.set.Classes > 0
	if t.main.labels != "" && f.labels == "" && labelled {
		return nil, nil, data.InputErrorf("%s: wanted a file of its labels, as the training part has one, found none; name it "+
			"with data.test_labels_path or data.validation_labels_path", f.path)
	}
	matched, err := t.plan.match(columns, labelled)
	if err != nil {
		return nil, nil, f.in(err)
	}
	for _, note := range matched.notes {
		t.set.Note(f.path + ": " + note)
	}
	scanned, err := f.scan(matched, t.marks)
	if err != nil {
		return nil, nil, err
	}
	t.set.Note(t.plan.unknown(f.path, scanned))
	if !labelled {
		return matched, make([]uint8, len(scanned.labels)), nil
	}
	names := t.set.ClassNames
	if names == nil {
		for class := range t.set.Classes {
			names = append(names, t.set.ClassName(class))
		}
	}
	labels, err := own.Numbers(f.path, scanned.labels, names, own.Row)
	return matched, labels, err
}

// take appends rows of a file: those of some places in order, nil for all. Of those that are judged by their label, the
// ones without a label are left out, which is told.
func (t *loading) take(f file, p *plan, labels []uint8, places []int32, judged bool) error {
	s, out := t.set, 0
	judged = judged && s.Classes > 0
	keep := func(row int) bool {
		if places != nil {
			if len(places) == 0 || int(places[0]) != row {
				return false
			}
			places = places[1:]
		}
		if row >= len(labels) || judged && labels[row] == data.Unlabelled {
			out++
			return false
		}
		label := labels[row]
		if s.Classes == 0 {
			label = data.Unlabelled
		}
		s.Labels, s.Places = append(s.Labels, label), append(s.Places, int32(row))
		s.N++
		return true
	}
	var err error
	if t.left == nil {
		err = f.rows(p, keep, t.append)
	} else {
		for row := range labels {
			keep(row)
		}
	}
	if judged && out > 0 {
		s.Note(fmt.Sprintf("%s: %d examples without a label are left out: nothing is judged by them", f.path, out))
	}
	return err
}

// append keeps the values of an example.
func (t *loading) append(values []float32) error {
	s := t.set
	if t.seen != nil && t.seen.HasFloats(values) {
		t.shared++
	}
	if !t.pixels {
		return t.rows.Append(values)
	}
	for i, v := range values {
		if err := t.sound(i, v, int(s.Places[s.N-1])); err != nil {
			return err
		}
		s.Images = append(s.Images, uint8(v))
	}
	return nil
}

// title is what a value is called in a message.
func (p *plan) title(value int) string {
	if names := p.names(); names != nil {
		return fmt.Sprintf("%.40q", names[value])
	}
	return fmt.Sprint(value + 1)
}

// finish tells what was found.
func (t *loading) finish(p part) (*data.Set, error) {
	s := t.set
	if s.N == 0 {
		return nil, data.InputErrorf("%s: wanted at least one example, found none", t.main.path)
	}
	if err := t.keep(); err != nil {
		return nil, err
	}
	if !p.test {
		s.Note(own.Counts(t.main.path, s, t.marks))
		return s, t.look()
	}
	if s.N < p.first {
		return nil, folder.TooFew(t.main.path, p.first, s.N)
	}
	s.Note(own.Lacking(s))
	s.Note(sanity.Shared(cmp.Or(p.testFile(t.o).path, t.main.path), t.shared, s.N, t.seen.Whole()))
	if p.first > 0 && p.first < s.N {
		return s.Picked(s.Share(p.first)), nil
	}
	return s, nil
}
