package configs

import (
	"strconv"
	"strings"
)

// lineScanner finds the line of each key in a text that is known to be valid TOML. The parser tells the line
// of a syntax error, but not of the keys that it has read.
type lineScanner struct {
	text string
	at   int
	line int
}

// linesOf maps dotted keys and tables to the line where they first stand. Keys inside an inline table are
// not listed: they stand on the line of the key that holds them.
func linesOf(text string) map[string]int {
	s := lineScanner{text: strings.TrimPrefix(text, "\ufeff"), line: 1}
	lines := map[string]int{}
	table := ""
	for s.skipBlank(); s.at < len(s.text); s.skipBlank() {
		line := s.line
		if s.text[s.at] == '[' {
			s.skipAny("[ \t")
			table = s.key("")
			record(lines, table, line)
			s.skipStatement()
			continue
		}
		record(lines, s.key(table), line)
		s.skipStatement()
	}
	return lines
}

func record(lines map[string]int, key string, line int) {
	if _, seen := lines[key]; !seen {
		lines[key] = line
	}
}

// lineOf is the line of a key, or of the nearest table around it.
func lineOf(lines map[string]int, key string) int {
	for {
		if line, ok := lines[key]; ok {
			return line
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return 0
		}
		key = key[:dot]
	}
}

// key reads a dotted key that belongs to a table, up to the sign after it.
func (s *lineScanner) key(table string) string {
	key := table
	for s.at < len(s.text) {
		s.skipAny(" \t")
		key = joinKey(key, s.name())
		s.skipAny(" \t")
		if !strings.HasPrefix(s.text[s.at:], ".") {
			break
		}
		s.at++
	}
	return key
}

// name reads one name of a dotted key: bare, "quoted" or 'literal'.
func (s *lineScanner) name() string {
	start := s.at
	if start < len(s.text) && (s.text[start] == '"' || s.text[start] == '\'') {
		s.skipString()
		raw := s.text[start:s.at]
		if plain, err := strconv.Unquote(raw); err == nil && raw[0] == '"' {
			return plain
		}
		return strings.Trim(raw, raw[:1])
	}
	end := strings.IndexFunc(s.text[start:], notBare)
	if end < 0 {
		end = len(s.text) - start
	}
	s.at += end
	return s.text[start:s.at]
}

// skipBlank goes to the first sign of the next statement.
func (s *lineScanner) skipBlank() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n#", s.text[s.at]) >= 0 {
		s.step()
	}
}

// skipStatement goes to the end of the line that ends the statement: a list or a multi-line string may
// run over several.
func (s *lineScanner) skipStatement() {
	depth := 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '\n':
			if depth <= 0 {
				return
			}
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '"', '\'':
			s.skipString()
			continue
		}
		s.step()
	}
}

// step goes on by one byte, or by one whole comment.
func (s *lineScanner) step() {
	switch s.text[s.at] {
	case '#':
		end := strings.IndexByte(s.text[s.at:], '\n')
		if end < 0 {
			end = len(s.text) - s.at
		}
		s.at += end
		return
	case '\n':
		s.line++
	}
	s.at++
}

// skipString goes past a string of any of TOML's four kinds. Only those in double quotes have escapes.
func (s *lineScanner) skipString() {
	quote := s.text[s.at : s.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], triple) {
		quote = triple
	}
	s.at += len(quote)
	for s.at < len(s.text) && !strings.HasPrefix(s.text[s.at:], quote) {
		if quote[0] == '"' && s.text[s.at] == '\\' && s.at+1 < len(s.text) {
			s.at++
		}
		if s.text[s.at] == '\n' {
			s.line++
		}
		s.at++
	}
	s.at = min(s.at+len(quote), len(s.text))
	// A multi-line string may end in up to two quotes of its own before the three that close it.
	for len(quote) == 3 && strings.HasPrefix(s.text[s.at:], quote[:1]) {
		s.at++
	}
}

func (s *lineScanner) skipAny(signs string) {
	for s.at < len(s.text) && strings.IndexByte(signs, s.text[s.at]) >= 0 {
		s.at++
	}
}
