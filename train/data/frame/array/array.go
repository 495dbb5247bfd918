// Package array reads an array as a frame, whatever the format of its file: an index of its first dimension is a row.
package array

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

// Array is an array that is read from a file.
type Array struct {
	Name  string // in its archive, where it lies in one
	Shape []int  // examples first
	Type  strict.Type
	// Text returns the text of an element, where the elements are text; nil where they are numbers.
	Text   func(element []byte) string
	Sparse bool // the file holds only what is not 0
	// Next returns the elements of the next row, the last dimension varying fastest, which are good until the next call,
	// or io.EOF.
	Next  func() ([]byte, error)
	Close func() error
}

// reader is an array as a frame.
type reader struct {
	array   Array
	label   *Array
	columns []frame.Column
	width   int   // columns, the label's aside
	from    []int // where the elements of the columns stand in a row; nil: in order
	shape   [3]int
	marks   *frame.Marks
	row     int

	numbers, texts []int
	verbatim       []bool // of texts; nil: none is
	labelsOnly     bool   // nothing else was selected
	at             []int  // the bytes of a row where the numbers stand; −1 for the label's
}

// Open is the frame of an array, and of its labels, of which there is one for each row, where label is not nil. It closes
// both in the end, unless there is an error now.
func Open(a Array, label *Array, o frame.Options) (frame.Reader, error) {
	r := &reader{array: a, label: label, marks: o.Marks()}
	width, ok := strict.Product(a.Shape[1:], frame.MaxColumns)
	if !ok {
		return nil, strict.Errorf("wanted at most %d values in a row, found %s", frame.MaxColumns, strict.Join(a.Shape[1:]))
	}
	r.width = int(width)
	if err := r.arrange(); err != nil {
		return nil, err
	}
	r.columns = make([]frame.Column, r.width, r.width+1)
	for i := range r.columns {
		r.columns[i].Kind = kind(a.Text)
	}
	if label != nil {
		r.columns = append(r.columns, frame.Column{Name: label.Name, Kind: kind(label.Text), Label: true})
	}
	return r, nil
}

func kind(text func([]byte) string) frame.Kind {
	if text != nil {
		return frame.Text
	}
	return frame.Number
}

// arrange finds the shape of a row as an image. An array of more dimensions than images have, or of other channels, is a
// table.
func (r *reader) arrange() error {
	const opacity = 4
	r.shape = [3]int{1, r.width, 1}
	all := r.array.Shape
	if len(all) != 3 && len(all) != 4 {
		return nil
	}
	height, width, channels, planes, err := strict.Image(all)
	switch {
	case err == nil:
		r.shape = [3]int{height, width, channels}
	case all[len(all)-1] == opacity:
		return err
	}
	if planes {
		r.from = besides(height*width, channels)
	}
	return nil
}

// besides is where the elements of pixels stand whose channels come one after the other.
func besides(pixels, channels int) []int {
	from := make([]int, 0, pixels*channels)
	for pixel := range pixels {
		for channel := range channels {
			from = append(from, channel*pixels+pixel)
		}
	}
	return from
}

// Columns implements frame.Reader, as do all methods below.
func (r *reader) Columns() []frame.Column { return r.columns }

func (r *reader) Rows() int { return r.array.Shape[0] }

func (r *reader) Shape() (height, width, channels int) { return r.shape[0], r.shape[1], r.shape[2] }

func (r *reader) Bytes() bool { return r.array.Type.Name == strict.Uint8.Name }

func (r *reader) Numbers() frame.Numbers {
	switch t := r.array.Type; {
	case r.array.Text != nil:
		return frame.Untold
	case t.Name == strict.Bool.Name:
		return frame.Truths
	case t.Fraction():
		return frame.Fractions
	}
	return frame.Whole
}

func (r *reader) Sparse() bool { return r.array.Sparse }

func (r *reader) Select(numbers, texts []int) {
	r.numbers, r.texts, r.verbatim, r.labelsOnly = numbers, texts, nil, r.label != nil
	for _, column := range slices.Concat(numbers, texts) {
		r.labelsOnly = r.labelsOnly && column == r.width
	}
	r.at = make([]int, len(numbers))
	for i, column := range numbers {
		switch {
		case column == r.width:
			r.at[i] = -1
		case r.from != nil:
			r.at[i] = r.from[column] * r.array.Type.Size
		default:
			r.at[i] = column * r.array.Type.Size
		}
	}
}

