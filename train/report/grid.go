package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Grid writes lines in the form that the table was published in: for each number of labels ours above the published
// ones, a column for each row named by its key. A figure of ours leads to the folder of its records, relative to the
// folder from.
func (t *Table) Grid(w io.Writer, lines []Line, keys []string, from string) error {
	titles := []string{"labels", ""}
	for _, key := range keys {
		i := slices.IndexFunc(t.Rows, func(r Row) bool { return r.Key == key })
		if i < 0 {
			return fmt.Errorf("want a row of %s, found no %q", t.Name, key)
		}
		titles = append(titles, t.Rows[i].Title)
	}
	rows := [][]string{titles}
	links := &links{from: from, paths: map[string]string{}}
	for _, n := range t.Labels {
		ours, theirs := []string{fmt.Sprint(n), "ours"}, []string{"", "the paper"}
		for _, key := range keys {
			i := slices.IndexFunc(lines, func(l Line) bool { return l.Key == key && l.Labels == n })
			if i < 0 {
				return fmt.Errorf("want a line of %s with %d labels, found none", key, n)
			}
			line := &lines[i]
			cell, err := links.link(line)
			if err != nil {
				return err
			}
			ours, theirs = append(ours, cell), append(theirs, orNone(line.Published))
		}
		rows = append(rows, ours, theirs)
	}
	if err := markdownRows(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(links.lines, "\n"))
	return err
}

// links are Markdown's references: a figure stands for itself in the table, and its record below it.
type links struct {
	from  string
	paths map[string]string // by label
	lines []string
}

// link is a line's figure as a reference to the folder of its records; bare where there is none.
func (l *links) link(line *Line) (string, error) {
	figure := strings.TrimSuffix(testError(line), " %")
	if len(line.Results) == 0 {
		return figure, nil
	}
	path, err := relative(l.from, filepath.Dir(line.Results[0].Path()))
	if err != nil {
		return "", err
	}
	if path = filepath.ToSlash(path); l.paths[figure] == "" {
		l.paths[figure] = path
		l.lines = append(l.lines, fmt.Sprintf("[%s]: %s", figure, path))
	}
	if l.paths[figure] != path {
		return fmt.Sprintf("[%s](%s)", figure, path), nil // two records agree to the last digit
	}
	return fmt.Sprintf("[%s]", figure), nil
}

// markdownRows writes rows as a table, the titles first.
func markdownRows(w io.Writer, rows [][]string) error {
	var text strings.Builder
	for i, row := range rows {
		fmt.Fprintf(&text, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(&text, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}
