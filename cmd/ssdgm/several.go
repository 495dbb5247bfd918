package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/stat"

	"ssdgm/configs"
)

// runSeveral trains several runs together and tells what came of each.
func (t *trainCommand) runSeveral(cmd *cobra.Command, members []configs.Member) error {
	all, err := t.carryOutAll(cmd.Context(), cmd.Context(), members, t.again(cmd))
	if err != nil {
		return err
	}
	var done []outcome
	for _, o := range all {
		if o.fault != nil {
			// What ended one of them is told in full, but is not what the others end by.
			tellError(os.Stderr, fmt.Errorf("%s: %w", o.Name, o.fault))
			continue
		}
		done = append(done, o)
	}
	if len(done) > 0 {
		err = writeSeveral(cmd.OutOrStdout(), t.out, done)
	}
	if failed := len(all) - len(done); err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d runs failed; what is wrong with them is said above", failed, len(all))
	}
	return err
}

// writeSeveral prints a table of the runs, with the mean and the standard deviation over the
// seeds of those that differ in nothing else.
func writeSeveral(w io.Writer, dir string, runs []outcome) error {
	test := runs[0].summary.Test
	fmt.Fprintf(w, "%d runs on %s: %s test images\n\n", len(runs), test.Dataset, thousands(test.N))
	shown := slices.DeleteFunc(outcomeColumns(), func(c outcomeColumn) bool {
		return !slices.ContainsFunc(runs, func(o outcome) bool { return c.figure(o.summary) != nil })
	})
	rows := [][]string{{""}}
	for _, c := range shown {
		rows[0] = append(rows[0], c.title)
	}
	rows[0] = append(rows[0], "time")
	for _, o := range runs {
		rows = append(rows, append(figureRow(o.Name, shown, []outcome{o}), duration(o.summary.trainingTime())))
	}
	for _, cell := range cellsOf(runs) {
		if len(cell) > 1 {
			rows = append(rows, figureRow(fmt.Sprintf("%s%d seeds", cellName(cell[0].Member), len(cell)), shown, cell))
		}
	}
	for i, row := range rows {
		rows[i] = append(row, make([]string, len(rows[0])-len(row))...)
	}
	if err := writeAligned(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\ntrained on %s; runs that were trained together share their time\n  runs      %s\n",
		runs[0].summary.Device, filepath.Join(dir, "*"))
	return err
}

// outcomeColumn is a figure that a run may have.
type outcomeColumn struct {
	title, format string
	figure        func(s *summary) *float64
}

func outcomeColumns() []outcomeColumn {
	all := make([]outcomeColumn, 0, len(columns)+1)
	for _, c := range columns {
		all = append(all, outcomeColumn{c.title, c.format, func(s *summary) *float64 { return c.figure(s.Test) }})
	}
	return append(all, outcomeColumn{"supervised", "%.2f %%", func(s *summary) *float64 {
		if s.Yardstick == nil {
			return nil
		}
		return s.Yardstick.ErrorPercent
	}})
}

// figureRow is the runs' figures: of one, or the mean of several ± their standard deviation.
func figureRow(name string, shown []outcomeColumn, runs []outcome) []string {
	row := []string{name}
	for _, c := range shown {
		var values []float64
		for _, o := range runs {
			if v := c.figure(o.summary); v != nil {
				values = append(values, *v)
			}
		}
		switch number, unit, _ := strings.Cut(c.format, " "); {
		case len(values) < len(runs):
			row = append(row, "")
		case len(runs) == 1:
			row = append(row, fmt.Sprintf(c.format, values[0]))
		default:
			mean, deviation := stat.MeanStdDev(values, nil)
			text := fmt.Sprintf(number+" ± "+number, mean, deviation)
			row = append(row, strings.TrimSpace(text+" "+strings.ReplaceAll(unit, "%%", "%")))
		}
	}
	return row
}

// cellsOf puts together the runs that differ in their seeds alone.
func cellsOf(runs []outcome) [][]outcome {
	var cells [][]outcome
	places := map[string]int{}
	for _, o := range runs {
		c := *o.Config
		c.Seed = 0
		key := string(c.TOML())
		at, known := places[key]
		if !known {
			at = len(cells)
			cells, places[key] = append(cells, nil), at
		}
		cells[at] = append(cells[at], o)
	}
	return cells
}

// cellName is what stands in a member's name before its seed, if anything does.
func cellName(m configs.Member) string {
	name, found := strings.CutSuffix(m.Name, fmt.Sprintf("-seed%d", m.Config.Seed))
	if !found {
		return ""
	}
	return name + ", "
}
