package configs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// decode reads a text of TOML 1.0: its values, and the line where each key and table first stands. The library takes
// more than that version allows, some of it depending on the environment, and lets a table be defined in two places;
// so the text passes a scanner of our own too. What is wrong comes with its line, 0 where it concerns the whole text.
func decode(text string) (values map[string]any, lines map[string]int, wrong *mistake) {
	if !utf8.ValidString(text) {
		return nil, nil, &mistake{text: "wanted a TOML file in UTF-8, found other bytes"}
	}
	lines, wrong = scan(text)
	if wrong != nil && wrong.ours {
		return nil, nil, wrong
	}
	values = map[string]any{}
	if _, err := toml.Decode(text, &values); err != nil {
		return nil, nil, syntaxMistake(err)
	}
	if wrong != nil {
		return nil, nil, wrong
	}
	return values, lines, nil
}

// mistake is what keeps a text from being TOML 1.0.
type mistake struct {
	line int
	text string
	// ours is a mistake that the library may not see, or not tell as well: it would name one line of two.
	ours bool
}

// syntaxMistake is what the library says and where, in the words of the other messages.
func syntaxMistake(err error) *mistake {
	wrong := &mistake{text: err.Error()}
	var parse toml.ParseError
	if errors.As(err, &parse) {
		wrong.line, wrong.text = parse.Position.Line, parse.Message
	}
	wrong.text = strings.TrimSuffix(strings.TrimPrefix(wrong.text, "toml: "), ".")
	if wrong.text != "" {
		wrong.text = strings.ToLower(wrong.text[:1]) + wrong.text[1:]
	}
	if strings.HasPrefix(wrong.text, "expected value but found \"") { // A bare word: a sign alone stands in single quotes.
		wrong.text += `; text stands in quotes, as in model = "m1m2", and true and false in small letters`
	}
	return wrong
}

// definition is what a name of a text stands for, as far as it decides what may still be added to it.
type definition struct {
	kind kind
	line int
	// section is the number of the header under which dotted keys made a table.
	section int
	inner   names
}

// names are the definitions in one table.
type names map[string]*definition

type kind int

const (
	// implied is a table that stands in the header of another: a header of its own may follow.
	implied kind = iota
	// headed is a table with a header of its own.
	headed
	// dotted is a table that dotted keys made: more of them may follow under the same header.
	dotted
	// list is a list of tables, each with a header in double brackets.
	list
	// whole is a value; an inline table, too, is given as a whole.
	whole
)

// tooLong says that a key has too many bytes.
func tooLong(line int) *mistake {
	return &mistake{line: line, ours: true, text: fmt.Sprintf(
		"wanted keys of at most %d bytes with the tables around them, found a longer one", keyMax)}
}

// header defines the table of a [header], or the next one of a [[header]], and returns its names.
func (n names) header(key []string, line int, isList bool) (names, *mistake) {
	if (&section{key: key}).length(nil) > keyMax {
		return nil, tooLong(line)
	}
	for i, name := range key[:len(key)-1] {
		at, ok := n[name]
		if !ok {
			at = &definition{kind: implied, line: line, inner: names{}}
			n[name] = at
		}
		if at.kind == whole {
			return nil, notWhole(dottedKey(key), dottedKey(key[:i+1]), at.line, line)
		}
		n = at.inner
	}
	name := key[len(key)-1]
	at, ok := n[name]
	switch {
	case !ok && isList:
		at = &definition{kind: list, line: line}
		n[name] = at
	case !ok:
		at = &definition{kind: headed, line: line, inner: names{}}
		n[name] = at
	case at.kind == implied && !isList:
		at.kind, at.line = headed, line
	case at.kind == list && isList:
	default:
		return nil, again(dottedKey(key), at.line, line)
	}
	if isList {
		at.inner = names{}
	}
	return at.inner, nil
}

// section is a table as one header, or one pair of braces, gives it.
type section struct {
	names
	outer  *section // around the braces
	key    []string // of the table, in the outer section
	number int      // of the header
}

// keyMax is the most bytes that a key may have with the tables around it. Without a limit, a text of a megabyte could
// nest so deep that reading it takes more memory than machines have.
const keyMax = 1024

// length is how many bytes the names of a key of a section have, with those of all tables around it.
func (t *section) length(key []string) int {
	length := 0
	for _, name := range key {
		length += len(name) + 1
	}
	for at := t; at != nil; at = at.outer {
		for _, name := range at.key {
			length += len(name) + 1
		}
	}
	return length
}

// dotted is a key of a section with the names of all tables around it.
func (t *section) dotted(key []string) string {
	var keys [][]string
	for at := t; at != nil; at = at.outer {
		keys = append(keys, at.key)
	}
	slices.Reverse(keys)
	return dottedKey(slices.Concat(append(keys, key)...))
}

// value defines a key of a section.
func (t *section) value(key []string, line int) *mistake {
	if t.length(key) > keyMax {
		return tooLong(line)
	}
	n := t.names
	for i, name := range key[:len(key)-1] {
		at, ok := n[name]
		switch {
		case !ok:
			at = &definition{kind: dotted, line: line, section: t.number, inner: names{}}
			n[name] = at
		case at.kind == whole:
			return notWhole(t.dotted(key), t.dotted(key[:i+1]), at.line, line)
		case at.kind != dotted || at.section != t.number:
			return &mistake{line: line, ours: true, text: fmt.Sprintf(
				"%s: wanted all keys of %s in one place, found some on line %d; put this one there",
				t.dotted(key), t.dotted(key[:i+1]), at.line)}
		}
		n = at.inner
	}
	name := key[len(key)-1]
	if at, ok := n[name]; ok {
		return again(t.dotted(key), at.line, line)
	}
	n[name] = &definition{kind: whole, line: line}
	return nil
}

// again says that a key or a table is defined a second time.
func again(key string, first, line int) *mistake {
	return &mistake{line: line, ours: true, text: fmt.Sprintf(
		"%s: wanted it once, found it on line %d too; remove one", key, first)}
}

// notWhole says that a key would add to a value.
func notWhole(key, value string, first, line int) *mistake {
	return &mistake{line: line, ours: true, text: fmt.Sprintf(
		"%s: wanted nothing more of %s, which line %d gives as a whole; put this one there", key, value, first)}
}

// dottedKey joins the names of a key.
func dottedKey(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = joinKey("", name)
	}
	return strings.Join(quoted, ".")
}
