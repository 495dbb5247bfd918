// Package text reads tables of text as frames: CSV, and its like with other signs between the columns.
package text

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/lines"
	"ssdgm/train/data/strict"
)

const (
	maxLine = 1 << 22 // bytes
	// What is read ahead, to know the heading: so many rows, or bytes.
	rowsAhead, bytesAhead = 64, 1 << 20
	// maxKnown is how many different texts are kept to be given again: those of classes recur.
	maxKnown = 1 << 12
)

// table is a table of text that is being read.
type table struct {
	file    io.Closer
	lines   *lines.Reader
	columns []frame.Column
	marks   *frame.Marks
	comma   bool // a comma may stand for the point of a fraction
	point   bool // so may a point
	// Where a comma and a point have stood in a number first: in one table they do not mean the same.
	commaAt, pointAt string

	heading        string // what the user says of one
	ahead          []row  // read to know the heading
	named          bool   // the first of them is surely a heading
	due            *row   // comes after the empty lines before it, of which there are so many
	empty          int
	gaps, ended    bool // there was an empty line; there is no other line any more
	last           int  // the line that the last row ended on
	numbers, texts []int
	verbatim       []bool            // of texts; nil: none is
	known          map[string]string // texts that have been given
}

// row is a line's fields.
type row struct {
	line   int
	fields []string
}

// Open reads the beginning of a table, gzipped or not. It closes the file in the end, unless there is an error now.
func Open(file *os.File, _ int64, o frame.Options) (frame.Reader, error) { return open(file, o) }

// OpenStream is Open of a table that is read once.
func OpenStream(r io.ReadCloser, o frame.Options) (frame.Reader, error) { return open(r, o) }

// open reads the beginning of a table from anywhere.
func open(file io.ReadCloser, o frame.Options) (frame.Reader, error) {
	delimiter, err := delimiter(o.Delimiter)
	if err != nil {
		return nil, err
	}
	in, err := lines.NewReader(file, lines.Options{Delimiter: delimiter, MaxLine: maxLine, UTF8: true})
	if err != nil {
		return nil, err
	}
	t := &table{file: file, lines: in, marks: o.Marks(), heading: o.Heading, known: map[string]string{}}
	switch o.Decimal {
	case "comma":
		t.comma = true
	case "point":
		t.point = true
	default:
		t.comma, t.point = in.DecimalComma(), true
	}
	if err := t.begin(); err != nil {
		return nil, err
	}
	return t, nil
}

// delimiter is the sign that the user has named.
func delimiter(named string) (rune, error) {
	switch named {
	case "":
		return 0, nil
	case "tab", `\t`:
		return '\t', nil
	case "space":
		return ' ', nil
	}
	r, size := utf8.DecodeRuneInString(named)
	if size != len(named) || r == utf8.RuneError || strings.ContainsRune("\"\r\n", r) {
		return 0, strict.Errorf(`delimiter %.20q: wanted one sign, such as ",", ";" or "\t"`, named)
	}
	return r, nil
}

// begin reads some rows ahead, and finds out what the columns are.
func (t *table) begin() error {
	for size := 0; len(t.ahead) < rowsAhead && size < bytesAhead; {
		fields, err := t.lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !t.mended(fields) {
			return err
		}
		copied := make([]string, len(fields))
		for i, field := range fields {
			size += len(field)
			copied[i] = strings.Clone(field)
		}
		t.ahead = append(t.ahead, row{t.lines.Line(), copied})
	}
	if len(t.ahead) == 0 {
		return strict.Errorf("wanted a table, found no line")
	}
	if t.lines.Fields > frame.MaxColumns {
		return strict.Errorf("wanted at most %d columns, found %d", frame.MaxColumns, t.lines.Fields)
	}
	t.columns = make([]frame.Column, t.lines.Fields)
	heading := t.ahead[0]
	if t.heading == "no" || t.heading != "yes" && !t.named && !t.headed() {
		if t.lines.Comments {
			t.last = heading.line - 1
		}
		return nil
	}
	t.ahead, t.last = t.ahead[1:], ends(heading)
	if len(t.ahead) == 0 {
		return strict.Errorf("line %d: wanted rows below the heading, found none", heading.line)
	}
	return t.name(heading)
}

// mended makes the first line fit the second one, where it is a heading that is known to differ: R leaves out that of
// the rows' names; other programs end the heading alone with a delimiter.
func (t *table) mended(second []string) bool {
	if len(t.ahead) != 1 || len(second) < 2 || t.heading == "no" {
		return false
	}
	heading := &t.ahead[0]
	last := len(heading.fields) - 1
	switch {
	case len(second) == len(heading.fields)+1 && strings.TrimSpace(second[len(second)-1]) != "":
		heading.fields = slices.Insert(heading.fields, 0, "")
	case len(second) == last && strings.TrimSpace(heading.fields[last]) == "":
		heading.fields = heading.fields[:last]
	default:
		return false
	}
	for _, field := range heading.fields {
		if _, isNumber := t.value(strings.TrimSpace(field)); isNumber {
			return false
		}
	}
	t.lines.Fields, t.named = len(second), true
	return true
}

// unnamed begins what pandas calls a column without a name.
const unnamed = "Unnamed: "

