package lines

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func TestTheDelimiterIsFound(t *testing.T) {
	for text, want := range map[string]rune{
		"1,2\n3,4\n":                     ',',
		"1;2\n3;4\n":                     ';',
		"1,5;2\n3;4,0\n":                 ';',
		"a b\t2\nc d\t4\n":               '\t',
		"1|2\n3|4":                       '|',
		"1 2 3\n 4   5 6 \n":             ' ',
		"hot dog,1\nice,2\n":             ',',
		"\"a;b\",1\n\"c\",2\n":           ',',
		"a;\"two\nlines\"\nb;c\n":        ';',
		"a\nb\n":                         ',',
		"# a; b; c\n1\t2\n3\t4\n":        '\t',
		"\"a\" \"b\"\n\"1\" 2 3\n":       ' ', // as R has it
		"label\nhot dog\nice cream\n":    ',',
		"sep=;\n1,5;2\n":                 ';',
		"\"sep=,\"\r\n1,2\r\n":           ',',
		"sep=x\n1,2\n":                   ',',
		"1;2" + strings.Repeat(";3", 40): ';',
	} {
		r, err := NewReader(strings.NewReader(text), Options{MaxLine: 1000})
		if err != nil || r.Delimiter != want {
			t.Errorf("%q: found %q, %v, want %q", text, r.Delimiter, err, want)
		}
	}
}

// FuzzUTF8 holds that a text's first fault is found wherever a reader breaks it off, and that all before it comes through.
func FuzzUTF8(f *testing.F) {
	for _, text := range []string{
		"", "a", "grün\n", "a\n\xe2\x82\xac\xe2\x82", "\xff", "ab\n\xf0\x9f\x98\x80c\xf0\x9f\x98", "\ufffd\n\ufffd\xc3(", "\xc3\n",
	} {
		f.Add([]byte(text), uint8(1))
		f.Add([]byte(text), uint8(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, size uint8) {
		good := 0
		for good < len(text) {
			_, n := utf8.DecodeRune(text[good:])
			if n == 1 && text[good] >= utf8.RuneSelf {
				break
			}
			good += n
		}
		c := &checked{r: iotest.DataErrReader(bytes.NewReader(text)), line: 1, byte: 1}
		var all []byte
		var err error
		for p := make([]byte, max(size, 1)); err == nil; {
			var n int
			n, err = c.Read(p)
			all = append(all, p[:n]...)
		}
		if good == len(text) {
			if err != io.EOF || !bytes.Equal(all, text) {
				t.Errorf("%q: found %q, %v", text, all, err)
			}
			return
		}
		line := 1 + bytes.Count(text[:good], []byte("\n"))
		want := fmt.Sprintf("line %d, byte %d: wanted text in UTF-8, found the byte %#02x; save the table as UTF-8",
			line, good-bytes.LastIndexByte(text[:good], '\n'), text[good])
		if err.Error() != want || !bytes.HasPrefix(all, text[:good]) {
			t.Errorf("%q: found %q, %v, want %s", text, all, err, want)
		}
	})
}
