// Package arrays is the user's own data, from arrays of NumPy's format or from a table of text.
package arrays

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/csvdata"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/sanity"
	"ssdgm/train/data/strict"
)

const name = "arrays"

func init() {
	data.Register(data.Source{
		Name: name, Kind: data.Own, Open: open,
		Files: "{train,test}-{images,labels}.npy, or train.csv and test.csv,",
		Help: []string{
			"your own: train-images.npy, train-labels.npy, test-images.npy, test-labels.npy. Images are [n, d],",
			"[n, height, width], [n, height, width, channels] or [n, channels, height, width]: integers from 0 to",
			"255, fractions from 0 to 1, or truth values; labels are integers or text. Or train.csv and test.csv: a",
			"label and values from 0 to 255, or all from 0 to 1, between commas, semicolons, tabs, bars or spaces. The",
			"label is the column headed label, class, target or y, else the only one of words, else the first;",
			"data.label_column names another. A training example whose label is empty, NA, ? or -1 has none.",
			"The files may lie in the folder itself.",
		},
	})
}

// part is the training or the test part of the user's own data: PART-images.npy and PART-labels.npy, or PART.csv.
type part struct {
	dir    string // what the user gave
	folder string // where the files are: DIR/arrays, or DIR itself
	part   string // train or test
	label  string // the label's column, where the user names it
	first  int    // use so many examples; 0: all
}

// open takes the files from DIR/arrays where there is such a folder, else from DIR.
func open(options data.Options) (train, test data.Part, err error) {
	dir := filepath.Join(options.Dir, name)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = options.Dir
	}
	if err := folder.Want(dir, "arrays", data.Place(name, options.Dir)); err != nil {
		return nil, nil, err
	}
	train = part{options.Dir, dir, "train", options.LabelColumn, options.Train}
	test = part{options.Dir, dir, "test", options.LabelColumn, options.Test}
	return train, test, nil
}

// Head compares the shape of the test part's examples with that of the training part's.
func (p part) Head() error {
	training := p
	training.part = "train"
	var heads [2]*files
	for i, part := range []part{training, p} {
		paths, err := part.Files()
		if err != nil {
			return err
		}
		heads[i] = newFiles(paths, part.part)
		if len(paths) == 1 {
			err = heads[i].readTable(csvdata.Options{Label: p.label, Lines: 1})
		} else {
			err = heads[i].readShape()
		}
		if err != nil {
			return p.mend(err)
		}
	}
	if err := heads[1].same(heads[0]); err != nil {
		return data.InputErrorf("%w", err)
	}
	if n := heads[1].set.N; len(heads[1].paths) > 1 && n < p.first {
		return folder.TooFew(heads[1].paths[0], p.first, n)
	}
	return nil
}

// mend adds what to do to an error of the files. One of their content says it itself.
func (p part) mend(err error) error {
	if errors.Is(err, strict.ErrFormat) {
		return data.InputErrorf("%w", err)
	}
	return folder.Advise(err, data.Place(name, p.dir))
}

// Files are the images and the labels, or one file with both.
func (p part) Files() ([]string, error) {
	table, err := folder.File(p.folder, p.part+".csv")
	images, imagesErr := folder.File(p.folder, p.part+"-images.npy", p.part+".csv")
	switch {
	case imagesErr != nil:
		return nil, p.mend(imagesErr)
	case images == table:
		return []string{table}, nil
	case err == nil:
		return nil, data.InputErrorf("%s and %s are both there; take one away", images, table)
	case p.label != "":
		return nil, data.InputErrorf("label column %q: %s is no table; leave it out", p.label, images)
	}
	labels, err := folder.File(p.folder, p.part+"-labels.npy")
	if err != nil {
		return nil, p.mend(err)
	}
	return []string{images, labels}, nil
}

