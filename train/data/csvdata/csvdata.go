// Package csvdata reads labelled examples from a table of text: a line for each example, its values, which are pixels,
// and its label. Columns stand between commas, semicolons, tabs, bars or spaces, and where they are no commas, a comma
// may stand for the point of a fraction. A heading may come first. The file says which of all this is so.
package csvdata

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ssdgm/train/data/classes"
	"ssdgm/train/data/lines"
	"ssdgm/train/data/strict"
)

const (
	maxRecord = 1 << 19 // bytes of a line: enough for MaxWidth values, quoted
	// MaxWidth is the most values of an example.
	MaxWidth = 1 << 16
)

// Options say what a file cannot.
type Options struct {
	// Label is the column of the label: its heading, first, last, or where there is no heading its number, counted from
	// 1. Empty: the column that is headed label, class, target or y; else the only one whose values are no numbers; else
	// the first.
	Label string
	Lines int // read so many examples; 0: all
}

// Table holds the examples of one file. Exactly one of Values and Fractions is set.
type Table struct {
	N, Width  int
	Values    []uint8   // [N, Width], where all are whole numbers from 0 to 255
	Fractions []float32 // [N, Width], where some are none: numbers from 0 to 1
	Labels    []string  // as package classes names them; classes.None where there is none

	Layout Layout
	Notes  []string // lines for the user: what is no fault and may be a mistake
}

// Read reads a table, gzipped or not. Errors of the content are strict.ErrFormat.
func Read(r io.Reader, options Options) (*Table, error) {
	in, err := lines.NewReader(r, lines.Options{MaxLine: maxRecord})
	if err != nil {
		return nil, err
	}
	t := &reading{lines: in, decimalComma: in.DecimalComma(), label: -1, index: -1}
	for options.Lines == 0 || t.N < options.Lines {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if t.label < 0 {
			heading, err := t.columns(fields, options.Label)
			if err != nil {
				return nil, err
			}
			if heading {
				continue
			}
		}
		if err := t.add(fields); err != nil {
			return nil, err
		}
	}
	if t.N == 0 {
		return nil, strict.Errorf("wanted at least one line with a label and values, found none")
	}
	t.settle()
	return &t.Table, nil
}

// reading is a table that is being read.
type reading struct {
	Table
	lines        *lines.Reader
	decimalComma bool     // a comma may stand in a number
	label        int      // column of the label; −1 before the first line
	index        int      // column of the lines' numbers, which is passed over; −1: none
	headed       bool     // there was a heading
	words        bool     // the label's column was known by its words
	perhaps      int      // column of the label where nothing else tells
	names        []string // the headings of all columns
	guessed      bool     // nothing tells which column the label's is, although there are headings

	// The first value that is no whole number, and the first one above 1: a table has not both.
	fraction, large place
}

// place is where a value stands.
type place struct{ line, field int }

// add appends an example.
func (t *reading) add(fields []string) error {
	line := t.lines.Line()
	width := len(fields) - 1
	if t.index >= 0 {
		width--
	}
	if width < 1 || width > MaxWidth {
		return strict.Errorf("line %d: wanted a label and 1 to %d values between commas, semicolons, tabs, bars or spaces, "+
			"found %s%s", line, MaxWidth, lines.Amount(len(fields)), t.lines.Looks)
	}
	column := 0
	for i, text := range fields {
		if i == t.label || i == t.index {
			continue
		}
		if err := t.value(strings.TrimSpace(text), place{line, i + 1}, column); err != nil {
			return err
		}
		column++
	}
	label := classes.Name(t.number(fields[t.label]))
	if _, err := strconv.ParseFloat(label, 64); t.words && err == nil {
		return strict.Errorf("line %d, field %d: wanted a word for a label, as on the first line, found %.20q; "+
			"if the label is in another column, name it with data.label_column", line, t.label+1, label)
	}
	if err := classes.Check(label); err != nil {
		return fmt.Errorf("line %d: %w", line, err)
	}
	t.Labels = append(t.Labels, strings.Clone(label))
	t.Width = width
	t.N++
	return nil
}

// value appends a value, of the column of so many values before it.
func (t *reading) value(text string, at place, column int) error {
	if n, err := strconv.ParseUint(text, 10, 8); err == nil {
		return t.whole(uint8(n), at)
	}
	value, err := strconv.ParseFloat(t.number(text), 64)
	switch {
	case err == nil && strict.Whole(value, 0, 255):
		return t.whole(uint8(value), at)
	case err != nil || !(value > 0 && value < 1):
		return strict.Errorf("line %d, field %d: wanted a whole number from 0 to 255, or a fraction from 0 to 1, "+
			"found %.20q; %s", at.line, at.field, text, t.advice(text, value, err, column))
	case t.large.line > 0:
		return mixed(at, t.large)
	case t.fraction.line == 0:
		t.fraction = at
		t.Fractions = make([]float32, len(t.Values), max(2*len(t.Values), 1))
		for i, v := range t.Values {
			t.Fractions[i] = float32(v)
		}
		t.Values = nil
	}
	t.Fractions = append(t.Fractions, float32(value))
	return nil
}

// advice is what to do about a value that is no number, or one that is out of range.
func (t *reading) advice(text string, value float64, err error, column int) string {
	finite := value-value == 0
	switch {
	case !finite || err != nil && classes.Name(text) == classes.None:
		return "put a number in its place, or leave out its line or its column"
	case err != nil && strings.Contains(text, ":"):
		return "write the values of all columns, not pairs of a place and a value, as LIBSVM has them"
	case err != nil:
		return "if this is the label, name its column with data.label_column, else leave out the column"
	case t.counts(column) && value == float64(int(t.Values[column])+t.N):
		return "this column counts the lines: leave it out"
	}
	return "scale each column to 0 to 1"
}

// whole appends a whole number.
func (t *reading) whole(n uint8, at place) error {
	if n > 1 && t.large.line == 0 {
		t.large = at
	}
	if t.fraction.line == 0 {
		t.Values = append(t.Values, n)
		return nil
	}
	if n > 1 {
		return mixed(t.fraction, at)
	}
	t.Fractions = append(t.Fractions, float32(n))
	return nil
}

// mixed is the error of a table that has fractions and numbers above 1.
func mixed(fraction, large place) error {
	return strict.Errorf("line %d, field %d has a fraction, but line %d, field %d a number above 1: "+
		"wanted either whole numbers from 0 to 255 or numbers from 0 to 1",
		fraction.line, fraction.field, large.line, large.field)
}

// number puts a point where a comma stands for it.
func (t *reading) number(text string) string {
	if t.decimalComma {
		return lines.Point(text)
	}
	return text
}
