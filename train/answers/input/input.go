// Package input reads what a trained model is to answer, row after row in bounded memory: every format that train
// reads, from a file, a folder or a pipe.
package input

import (
	"io"

	"ssdgm/model/trained/match"
	"ssdgm/train/answers"
)

// Reader reads an input for a model. It is used by one goroutine at a time.
type Reader interface {
	// Read fills rows with up to most rows and sets all of its fields; it reuses the slices that are there. It is io.EOF
	// when there are none left. Errors name the file and the row.
	Read(rows *answers.Rows, most int) error
	// Rows is how many there are; −1 where the input does not say before its end.
	Rows() int
	// Labelled tells whether the input has labels.
	Labelled() bool
	// Kept names the columns that are kept, see Options.
	Kept() []string
	// Places tells of each column that is kept of a table which of the model's values it holds; nil of images.
	Places() []match.Place
	// Unit is what a raw value of 1 is in the input: 255 where pixels come as bytes, else 1.
	Unit() float32
	Close() error
}

// Options say how an input is read.
type Options struct {
	// Sets override keys of the run's table [data] for this input, as in "data.label_column=kind", "data.variable=X".
	Sets []string
	// Keep names columns of the input that are handed on as they are, such as ids. Of a folder of images "file" is the
	// path of each.
	Keep []string
	// Whole keeps all columns of a table, in its order, in place of Keep; of a folder of images the path of each.
	Whole bool
	// Missing tells that a missing value is handed on, as NaN, also where the model takes none: impute fills it in.
	Missing bool
	// Note takes a line for the user: extra columns, rows without some value. It may be nil.
	Note func(line string)
	// Stdin is what "-" reads; nil: that of the process.
	Stdin io.Reader
}

// note tells the user a line.
func (o Options) note(line string) {
	if o.Note != nil {
		o.Note(line)
	}
}