// Load reads the part's files to their ends, also where only some examples are kept. The classes are those of the
// training part's labels.
func (p part) Load() (*data.Set, error) {
	files, err := p.read()
	if err != nil {
		return nil, err
	}
	training := files
	if p.part != "train" {
		other := p
		other.part = "train"
		if training, err = other.read(); err != nil {
			return nil, err
		}
		if err := files.same(training); err != nil {
			return nil, data.InputErrorf("%w", err)
		}
	}
	names, err := p.names(training)
	if err != nil {
		return nil, err
	}
	set := files.set
	set.N, set.Classes, set.Unsplit = len(files.labels), len(names), true
	if !classes.Counted(names) {
		set.ClassNames = names
	}
	if err := files.pixels(training.real()); err != nil {
		return nil, data.InputErrorf("%w", err)
	}
	if err := p.label8(files, names); err != nil {
		return nil, err
	}
	if set.N < p.first {
		return nil, folder.TooFew(files.paths[0], p.first, set.N)
	}
	files.note(names)
	if p.part != "train" {
		set.Note(lacking(set))
		if err := training.pixels(training.real()); err != nil {
			return nil, data.InputErrorf("%w", err)
		}
		n, all := set.Shared(training.set)
		set.Note(sanity.Shared(files.paths[0], n, set.N, all))
	}
	if p.first > 0 && p.first < set.N {
		return set.Picked(set.Share(p.first)), nil
	}
	return set, nil
}

// names are those of the classes, of which there must be two at least.
func (p part) names(training *files) ([]string, error) {
	names := classes.Names(training.labels)
	path, another := training.paths[len(training.paths)-1], ""
	if len(training.paths) == 1 {
		another = "; if the label is in another column, name it, as in --set data.label_column=last " +
			"('data info' and 'data verify': --label-column last)"
	}
	switch {
	case len(names) == 0:
		return nil, data.InputErrorf("%s: wanted at least one label of a training example, found none", path)
	case len(names) == 1:
		if slices.Contains(training.labels, classes.None) {
			another += "; an example labelled -1, NA or ?, or not at all, is of none"
		}
		return nil, data.InputErrorf("%s: wanted labels of two classes or more, found only %.40q%s", path, names[0], another)
	case len(names) > classes.Most:
		return nil, data.InputErrorf("%s: wanted at most %d classes, found %d different labels%s",
			path, classes.Most, len(names), another)
	}
	return names, nil
}

// label8 puts the labels' classes into the set.
func (p part) label8(f *files, names []string) error {
	path := f.paths[len(f.paths)-1]
	numbers := map[string]uint8{classes.None: data.Unlabelled}
	for class, name := range names {
		numbers[name] = uint8(class)
	}
	for i, label := range f.labels {
		class, known := numbers[label]
		switch {
		case !known:
			return data.InputErrorf("%s: wanted labels that the training part has (%s), found %.40q at place %d",
				path, list(names), label, i)
		case label == classes.None && p.part != "train":
			return data.InputErrorf("%s: wanted a label of every test example, found none at place %d; "+
				"nothing, NA, nan, null, ? and -1 are none: call a class otherwise", path, i)
		}
		f.set.Labels = append(f.set.Labels, class)
	}
	return nil
}

