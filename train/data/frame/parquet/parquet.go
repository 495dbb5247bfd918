// Package parquet reads tables in Parquet, as pyarrow, pandas and Hugging Face write them: one file, or several of the
// same columns, in order. The library reads the description of a file and the values of its pages. What a file claims is
// held against its bytes before.
//
// Numbers, truth values and decimals are columns of numbers. Words are columns of text, also those of a dictionary. A
// structure of bytes and path, as Hugging Face stores images, is a column of images; so are bytes that begin as PNG or
// JPEG do. Lists of numbers of one length are as many columns. Where Hugging Face has noted names of classes, the text of
// a whole number is its name, and −1 is a missing one. The text of a truth value is true or false. An index of pandas
// without a name is no column. Dates and other nested columns are an error once they are selected. An image of which
// there are no bytes is missing.
//
// Memory: of every selected column a page, which is 1 MiB as a rule, unpacked, and a dictionary; and the description at
// the end of the file.
package parquet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

// table reads files, one after the other.
type table struct {
	paths   []string
	rows    int
	marks   *frame.Marks
	columns []column // of every file
	leaves  []*leaf  // of the first

	numbers, texts []int
	verbatim       []bool    // of texts; nil: none is
	cells          []*cell   // of the leaves that are read
	place          []int     // by leaf: which of cells it is, from 1 on
	uses           []uses    // of cells
	block          []float32 // see flatBlock

	file   *file // that is open; nil after the last
	opened int   // how many of the files have been
	group  int   // of rows, from which the next row comes
	row    int   // in the group, of the next row
	line   int   // of the file, of the row that is read, from 1 on
	begun  bool  // the group
}

// cell is what a row has of a leaf.
type cell struct {
	*cursor
	leaf   int
	values *vector
	at     int // in values; −1 where there is none
	list   []float32
}

// Open reads the description of one file of so many bytes, and takes it over, unless it returns an error. Errors of the
// content are strict.ErrFormat, and do not name the file.
func Open(opened *os.File, size int64, o frame.Options) (frame.Reader, error) {
	t := &table{paths: []string{""}, marks: o.Marks()}
	f := &file{File: opened, size: size}
	if err := guarded(f.describe); err != nil {
		return nil, err
	}
	return t, t.add(f)
}

// OpenAll opens files of the same columns as one table, in their order. Errors name the file: those of the content are
// strict.ErrFormat, those of a path strict.ErrPath.
func OpenAll(paths []string, o frame.Options) (frame.Reader, error) {
	t := &table{paths: paths, marks: o.Marks()}
	for _, path := range paths {
		f, err := openFile(path)
		if err == nil {
			err = t.add(f)
		}
		if err != nil {
			return nil, errors.Join(err, t.Close())
		}
	}
	return t, nil
}

// add adds the rows of a file. The first one stays open.
func (t *table) add(f *file) error {
	t.rows += f.rows
	if t.file == nil {
		t.file, t.opened, t.columns, t.leaves = f, 1, f.columns, f.leaves
		return nil
	}
	if err := errors.Join(t.same(f), f.Close()); err != nil {
		return err
	}
	if t.rows > maxRows {
		return f.named(strict.Errorf("with the files before it there are %d rows; wanted at most %d", t.rows, maxRows))
	}
	return nil
}

// same holds that another file has the columns of the first.
func (t *table) same(f *file) error {
	for i := range max(len(t.columns), len(f.columns)) {
		switch {
		case i >= len(t.columns):
			return f.named(strict.Errorf("has a column %q, which %s has not", f.columns[i].Name, t.paths[0]))
		case i >= len(f.columns):
			return f.named(strict.Errorf("has no column %q, which %s has", t.columns[i].Name, t.paths[0]))
		}
		want, found := t.columns[i], f.columns[i]
		a, b := t.leaves[want.leaf], f.leaves[found.leaf]
		if want.Column != found.Column || want.leaf != found.leaf || a.content != b.content || a.scale != b.scale ||
			!slices.Equal(want.names, found.names) {
			return f.named(strict.Errorf("its column %q is not like column %q of %s: "+
				"wanted the same names and types in every file", found.Name, want.Name, t.paths[0]))
		}
	}
	return nil
}

// Columns implements frame.Reader.
func (t *table) Columns() []frame.Column {
	all := make([]frame.Column, len(t.columns))
	for i, c := range t.columns {
		all[i] = c.Column
	}
	return all
}

