// Package output writes answers as tables: CSV, TSV, JSON lines, npy and Parquet, to a file, whole or not at all, or to
// a pipe.
package output

import (
	"errors"
	"math"
	"strconv"

	"ssdgm/train/run"
)

// Kind is what the cells of a column hold.
type Kind int

// The kinds of columns.
const (
	Number Kind = iota // float32; NaN is an empty cell
	Text               // the empty one is an empty cell
	Whole              // int64
	Truth              // bool
	Double             // float64; NaN is an empty cell. CSV and TSV have Texts in its place where these are given
)

// Column is a column, or of Width > 1 several numbers in a row, called Name.0 and so on unless Names tells.
type Column struct {
	Name  string
	Kind  Kind
	Width int      // of numbers alone; 0 is 1
	Names []string // of each of the numbers; nil: by their places
	// Digits is how many significant digits a text has of each number; 0: as many as tell one float32 from another, 9 at
	// most. npy and Parquet have the float32 itself.
	Digits int
	// Byte tells that the numbers are whole ones from 0 to 255, as those of pixels: npy, where all are, and Parquet hold
	// them as uint8.
	Byte bool
	// Shape is that of a row's numbers in an npy file, where there is no other column; nil: they are all in a row.
	Shape []int
}

// places is how many cells of a row the column has.
func (c *Column) places() int { return max(c.Width, 1) }

// names are those of its cells.
func (c *Column) names() []string {
	switch {
	case c.Names != nil:
		return c.Names
	case c.Width == 0:
		return []string{c.Name}
	}
	names := make([]string, c.Width)
	for i := range names {
		names[i] = c.Name + "." + strconv.Itoa(i)
	}
	return names
}

// Cells are those of a column in some rows: the slice that goes with its kind.
type Cells struct {
	Numbers []float32 // [rows, Width]
	Texts   []string
	Wholes  []int64
	Truths  []bool
	Doubles []float64
	Comma   bool // CSV and TSV have a comma before the fraction of Numbers
}

// Writer writes a table, some rows at a time. Close makes it durable and gives a file its name; without it, Abort leaves
// nothing behind. After an error of Write there is nothing left to close.
type Writer interface {
	Write(rows int, cells []Cells) error // one of each column, in their order
	Close() error
	Abort()
}

// ErrUnread is what Write and Close say of a pipe that nobody reads any more, as of '| head': there is nobody left to
// answer.
var ErrUnread = errors.New("nobody reads")

// Create begins a table. Its path is that of a file, which is replaced as a whole when it is closed, or of a device or a
// pipe; "" and "-" are stdout. The format is csv, tsv, jsonl, npy or parquet; "" is that of the file's name, and csv of
// stdout. Files called *.csv.gz, *.tsv.gz and *.jsonl.gz are packed. Errors that the user can mend are data.ErrInput or
// run.ErrUser.
func Create(path, format string, columns []Column) (Writer, error) {
	kind, packed, err := formatOf(path, format)
	if err != nil {
		return nil, err
	}
	if err := kind.fits(columns); err != nil {
		return nil, err
	}
	to, err := place(path, kind)
	if err != nil {
		return nil, err
	}
	t := &table{to: to}
	if packed {
		t.to = pack(to)
	}
	t.encoder = kind.encode(t.to, columns)
	return t, nil
}

// Check holds that a table of a format can be written at a path, as far as that is known before there is anything to
// write; it is none of the files in sources, which its rows come from.
func Check(path, format string, sources ...string) error {
	if _, _, err := formatOf(path, format); err != nil || IsStdout(path) || stream(path) {
		return err
	}
	_, err := run.Replaceable(path, sources...)
	return err
}

// encoder turns rows into the bytes of a format.
type encoder interface {
	begin() error
	write(rows int, cells []Cells) error
	end() error
	drop() // in place of end: nothing is wanted any more
}

// table is a Writer.
type table struct {
	encoder
	to          sink
	begun, over bool
}

func (t *table) Write(rows int, cells []Cells) error {
	err := t.start()
	if err == nil && rows > 0 {
		err = t.write(rows, cells)
	}
	if err != nil {
		return t.failed(err)
	}
	return nil
}

// start begins the table with its first rows: an input that has none that can be answered leaves stdout empty.
func (t *table) start() error {
	if t.begun {
		return nil
	}
	t.begun = true
	return t.begin()
}

func (t *table) Close() error {
	err := t.start()
	if err == nil {
		err = t.end()
	}
	if err != nil {
		return t.failed(err)
	}
	t.over = true
	return t.to.Commit()
}

func (t *table) Abort() {
	if !t.over {
		t.over = true
		t.drop()
		t.to.Abort()
	}
}

// failed ends a table that cannot be written.
func (t *table) failed(err error) error {
	t.over = true
	t.drop()
	return t.to.Fail(err)
}

// isNone tells whether a number is an empty cell.
func isNone(v float32) bool { return math.IsNaN(float64(v)) }
