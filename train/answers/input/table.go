package input

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"ssdgm/model/trained/format"
	"ssdgm/model/trained/transform"
	"ssdgm/train/answers"
	"ssdgm/train/data"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/own"
	"ssdgm/train/data/strict"
)

// headRows is how many rows are looked at before the first is handed on.
const headRows = 256

// tableReader reads a table: an example a row, a value a column.
type tableReader struct {
	path   string // as messages have it
	frame  frame.Reader
	t      *transform.Transformation
	layout *layout
	marks  own.Labels
	names  []string // of the columns that are kept
	note   func(line string)

	texts []int // the columns that are selected as texts: words, the label's, those that are kept
	scale scale

	ahead block // rows that have been read and not been handed on
	block block
	row   int // rows that have been handed on
	known map[string]bool
}

// block is some rows of the columns that are selected.
type block struct {
	n       int
	numbers []float32
	texts   []string
}

// from are the rows behind the first so many, of so many numbers and texts each.
func (b block) from(n, width, words int) block {
	return block{b.n - n, b.numbers[n*width:], b.texts[n*words:]}
}

// newTable reads the first rows, and refuses what is surely a mistake.
func newTable(path string, r frame.Reader, l *layout, t *transform.Transformation, s *settings, o Options) (*tableReader, error) {
	in := &tableReader{
		path: path, frame: r, t: t, layout: l, marks: own.NewLabels(s.MissingLabels), names: o.Keep, note: o.note,
		known: map[string]bool{},
	}
	in.texts = slices.Clone(l.Words)
	var verbatim []int
	add := func(column int) {
		verbatim = append(verbatim, len(in.texts))
		in.texts = append(in.texts, column)
	}
	if l.label >= 0 {
		add(l.label)
	}
	for _, column := range l.kept {
		add(column)
	}
	selected, err := distinct(in.texts)
	if err != nil {
		return nil, in.in(err)
	}
	r.Select(l.Numbers, selected)
	r.Verbatim(verbatim)
	l.Unknown = in.unknown
	if o.Missing {
		l.TakesMissing = true
	}
	if err := in.look(); err != nil {
		return nil, in.in(err)
	}
	in.told(l.note)
	return in, nil
}

// distinct holds that no column is selected twice.
func distinct(columns []int) ([]int, error) {
	for i, column := range columns {
		if slices.Contains(columns[:i], column) {
			return nil, data.InputErrorf("--keep: want columns beside those of words and the label's, found column %d among them; "+
				"leave it out", column+1)
		}
	}
	return columns, nil
}

// told tells the user a line, unless it is empty.
func (t *tableReader) told(line string) {
	if line != "" {
		t.note(t.path + ": " + line)
	}
}

// unknown tells of a word that is none of a feature's categories, once.
func (t *tableReader) unknown(feature, word string) {
	if key := feature + "=" + word; !t.known[key] && len(t.known) < mostUnknown {
		t.known[key] = true
		t.told(fmt.Sprintf("column %.40q has %.40q, which the training part has not: it is taken for a missing value", feature, word))
	}
}

// mostUnknown is how many words that are unknown are told.
const mostUnknown = 20

// look reads the first rows, and finds out how they are scaled.
func (t *tableReader) look() error {
	if err := t.read(&t.ahead, headRows); errors.Is(err, io.EOF) {
		return strict.Errorf("want at least one row, found none")
	} else if err != nil {
		return err
	}
	if t.t.Image() {
		t.scale = newScale(t.frame, t.t)
		note, err := t.scale.decide(t.path, t.ahead.numbers)
		t.told(note)
		return err
	}
	return t.wild()
}

// read reads up to so many rows.
func (t *tableReader) read(b *block, most int) error {
	width, words := len(t.layout.Numbers), len(t.texts)
	b.numbers, b.texts = room(b.numbers, most*width), room(b.texts, most*words)
	var err error
	b.n, err = frame.NextRows(t.frame, b.numbers, b.texts, most)
	b.numbers, b.texts = b.numbers[:b.n*width], b.texts[:b.n*words]
	if err != nil && !errors.Is(err, io.EOF) {
		return t.describe(err)
	}
	return err
}

