package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"ssdgm/train/message"
)

// Aligned prints rows with the first column on the left and the others on the right.
func Aligned(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			cell = message.Line(cell)
			row[i] = cell
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		line := fmt.Sprintf("  %-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			line += fmt.Sprintf("   %*s", widths[i+1], cell)
		}
		text.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// List prints paths below each other, the first one behind the title.
func List(w io.Writer, title string, paths []string) error {
	for _, path := range paths {
		if _, err := fmt.Fprintf(w, "%-10s  %s\n", title, path); err != nil {
			return err
		}
		title = ""
	}
	return nil
}

// Thousands writes a count with commas, as in 60,000.
func Thousands(n int) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Duration is a time as people say it: see message.Duration.
func Duration(d time.Duration) string { return message.Duration(d) }
