package input

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"ssdgm/configs"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/match"
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

	texts  []int       // the columns that are selected as texts: words, the label's, those that are kept
	scale  *scale      // nil: the model takes no pixels
	labels *labelsFile // nil: there is none

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
func (in opening) newTable(path string, r frame.Reader, l *layout) (*tableReader, error) {
	t := &tableReader{
		path: path, frame: r, t: in.model.Input, layout: l, marks: own.NewLabels(in.settings.MissingLabels),
		names: l.keptNames, note: in.options.note, known: map[string]bool{},
	}
	var err error
	if t.labels, err = openLabels(in.settings); err != nil {
		return nil, err
	}
	if t.labels != nil {
		l.label = -1
	}
	t.choose()
	l.Unknown = t.unknown
	l.TakesMissing = l.TakesMissing || in.options.Missing
	l.Unit = in.model.Unit()
	if err = t.look(in.model.Config); err != nil {
		return nil, errors.Join(t.in(err), t.closeLabels())
	}
	t.told(l.note)
	return t, nil
}

// choose selects the columns that are read.
func (t *tableReader) choose() {
	t.texts = slices.Clone(t.layout.Words)
	var verbatim []int
	for _, column := range append([]int{t.layout.label}, t.layout.kept...) {
		if column >= 0 {
			verbatim = append(verbatim, len(t.texts))
			t.texts = append(t.texts, column)
		}
	}
	t.frame.Select(t.layout.Numbers, t.texts)
	t.frame.Verbatim(verbatim)
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
func (t *tableReader) look(c *configs.Config) error {
	if err := t.read(&t.ahead, headRows); errors.Is(err, io.EOF) {
		return strict.Errorf("want at least one row, found none")
	} else if err != nil {
		return err
	}
	if !t.t.Image() {
		return t.wild()
	}
	first := t.ahead.numbers
	t.scale = newScale(t.frame, t.t, first, c.Data.Scale == transform.Pixels)
	if t.scale.missing = t.layout.TakesMissing; t.scale.missing && t.scale.kind == unknownScale {
		t.scale.kind = bytesScale // What is filled in must be on some scale.
	}
	if dim := t.scale.dim(t.path, first); dim != "" {
		t.note(dim)
	}
	return t.pixels(make([]float32, len(first)), first)
}

// pixels makes pixels of the values of rows.
func (t *tableReader) pixels(dst, values []float32) error {
	at, err := t.scale.apply(dst, values)
	if err != nil {
		return t.at(at/t.t.Width, fmt.Errorf("column %s: %w", t.layout.Column(at%t.t.Width), err))
	}
	return nil
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
		if err := t.read(b, most); errors.Is(err, io.EOF) && t.labels != nil {
			return cmp.Or(t.labels.end(), err)
		} else if err != nil {
			return err
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
	if t.scale != nil {
		if err := t.pixels(rows.X, b.numbers[:b.n*d]); err != nil {
			return err
		}
		return t.takeTexts(rows, b)
	}
	for i := range b.n {
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
	labels := rows.Labels[:0]
	rows.Labels = nil
	switch {
	case t.labels != nil:
		var err error
		if rows.Labels, err = t.labels.read(labels, b.n); err != nil {
			return err
		}
	case t.layout.label >= 0:
		for i := range b.n {
			name, err := t.marks.Name(b.texts[i*words+at])
			if err != nil {
				return t.at(i, err)
			}
			labels = append(labels, name)
		}
		rows.Labels = labels
		at++
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
	if errors.As(err, &word) {
		if slices.Contains(t.layout.Numbers, word.Column) {
			first := t.layout.Places([]int{word.Column})[0].First
			return data.InputErrorf("%s: %s: want a number in column %s, found %.40q", t.path, word.Where,
				t.layout.Column(first), word.Word)
		}
		return data.InputErrorf("%w", err)
	}
	return named(err)
}

// named makes an error of what names its file already the user's, where the user can mend it.
func named(err error) error {
	if errors.Is(err, strict.ErrFormat) || errors.Is(err, strict.ErrPath) {
		return data.InputErrorf("%w", err)
	}
	return err
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
	return err
}

// Rows is how many there are; −1 where the file does not say before its end.
func (t *tableReader) Rows() int { return t.frame.Rows() }

// Labelled tells whether there are labels.
func (t *tableReader) Labelled() bool { return t.layout.label >= 0 || t.labels != nil }

// Kept names the columns that are kept.
func (t *tableReader) Kept() []string { return t.names }

// Places tells which values these columns hold.
func (t *tableReader) Places() []match.Place { return t.layout.Places(t.layout.kept) }

// Unit is what a raw value of 1 is in the file.
func (t *tableReader) Unit() float32 {
	if t.scale != nil && t.scale.kind == bytesScale {
		return t.scale.divisor
	}
	return 1
}

// Close closes the file.
func (t *tableReader) Close() error { return errors.Join(t.frame.Close(), t.closeLabels()) }

func (t *tableReader) closeLabels() error {
	if t.labels == nil {
		return nil
	}
	return t.labels.frame.Close()
}
