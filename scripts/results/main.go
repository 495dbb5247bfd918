// Command results prints README's table of results from the records in
// train/records: one row per configuration, mean and spread over its seeds.
//
//	go run ./scripts/results
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// record is what a row needs of a record's summary.json.
type record struct {
	config string // the record's folder is CONFIG-seedN
	Model  string `json:"model"`
	Data   string `json:"data"`
	Labels int    `json:"labels"`
	Seed   uint64 `json:"seed"`
	Test   struct {
		Error *float64 `json:"error_percent"`
		Bound *float64 `json:"bound_nats"`
	} `json:"test"`
	Device  string             `json:"device"`
	Threads int                `json:"threads"`
	Seconds map[string]float64 `json:"seconds"`
	Memory  int64              `json:"peak_memory_bytes"`
}

// paper is the test error in percent of Kingma et al. 2014, table 1.
var paper = map[string]string{
	"m2 100": "11.97 ± 1.71", "m2 600": "4.94 ± 0.13", "m2 1000": "3.60 ± 0.56", "m2 3000": "3.92 ± 0.63",
	"m1m2 100": "3.33 ± 0.14", "m1m2 600": "2.59 ± 0.05", "m1m2 1000": "2.40 ± 0.02", "m1m2 3000": "2.18 ± 0.04",
}

var modelNames = map[string]string{"m1": "M1", "m2": "M2", "m1m2": "M1+M2", "supervised": "supervised"}

func main() {
	if err := table(os.Stdout, "train/records"); err != nil {
		fmt.Fprintln(os.Stderr, "results:", err)
		os.Exit(1)
	}
}

// table writes the Markdown table of all records below a folder.
func table(w io.Writer, dir string) error {
	groups, err := read(dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| model, data | labels | test error | the paper | bound on log p(x) | time a seed | memory | seeds |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|")
	for _, group := range groups {
		fmt.Fprintln(w, row(dir, group))
	}
	return nil
}

// read gives the records by configuration, in the order of model and labels.
func read(dir string) ([][]record, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "summary.json"))
	if err != nil {
		return nil, err
	}
	byConfig := map[string][]record{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var r record
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		name := filepath.Base(filepath.Dir(path))
		r.config, _, _ = strings.Cut(name, "-seed")
		byConfig[r.config] = append(byConfig[r.config], r)
	}
	var groups [][]record
	for _, group := range byConfig {
		slices.SortFunc(group, func(a, b record) int { return cmp.Compare(a.Seed, b.Seed) })
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b []record) int {
		return cmp.Or(cmp.Compare(a[0].Data, b[0].Data), cmp.Compare(a[0].Model, b[0].Model),
			cmp.Compare(a[0].Labels, b[0].Labels), cmp.Compare(a[0].config, b[0].config))
	})
	return groups, nil
}

func row(dir string, group []record) string {
	first := group[0]
	labels, published := "–", paper[fmt.Sprint(first.Model, " ", first.Labels)]
	if first.Labels > 0 {
		labels = fmt.Sprint(first.Labels)
	}
	if published == "" || first.Data != "mnist" {
		published = "–"
	} else {
		published += " %"
	}
	var minutes, memory []float64
	var links []string
	for _, r := range group {
		total := 0.0
		for _, s := range r.Seconds {
			total += s
		}
		minutes = append(minutes, total/60)
		memory = append(memory, float64(r.Memory)/1e6)
		links = append(links, fmt.Sprintf("[%d](%s/%s-seed%d)", r.Seed, filepath.ToSlash(dir), r.config, r.Seed))
	}
	return fmt.Sprintf("| %s, %s | %s | %s | %s | %s | %.1f min | %.0f MB | %s |",
		modelNames[first.Model], first.Data, labels,
		figure(group, "%.2f", " %", func(r record) *float64 { return r.Test.Error }), published,
		figure(group, "%.2f", " nats", func(r record) *float64 { return r.Test.Bound }),
		slices.Max(minutes), slices.Max(memory), strings.Join(links, ", "))
}

// figure is a mean, with the standard deviation where there are several seeds.
func figure(group []record, format, unit string, of func(record) *float64) string {
	var values []float64
	for _, r := range group {
		if v := of(r); v != nil {
			values = append(values, *v)
		}
	}
	switch len(values) {
	case 0:
		return "–"
	case 1:
		return fmt.Sprintf(format, values[0]) + unit
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return fmt.Sprintf(format+" ± "+format, mean, deviation) + unit
}
