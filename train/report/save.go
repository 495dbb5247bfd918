package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/stat"
)

// Save writes a table as DIR/NAME.md, NAME.csv and NAME.svg and returns their paths.
func Save(dir string, table *Table, lines []Line) (paths []string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	for _, form := range []struct {
		extension string
		write     func(w io.Writer) error
	}{
		{".md", func(w io.Writer) error { return table.document(w, dir, lines) }},
		{".csv", func(w io.Writer) error { return CSV(w, lines) }},
		{".svg", func(w io.Writer) error { return WriteSVG(w, table.chart(lines)) }},
	} {
		path := filepath.Join(dir, table.Name+form.extension)
		if err := writeFile(path, form.write); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// SaveCharts writes charts as DIR/NAME.svg and returns its path.
func SaveCharts(dir, name string, charts []Chart) (path string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	path = filepath.Join(dir, name+".svg")
	return path, writeFile(path, func(w io.Writer) error { return WriteSVG(w, charts...) })
}

// writeFile writes a file once all of it is there.
func writeFile(path string, write func(w io.Writer) error) error {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	return os.WriteFile(path, content.Bytes(), 0o666)
}

// document is the table as a page of its own.
func (t *Table) document(w io.Writer, dir string, lines []Line) error {
	if _, err := fmt.Fprintf(w, "# Ours beside the paper: %s\n\nThe paper: %s. Ours: mean ± standard deviation (n − 1) over the seeds, each linked to its record; the longest time "+
		"of a line's seeds, M1 included.\nM1 and its seed change with the label seed, so ± covers both.\n\n![%s](%s.svg)\n\n", t.Title, t.Source, t.Title, t.Name); err != nil {
		return err
	}
	return Markdown(w, lines, dir)
}

// chart draws the lines of every row over the number of labels, the published ones dashed.
func (t *Table) chart(lines []Line) Chart {
	c := Chart{Title: t.Title, X: "labels", Y: "test error in %", LogX: true, LogY: true}
	for _, n := range t.Labels {
		c.XTicks = append(c.XTicks, float64(n))
	}
	for i, row := range t.Rows {
		ours := Curve{Name: row.Title, Style: i, Marked: true}
		theirs := Curve{Name: row.Title + ", the paper", Style: i, Dashed: true}
		for j := range lines {
			line := &lines[j]
			if line.Key != row.Key {
				continue
			}
			x := float64(line.Labels)
			if mean, deviation, ok := line.published(); ok {
				theirs.Points = append(theirs.Points, Point{x, mean, deviation})
			}
			if errors := values(line, func(r Result) *float64 { return r.Judged().ErrorPercent }); len(errors) > 1 {
				mean, deviation := stat.MeanStdDev(errors, nil)
				ours.Points = append(ours.Points, Point{x, mean, deviation})
			} else if len(errors) == 1 {
				ours.Points = append(ours.Points, Point{x, errors[0], 0})
			}
		}
		for _, curve := range []Curve{ours, theirs} {
			if len(curve.Points) > 0 {
				c.Lines = append(c.Lines, curve)
			}
		}
	}
	return c
}

// published are the paper's figures as numbers.
func (l *Line) published() (mean, deviation float64, ok bool) {
	n, _ := fmt.Sscanf(l.Published, "%f ± %f", &mean, &deviation)
	return mean, deviation, n > 0
}
