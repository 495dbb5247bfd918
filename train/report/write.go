package report

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"ssdgm/configs"
)

// column is a column of a table for people.
type column struct {
	title string
	cell  func(*Line) string
	// extra columns are left out where no line has something in them.
	extra bool
	// page columns are those that only a page has room for.
	page bool
}

// none stands where there can be no figure.
const none = "–"

// columns are those of every table; link turns an entry into the word that leads to it.
func columns(link func(Result) string) []column {
	return []column{
		{title: "model", cell: func(l *Line) string { return l.Title }},
		{title: "labels", cell: labels},
		{title: "test error", cell: testError},
		{title: "step", cell: selection},
		{title: "chosen by validation", cell: byValidation, extra: true},
		{title: "the paper", cell: published, extra: true},
		{title: "seen seeds", cell: seenSeeds, extra: true, page: true},
		{title: "of the others", cell: unseenError, extra: true, page: true},
		{title: "phases", cell: phases, page: true},
		{title: "images", cell: images, extra: true, page: true},
		{title: "bound on log p(x)", cell: bound, extra: true, page: true},
		{title: "time a seed", cell: duration},
		{title: "memory", cell: memory, page: true},
		{title: "device", cell: device, page: true},
		{title: "seeds", cell: func(l *Line) string {
			var seeds []string
			for _, r := range l.Results {
				seeds = append(seeds, link(r))
			}
			return orNone(strings.Join(seeds, ", "))
		}},
	}
}

func orNone(cell string) string {
	if cell == "" {
		return none
	}
	return cell
}

func labels(l *Line) string {
	if l.Labels == 0 {
		return none
	}
	return configs.Labels(l.Labels).String()
}

func testError(l *Line) string {
	if len(l.Results) == 0 && l.Ours {
		return "not measured"
	}
	return percent(l.errors())
}

// selection is which step's parameters were evaluated.
func selection(l *Line) string {
	var ways []string
	for _, r := range l.Results {
		way := r.SelectedBy
		if way != "last" {
			way = fmt.Sprintf("by %d validation labels", r.ValidationLabels)
		}
		ways = append(ways, way)
	}
	return joined(ways)
}

// byValidation is the error at the step that the validation data would have chosen.
func byValidation(l *Line) string {
	found := values(l, chosenError)
	if len(found) == 0 {
		return none
	}
	labels := 0
	for _, r := range l.Results {
		labels = max(labels, r.Config.Data.Validation)
	}
	return fmt.Sprintf("%s by %d labels", percent(found), labels)
}

func chosenError(r Result) *float64 {
	if r.ByValidation == nil {
		return nil
	}
	return r.ByValidation.ErrorPercent
}

func published(l *Line) string {
	if l.Published == "" {
		return none
	}
	return l.Published + " %"
}

func bound(l *Line) string {
	return spread(values(l, func(r Result) *float64 { return r.Judged().Bound }), " nats")
}

// seenSeeds are the line's seeds whose test errors were known while settings were chosen.
func seenSeeds(l *Line) string {
	var seen []string
	for _, r := range l.Results {
		if slices.Contains(l.Seen, r.Config.Seed) {
			seen = append(seen, fmt.Sprint(r.Config.Seed))
		}
	}
	return orNone(strings.Join(seen, ", "))
}

// unseenError is the test error over the other seeds, where there are both, and more than one of the others.
func unseenError(l *Line) string {
	others := l.Unseen()
	if n := len(others.Results); n < 2 || n == len(l.Results) {
		return none
	}
	return percent(others.errors())
}

// Unseen is the line without the seeds whose test errors were known while settings were chosen.
func (l *Line) Unseen() Line {
	others := *l
	others.Results = slices.DeleteFunc(slices.Clone(l.Results), func(r Result) bool {
		return slices.Contains(l.Seen, r.Config.Seed)
	})
	return others
}

// TestError is the mean over the seeds and their standard deviation in words.
func (l *Line) TestError() string { return testError(l) }

// errors are the test errors in percent of the seeds.
func (l *Line) errors() []float64 {
	return values(l, func(r Result) *float64 { return r.Judged().ErrorPercent })
}

// phases are what was trained, in order, an M1 from elsewhere too.
func phases(l *Line) string {
	var all []string
	for _, r := range l.Results {
		names := r.Config.Phases()
		if r.Config.M1.From != "" {
			names = append([]string{configs.SharedPhase}, names...)
		}
		all = append(all, strings.Join(names, ", "))
	}
	return joined(all)
}

// images is how many were trained on, labelled and unlabelled, where that is known.
func images(l *Line) string {
	var all []string
	for _, r := range l.Results {
		d := r.Config.Data
		if n := cmp.Or(d.Train, trainingImages[d.Name]-d.Validation); n > 0 {
			all = append(all, Thousands(n))
		}
	}
	return joined(all)
}

