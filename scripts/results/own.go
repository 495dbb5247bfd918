package main

import (
	"fmt"
	"io"
	"path"

	"ssdgm/train/report"
)

// ownDir has the runs of configs/examples.
const ownDir = recordsDir + "/own"

// ownCases are the examples with the numbers of labels that they were trained with.
var ownCases = []struct {
	folder, title string
	labels        []int
}{
	{"wine", "13 measurements of wines", []int{6, 9, 36}},
	{"digits", "images of 8×8 pixels", []int{50, 100}},
	{"breast-cancer", "30 measurements of tumours", []int{10, 50}},
}

// own is the table of the examples: the semi-supervised model beside the supervised network on the same labels.
func own(w io.Writer) error {
	found, err := report.Open(ownDir)
	if err != nil {
		return err
	}
	lines, err := found.Lines(&report.Table1)
	if err != nil {
		return err
	}
	errors := map[string]string{}
	for i := range lines {
		line := &lines[i]
		row := line.Results[0].Row()
		errors[row] = fmt.Sprintf("[%s](%s)", line.TestError(), path.Join(ownDir, row))
	}
	fmt.Fprintln(w, "| test error | labels | M2, which learns from all rows | supervised, same labels |\n|---|---|---|---|")
	for _, c := range ownCases {
		for i, labels := range c.labels {
			title := ""
			if i == 0 {
				title = fmt.Sprintf("[%s](configs/examples/%s.toml), %s", c.folder, c.folder, c.title)
			}
			semi, supervised := errors[fmt.Sprintf("%s-m2-%d", c.folder, labels)], errors[fmt.Sprintf("%s-nn-%d", c.folder, labels)]
			if semi == "" || supervised == "" {
				return fmt.Errorf("read %s: want records of %s with %d labels, found none", ownDir, c.folder, labels)
			}
			fmt.Fprintf(w, "| %s | %d | %s | %s |\n", title, labels, semi, supervised)
		}
	}
	return nil
}
