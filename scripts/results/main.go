// Command results writes the tables of README.md and of train/records/README.md, and the picture of curves, from the
// records that are kept with the project. In a page it writes between comments <!-- NAME --> and <!-- /NAME --> and
// leaves the rest as it is.
//
//	go run ./scripts/results
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"ssdgm/train/report"
	"ssdgm/train/reproduce"
)

// page is a file and what is written into it, by the name of its place. One without places is written as a whole.
type page struct {
	path   string
	places []place
	whole  func(w io.Writer) error
}

type place struct {
	name  string
	write func(w io.Writer) error
}

var pages = []page{
	{path: "README.md", places: []place{
		{"table 1", paper}, {"H200", h200Runs}, {"H200 steps", h200Steps}, {"CPU steps", cpuSteps}, {"own data", own},
	}},
	{path: "train/records/README.md", places: []place{{"records", records}}},
	{path: h200Dir + "/MODEL.md", places: []place{
		{"figures", foretoldFigures}, {"steps", foretoldKinds}, {"programs", foretoldPrograms}, {"now", foretoldNow},
	}},
	{path: h200Dir + "/foretold.txt", whole: foretoldRows},
	{path: recordsDir + "/curves/curves.svg", whole: curves},
}

func main() {
	for _, p := range pages {
		if err := p.renew(); err != nil {
			fmt.Fprintln(os.Stderr, "results:", err)
			os.Exit(1)
		}
	}
}

func (p *page) renew() error {
	_, after, err := p.text()
	if err != nil {
		return err
	}
	return os.WriteFile(p.path, []byte(after), 0o666)
}

// text is the page as it is and as it should be.
func (p *page) text() (before, after string, err error) {
	text, err := os.ReadFile(p.path)
	if err != nil {
		return "", "", err
	}
	after = string(text)
	if p.whole != nil {
		var content strings.Builder
		err := p.whole(&content)
		return after, content.String(), err
	}
	for _, place := range p.places {
		begin, end := fmt.Sprintf("<!-- %s -->\n", place.name), fmt.Sprintf("<!-- /%s -->\n", place.name)
		head, rest, found := strings.Cut(after, begin)
		_, tail, closed := strings.Cut(rest, end)
		if !found || !closed {
			return "", "", fmt.Errorf("read %s: want a place between %q and %q, found none", p.path, begin, end)
		}
		var content bytes.Buffer
		if err := place.write(&content); err != nil {
			return "", "", err
		}
		after = head + begin + "\n" + content.String() + "\n" + end + tail
	}
	return string(text), after, nil
}

const (
	recordsDir = "train/records"
	// othersDir has those that are no result of a built-in configuration.
	othersDir = "train/records/other"
)

// rows are all records, a row a line.
var rows = sync.OnceValues(func() ([]report.Line, error) {
	found, err := report.Open(recordsDir, othersDir, ownDir)
	if err != nil {
		return nil, err
	}
	return found.Lines(&report.Table1)
})

// records is the table of all records, with the cells of the paper's table that were not measured.
func records(w io.Writer) error {
	lines, err := rows()
	if err != nil {
		return err
	}
	cells, err := cells()
	if err != nil {
		return err
	}
	for _, cell := range cells {
		if !cell.Ours || len(cell.Results) > 0 {
			continue
		}
		// Not measured: it stands below the last line of its model.
		cell.Title += ", " + report.Table1.Data
		for i := len(lines) - 1; i >= 0; i-- {
			if lines[i].Key == cell.Key {
				lines = slices.Insert(slices.Clip(lines), i+1, cell)
				break
			}
		}
	}
	return report.Markdown(w, lines, recordsDir)
}

// curves are M1+M2's with 100 labels, and those of the published code's settings.
func curves(w io.Writer) error {
	charts, _, err := report.Curves([]string{recordsDir + "/mnist-m1m2-100", recordsDir + "/curves/reference"})
	if err != nil {
		return err
	}
	return report.WriteSVG(w, charts...)
}

// cells are those of the paper's table, over the seeds that every measured cell has.
var cells = sync.OnceValues(func() ([]report.Line, error) {
	request := &reproduce.Request{
		Table: &report.Table1, Labels: report.Table1.Labels, Seeds: []uint64{0, 1, 2}, Records: recordsDir,
	}
	return request.Lines()
})

// paper is the paper's table with ours above it.
func paper(w io.Writer) error {
	lines, err := cells()
	if err != nil {
		return err
	}
	return report.Table1.Grid(w, lines, []string{"nn", "cnn", "tsvm", "m1knn", "m1tsvm", "m2", "m1m2"}, ".")
}