// duration is the longest of the line's.
func duration(l *Line) string {
	longest, whole := 0.0, true
	for _, r := range l.Results {
		longest, whole = max(longest, r.Total), whole && r.Whole
	}
	switch {
	case len(l.Results) == 0:
		return none
	case !whole:
		return fmt.Sprintf("%.1f min and M1's", longest/60)
	}
	return fmt.Sprintf("%.1f min", longest/60)
}

func memory(l *Line) string {
	most := int64(0)
	for _, r := range l.Results {
		most = max(most, r.Memory)
	}
	if most == 0 {
		return none
	}
	return fmt.Sprintf("%.0f MB", float64(most)/1e6)
}

func device(l *Line) string {
	var devices []string
	for _, r := range l.Results {
		d := r.Device
		if r.Threads > 0 {
			d += ", " + Threads(r.Threads)
		}
		devices = append(devices, d)
	}
	return joined(devices)
}

// Threads are n threads in words.
func Threads(n int) string {
	if n == 1 {
		return "1 thread"
	}
	return fmt.Sprintf("%d threads", n)
}

// joined are the different words.
func joined(words []string) string {
	slices.Sort(words)
	return orNone(strings.Join(slices.Compact(words), "; "))
}

// values are a figure of all seeds that have it.
func values(l *Line, of func(Result) *float64) []float64 {
	var found []float64
	for _, r := range l.Results {
		if v := of(r); v != nil {
			found = append(found, *v)
		}
	}
	return found
}

func percent(values []float64) string { return spread(values, " %") }

// spread is a mean, with the standard deviation (n − 1) where there are several values.
func spread(values []float64, unit string) string {
	switch len(values) {
	case 0:
		return none
	case 1:
		return fmt.Sprintf("%.2f", values[0]) + unit
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return fmt.Sprintf("%.2f ± %.2f", mean, deviation) + unit
}

// cells lays a table out, its titles first.
func cells(lines []Line, page bool, link func(Result) string) [][]string {
	rows := make([][]string, 1+len(lines))
	for _, c := range columns(link) {
		if c.page && !page {
			continue
		}
		some := !c.extra
		column := []string{c.title}
		for i := range lines {
			column = append(column, c.cell(&lines[i]))
			some = some || column[i+1] != none
		}
		if !some {
			continue
		}
		for i, cell := range column {
			rows[i] = append(rows[i], cell)
		}
	}
	return rows
}

// Cells are the table for a terminal, its titles first. Seeds stand as numbers, and Devices beside it.
func Cells(lines []Line) [][]string {
	return cells(lines, false, func(r Result) string { return fmt.Sprint(r.Config.Seed) })
}

// Devices are all that the lines were measured on.
func Devices(lines []Line) string {
	var all Line
	for i := range lines {
		all.Results = append(all.Results, lines[i].Results...)
	}
	return device(&all)
}

// Markdown writes the table; every seed links to its record, relative to the folder from.
func Markdown(w io.Writer, lines []Line, from string) error {
	var wrong error
	rows := cells(lines, true, func(r Result) string {
		path, err := relative(from, r.Path())
		wrong = errors.Join(wrong, err)
		return fmt.Sprintf("[%d](%s)", r.Config.Seed, filepath.ToSlash(path))
	})
	if wrong != nil {
		return wrong
	}
	return markdownRows(w, rows)
}

// relative is the way from a folder to another, whichever of the two is absolute.
func relative(from, to string) (string, error) {
	from, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	if to, err = filepath.Abs(to); err != nil {
		return "", err
	}
	return filepath.Rel(from, to)
}

// CSV writes a line for every seed, with the published figure beside it, and one for what was not measured.
func CSV(w io.Writer, lines []Line) error {
	out := csv.NewWriter(w)
	rows := [][]string{{
		"model", "labels", "seed", "test_error_percent", "selected_by", "validation_labels_used", "validation_chosen_test_error_percent",
		"published_percent", "published_deviation_percent", "bound_nats", "seconds", "m1_seconds_known", "peak_memory_bytes", "device", "threads", "record",
	}}
	for i := range lines {
		line := &lines[i]
		mean, deviation, _ := strings.Cut(line.Published, " ± ")
		if len(line.Results) == 0 {
			rows = append(rows, []string{line.Key, fmt.Sprint(line.Labels), "", "", "", "", "", mean, deviation, "", "", "", "", "", "", ""})
		}
		for _, r := range line.Results {
			rows = append(rows, []string{
				line.Key, fmt.Sprint(line.Labels), fmt.Sprint(r.Config.Seed),
				number(r.Judged().ErrorPercent), r.SelectedBy, fmt.Sprint(r.ValidationLabels), number(chosenError(r)),
				mean, deviation, number(r.Judged().Bound), fmt.Sprintf("%.1f", r.Total), fmt.Sprint(r.Whole),
				fmt.Sprint(r.Memory), r.Device, fmt.Sprint(r.Threads), filepath.ToSlash(r.Path()),
			})
		}
	}
	return out.WriteAll(rows)
}

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}