func (r *reader) Verbatim(places []int) { r.verbatim = frame.Places(places, len(r.texts)) }

func (r *reader) Close() error {
	err := r.array.Close()
	if r.label != nil {
		err = errors.Join(err, r.label.Close())
	}
	return err
}

func (r *reader) Next(numbers []float32, texts []string) error {
	var row, label []byte
	var err error
	if !r.labelsOnly {
		if row, err = r.array.Next(); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	if r.label != nil { // also behind the last row, where its checksum is
		if label, err = r.label.Next(); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	if err != nil {
		return err
	}
	value, plain := r.array.Type.Value, r.array.Text == nil
	for i, at := range r.at {
		if plain && at >= 0 {
			numbers[i] = r.marks.Number(value(row[at:]))
		} else if numbers[i], err = r.number(row, label, r.numbers[i]); err != nil {
			return err
		}
	}
	for i, column := range r.texts {
		if texts[i], err = r.text(row, label, column, r.verbatim != nil && r.verbatim[i]); err != nil {
			return err
		}
	}
	r.row++
	return nil
}

// text is a cell as a text.
func (r *reader) text(row, label []byte, column int, verbatim bool) (string, error) {
	a, element := r.element(row, label, column)
	if a.Text != nil {
		text := a.Text(element)
		switch {
		case !utf8.ValidString(text):
			return "", strict.Errorf("row %d, counted from 0: wanted text in UTF-8, found %.20q; save it as str", r.row, text)
		case verbatim:
			return text, nil
		}
		return r.marks.Text(text), nil
	}
	value := a.Type.Value(element)
	switch {
	case !a.Type.Fraction() && math.Abs(value) >= 1<<53:
		return "", strict.Errorf("row %d, counted from 0: wanted names of classes or words as whole numbers below 2⁵³, or "+
			"as text, found %.0f; save them with astype(str)", r.row, value)
	case verbatim:
		return frame.Verbatim(value, bits(a.Type)), nil
	}
	return r.marks.NumberText(value, bits(a.Type)), nil
}

// NextRows implements frame.Block.
func (r *reader) NextRows(numbers []float32, texts []string, most int) (n int, err error) {
	if len(texts) > 0 || !r.straight() {
		return frame.OneByOne(r, numbers, texts, most)
	}
	width := len(r.at)
	for ; n < most; n++ {
		row, err := r.array.Next()
		if err != nil {
			if n > 0 && errors.Is(err, io.EOF) {
				err = nil // The next call has it again.
			}
			return n, err
		}
		r.row++
		dst := numbers[n*width:][:width]
		if r.Bytes() {
			for i, b := range row[:width] {
				dst[i] = float32(b)
			}
			continue
		}
		value, size := r.array.Type.Value, r.array.Type.Size
		for i := range dst {
			dst[i] = float32(value(row[i*size:]))
		}
	}
	return n, nil
}

// straight tells whether the numbers that are selected are those of a row, one after the other, as they stand.
func (r *reader) straight() bool {
	if r.array.Text != nil || r.from != nil || r.label != nil || len(r.numbers) != r.width || r.marks.HasNumbers() {
		return false
	}
	for i, column := range r.numbers {
		if i != column {
			return false
		}
	}
	return true
}

// number is a cell as a number, also of a column of text.
func (r *reader) number(row, label []byte, column int) (float32, error) {
	a, element := r.element(row, label, column)
	if a.Text == nil {
		return r.marks.Number(a.Type.Value(element)), nil
	}
	word := a.Text(element)
	value, ok := r.marks.TextNumber(word)
	if !ok {
		return 0, &frame.WordError{Where: fmt.Sprintf("row %d, counted from 0", r.row), Column: column, Word: word}
	}
	return value, nil
}

// element is that of a column, and the array that it is of.
func (r *reader) element(row, label []byte, column int) (*Array, []byte) {
	if column == r.width {
		return r.label, label
	}
	if r.from != nil {
		column = r.from[column]
	}
	size := r.array.Type.Size
	return &r.array, row[column*size : (column+1)*size]
}

// bits is how exact a fraction of a type is.
func bits(t strict.Type) int {
	if t.Fraction() && t.Size < 8 {
		return 32
	}
	return 64
}
