// Package csvdata reads labelled examples from comma-separated values: a line for each
// example, its label first, then its values. A first line that begins with the word label is
// a heading.
package csvdata

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"ssdgm/train/data/strict"
)

const (
	maxRecord = 1 << 19 // bytes of a line: enough for MaxWidth values, quoted
	// MaxWidth is the most values of an example.
	MaxWidth = 1 << 16
	// MaxLabel is the largest label.
	MaxLabel = 254
)

// Table holds the examples of one file.
type Table struct {
	N, Width int
	Values   []uint8 // [N, Width]
	Labels   []int   // −1 where there is none: the field is empty or −1
}

// Read reads a table, gzipped or not. Errors of the content are strict.ErrFormat.
func Read(r io.Reader) (*Table, error) {
	content, _, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	bounded := &boundedReader{r: content}
	lines := csv.NewReader(bounded)
	lines.ReuseRecord, lines.TrimLeadingSpace = true, true
	t := &Table{}
	for first := true; ; first = false {
		bounded.left = maxRecord
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, describe(err)
		}
		if first && strings.EqualFold(strings.TrimSpace(strings.TrimPrefix(fields[0], "\ufeff")), "label") {
			continue
		}
		if err := t.add(lines, fields); err != nil {
			return nil, err
		}
	}
	if t.N == 0 {
		return nil, strict.Errorf("wanted at least one line with a label and values, found none")
	}
	return t, nil
}

// add appends an example.
func (t *Table) add(lines *csv.Reader, fields []string) error {
	line, _ := lines.FieldPos(0)
	if len(fields) < 2 || len(fields) > MaxWidth+1 {
		return strict.Errorf("line %d: wanted a label and 1 to %d values, found %d fields", line, MaxWidth, len(fields))
	}
	label := -1
	if text := strings.TrimSpace(fields[0]); text != "" && text != "-1" {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil || n > MaxLabel {
			return strict.Errorf("line %d: wanted a label from 0 to %d, or none, found %.20q", line, MaxLabel, text)
		}
		label = int(n)
	}
	for i, text := range fields[1:] {
		value, err := strconv.ParseUint(strings.TrimSpace(text), 10, 8)
		if err != nil {
			return strict.Errorf("line %d, field %d: wanted a whole number from 0 to 255, found %.20q", line, i+2, text)
		}
		t.Values = append(t.Values, uint8(value))
	}
	t.Labels = append(t.Labels, label)
	t.Width = len(fields) - 1
	t.N++
	return nil
}

// describe puts what the reader of lines says into this package's words.
func describe(err error) error {
	var fault *csv.ParseError
	if !errors.As(err, &fault) {
		return strict.Describe(err)
	}
	if errors.Is(fault.Err, csv.ErrFieldCount) {
		return strict.Errorf("line %d: wanted as many fields as on the lines before", fault.Line)
	}
	return strict.Errorf("line %d, byte %d: %v", fault.Line, fault.Column, fault.Err)
}

// boundedReader ends with an error where a line goes on for too long: the reader of lines
// keeps a whole one.
type boundedReader struct {
	r    io.Reader
	left int
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, strict.Errorf("a line of more than %d bytes", maxRecord)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