// lacking is a line on the classes that no test example is of; empty where there is none.
func lacking(set *data.Set) string {
	var names []string
	for class := range set.Classes {
		if !slices.Contains(set.Labels, uint8(class)) {
			names = append(names, set.ClassName(class))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("no test example is of class %s: the test error says nothing of it", list(names))
}

// namesTold is how many classes a message names.
const namesTold = 10

// note keeps lines for the user on values and names that are surely mistakes, though they can be taken. What a table's
// columns tell is the same for both parts, and is told of the training part.
func (f *files) note(names []string) {
	most := slices.Max(f.set.Images)
	if most <= 1 {
		f.set.Note(sanity.Dim(f.paths[0], most, f.scaled))
	}
	if !f.training {
		return
	}
	for _, note := range f.notes {
		f.set.Note(f.paths[0] + ": " + note)
	}
	alike := map[string]string{}
	for _, name := range names {
		plain := strings.ToLower(strings.Join(strings.Fields(name), " "))
		if first, found := alike[plain]; found {
			f.set.Note(fmt.Sprintf("%s: the labels %.40q and %.40q are two classes, although only capitals or spaces differ",
				f.paths[len(f.paths)-1], first, name))
		}
		alike[plain] = name
	}
}

// same returns an error unless the examples of two parts are of one shape, in columns of one order.
func (f *files) same(training *files) error {
	if len(f.paths) == 1 && len(training.paths) == 1 {
		if err := f.layout.Same(training.layout); err != nil {
			return fmt.Errorf("%s: %w", f.paths[0], err)
		}
	}
	shape := func(s *data.Set) string { return strict.Join([]int{s.Height, s.Width, s.Channels}) }
	if found, wanted := shape(f.set), shape(training.set); found != wanted {
		return strict.Errorf("%s: wanted images of %s, as in the training part, found %s", f.paths[0], wanted, found)
	}
	return nil
}

// list quotes the first of some names.
func list(names []string) string {
	var quoted []string
	for _, name := range names[:min(namesTold, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%.40q", name))
	}
	if more := len(names) - namesTold; more > 0 {
		quoted = append(quoted, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(quoted, ", ")
}

// files are what a part's files hold.
type files struct {
	paths     []string
	set       *data.Set // without its labels
	labels    []string
	fractions []float32 // the values of a table, where some are no whole numbers
	scaled    bool      // the values have been fractions or truth values
	training  bool      // they are the training part's
	layout    csvdata.Layout
	notes     []string // of a table
}

// real tells whether values from 0 to 1 are what the files hold.
func (f *files) real() bool { return f.fractions != nil }

// pixels makes pixels of a table's fractions. The training part says whether a table has them: another part of it may
// happen to hold none.
func (f *files) pixels(fractions bool) error {
	switch {
	case len(f.paths) > 1:
		return nil
	case f.real() && !fractions:
		return strict.Errorf("%s: wanted whole numbers from 0 to 255, as in the training part, found fractions", f.paths[0])
	case f.real():
		f.set.Images = make([]uint8, len(f.fractions))
		for i, value := range f.fractions {
			f.set.Images[i] = uint8(math.Round(255 * float64(value)))
		}
		f.scaled = true
	case fractions:
		if most := slices.Max(f.set.Images); most > 1 {
			return strict.Errorf("%s: wanted numbers from 0 to 1, as in the training part, found %d", f.paths[0], most)
		}
		for i, value := range f.set.Images {
			f.set.Images[i] = 255 * value
		}
		f.scaled = true
	}
	return nil
}

func newFiles(paths []string, part string) *files {
	return &files{paths: paths, set: &data.Set{Name: name, Channels: 1}, training: part == "train"}
}

// read reads the part's files.
func (p part) read() (*files, error) {
	paths, err := p.Files()
	if err != nil {
		return nil, err
	}
	f := newFiles(paths, p.part)
	if len(paths) == 1 {
		return f, p.mend(f.readTable(csvdata.Options{Label: p.label}))
	}
	n := 0
	err = strict.File(paths[0], func(r io.Reader, size int64) (err error) {
		n, err = f.readImages(r, size)
		return err
	})
	if err == nil {
		f.labels, err = readLabels(paths[1])
	}
	if err == nil && n != len(f.labels) {
		err = strict.Errorf("%s holds %d images, but %s holds %d labels", paths[0], n, paths[1], len(f.labels))
	}
	return f, p.mend(err)
}

// readTable reads a table of values and labels.
func (f *files) readTable(options csvdata.Options) error {
	return strict.File(f.paths[0], func(r io.Reader, _ int64) error {
		table, err := csvdata.Read(r, options)
		if err != nil {
			return err
		}
		f.set.Images, f.fractions, f.labels = table.Values, table.Fractions, table.Labels
		f.layout, f.notes = table.Layout, table.Notes
		f.set.Height, f.set.Width = data.Sides(table.Width)
		return nil
	})
}
