package lines

import (
	"bytes"
	"strconv"
	"strings"
)

// delimiters are what may stand between fields. A comma comes after the others: beside one of them it is a point.
// Spaces come last: they stand inside words too.
var delimiters = []byte{'\t', ';', '|', ',', ' '}

// linesLooked is how many lines tell what stands between fields.
const linesLooked = 10

// delimiter is the first sign that stands equally often on all of the first lines, outside of quotes; or else the first
// that stands once less on the first line alone, as R has headings of all columns but that of the rows' names; or else
// the comma.
func delimiter(begin []byte) rune {
	lines := firstLines(begin)
	for _, fewer := range []int{0, 1} {
		for _, sign := range delimiters {
			if separates(sign, lines, fewer) {
				return rune(sign)
			}
		}
	}
	return ','
}

// separates tells whether a sign stands equally often on all lines, and so many times fewer on the first one.
func separates(sign byte, lines [][]byte, fewer int) bool {
	want := -1
	for _, line := range lines {
		switch n := count(line, sign); {
		case want < 0:
			want = n + fewer
			if n == 0 || fewer > 0 && len(lines) == 1 {
				return false
			}
		case n != want:
			return false
		}
	}
	return want > 0
}

// firstLines are the first lines that are neither empty nor a comment. One that may be cut is left out, unless it is
// the only one. A line goes on where it ends inside of quotes.
func firstLines(begin []byte) (lines [][]byte) {
	start, quoted, ended := 0, false, 0
	for i := 0; i <= len(begin) && ended < linesLooked; i++ {
		last := i == len(begin)
		if !last && begin[i] == '"' {
			quoted = !quoted
		}
		if last && ended > 0 || !last && (begin[i] != '\n' || quoted) {
			continue
		}
		if line := bytes.Trim(begin[start:i], " \r\n"); len(line) > 0 && line[0] != '#' {
			lines = append(lines, line)
		}
		start, ended = i+1, ended+1
	}
	return lines
}

// isExample tells whether the first line, which begins like a comment, is an example all the same: numbers alone stand
// behind its first field.
func isExample(begin []byte, comma rune) bool {
	line, _, _ := strings.Cut(string(begin), "\n")
	fields := strings.Split(strings.TrimSpace(line), string(comma))
	for _, field := range fields[1:] {
		if _, err := strconv.ParseFloat(strings.TrimSpace(field), 64); err != nil {
			return false
		}
	}
	return len(fields) > 1
}

// count is how often a sign stands on a line outside of quotes. Spaces that follow each other are one.
func count(line []byte, sign byte) (n int) {
	quoted, before := false, byte(0)
	for _, b := range line {
		switch {
		case b == '"':
			quoted = !quoted
		case b == sign && !quoted && !(sign == ' ' && before == ' '):
			n++
		}
		before = b
	}
	return n
}
