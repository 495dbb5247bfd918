package table

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/formats"
	"ssdgm/train/data/own"
	"ssdgm/train/data/strict"
)

// file is one of the files, with that of its labels where they are apart.
type file struct {
	path, labels string
	o            *data.OwnOptions
	test         bool // it is the test part's
}

// open opens a file, with the usual marks of missing values or, nil being none given, others.
func (f file) open(path string, missing []string) (frame.Reader, error) {
	options := frame.Options{
		Variable: f.o.Variable, Label: f.o.LabelColumn, Heading: f.o.Heading, Delimiter: f.o.Delimiter,
		Decimal: f.o.Decimal, Missing: missing,
	}
	switch options.Label { // These are places in a table, and no array is called so.
	case "first", "last", "none":
		options.Label = ""
	}
	if f.test {
		if r, err := formats.Open(path, ofTest(options)); err == nil || path == f.path && f.sameArray(options) {
			return r, mend(err)
		}
	}
	r, err := formats.Open(path, options)
	return r, mend(err)
}

// ofTest names the arrays of a test part, where those of the training part are called so: x_test beside x_train.
func ofTest(o frame.Options) frame.Options {
	o.Variable, o.Label = testName(o.Variable), testName(o.Label)
	return o
}

func testName(name string) string {
	return strings.NewReplacer("train", "test", "Train", "Test", "TRAIN", "TEST").Replace(name)
}

// sameArray tells whether the test part would be read from the training part's own array.
func (f file) sameArray(o frame.Options) bool {
	return f.o.TestPath == f.o.Path && testName(o.Variable) != o.Variable
}

// mend makes an error of a file's content one of the user's input. One of the disk it leaves as it is.
func mend(err error) error {
	if errors.Is(err, strict.ErrFormat) || errors.Is(err, strict.ErrPath) {
		return data.InputErrorf("%w", err)
	}
	return err
}

// in names the file in an error that says what is wrong with its content.
func (f file) in(err error) error {
	if err == nil || errors.Is(err, data.ErrInput) {
		return err
	}
	if errors.Is(err, strict.ErrFormat) {
		return data.InputErrorf("%s: %w", f.path, err)
	}
	return err
}

// heads reads what the file says of itself, without a row.
func (f file) heads() (columns []frame.Column, err error) {
	r, err := f.open(f.path, nil)
	if err != nil {
		return nil, err
	}
	return r.Columns(), r.Close()
}

// Labels have marks of their own, which Labels.Name knows: they are read as they stand.
var (
	unmarked = []string{}
	usual    = frame.Options{}.Marks()
)

// found is what a first pass over a file finds: a label of each row, and the words of the columns of words.
type found struct {
	labels []string // names of classes
	words  []map[string]bool
}

// scan reads the labels and the words of a file. A row of a file without labels has none.
func (f file) scan(p *plan, l own.Labels) (scanned found, err error) {
	r, err := f.open(f.path, unmarked)
	if err != nil {
		return scanned, err
	}
	defer func() { err = f.in(errors.Join(err, r.Close())) }()
	var texts []int
	if p.labelAt >= 0 {
		texts = append(texts, p.labelAt)
	}
	for _, feature := range p.features {
		if feature.oneHot {
			texts = append(texts, feature.at)
			scanned.words = append(scanned.words, map[string]bool{})
		}
	}
	r.Select(nil, texts)
	row := make([]string, len(texts))
	for {
		if err := r.Next(nil, row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return scanned, mend(err)
		}
		words, label := row, classes.None
		if p.labelAt >= 0 {
			if label, err = l.Name(row[0]); err != nil {
				return scanned, fmt.Errorf("row %d: %w", len(scanned.labels)+1, err)
			}
			words = row[1:]
		}
		scanned.labels = append(scanned.labels, label)
		for i, word := range words {
			if !usual.Missing(word) {
				scanned.words[i][word] = true
			}
		}
	}
	if f.labels != "" {
		return scanned, f.readLabels(&scanned, l)
	}
	return scanned, nil
}

// readLabels takes the labels from a file of their own.
func (f file) readLabels(scanned *found, l own.Labels) (err error) {
	apart := file{path: f.labels, o: f.o}
	r, err := f.open(f.labels, unmarked)
	if err != nil {
		return err
	}
	defer func() { err = apart.in(errors.Join(err, r.Close())) }()
	columns, at := r.Columns(), 0
	switch {
	case len(columns) > 1 && r.Rows() == 1 && len(columns) == len(scanned.labels):
		return scanned.name(r, l) // an array 1×n
	case len(columns) > 1:
		if at, err = (&plan{}).findLabel(columns, &data.OwnOptions{LabelColumn: f.o.LabelColumn, Classifies: true}); err != nil {
			if columns[0].Name == "" {
				err = fmt.Errorf("%w; of labels that are one-hot, save argmax(axis=1) in their place", err)
			}
			return err
		}
	}
	r.Select(nil, []int{at})
	row, n := make([]string, 1), 0
	for {
		if err := r.Next(nil, row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return mend(err)
		}
		name, err := l.Name(row[0])
		if err != nil {
			return fmt.Errorf("row %d: %w", n+1, err)
		}
		if n < len(scanned.labels) {
			scanned.labels[n] = name
		}
		n++
	}
	if n != len(scanned.labels) {
		return strict.Errorf("wanted a label, or a mark that there is none, for each of the %d examples of %s, found %d",
			len(scanned.labels), f.path, n)
	}
	return nil
}

