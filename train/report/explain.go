package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"ssdgm/configs"
)

// explanationWidth is that of a line of text.
const explanationWidth = 100

// WriteExplanations prints what keys mean: a line with the key, its type, range and default, and its text below.
func WriteExplanations(w io.Writer, all []configs.Explanation) error {
	for _, e := range all {
		kind := e.Type
		switch {
		case e.Range != "" && e.Type == "a string":
			kind = "one of " + e.Range
		case e.Range != "":
			kind += ", " + e.Range
		}
		if _, err := fmt.Fprintf(w, "%s: %s; default %s\n%s", e.Key, kind, e.Default, wrapped(e.Text, explanationWidth)); err != nil {
			return err
		}
	}
	return nil
}

// wrapped breaks a text into indented lines.
func wrapped(text string, width int) string {
	const indent = "    "
	var b strings.Builder
	line := indent
	for word := range strings.FieldsSeq(text) {
		if line != indent && utf8.RuneCountInString(line)+len(" ")+utf8.RuneCountInString(word) > width {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}
