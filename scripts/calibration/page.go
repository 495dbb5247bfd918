package main

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// page is the record's README.
func (r *record) page() string {
	var w strings.Builder
	fmt.Fprintf(&w, "# Calibration, and the mean of several runs\n\n"+
		"Written by `go run ./scripts/calibration -out train/records/calibration RUN...`; all figures are in\n"+
		"[calibration.json](calibration.json). %s, commit %s, %s.\n\n", r.Date, r.Commit, r.Device)
	fmt.Fprintf(&w, "**Trainings are short**, those of nothing else in this project. %s.\n"+
		"The runs differ in their seeds alone. %d test images; each run's temperature was fitted on %d validation labels when its training was over,\n"+
		"and changes no answer. Calibration error: mean |share right − confidence| in 10 bins of equal width (ECE).\n\n",
		r.Configuration, r.TestImages, r.ValidationUsed)
	w.WriteString("| run | seed | temperature | test error | calibration error, before | after | -log q(y\\|x), before | after |\n" +
		"|---|---|---|---|---|---|---|---|\n")
	for _, s := range r.Single {
		fmt.Fprintf(&w, "| %s | %d | %.3f | %.2f %% | %.2f %% | %.2f %% | %.3f nats | %.3f nats |\n", s.Run, s.Seed, s.Temperature,
			s.Before.Error, s.Before.Calibration, s.After.Calibration, s.Before.NLL, s.After.NLL)
	}
	n := len(r.Single)
	fmt.Fprintf(&w, "\nThe mean of q(y|x) of these %d runs beside the single ones, whose row is mean ± standard deviation:\n\n"+
		"| | test error | calibration error | -log q(y\\|x) |\n|---|---|---|---|\n", n)
	w.WriteString(row("single runs, as training left them", r.all(func(s single) figures { return s.Before })...))
	w.WriteString(row("single runs, by their temperatures", r.all(func(s single) figures { return s.After })...))
	w.WriteString(row(fmt.Sprintf("mean of %d, as training left them", n), r.Means))
	w.WriteString(row(fmt.Sprintf("mean of %d, by their temperatures: what `classify` gives", n), r.MeansTempered))
	return w.String()
}

// all are figures of each run.
func (r *record) all(of func(single) figures) (all []figures) {
	for _, s := range r.Single {
		all = append(all, of(s))
	}
	return all
}

// row is a line of the table: of one, or the mean of several ± their standard deviation.
func row(name string, all ...figures) string {
	cell := func(form, unit string, of func(figures) float64) string {
		var values []float64
		for _, f := range all {
			values = append(values, of(f))
		}
		if len(values) == 1 {
			return fmt.Sprintf(form+" "+unit, values[0])
		}
		mean, deviation := stat.MeanStdDev(values, nil)
		return fmt.Sprintf(form+" ± "+form+" "+unit, mean, deviation)
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", name, cell("%.2f", "%%", func(f figures) float64 { return f.Error }),
		cell("%.2f", "%%", func(f figures) float64 { return f.Calibration }), cell("%.3f", "nats", func(f figures) float64 { return f.NLL }))
}
