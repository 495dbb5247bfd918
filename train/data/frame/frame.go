// Package frame is what tables of every format are read as: columns with names, row after row, in bounded memory. The
// formats are packages below this one; formats.Open knows a file by its content, whatever its name.
package frame

import (
	"errors"
	"io"
)

// Kind is what the cells of a column hold, as far as the file says before its rows are read.
type Kind int

const (
	// Mixed cells are text, which may be that of numbers: those of CSV.
	Mixed Kind = iota
	// Number cells are numbers or truth values.
	Number
	// Text cells are words.
	Text
	// Image cells are files of images, PNG or JPEG, as Hugging Face publishes them in Parquet: a text is the file's bytes.
	Image
	// Unread cells are what can be read neither as numbers nor as texts, such as dates; an error says so.
	Unread
)

// Numbers is what numbers are by their type.
type Numbers int

const (
	// Untold numbers are those of text, which has no types, or of several types.
	Untold Numbers = iota
	// Whole numbers are integers.
	Whole
	// Fractions are floats.
	Fractions
	// Truths are truth values, 0 and 1.
	Truths
)

// Column is one column of a table.
type Column struct {
	Name string // as the file has it; empty where it names none
	Kind Kind
	// Index tells that the column holds no value but a number of each row, as pandas writes the index of a table: it
	// has no name but "Unnamed: 0", or none beside others that have, and its first cells are whole numbers, each
	// another one.
	Index bool
	// Label tells that the column comes from the array of the labels of an archive, see Options.
	Label bool
}

// MaxColumns is the most columns of a table.
const MaxColumns = 1 << 20

// Reader reads a table, row after row. It is closed after use, by whom it is opened.
type Reader interface {
	// Columns are all columns, in the file's order.
	Columns() []Column
	// Rows is how many there are; −1 where the file does not say before its end.
	Rows() int
	// Shape is that of the values of a row as an image, height, width and channels, which come in this order whatever
	// that of the file; 1, the number of columns and 1 of a table. A label's column, see Options, is no value.
	Shape() (height, width, channels int)
	// Bytes tells whether the file holds whole numbers from 0 to 255 by its type, as arrays of pixels do.
	Bytes() bool
	// Numbers is what the file's type of the numbers that are selected, or of all of them before any is, says of them.
	Numbers() Numbers
	// Select chooses, before the first row, the columns whose cells are read: as numbers, and as texts. A column may be
	// in both, and several times among the texts.
	Select(numbers, texts []int)
	// Verbatim says, after Select, which of the selected texts, by their places among these, are given as the file has
	// them: no mark is a missing value, and no number is written otherwise.
	Verbatim(places []int)
	// Next reads a row: its numbers and its texts, in the order of Select. A number is NaN where the cell is empty or
	// holds a mark of a missing value; a text is None where it is missing, else the words without the space around
	// them, or the shortest form of a number. It is io.EOF after the last row. A cell that is to be a number and is a
	// word is a *WordError. The reader keeps neither slice.
	Next(numbers []float32, texts []string) error
	// Sparse tells whether the file holds only the numbers that are not 0.
	Sparse() bool
	Close() error
}

// Block is a Reader that reads many rows at once faster than one after the other.
type Block interface {
	Reader
	// NextRows is NextRows of this package.
	NextRows(numbers []float32, texts []string, most int) (n int, err error)
}

// NextRows reads up to most rows as Next does: numbers and texts are those of row after row. There are n of them, also
// where there is an error behind these; it is io.EOF where there is none left, and n is 0.
func NextRows(r Reader, numbers []float32, texts []string, most int) (n int, err error) {
	if block, ok := r.(Block); ok {
		return block.NextRows(numbers, texts, most)
	}
	return OneByOne(r, numbers, texts, most)
}

// OneByOne is NextRows of any reader.
func OneByOne(r Reader, numbers []float32, texts []string, most int) (n int, err error) {
	width, words := len(numbers)/most, len(texts)/most
	for n < most {
		if err = r.Next(numbers[n*width:][:width], texts[n*words:][:words]); err != nil {
			break
		}
		n++
	}
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// None is the text of a cell that is empty or holds a mark of a missing value.
const None = ""

// WordError is a word where a number was wanted.
type WordError struct {
	Where  string // in the file, as in "line 3, field 2"
	Column int    // among all of the table
	Word   string
}

func (e *WordError) Error() string { return e.Where + ": wanted a number, found a word" }

// Options say how a file is read.
type Options struct {
	// Variable is the array of the examples in an archive of several: npz, MAT. Empty: the only one that can be, or X,
	// x, data, images, features.
	Variable string
	// Label is the array of the labels in such an archive; it becomes the table's last column, of that name. Empty: y,
	// Y, label, labels, target, targets, class, or what goes with the name of the examples, as y_train with x_train,
	// where there is one with as many entries as there are examples.
	Label string
	// Delimiter stands between the columns of a text; empty: it is found out.
	Delimiter string
	// Decimal is what stands before a fraction in a text: "point", "comma", or "auto": a comma may where it is not the
	// delimiter.
	Decimal string
	// Heading tells whether the first line of a text names the columns: "yes", "no", or "auto": it is found out.
	Heading string
	// Missing are the marks of a missing value beside the empty cell, whatever their letters' case. nil: MissingMarks.
	Missing []string
}

// MissingMarks are the words that stand for a missing value by themselves.
var MissingMarks = []string{"na", "n/a", "nan", "<na>", "null", "none", "?"}

// ErrNoTable marks a file that is none of the formats.
var ErrNoTable = errors.New("no table")
