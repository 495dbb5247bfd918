// Package message is the last step before a person reads something: whatever stands in the input, a message is one
// line without signs that steer a terminal, and a command that it names can be pasted into a shell.
package message

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a line holds at most, in characters. A word is longer than any file's name, and the line than any message of
// the program's own.
const (
	maxWord = 512
	maxLine = 4096
)

// Line makes one line of a text. Line ends, signs that steer a terminal or cannot be seen, and bytes that are no
// UTF-8 become Go's escapes; words that are too long lose their middle.
func Line(text string) string {
	text = strings.TrimRight(text, "\n")
	if strings.ContainsFunc(text, odd) {
		var b strings.Builder
		for i, r := range text {
			switch {
			case !odd(r):
				b.WriteRune(r)
			case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
				fmt.Fprintf(&b, `\x%02x`, text[i])
			case r == utf8.RuneError:
				b.WriteRune(r)
			default:
				quoted := strconv.QuoteRuneToASCII(r)
				b.WriteString(quoted[1 : len(quoted)-1])
			}
		}
		text = b.String()
	}
	if len(text) <= maxWord {
		return text
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		words[i] = shorten(word, maxWord)
	}
	return shorten(strings.Join(words, " "), maxLine)
}

// odd tells whether a character is not to reach a terminal as it is.
func odd(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }

// shorten takes the middle out of a text of more than so many characters.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return fmt.Sprintf("%s…(%d characters)…%s", string(runes[:most/2]), len(runes)-most, string(runes[len(runes)-most/2:]))
}

// Lines are the lines that tell an error: one for each of those that were joined, whatever stands in their texts.
func Lines(err error) []string {
	var lines []string
	for _, text := range texts(err) {
		lines = append(lines, Line(text))
	}
	return lines
}

// texts are the texts of the errors that were joined into one. What was said around them is said around each.
func texts(err error) []string {
	text := err.Error()
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		var all, parts []string
		for _, inner := range e.Unwrap() {
			all, parts = append(all, texts(inner)...), append(parts, inner.Error())
		}
		if text == strings.Join(parts, "\n") {
			return all
		}
	case interface{ Unwrap() error }:
		inner := e.Unwrap()
		if inner == nil {
			break
		}
		before, after, found := strings.Cut(text, inner.Error())
		parts := texts(inner)
		if !found || len(parts) == 1 {
			break
		}
		for i, part := range parts {
			parts[i] = before + part + after
		}
		return parts
	}
	return []string{text}
}
