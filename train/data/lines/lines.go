// Package lines reads the lines of a table of text, gzipped or not, as fields. Commas, semicolons, tabs, bars or spaces
// stand between them, and where they are no commas, a comma may stand for the point of a fraction: the lines say so.
package lines

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"ssdgm/train/data/strict"
	"ssdgm/train/looks"
)

// Options say how a text is read.
type Options struct {
	Delimiter rune // stands between fields; 0: it is found out
	MaxLine   int  // bytes of a line, which is kept whole
	UTF8      bool // all of the text must be UTF-8
}

// Reader reads the lines of a text. Those that begin with # stand before all else, and are comments.
type Reader struct {
	Delimiter rune
	Looks     string // what the text looks like, as an end of a message, where that is no table
	Fields    int    // of every line; 0 before the first
	Comments  bool   // the text begins with them

	bounded *bounded
	checked *checked // nil where the text may be other than UTF-8
	csv     *csv.Reader
	line    int
}

// NewReader finds out what stands between the fields. Errors of the content are strict.ErrFormat.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	content, _, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	begin, marked, err := beginning(content)
	if err != nil {
		return nil, err
	}
	told, own := ofExcel(begin)
	if own && o.Delimiter == 0 {
		o.Delimiter = told
	}
	l := &Reader{Delimiter: o.Delimiter, bounded: &bounded{r: content, most: o.MaxLine}}
	if l.Delimiter == 0 {
		l.Delimiter = delimiter(begin) // The next look ahead may move what the beginning holds.
	}
	below := io.Reader(l.bounded)
	if o.UTF8 {
		l.checked = &checked{r: below, line: 1, byte: 1 + marked}
		below = l.checked
	}
	l.csv = csv.NewReader(below)
	l.csv.ReuseRecord, l.csv.Comma, l.csv.FieldsPerRecord = true, l.Delimiter, -1
	if !isExample(begin, l.Delimiter) {
		l.csv.Comment, l.Comments = '#', bytes.HasPrefix(begin, []byte("#"))
	}
	if l.Looks = looks.Like(content); l.Looks == looks.Text {
		l.Looks = ""
	}
	l.csv.TrimLeadingSpace = l.Delimiter != '\t' // else empty fields would go
	if own {
		l.bounded.left = l.bounded.most
		if _, err := l.csv.Read(); err != nil {
			return nil, describe(err)
		}
	}
	return l, nil
}

// ofExcel is the delimiter that a first line tells Excel, as in "sep=;", which is no row.
func ofExcel(begin []byte) (delimiter rune, found bool) {
	line, _, _ := bytes.Cut(begin, []byte("\n"))
	sign, found := bytes.CutPrefix(bytes.Trim(line, "\r\""), []byte("sep="))
	if !found || len(sign) != 1 || !bytes.Contains(delimiters, sign) {
		return 0, false
	}
	return rune(sign[0]), true
}

// Read returns the fields of the next line that is not empty, or io.EOF. The list of them is good until the next call.
// Where there is a wrong number of them, they come with the error.
func (l *Reader) Read() ([]string, error) {
	l.bounded.left = l.bounded.most
	fields, err := l.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, describe(err)
	}
	l.csv.Comment = 0 // A label may begin like a comment: those stand before all else.
	if last := len(fields) - 1; l.Delimiter == ' ' && last > 0 && fields[last] == "" {
		fields = fields[:last]
	}
	l.line, _ = l.csv.FieldPos(0)
	if l.Fields == 0 {
		l.Fields = len(fields)
	}
	if len(fields) != l.Fields {
		return fields, strict.Errorf("line %d: wanted %s, as on the lines before, found %d",
			l.line, Amount(l.Fields), len(fields))
	}
	return fields, nil
}

// Line is the number of the last line, from 1.
func (l *Reader) Line() int { return l.line }

// Lines is how many lines a text in UTF-8 has, after io.EOF: also those that are empty.
func (l *Reader) Lines() int {
	if l.checked.byte > 1 {
		return l.checked.line // which does not end
	}
	return l.checked.line - 1
}

// DecimalComma tells whether a comma may stand for the point of a fraction.
func (l *Reader) DecimalComma() bool { return l.Delimiter != ',' }

// Point puts a point where a comma stands for it in a number.
func Point(text string) string {
	if strings.Count(text, ",") == 1 && strings.Trim(text, "0123456789+-,eE ") == "" {
		return strings.Replace(text, ",", ".", 1)
	}
	return text
}

// beginning returns the beginning of a text, behind the mark that some programs put before it, and the mark's length.
func beginning(content *bufio.Reader) (begin []byte, marked int, err error) {
	begin, err = content.Peek(content.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, strict.Describe(err)
	}
	if bytes.IndexByte(begin, 0) >= 0 {
		return nil, 0, strict.Errorf("wanted a table of text, found bytes that are none%s", looks.Like(content))
	}
	if line, rest, found := bytes.Cut(begin, []byte("\r")); found && len(rest) > 0 && !bytes.ContainsRune(begin, '\n') {
		return nil, 0, strict.Errorf("wanted lines that end with a line feed, found a carriage return alone behind %.20q; "+
			"save the table again with ends of lines as Unix or Windows has them", line)
	}
	if mark := "\ufeff"; strings.HasPrefix(string(begin), mark) {
		if _, err := content.Discard(len(mark)); err != nil {
			return nil, 0, strict.Describe(err)
		}
		return begin[len(mark):], len(mark), nil
	}
	return begin, 0, nil
}

// describe puts what the reader of lines says into this package's words.
func describe(err error) error {
	var fault *csv.ParseError
	if !errors.As(err, &fault) {
		return strict.Describe(err)
	}
	return strict.Errorf("line %d, byte %d: %v", fault.Line, fault.Column, fault.Err)
}

// Amount is a number of fields in words.
func Amount(fields int) string {
	if fields == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", fields)
}

// bounded ends with an error where a line goes on for too long: the reader of lines keeps a whole one.
type bounded struct {
	r          io.Reader
	left, most int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, strict.Errorf("a line of more than %d bytes", b.most)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
