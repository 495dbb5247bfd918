package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"ssdgm/configs"
)

// Member is a run of several, and what it has come to.
type Member struct {
	configs.Member
	*Summary
}

// Failure is a run of several that has come to nothing, and why.
type Failure struct{ Name, Reason string }

// WriteFailures tells below a table which runs are not in it, and why, each in one line.
func WriteFailures(w io.Writer, failed []Failure) error {
	lines := make([]string, len(failed))
	for i, f := range failed {
		lines[i] = f.Name + ": " + strings.Join(strings.Fields(f.Reason), " ")
	}
	return List(w, "  failed", lines)
}

// Several prints a table of runs below dir, with the mean and the standard deviation over the
// seeds of those that differ in nothing else, and what has failed beside them.
func Several(w io.Writer, dir string, runs []Member, failed []Failure) error {
	writeCount(w, runs)
	rows, notes := memberRows(runs, memberFigures(runs[0].Judged().Split))
	rows[0] = append(rows[0], "time")
	for i, row := range rows[1:] {
		time := ""
		if i < len(runs) {
			time = Duration(runs[i].TrainingTime())
		}
		rows[i+1] = append(row, time)
	}
	if err := errors.Join(Aligned(w, rows), writeNotes(w, notes)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\ntrained on %s; runs that were trained together share their time\n  runs      %s\n",
		runs[0].Device, filepath.Join(dir, "*"))
	return errors.Join(err, WriteFailures(w, failed))
}

// SeveralEvaluations prints a table of evaluations of runs, as Several does, and what their temperatures make of them.
func SeveralEvaluations(w io.Writer, runs []Member) error {
	writeCount(w, runs)
	tempered := []memberFigure{
		{"at temperature: calibration error", "%.2f %%", "", func(s *Summary) *float64 { return s.Judged().TemperedCalibration }},
		{"-log q(y|x)", "%.3f nats", "", func(s *Summary) *float64 { return s.Judged().TemperedNLL }},
	}
	rows, notes := memberRows(runs, append(memberFigures(runs[0].Judged().Split), tempered...))
	return errors.Join(Aligned(w, rows), writeNotes(w, notes))
}

// writeCount is the line above a table of runs.
func writeCount(w io.Writer, runs []Member) {
	first := runs[0].Judged()
	differs := func(m Member) bool { return m.Judged().Dataset != first.Dataset || m.Judged().N != first.N }
	if slices.ContainsFunc(runs, differs) {
		fmt.Fprintf(w, "%d runs, each on its own test images\n\n", len(runs))
		return
	}
	count := fmt.Sprintf("%d runs", len(runs))
	if len(runs) == 1 {
		count = "1 run"
	}
	fmt.Fprintf(w, "%s on %s: %s\n\n", count, cmp.Or(first.Dataset, runs[0].Config.Data.Name), Examples(first))
}

// memberRows are a table of runs: titles, a row for each, and one for those that differ in their seeds alone.
func memberRows(runs []Member, figures []memberFigure) (rows [][]string, notes []string) {
	shown := slices.DeleteFunc(figures, func(f memberFigure) bool {
		return !slices.ContainsFunc(runs, func(m Member) bool { return f.of(m.Summary) != nil })
	})
	rows = [][]string{{""}}
	for _, f := range shown {
		rows[0], notes = append(rows[0], f.title), append(notes, f.note)
	}
	for _, m := range runs {
		rows = append(rows, figureRow(m.Name, shown, []Member{m}))
	}
	for _, cell := range cellsOf(runs) {
		if len(cell) > 1 {
			rows = append(rows, figureRow(fmt.Sprintf("%s%d seeds", cellName(cell[0].Member), len(cell)), shown, cell))
		}
	}
	return rows, notes
}

// memberFigure is a figure that a run may have.
type memberFigure struct {
	title, format, note string
	of                  func(s *Summary) *float64
}

func memberFigures(split string) []memberFigure {
	all := make([]memberFigure, 0, len(figures)+1)
	for _, f := range figures {
		all = append(all, memberFigure{f.ofSplit(split), f.format, f.note, func(s *Summary) *float64 { return f.of(s.Judged()) }})
	}
	return append(all, memberFigure{"supervised", "%.2f %%", "", func(s *Summary) *float64 {
		if s.Yardstick == nil {
			return nil
		}
		return s.Yardstick.ErrorPercent
	}})
}

// figureRow is the runs' figures: of one, or the mean of several ± their standard deviation.
func figureRow(name string, shown []memberFigure, runs []Member) []string {
	row := []string{name}
	for _, f := range shown {
		var values []float64
		for _, m := range runs {
			if v := f.of(m.Summary); v != nil {
				values = append(values, *v)
			}
		}
		switch number, unit, _ := strings.Cut(f.format, " "); {
		case len(values) < len(runs):
			row = append(row, "")
		case len(runs) == 1:
			row = append(row, fmt.Sprintf(f.format, values[0]))
		default:
			mean, deviation := stat.MeanStdDev(values, nil)
			text := fmt.Sprintf(number+" ± "+number, mean, deviation)
			row = append(row, strings.TrimSpace(text+" "+strings.ReplaceAll(unit, "%%", "%")))
		}
	}
	return row
}

// cellsOf puts together the runs that differ in their seeds alone.
func cellsOf(runs []Member) [][]Member {
	var cells [][]Member
	places := map[string]int{}
	for _, m := range runs {
		c := *m.Config
		c.Seed = 0
		key := string(c.TOML())
		at, known := places[key]
		if !known {
			at = len(cells)
			cells, places[key] = append(cells, nil), at
		}
		cells[at] = append(cells[at], m)
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