// room is a slice of so many elements.
func room[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// Read implements Reader, as do all methods below.
func (t *tableReader) Read(rows *answers.Rows, most int) error {
	if most < 1 {
		panic("input: want at least one row to be read")
	}
	b := &t.ahead
	if b.n == 0 {
		b = &t.block
		if err := t.read(b, most); err != nil {
			return t.in(err)
		}
	}
	now := *b
	now.n = min(most, b.n)
	rows.First, rows.N = t.row, now.n
	if err := t.take(rows, now); err != nil {
		return t.in(err)
	}
	if b == &t.ahead {
		t.ahead = t.ahead.from(now.n, len(t.layout.Numbers), len(t.texts))
	}
	t.row += now.n
	return nil
}

// take makes rows of a block.
func (t *tableReader) take(rows *answers.Rows, b block) error {
	width, d := len(t.layout.Numbers), t.t.Width
	rows.X = room(rows.X, b.n*d)
	if t.t.Image() && t.layout.Plain() {
		if at, err := t.scale.apply(rows.X, b.numbers[:b.n*d]); err != nil {
			return t.at(at/d, fmt.Errorf("column %s: %w", t.layout.Column(at%d), err))
		}
	}
	for i := range b.n {
		if t.t.Image() && t.layout.Plain() {
			continue
		}
		words := b.texts[i*len(t.texts):][:len(t.layout.Words)]
		if err := t.layout.Row(rows.X[i*d:][:d], b.numbers[i*width:][:width], words); err != nil {
			return t.at(i, err)
		}
	}
	return t.takeTexts(rows, b)
}

// takeTexts takes the labels and what is kept.
func (t *tableReader) takeTexts(rows *answers.Rows, b block) error {
	at, words := len(t.layout.Words), len(t.texts)
	rows.Labels = rows.Labels[:0]
	if t.layout.label >= 0 {
		for i := range b.n {
			name, err := t.marks.Name(b.texts[i*words+at])
			if err != nil {
				return t.at(i, err)
			}
			rows.Labels = append(rows.Labels, name)
		}
		at++
	}
	if t.layout.label < 0 {
		rows.Labels = nil
	}
	if len(rows.Kept) != len(t.names) {
		rows.Kept = make([][]string, len(t.names))
	}
	for k := range t.names {
		kept := rows.Kept[k][:0]
		for i := range b.n {
			kept = append(kept, b.texts[i*words+at+k])
		}
		rows.Kept[k] = kept
	}
	return nil
}

// at says in which row of a block a fault lies.
func (t *tableReader) at(i int, err error) error {
	return data.InputErrorf("%s: row %d: %w", t.path, t.row+i+1, err)
}

// describe says of a word where a number was wanted which column it is in.
func (t *tableReader) describe(err error) error {
	var word *frame.WordError
	if !errors.As(err, &word) {
		return err
	}
	at := slices.Index(t.layout.Numbers, word.Column)
	if at < 0 {
		return err
	}
	return strict.Errorf("%s: want a number in column %s, found %.40q", word.Where, t.layout.Column(at), word.Word)
}

// in makes an error of the content the user's, and names the file.
func (t *tableReader) in(err error) error { return mend(t.path, err) }

// mend makes what the user can mend an input error that names the file.
func mend(path string, err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, data.ErrInput):
		return err
	case errors.Is(err, strict.ErrFormat), errors.Is(err, format.ErrInput):
		return data.InputErrorf("%s: %w", path, err)
	case errors.Is(err, strict.ErrPath):
		return data.InputErrorf("%w", err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Rows is how many there are; −1 where the file does not say before its end.
func (t *tableReader) Rows() int { return t.frame.Rows() }

// Labelled tells whether there are labels.
func (t *tableReader) Labelled() bool { return t.layout.label >= 0 }

// Kept names the columns that are kept.
func (t *tableReader) Kept() []string { return t.names }

// Close closes the file.
func (t *tableReader) Close() error { return t.frame.Close() }