// name gives the columns the names of a heading.
func (t *table) name(heading row) error {
	first := map[string]int{}
	for i, field := range heading.fields {
		name := strings.TrimSpace(field)
		if before, found := first[name]; found && name != "" {
			return strict.Errorf("line %d: the columns %d and %d are both headed %.40q; give one another name",
				heading.line, before+1, i+1, name)
		}
		first[name] = i
		t.columns[i] = frame.Column{Name: name, Index: (name == "" || strings.HasPrefix(name, unnamed)) && t.numbersRows(i)}
	}
	return nil
}

// Columns implements frame.Reader, as do all methods below.
func (t *table) Columns() []frame.Column { return t.columns }

func (t *table) Rows() int { return -1 }

func (t *table) Shape() (height, width, channels int) { return 1, len(t.columns), 1 }

func (t *table) Bytes() bool { return false }

func (t *table) Numbers() frame.Numbers { return frame.Untold }

func (t *table) Sparse() bool { return false }

func (t *table) Close() error { return t.file.Close() }

func (t *table) Select(numbers, texts []int) { t.numbers, t.texts, t.verbatim = numbers, texts, nil }

func (t *table) Verbatim(places []int) { t.verbatim = frame.Places(places, len(t.texts)) }

func (t *table) Next(numbers []float32, texts []string) error {
	r, err := t.row()
	if err != nil {
		return err
	}
	for i, column := range t.numbers {
		if numbers[i], err = t.number(r, column); err != nil {
			return err
		}
	}
	for i, column := range t.texts {
		if t.verbatim != nil && t.verbatim[i] {
			texts[i] = t.keep(r.fields[column])
		} else {
			texts[i] = t.text(r.fields[column])
		}
	}
	return nil
}

// row returns the next row. An empty line is one in a table of one column, unless it is the only one, and the last.
func (t *table) row() (row, error) {
	if len(t.columns) > 1 {
		return t.line()
	}
	if t.due == nil && !t.ended {
		next, err := t.line()
		switch {
		case errors.Is(err, io.EOF):
			t.ended, t.empty = true, t.lines.Lines()-t.last
			if t.empty == 1 && !t.gaps {
				t.empty = 0
			}
		case err != nil:
			return row{}, err
		default:
			t.due, t.empty = &next, next.line-t.last-1
		}
		t.gaps = t.gaps || t.empty > 0
	}
	switch {
	case t.empty > 0:
		t.empty--
		t.last++
		return row{t.last, []string{""}}, nil
	case t.ended:
		return row{}, io.EOF
	}
	next := *t.due
	t.due, t.last = nil, ends(next)
	return next, nil
}

// ends is the number of the last line of a row.
func ends(r row) int {
	end := r.line
	for _, field := range r.fields {
		end += strings.Count(field, "\n")
	}
	return end
}

// line returns the next line that is not empty.
func (t *table) line() (row, error) {
	if len(t.ahead) > 0 {
		next := t.ahead[0]
		t.ahead = t.ahead[1:]
		return next, nil
	}
	fields, err := t.lines.Read()
	return row{t.lines.Line(), fields}, err
}

// number is a cell as a number.
func (t *table) number(r row, column int) (float32, error) {
	cell := strings.TrimSpace(r.fields[column])
	where := func() string { return fmt.Sprintf("line %d, field %d", r.line, column+1) }
	value, ok := t.value(cell)
	switch {
	case ok && t.comma && t.point:
		if t.commaAt == "" && strings.Contains(cell, ",") {
			t.commaAt = where()
		}
		if t.pointAt == "" && strings.Contains(cell, ".") {
			t.pointAt = where()
		}
		if t.commaAt != "" && t.pointAt != "" {
			return 0, strict.Errorf("%s has a comma in a number, but %s a point: wanted one of them before fractions; "+
				"say which is, with data.decimal", t.commaAt, t.pointAt)
		}
	case !ok && t.marks.Missing(cell):
		return float32(math.NaN()), nil
	case !ok:
		return 0, &frame.WordError{Where: where(), Column: column, Word: strings.Clone(cell)}
	}
	return t.marks.Number(value), nil
}

// value is the number that a cell is, which has no space around it.
func (t *table) value(cell string) (value float64, ok bool) {
	if !t.point && strings.Contains(cell, ".") {
		return 0, false
	}
	value, err := strconv.ParseFloat(cell, 64)
	if err != nil && t.comma {
		value, err = strconv.ParseFloat(strings.TrimSpace(lines.Point(cell)), 64)
	}
	switch {
	case err == nil, errors.Is(err, strconv.ErrRange):
		return value, true
	case strings.EqualFold(cell, "true"):
		return 1, true
	}
	return 0, strings.EqualFold(cell, "false")
}

// text is a cell as a text.
func (t *table) text(cell string) string {
	if t.comma {
		if pointed := lines.Point(cell); pointed != cell {
			cell = pointed
		}
	}
	return t.keep(t.marks.Text(cell))
}

// keep is a text that does not keep its whole line.
func (t *table) keep(cell string) string {
	known, found := t.known[cell]
	if !found {
		known = strings.Clone(cell)
		if len(t.known) < maxKnown {
			t.known[known] = known
		}
	}
	return known
}