// Rows implements frame.Reader.
func (t *table) Rows() int { return t.rows }

// Shape implements frame.Reader.
func (t *table) Shape() (height, width, channels int) { return 1, len(t.columns), 1 }

// Sparse implements frame.Reader.
func (t *table) Sparse() bool { return false }

// Bytes implements frame.Reader: of the selected columns, or of all columns of numbers before any is.
func (t *table) Bytes() bool {
	numbers := t.numbersOrAll()
	other := func(i int) bool { return t.leaves[t.columns[i].leaf].content != bytes8 }
	return len(numbers) > 0 && !slices.ContainsFunc(numbers, other)
}

// numbersOrAll are the selected columns of numbers, or all before any is.
func (t *table) numbersOrAll() []int {
	if t.numbers != nil {
		return t.numbers
	}
	var all []int
	for i, c := range t.columns {
		if c.Kind == frame.Number {
			all = append(all, i)
		}
	}
	return all
}

// Numbers implements frame.Reader.
func (t *table) Numbers() frame.Numbers {
	kind := func(i int) frame.Numbers {
		switch t.leaves[t.columns[i].leaf].content {
		case integers, unsigned, bytes8:
			return frame.Whole
		case halves, floats, doubles:
			return frame.Fractions
		case truths:
			return frame.Truths
		}
		return frame.Untold
	}
	numbers := t.numbersOrAll()
	if len(numbers) == 0 {
		return frame.Untold
	}
	first := kind(numbers[0])
	if slices.ContainsFunc(numbers, func(i int) bool { return kind(i) != first }) {
		return frame.Untold
	}
	return first
}

// Select implements frame.Reader.
func (t *table) Select(numbers, texts []int) {
	t.numbers, t.texts, t.verbatim = slices.Clone(numbers), slices.Clone(texts), nil
	t.place = make([]int, len(t.leaves))
	t.cells, t.uses = nil, nil
	use := func(column int) *uses {
		leaf := t.columns[column].leaf
		if t.place[leaf] == 0 {
			t.cells, t.uses = append(t.cells, &cell{leaf: leaf}), append(t.uses, uses{})
			t.place[leaf] = len(t.cells)
		}
		return &t.uses[t.place[leaf]-1]
	}
	for k, column := range numbers {
		u := use(column)
		u.numbers = append(u.numbers, k)
	}
	for k, column := range texts {
		u := use(column)
		u.texts = append(u.texts, k)
	}
}

// Verbatim implements frame.Reader.
func (t *table) Verbatim(places []int) { t.verbatim = frame.Places(places, len(t.texts)) }

// Close implements frame.Reader.
func (t *table) Close() error {
	if t.file == nil {
		return nil
	}
	open := t.file
	t.file = nil
	return open.Close()
}

// Next implements frame.Reader.
func (t *table) Next(numbers []float32, texts []string) error {
	for t.file != nil {
		err := guarded(func() error { return t.read(numbers, texts) })
		if err == nil {
			return nil
		}
		if !errors.Is(err, io.EOF) {
			return t.file.named(err)
		}
		if err := t.nextFile(); err != nil {
			return err
		}
	}
	return io.EOF
}

// nextFile goes on to the next file, where there is one.
func (t *table) nextFile() error {
	if err := t.Close(); err != nil {
		return err
	}
	t.group, t.row, t.line, t.begun = 0, 0, 0, false
	if t.opened == len(t.paths) {
		return nil
	}
	f, err := openFile(t.paths[t.opened])
	if err != nil {
		return err
	}
	t.opened++
	t.file = f
	return t.same(f)
}

// read reads the next row of the open file; io.EOF after its last.
func (t *table) read(numbers []float32, texts []string) error {
	if err := t.enter(); err != nil {
		return err
	}
	t.row++
	t.line++
	for _, c := range t.cells {
		if err := t.advance(c); err != nil {
			return t.where(c.leaf, ended(err))
		}
	}
	return t.fill(numbers, texts)
}

// enter goes on to a group of rows that has one left; io.EOF after the last.
func (t *table) enter() error {
	for {
		if t.group == len(t.file.meta.RowGroups) {
			return io.EOF
		}
		if !t.begun {
			if err := t.begin(); err != nil {
				return err
			}
		}
		if int64(t.row) < t.file.meta.RowGroups[t.group].NumRows {
			return nil
		}
		if err := t.finish(); err != nil {
			return err
		}
	}
}

