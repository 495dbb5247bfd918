package output

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// text writes a line for each row. What is written is there when write returns: whoever reads a slow pipe sees its
// answers at once.
type text struct {
	to      sink
	columns []Column
	line    []byte
	row     func(t *text, i int, cells []Cells)
	heading func(t *text)
	comma   byte
	keys    [][][]byte // of JSON: what stands before each column, or each of its numbers
}

func newCSV(to sink, columns []Column) encoder { return newSeparated(to, columns, ',') }
func newTSV(to sink, columns []Column) encoder { return newSeparated(to, columns, '\t') }

func newSeparated(to sink, columns []Column, comma byte) encoder {
	return &text{to: to, columns: columns, comma: comma, heading: (*text).names, row: (*text).separated}
}

// flushBytes is how many bytes are written at once at least, where there are as many.
const flushBytes = 1 << 18

func (t *text) begin() error {
	if t.heading != nil {
		t.heading(t)
	}
	return t.flush()
}

func (t *text) write(rows int, cells []Cells) error {
	for i := range rows {
		t.row(t, i, cells)
		if len(t.line) >= flushBytes {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return t.flush()
}

func (t *text) end() error { return nil }

func (t *text) drop() {}

func (t *text) flush() error {
	_, err := t.to.Write(t.line)
	t.line = t.line[:0]
	return err
}

// names writes the line of the columns' names.
func (t *text) names() {
	for j := range t.columns {
		for _, name := range t.columns[j].names() {
			t.quoted(name)
			t.line = append(t.line, t.comma)
		}
	}
	t.line[len(t.line)-1] = '\n'
}

// separated writes a row of CSV or TSV.
func (t *text) separated(i int, cells []Cells) {
	start := len(t.line)
	for j := range t.columns {
		c := &t.columns[j]
		switch c.Kind {
		case Number:
			width := c.places()
			for _, v := range cells[j].Numbers[i*width:][:width] {
				first := len(t.line)
				if !isNone(v) {
					t.number(v, c.Digits)
				}
				if cells[j].Comma {
					t.decimalComma(first)
				}
				t.line = append(t.line, t.comma)
			}
			continue
		case Text:
			t.quoted(cells[j].Texts[i])
		case Whole:
			t.line = strconv.AppendInt(t.line, cells[j].Wholes[i], 10)
		case Truth:
			t.line = strconv.AppendBool(t.line, cells[j].Truths[i])
		case Double:
			if cells[j].Texts != nil {
				t.quoted(cells[j].Texts[i])
			} else if v := cells[j].Doubles[i]; !math.IsNaN(v) {
				t.line = strconv.AppendFloat(t.line, v, 'g', -1, 64)
			}
		}
		t.line = append(t.line, t.comma)
	}
	t.line[len(t.line)-1] = '\n'
	if len(t.line) == start+1 {
		// A line without anything is none to many readers.
		t.line = append(t.line[:start], "\"\"\n"...)
	}
}

// decimalComma has a comma in place of the point of the number that begins at a place of the line.
func (t *text) decimalComma(first int) {
	number := strings.Replace(string(t.line[first:]), ".", ",", 1)
	t.line = t.line[:first]
	t.quoted(number)
}

// number writes a number.
func (t *text) number(v float32, digits int) {
	if v == 0 || v == 1 { // as most probabilities are, once they are rounded
		t.line = append(t.line, '0'+byte(v))
		return
	}
	if digits == 0 {
		digits = -1
	}
	t.line = strconv.AppendFloat(t.line, float64(v), 'g', digits, 32)
}

// quoted writes a text, in quotes where it needs them (RFC 4180).
func (t *text) quoted(s string) {
	if !strings.ContainsAny(s, "\"\r\n\t,;") && strings.TrimSpace(s) == s {
		t.line = append(t.line, s...)
		return
	}
	t.line = append(t.line, '"')
	t.line = append(t.line, strings.ReplaceAll(s, `"`, `""`)...)
	t.line = append(t.line, '"')
}

// newJSONL writes an object for each row. Numbers without names of their own are a list.
func newJSONL(to sink, columns []Column) encoder {
	t := &text{to: to, columns: columns, row: (*text).object}
	for j := range columns {
		c := &columns[j]
		names := c.Names
		if names == nil {
			names = []string{c.Name}
		}
		var keys [][]byte
		for _, name := range names {
			keys = append(keys, append(appendString(nil, name), ':'))
		}
		t.keys = append(t.keys, keys)
	}
	return t
}

func (t *text) object(i int, cells []Cells) {
	t.line = append(t.line, '{')
	for j := range t.columns {
		c := &t.columns[j]
		if c.Names != nil {
			for k, v := range cells[j].Numbers[i*c.places():][:c.places()] {
				t.line = append(t.line, t.keys[j][k]...)
				t.jsonNumber(v, c.Digits)
				t.line = append(t.line, ',')
			}
			continue
		}
		t.line = append(t.line, t.keys[j][0]...)
		switch c.Kind {
		case Number:
			if c.Width == 0 {
				t.jsonNumber(cells[j].Numbers[i], c.Digits)
				break
			}
			t.line = append(t.line, '[')
			for _, v := range cells[j].Numbers[i*c.Width:][:c.Width] {
				t.jsonNumber(v, c.Digits)
				t.line = append(t.line, ',')
			}
			t.line[len(t.line)-1] = ']'
		case Text:
			if s := cells[j].Texts[i]; s == "" {
				t.line = append(t.line, "null"...)
			} else {
				t.line = appendString(t.line, s)
			}
		case Whole:
			t.line = strconv.AppendInt(t.line, cells[j].Wholes[i], 10)
		case Truth:
			t.line = strconv.AppendBool(t.line, cells[j].Truths[i])
		case Double:
			if v := cells[j].Doubles[i]; math.IsNaN(v) || math.IsInf(v, 0) {
				t.line = append(t.line, "null"...)
			} else {
				t.line = strconv.AppendFloat(t.line, v, 'g', -1, 64)
			}
		}
		t.line = append(t.line, ',')
	}
	t.line = append(t.line[:len(t.line)-1], "}\n"...)
}

// jsonNumber writes a number; JSON has none that is infinite.
func (t *text) jsonNumber(v float32, digits int) {
	if isNone(v) || math.IsInf(float64(v), 0) {
		t.line = append(t.line, "null"...)
		return
	}
	t.number(v, digits)
}

// appendString writes a text as JSON has it.
func appendString(to []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // A string always can be.
	return append(to, quoted...)
}
