package reproduce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/experiment"
	"ssdgm/train/report"
)

// Request is what is to be reproduced of a table.
type Request struct {
	Table   *report.Table
	Rows    []string // their keys; none: all
	Labels  []int
	Seeds   []uint64
	Runs    string // the folder of the run folders
	Records string // the folder of records of earlier runs
}

// RowKeys are the rows that a configuration of this program's can reproduce.
func RowKeys(table *report.Table) []string {
	var keys []string
	for i := range table.Rows {
		if reproducible(table, &table.Rows[i]) {
			keys = append(keys, table.Rows[i].Key)
		}
	}
	return keys
}

// reproducible tells whether the program has a row's configurations.
func reproducible(table *report.Table, row *report.Row) bool {
	if row.Config == "" {
		return false
	}
	_, err := row.Configuration(table.Labels[0], 0)
	return err == nil
}

// wanted tells whether a row is to be shown. Those that are only published are there where all are.
func (r *Request) wanted(row *report.Row) bool {
	return len(r.Rows) == 0 || slices.Contains(r.Rows, row.Key)
}

// Trainer trains the runs of a plan.
type Trainer struct {
	// Train trains members together, each in its folder below dir or, where it is one without a name, in dir itself,
	// and evaluates them. When training ends, training is stopped.
	Train func(training context.Context, dir string, members []configs.Member) ([]experiment.Outcome, error)
	// Note takes a line for the user, and Fault what is wrong with one run.
	Note  func(line string)
	Fault func(err error)
	// Mistake tells whether an error is a mistake of the user's, which ends all.
	Mistake func(err error) bool
}

// Train carries out a plan, the seeds of a cell together. When budget is used up, training is stopped, as on
// request; 0 is none. A run that fails does not keep others from being trained, but for those that wait for it.
func (p *Plan) Train(ctx context.Context, budget time.Duration, t *Trainer) error {
	training := ctx
	if budget > 0 {
		var cancel context.CancelFunc
		training, cancel = context.WithTimeoutCause(ctx, budget, fmt.Errorf("the budget of %v is used up", budget))
		defer cancel()
	}
	failed := map[*task]bool{}
	for _, together := range p.batches() {
		if training.Err() != nil {
			return stopped(training)
		}
		together = slices.DeleteFunc(together, func(t *task) bool { return failed[t.m1] })
		if len(together) == 0 {
			continue
		}
		faults, err := t.together(training, together)
		switch {
		case errors.Is(err, train.ErrStopped):
			return stopped(training)
		case err != nil && t.Mistake(err):
			return err
		}
		for i, one := range together {
			if fault := cmp.Or(err, faults[i]); fault != nil {
				failed[one] = true
				t.Fault(fmt.Errorf("%s: %w", one.dir, fault))
			}
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d runs failed; what is wrong with them is said above", len(failed))
	}
	return nil
}

// stopped is why training has been stopped.
func stopped(training context.Context) error {
	if cause := context.Cause(training); !errors.Is(cause, context.Canceled) {
		return fmt.Errorf("%w: %w", train.ErrStopped, cause)
	}
	return train.ErrStopped
}

// together trains runs as replicas and evaluates them. faults are those that ended one of them and no
// other; the error is one that ended all.
func (t *Trainer) together(training context.Context, runs []*task) (faults []error, err error) {
	dir := filepath.Dir(runs[0].dir)
	var members []configs.Member
	for _, r := range runs {
		t.Note(fmt.Sprintf("%s: %s", r.dir, r.what()))
		members = append(members, configs.Member{Name: filepath.Base(r.dir), Config: r.config})
	}
	if len(members) == 1 {
		dir, members[0].Name = runs[0].dir, ""
	}
	all, err := t.Train(training, dir, members)
	faults = make([]error, len(runs))
	for i, o := range all {
		faults[i] = o.Fault
	}
	return faults, err
}

// Lines are the rows and numbers of labels that were asked for, with the runs and records that count now.
func (r *Request) Lines() ([]report.Line, error) {
	found, err := report.Open(r.Records, r.Runs)
	if err != nil {
		return nil, err
	}
	var lines []report.Line
	for i := range r.Table.Rows {
		row := &r.Table.Rows[i]
		if !r.wanted(row) {
			continue
		}
		for _, labels := range r.Labels {
			line, err := r.line(found, row, labels)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func (r *Request) line(found *report.Library, row *report.Row, labels int) (report.Line, error) {
	var chosen []*report.Entry
	for _, seed := range r.Seeds {
		if !reproducible(r.Table, row) {
			break
		}
		c, err := row.Configuration(labels, seed)
		if err != nil {
			return report.Line{}, err
		}
		if e := found.Choose(c, r.Runs).Finished; e != nil {
			chosen = append(chosen, e)
		}
	}
	return found.Cell(row, labels, chosen)
}

// seedsMost bounds a slip of the finger.
const seedsMost = 1000

// ParseSeeds reads numbers and ranges of them, as in 0-2 or 0,4,7-9: each once, in order.
func ParseSeeds(text string) ([]uint64, error) {
	var all []uint64
	for word := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(word, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 63)
		last, errLast := strconv.ParseUint(high, 10, 63)
		if errors.Join(err, errLast) != nil || last < first || last-first >= seedsMost {
			return nil, fmt.Errorf("want seeds as in 0-2 or 0,4,7-9, at most %d of them, found %q", seedsMost, word)
		}
		for seed := first; seed <= last; seed++ {
			all = append(all, seed)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
