// Command results prints README's table of results from the records in
// train/records: one row per configuration, mean and spread over its seeds.
//
//	go run ./scripts/results
package main

import (
	"fmt"
	"io"
	"os"

	"ssdgm/train/report"
)

func main() {
	if err := table(os.Stdout, "train/records"); err != nil {
		fmt.Fprintln(os.Stderr, "results:", err)
		os.Exit(1)
	}
}

// table writes the Markdown table of all records below a folder.
func table(w io.Writer, dir string) error {
	records, err := report.Open(dir)
	if err != nil {
		return err
	}
	lines, err := records.Lines(&report.Table1)
	if err != nil {
		return err
	}
	return report.Markdown(w, lines, ".")
}