// name takes the labels from the only row of a file.
func (s *found) name(r frame.Reader, l own.Labels) error {
	all := make([]int, len(s.labels))
	for i := range all {
		all[i] = i
	}
	r.Select(nil, all)
	if err := r.Next(nil, s.labels); err != nil {
		return mend(err)
	}
	for i, text := range s.labels {
		name, err := l.Name(text)
		if err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
		s.labels[i] = name
	}
	return nil
}

// settle keeps the words of the training file in the plan, in order.
func (p *plan) settle(scanned found) error {
	p.width, p.notes = 0, slices.Clip(p.notes)
	hot := 0
	for i := range p.features {
		f := &p.features[i]
		if !f.oneHot {
			p.width++
			continue
		}
		for word := range scanned.words[hot] {
			f.words = append(f.words, word)
		}
		hot++
		slices.Sort(f.words)
		if n := len(f.words); n == 0 || n > mostWords {
			return strict.Errorf("data.one_hot: wanted 1 to %d different words in column %.40q, found %d", mostWords, f.name, n)
		}
		p.width += len(f.words)
	}
	return nil
}

// unknown is a line on words of another file that the training part has not; empty where there are none.
func (p *plan) unknown(path string, scanned found) string {
	var names []string
	hot := 0
	for _, f := range p.features {
		if !f.oneHot {
			continue
		}
		for _, word := range slices.Sorted(maps.Keys(scanned.words[hot])) {
			if !slices.Contains(f.words, word) {
				names = append(names, data.Shown(f.name+"="+word))
			}
		}
		hot++
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: the training part has no example of %s: there all values of the column are 0", path, transform.Some(names))
}

// mostWords is how many values a column of words may become.
const mostWords = 1000

// rows calls emit with the values of those rows that keep says, in order. The slice is good until it returns. A missing
// value is NaN.
func (f file) rows(p *plan, keep func(row int) bool, emit func(values []float32) error) (err error) {
	r, err := f.open(f.path, nil)
	if err != nil {
		return err
	}
	defer func() { err = f.in(errors.Join(err, r.Close())) }()
	var numbers, texts []int
	for _, feature := range p.features {
		if feature.oneHot {
			texts = append(texts, feature.at)
		} else {
			numbers = append(numbers, feature.at)
		}
	}
	r.Select(numbers, texts)
	x, words, values := make([]float32, len(numbers)), make([]string, len(texts)), make([]float32, p.width)
	for row := 0; ; row++ {
		if err := r.Next(x, words); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return p.describe(err, row)
		}
		if !keep(row) {
			continue
		}
		if len(texts) == 0 {
			err = emit(x)
		} else {
			p.spread(values, x, words)
			err = emit(values)
		}
		if err != nil {
			return err
		}
	}
}

// spread puts a row's numbers and the ones of its words into their places. A word that the training part has not is none
// of its columns'; a missing one is missing in all.
func (p *plan) spread(values, x []float32, words []string) {
	at, number, word := 0, 0, 0
	for i := range p.features {
		f := &p.features[i]
		if !f.oneHot {
			values[at] = x[number]
			at, number = at+1, number+1
			continue
		}
		for k, w := range f.words {
			switch {
			case words[word] == frame.None:
				values[at+k] = nan
			case w == words[word]:
				values[at+k] = 1
			default:
				values[at+k] = 0
			}
		}
		at, word = at+len(f.words), word+1
	}
}

// describe says of a word where a number was wanted which column it is in, and what to do. Below rows in which there are
// numbers it is no column of words.
func (p *plan) describe(err error, row int) error {
	var word *frame.WordError
	if !errors.As(err, &word) {
		return mend(err)
	}
	at := slices.IndexFunc(p.features, func(f feature) bool { return f.at == word.Column })
	if at < 0 {
		return strict.Errorf("%v", err)
	}
	name := p.features[at].name
	switch {
	case dressed(word.Word):
		return strict.Errorf("%s: wanted a number in column %.40q, found %.20q; write it without signs of thousands, money or "+
			"per cent, or say data.decimal = \"comma\" where a comma stands before fractions", word.Where, name, word.Word)
	case row > 0:
		return strict.Errorf("%s: wanted a number in column %.40q, as on the rows before, found %.20q; mend the cell, or empty it "+
			"where nothing is known, or leave the column out with data.drop_columns", word.Where, name, word.Word)
	}
	return ofWords(name, fmt.Sprintf("%s: found %.20q: ", word.Where, word.Word))
}

// dressed tells whether a word is a number with signs that people put around its digits.
func dressed(word string) bool {
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune("$€£¥%,' \u00a0\u2009\u202f", r) {
			return -1
		}
		return r
	}, word)
	_, err := strconv.ParseFloat(bare, 64)
	return err == nil
}
