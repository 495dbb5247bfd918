package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"ssdgm/train"
)

// modelNames are the models as the paper writes them.
var modelNames = map[string]string{
	"m1": "M1", "m2": "M2", "m1m2": "M1+M2", "supervised": "supervised",
	"knn": "KNN", "tsvm": "TSVM", "cnn": "CNN", "m1knn": "M1+KNN", "m1tsvm": "M1+TSVM",
}

// result is a row of a table of evaluations.
type result struct {
	name string
	*train.Evaluation
}

// column is a figure that an evaluation may have.
type column struct {
	title, format string
	figure        func(*train.Evaluation) *float64
}

var columns = []column{
	{"test error", "%.2f %%", func(e *train.Evaluation) *float64 { return e.ErrorPercent }},
	{"calibration error", "%.2f %%", func(e *train.Evaluation) *float64 { return e.Calibration }},
	{"-log q(y|x)", "%.3f nats", func(e *train.Evaluation) *float64 { return e.NLL }},
	{"bound on log p(x)", "%.2f nats", func(e *train.Evaluation) *float64 { return e.Bound }},
	{"KL", "%.2f nats", func(e *train.Evaluation) *float64 { return e.KL }},
	{"active latents", "%.0f", activeLatents},
}

func activeLatents(e *train.Evaluation) *float64 {
	if e.ActiveLatents == nil {
		return nil
	}
	n := float64(*e.ActiveLatents)
	return &n
}

// writeTable prints the figures that at least one of the results has.
func writeTable(w io.Writer, results ...result) error {
	rows := make([][]string, len(results)+1)
	rows[0] = []string{""}
	for i, r := range results {
		rows[i+1] = []string{r.name}
	}
	for _, c := range columns {
		cells, some := []string{c.title}, false
		for _, r := range results {
			cell := ""
			if v := c.figure(r.Evaluation); v != nil {
				cell, some = fmt.Sprintf(c.format, *v), true
			}
			cells = append(cells, cell)
		}
		if !some {
			continue
		}
		for i, cell := range cells {
			rows[i] = append(rows[i], cell)
		}
	}
	return writeAligned(w, rows)
}

// writeAligned prints rows with the first column on the left and the others on the right.
func writeAligned(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
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

// thousands writes a count with commas, as in 60,000.
func thousands(n int) string {
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
