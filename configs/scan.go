package configs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// scanner goes through a text of TOML once. It takes any text, holds what the library does not (see decode), and
// leaves the rest of the grammar to it.
type scanner struct {
	text string
	at   int
	line int
	// wrong is the first mistake.
	wrong *mistake
}

// scan maps dotted keys and tables to the line where they first stand, and finds what TOML 1.0 does not allow. Keys
// inside an inline table are not listed: they stand on the line of the key that holds them.
func scan(text string) (map[string]int, *mistake) {
	s := scanner{text: strings.TrimPrefix(text, "\ufeff"), line: 1}
	lines, root := map[string]int{}, names{}
	in := &section{names: root}
	for s.skipBlank(); s.at < len(s.text) && s.wrong == nil; s.skipBlank() {
		line := s.line
		if s.text[s.at] == '[' {
			isList := s.starts("[[")
			s.skipAny("[ \t")
			in = &section{key: s.key(), number: in.number + 1}
			in.names, s.wrong = root.header(in.key, line, isList)
			record(lines, in.dotted(nil), line)
		} else {
			record(lines, in.dotted(s.assignment(in)), line)
		}
		s.skipLine()
	}
	return lines, s.wrong
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

// stop keeps the first mistake and ends the scan.
func (s *scanner) stop(wrong *mistake) {
	if s.wrong == nil {
		s.wrong = wrong
	}
	s.at = len(s.text)
}

func (s *scanner) fail(format string, args ...any) {
	s.stop(&mistake{line: s.line, text: fmt.Sprintf(format, args...)})
}

func (s *scanner) starts(prefix string) bool { return strings.HasPrefix(s.text[s.at:], prefix) }

// key reads the names of a dotted key, up to the sign after it. There is one or more.
func (s *scanner) key() []string {
	var key []string
	for {
		s.skipAny(" \t")
		key = append(key, s.name())
		s.skipAny(" \t")
		if !s.starts(".") {
			return key
		}
		s.at++
	}
}

// name reads one name of a dotted key: bare, "quoted" or 'literal'.
func (s *scanner) name() string {
	start := s.at
	if s.starts(`"`) || s.starts("'") {
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

// assignment goes past a key of a section and its value, and returns the key.
func (s *scanner) assignment(in *section) []string {
	key, line := s.key(), s.line
	s.skipAny(" \t")
	if !s.starts("=") {
		s.fail("wanted = behind a key")
		return key
	}
	s.at++
	s.skipAny(" \t")
	if wrong := in.value(key, line); wrong != nil {
		s.stop(wrong)
		return key
	}
	s.value(in, key)
	return key
}

// value goes past the value of a section's key, or an element of it.
func (s *scanner) value(in *section, key []string) {
	switch {
	case s.starts("["):
		s.at++
		s.skipList(in, key)
	case s.starts("{"):
		s.at++
		s.skipInline(&section{names: names{}, outer: in, key: key})
	case s.starts(`"`), s.starts("'"):
		s.skipString()
	default:
		s.skipPlain()
	}
}

// skipList goes past the rest of a list, which may run over several lines.
func (s *scanner) skipList(in *section, key []string) {
	for {
		s.skipBlank()
		switch {
		case s.at == len(s.text):
			s.fail("wanted ] at the end of a list, found the end of the file")
			return
		case s.starts("]"):
			s.at++
			return
		case s.starts(","):
			s.at++
		default:
			s.progress(func() { s.value(in, key) })
		}
	}
}

// skipInline goes past the rest of an inline table. TOML 1.0 keeps it on one line, without a comma at its end.
func (s *scanner) skipInline(table *section) {
	s.skipAny(" \t")
	for empty := true; !empty || !s.starts("}"); empty = false {
		s.skipAny(" \t")
		if s.at == len(s.text) || strings.IndexByte("\r\n#}", s.text[s.at]) >= 0 {
			s.fail("wanted an inline table {…} on one line, without a comma at its end")
			return
		}
		s.progress(func() { s.assignment(table) })
		s.skipAny(" \t")
		if s.starts("}") {
			break
		}
		if !s.starts(",") {
			s.fail("wanted an inline table {…} on one line, its keys with commas between")
			return
		}
		s.at++
	}
	s.at++
}

// progress calls a function that must go on by one sign or more: a text that is no TOML holds others than it knows.
func (s *scanner) progress(read func()) {
	start := s.at
	if read(); s.at == start {
		s.fail("wanted a value, found none")
	}
}

// clock is whatever has a colon or begins as a date; timestamp is what TOML 1.0 allows of it: RFC 3339 with seconds,
// or its date or its time alone.
var (
	clock     = regexp.MustCompile(`^\d{4}-|:`)
	timestamp = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?` +
		`([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)?)?|\d{2}:\d{2}:\d{2}(\.\d+)?)$`)
)

// skipPlain goes past a number, a truth value, or a date or time.
func (s *scanner) skipPlain() {
	end := strings.IndexAny(s.text[s.at:], ",]}#\r\n")
	if end < 0 {
		end = len(s.text) - s.at
	}
	plain := strings.TrimRight(s.text[s.at:s.at+end], " \t")
	if clock.MatchString(plain) && !timestamp.MatchString(plain) {
		s.fail("wanted a date or a time with its seconds, as RFC 3339 has it, found %s", quote(plain))
		return
	}
	s.at += end
}

// skipBlank goes to the first sign of the next statement or value.
func (s *scanner) skipBlank() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n#", s.text[s.at]) >= 0 {
		switch s.text[s.at] {
		case '#':
			s.skipLine()
			continue
		case '\n':
			s.line++
		}
		s.at++
	}
}

// skipLine goes to the end of the line.
func (s *scanner) skipLine() {
	if end := strings.IndexByte(s.text[s.at:], '\n'); end >= 0 {
		s.at += end
	} else {
		s.at = len(s.text)
	}
}

// escapes are the signs that may stand behind a backslash. In a string of several lines spaces and the end of the line
// may too.
const escapes = `btnfr"\uU`

// skipString goes past a string of any of TOML's four kinds. Only those in double quotes have escapes.
func (s *scanner) skipString() {
	quotes := s.text[s.at : s.at+1]
	allowed := escapes
	if triple := strings.Repeat(quotes, 3); s.starts(triple) {
		quotes, allowed = triple, escapes+" \t\r\n"
	}
	s.at += len(quotes)
	for s.at < len(s.text) && !s.starts(quotes) {
		if quotes[0] == '"' && s.text[s.at] == '\\' && s.at+1 < len(s.text) {
			s.at++
			if strings.IndexByte(allowed, s.text[s.at]) < 0 {
				s.fail(`wanted one of \b \t \n \f \r \" \\ \uXXXX \UXXXXXXXX in a string, found %s`,
					quote(s.text[s.at-1:s.at+1]))
				return
			}
		}
		if s.text[s.at] == '\n' {
			s.line++
		}
		s.at++
	}
	s.at = min(s.at+len(quotes), len(s.text))
	// A multi-line string may end in up to two quotes of its own before the three that close it.
	for len(quotes) == 3 && s.starts(quotes[:1]) {
		s.at++
	}
}

func (s *scanner) skipAny(signs string) {
	for s.at < len(s.text) && strings.IndexByte(signs, s.text[s.at]) >= 0 {
		s.at++
	}
}
