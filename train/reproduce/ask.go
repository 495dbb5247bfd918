package reproduce

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"ssdgm/train/data"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// Check refuses what the table does not have, as a mistake of the user's, and puts the numbers of labels in order.
func (r *Request) Check() error {
	known := RowKeys(r.Table)
	for _, key := range r.Rows {
		if !slices.Contains(known, key) {
			return data.InputErrorf("--rows %s: want some of %s", key, strings.Join(known, ","))
		}
	}
	for _, n := range r.Labels {
		if !slices.Contains(r.Table.Labels, n) {
			return data.InputErrorf("--labels %d: want some of %s, which the table has",
				n, strings.Trim(fmt.Sprint(r.Table.Labels), "[]"))
		}
	}
	slices.Sort(r.Labels)
	r.Labels = slices.Compact(r.Labels)
	return nil
}

// unasked is how long a plan may take that nobody has agreed to.
const unasked = time.Hour

// Allow refuses a plan that takes longer than an hour, unless somebody has agreed to it, and leaves out what does not
// fit into the budget, where there is one. note takes a line for the user.
func (p *Plan) Allow(budget time.Duration, agreed bool, note func(line string)) error {
	took := p.Time()
	if budget == 0 {
		if took > unasked && !agreed {
			return data.InputErrorf("the plan takes about %s: start it with --yes, "+
				"or with --budget 2h what is done in that time",
				report.Duration(took))
		}
		return nil
	}
	begun := p.Empty()
	for _, line := range p.Within(budget) {
		note(line)
	}
	if p.Empty() && !begun {
		return data.InputErrorf("--budget %v: want time for at least the first of the plan", budget)
	}
	return nil
}

// Write prints the table and writes it into a folder, from what there is now.
func (r *Request) Write(w io.Writer, folder string) error {
	lines, err := r.Lines()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\nthe paper: %s\n\n", r.Table.Title, r.Table.Source)
	if err := report.Aligned(w, report.Cells(lines)); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n  measured on %s; M1's time is in each\n\n", report.Devices(lines))
	paths, err := report.Save(folder, r.Table, lines)
	if err != nil {
		return run.Unwritable(err)
	}
	return report.List(w, "  results", paths)
}

// Seeds are those that are given in a flag: numbers and ranges of them, each once, in order. It is a pflag.Value.
type Seeds []uint64

// String implements pflag.Value.
func (s *Seeds) String() string {
	words := make([]string, len(*s))
	for i, seed := range *s {
		words[i] = strconv.FormatUint(seed, 10)
	}
	return strings.Join(words, ",")
}

// Type implements pflag.Value.
func (s *Seeds) Type() string { return "seeds" }

// Set implements pflag.Value.
func (s *Seeds) Set(text string) (err error) {
	*s, err = ParseSeeds(text)
	return err
}