// where says at which row and in which column a fault lies.
func (t *table) where(leaf int, err error) error {
	if errors.Is(err, strict.ErrFormat) {
		return strict.Errorf("row %d, column %q: %v", t.line, t.leaves[leaf].name, err)
	}
	return err
}

// begin goes on to a group of rows.
func (t *table) begin() error {
	t.begun, t.row = true, 0
	for _, c := range t.cells {
		l := t.file.leaves[c.leaf]
		if l.content == unread {
			return strict.Errorf("column %q %s, which is not read: leave it out, or save it as numbers or words",
				l.name, l.unfit)
		}
		var err error
		if c.cursor, err = t.file.cursor(l, t.group); err != nil {
			return strict.Errorf("column %q, row group %d: %v", l.name, t.group, err)
		}
	}
	return nil
}

// finish holds that the columns have no more than the rows of their group.
func (t *table) finish() error {
	for _, c := range t.cells {
		switch err := c.more(); {
		case err == nil:
			return strict.Errorf("column %q, row group %d: more values than its %d rows",
				t.leaves[c.leaf].name, t.group, t.row)
		case !errors.Is(err, io.EOF):
			return t.where(c.leaf, err)
		}
	}
	t.group++
	t.begun = false
	return nil
}

// advance reads a leaf's part of the row.
func (t *table) advance(c *cell) (err error) {
	l, width := c.pages.leaf, t.leaves[c.leaf].width
	if !l.list {
		c.values, c.at, err = c.cell()
		return err
	}
	c.list, err = c.cursor.list(c.list[:0])
	switch {
	case errors.Is(err, errNull):
		for c.list = c.list[:0]; len(c.list) < width; {
			c.list = append(c.list, float32(math.NaN()))
		}
		return nil
	case err == nil && len(c.list) != width:
		return strict.Errorf("a list of %d numbers; wanted %d, as in the first row: lists are to be of one length",
			len(c.list), width)
	}
	return err
}

// fill takes the row from its leaves.
func (t *table) fill(numbers []float32, texts []string) error {
	for k, i := range t.numbers {
		var err error
		if numbers[k], err = t.numberOf(i); err != nil {
			return err
		}
	}
	for k, i := range t.texts {
		var err error
		if texts[k], err = t.textOf(i, t.marksOf(k)); err != nil {
			return t.where(t.columns[i].leaf, err)
		}
	}
	return nil
}

// numberOf is a column's cell as a number.
func (t *table) numberOf(i int) (float32, error) {
	column := t.columns[i]
	c := t.cells[t.place[column.leaf]-1]
	l := c.pages.leaf
	switch {
	case l.list:
		return t.marks.Number(float64(c.list[column.place])), nil
	case c.at < 0:
		return float32(math.NaN()), nil
	case l.content < words:
		return t.marks.Number(l.number(c.values, c.at)), nil
	}
	word := l.text(c.values, c.at, t.marks)
	if word == frame.None {
		return float32(math.NaN()), nil
	}
	value, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return 0, &frame.WordError{Where: fmt.Sprintf("row %d, column %q", t.line, column.Name), Column: i, Word: word}
	}
	return float32(value), nil
}

// marksOf are the marks of one of the selected texts; nil where it is taken as it is.
func (t *table) marksOf(k int) *frame.Marks {
	if t.verbatim != nil && t.verbatim[k] {
		return nil
	}
	return t.marks
}

// textOf is a column's cell as a text, as marks have it; nil: as it is.
func (t *table) textOf(i int, marks *frame.Marks) (string, error) {
	column := t.columns[i]
	c := t.cells[t.place[column.leaf]-1]
	l := c.pages.leaf
	switch {
	case l.list && marks == nil:
		return frame.Verbatim(float64(c.list[column.place]), 32), nil
	case l.list:
		return marks.NumberText(float64(c.list[column.place]), 32), nil
	case c.at < 0:
		return frame.None, nil
	case column.Kind == frame.Image:
		return string(c.values.bytes(c.at)), nil
	case column.names != nil && l.content != doubles && l.content < words:
		class := l.number(c.values, c.at)
		if class == -1 {
			return frame.None, nil
		}
		if !strict.Whole(class, 0, float64(len(column.names)-1)) {
			return "", strict.Errorf("wanted a class from 0 to %d, or -1 for a missing one, found %g",
				len(column.names)-1, class)
		}
		return column.names[int(class)], nil
	}
	return l.text(c.values, c.at, marks), nil
}
