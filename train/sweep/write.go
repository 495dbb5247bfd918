package sweep

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"ssdgm/train/data"
	"ssdgm/train/report"
)

// WriteStatus prints a line for every run, and how many are where.
func WriteStatus(w io.Writer, all []RunStatus) error {
	width := 0
	count := map[State]int{}
	for _, r := range all {
		width = max(width, len(r.Name))
		count[r.State]++
	}
	for _, r := range all {
		line := fmt.Sprintf("  %-*s  %-7s", width, r.Name, r.State)
		if r.State != Done && r.Phase != "" {
			line += fmt.Sprintf("  %s step %s", r.Phase, report.Thousands(r.Step))
		}
		if r.State == Running {
			line += "  " + r.Worker
		}
		if r.Attempts > 1 {
			line += fmt.Sprintf("  attempt %d", r.Attempts)
		}
		if r.Reason != "" {
			line += "  " + r.Reason
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	line := fmt.Sprintf("%d runs:", len(all))
	for _, state := range []State{Done, Running, Stopped, Failed, Silent, Waiting} {
		if n := count[state]; n > 0 {
			line += fmt.Sprintf(" %d %s,", n, state)
		}
	}
	_, err := fmt.Fprintln(w, line[:len(line)-1])
	return err
}

// WriteCells prints a table in one of its forms. A page's links lead from the folder it is printed in.
func WriteCells(w io.Writer, format string, cells []*Cell) error {
	lines := Lines(cells)
	switch format {
	case "table":
		if err := report.Aligned(w, report.Cells(lines)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "\n  measured on %s\n", report.Devices(lines))
		return errors.Join(err, report.WriteFailures(w, failures(cells)))
	case "markdown":
		err := report.Markdown(w, lines, ".")
		if failed := failures(cells); err == nil && len(failed) > 0 {
			fmt.Fprintln(w)
			err = report.WriteFailures(w, failed)
		}
		return err
	case "csv":
		return report.CSV(w, lines)
	case "json":
		return WriteJSON(w, cells)
	}
	return data.InputErrorf("--format %s: want table, markdown, csv or json", format)
}

// WriteResults prints the table of what there is, if there is something. Notes say which folders could not be used.
func (s *Sweep) WriteResults(w io.Writer, note func(string)) error {
	cells, notes, err := s.Collect()
	if err != nil {
		return err
	}
	for _, line := range notes {
		note(line)
	}
	if Missing(cells) == len(s.Grid.Members) {
		return nil
	}
	return WriteCells(w, "table", cells)
}
