package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/report"
)

// tables are the published tables that can be reproduced.
var tables = []*report.Table{&report.Table1}

func newReproduce() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reproduce",
		Short: "Reproduce a published table, or draw how error falls with time",
	}
	group(cmd, newCurves())
	for _, table := range tables {
		cmd.AddCommand(newReproduceTable(table))
	}
	return cmd
}

// reproduceCommand reproduces a table: it trains what is missing and prints ours beside theirs.
type reproduceCommand struct {
	table   *report.Table
	rows    []string
	labels  []int
	seeds   seedList
	budget  time.Duration
	out     string
	records string
	dryRun  bool
	device  deviceFlags
	data    dataFlags
}

func newReproduceTable(table *report.Table) *cobra.Command {
	r := &reproduceCommand{table: table, seeds: seedList{0, 1, 2}}
	cmd := &cobra.Command{
		Use:   table.Name,
		Short: "Reproduce " + table.Title,
		Long: "Reproduces " + table.Title + " (" + table.Source + "): takes finished runs and records of the\n" +
			"same configuration, goes on with interrupted ones, trains what is missing, the cheapest first, and prints\n" +
			"the published figures beside ours, mean ± standard deviation over the seeds. M1 is trained once a seed, and\n" +
			"all models on top of it share it. Markdown, CSV and a plot go to --out.\n\n" +
			"Stopped by SIGINT, SIGTERM or the end of --budget it saves a checkpoint and exits with 75; the same command\n" +
			"goes on.\n\nRows: " + strings.Join(rowKeys(table), ", ") + ".",
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			defer stoppable(cmd)()
			return r.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&r.rows, "rows", nil, "`rows` to reproduce (default: all that this program can)")
	flags.IntSliceVar(&r.labels, "labels", table.Labels, "`numbers` of labels")
	flags.Var(&r.seeds, "seeds", "`seeds`, as in 0-2 or 0,4,7-9")
	flags.DurationVar(&r.budget, "budget", 0, "`time` after which no training goes on, as in 30m (default: none)")
	flags.StringVar(&r.out, "out", filepath.Join("runs", table.Name), "`folder` for runs and results")
	flags.StringVar(&r.records, "records", filepath.Join("train", "records"), "`folder` of records of earlier runs")
	flags.BoolVar(&r.dryRun, "dry-run", false, "print the plan alone")
	r.device.add(cmd)
	r.data.add(cmd)
	return cmd
}

// rowKeys are the rows that a configuration of this program's can reproduce.
func rowKeys(table *report.Table) []string {
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

func (r *reproduceCommand) run(cmd *cobra.Command) error {
	if err := r.check(cmd); err != nil {
		return err
	}
	p, err := r.plan()
	if err != nil {
		return err
	}
	if r.dryRun {
		return p.print(cmd.OutOrStdout())
	}
	if err := p.print(os.Stderr); err != nil {
		return err
	}
	wrong := r.train(cmd, p)
	if exitCode(wrong) == codeMistake {
		return wrong
	}
	if errors.Is(wrong, train.ErrStopped) {
		wrong = fmt.Errorf("%w; go on with '%s'", wrong, r.again(cmd))
	}
	return errors.Join(wrong, r.tell(cmd.OutOrStdout()))
}

// check refuses what the table does not have.
func (r *reproduceCommand) check(cmd *cobra.Command) error {
	known := rowKeys(r.table)
	for _, key := range r.rows {
		if !slices.Contains(known, key) {
			return usageErrorf("--rows %s: want some of %s", key, strings.Join(known, ","))
		}
	}
	for _, n := range r.labels {
		if !slices.Contains(r.table.Labels, n) {
			return usageErrorf("--labels %d: want some of %s, which the table has", n, strings.Trim(fmt.Sprint(r.table.Labels), "[]"))
		}
	}
	slices.Sort(r.labels)
	r.labels = slices.Compact(r.labels)
	if r.budget < 0 || r.budget == 0 && cmd.Flags().Changed("budget") {
		return usageErrorf("--budget %v: want a time above 0, as in 30m", r.budget)
	}
	if cmd.Flags().Changed("records") {
		if _, err := os.Stat(r.records); err != nil {
			return usageErrorf("--records: %w", err)
		}
	}
	_, _, err := r.device.parse()
	return err
}

// runs is the folder of the run folders, apart from the results.
func (r *reproduceCommand) runs() string { return filepath.Join(r.out, "runs") }

// wanted tells whether a row is to be shown. Those that are only published are there where all are.
func (r *reproduceCommand) wanted(row *report.Row) bool {
	return len(r.rows) == 0 || slices.Contains(r.rows, row.Key)
}

// train carries out a plan, the seeds of a cell together. At the end of the budget training is stopped, as on request. A run that
// fails does not keep others from being trained, but for those that wait for it.
func (r *reproduceCommand) train(cmd *cobra.Command, p *plan) error {
	training := cmd.Context()
	if r.budget > 0 {
		var cancel context.CancelFunc
		training, cancel = context.WithTimeoutCause(training, r.budget, fmt.Errorf("the budget of %v is used up", r.budget))
		defer cancel()
	}
	failed := map[*task]bool{}
	for _, together := range p.batches() {
		if training.Err() != nil {
			return r.stopped(training)
		}
		together = slices.DeleteFunc(together, func(t *task) bool { return failed[t.m1] })
		if len(together) == 0 {
			continue
		}
		faults, err := r.trainTogether(training, cmd, together)
		switch {
		case errors.Is(err, train.ErrStopped):
			return r.stopped(training)
		case exitCode(err) == codeMistake:
			return err
		}
		for i, t := range together {
			if fault := cmp.Or(err, faults[i]); fault != nil {
				failed[t] = true
				tellError(os.Stderr, fmt.Errorf("%s: %w", t.dir, fault))
			}
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d runs failed; what is wrong with them is said above", len(failed))
	}
	return nil
}

// stopped is why training has been stopped.
func (r *reproduceCommand) stopped(training context.Context) error {
	if cause := context.Cause(training); !errors.Is(cause, context.Canceled) {
		return fmt.Errorf("%w: %w", train.ErrStopped, cause)
	}
	return train.ErrStopped
}

// trainTogether trains runs as replicas and evaluates them. faults are those that ended one of them and no
// other; the error is one that ended all.
func (r *reproduceCommand) trainTogether(training context.Context, cmd *cobra.Command, runs []*task) (faults []error, err error) {
	c := trainCommand{out: r.runs(), device: r.device, data: r.data}
	var members []configs.Member
	for _, t := range runs {
		fmt.Fprintf(os.Stderr, "%s: %s\n", t.dir, t.what())
		members = append(members, configs.Member{Name: filepath.Base(t.dir), Config: t.config})
	}
	if len(members) == 1 {
		c.out, members[0].Name = runs[0].dir, ""
	}
	all, err := c.carryOutAll(training, cmd.Context(), members, r.again(cmd))
	faults = make([]error, len(runs))
	for i, o := range all {
		faults[i] = o.fault
	}
	return faults, err
}

// again is this command as it was given.
func (r *reproduceCommand) again(cmd *cobra.Command) string {
	line := cmd.CommandPath()
	for _, name := range []string{"rows", "labels", "seeds", "budget", "out", "records", "data", "device", "threads"} {
		if flag := cmd.Flags().Lookup(name); flag.Changed {
			line += " --" + name + " " + word(strings.Trim(flag.Value.String(), "[]"))
		}
	}
	return line
}

// tell prints the table and writes it below out, from what there is now.
func (r *reproduceCommand) tell(w io.Writer) error {
	found, err := report.Open(r.records, r.runs())
	if err != nil {
		return err
	}
	lines, err := r.lines(found)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\nthe paper: %s\n\n", r.table.Title, r.table.Source)
	if err := writeAligned(w, report.Cells(lines)); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n  measured on %s; M1's time is in each\n\n", report.Devices(lines))
	paths, err := report.Save(r.out, r.table, lines)
	if err != nil {
		return unwritable(err)
	}
	return writeList(w, "  results", paths)
}

// lines are the rows and numbers of labels that were asked for, with the runs and records that count.
func (r *reproduceCommand) lines(found *report.Library) ([]report.Line, error) {
	var lines []report.Line
	for i := range r.table.Rows {
		row := &r.table.Rows[i]
		if !r.wanted(row) {
			continue
		}
		for _, labels := range r.labels {
			line, err := r.line(found, row, labels)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func (r *reproduceCommand) line(found *report.Library, row *report.Row, labels int) (report.Line, error) {
	var chosen []*report.Entry
	for _, seed := range r.seeds {
		if !reproducible(r.table, row) {
			break
		}
		c, err := row.Configuration(labels, seed)
		if err != nil {
			return report.Line{}, err
		}
		if e := found.Choose(c, r.runs()).Finished; e != nil {
			chosen = append(chosen, e)
		}
	}
	return found.Cell(row, labels, chosen)
}

// seedList is a flag of seeds: numbers and ranges of them, each once, in order.
type seedList []uint64

// seedsMost bounds a slip of the finger.
const seedsMost = 1000

// String implements pflag.Value.
func (s *seedList) String() string {
	words := make([]string, len(*s))
	for i, seed := range *s {
		words[i] = strconv.FormatUint(seed, 10)
	}
	return strings.Join(words, ",")
}

// Type implements pflag.Value.
func (s *seedList) Type() string { return "seeds" }

// Set implements pflag.Value.
func (s *seedList) Set(text string) error {
	var all seedList
	for word := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(word, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 63)
		last, errLast := strconv.ParseUint(high, 10, 63)
		if errors.Join(err, errLast) != nil || last < first || last-first >= seedsMost {
			return fmt.Errorf("want seeds as in 0-2 or 0,4,7-9, at most %d of them, found %q", seedsMost, word)
		}
		for seed := first; seed <= last; seed++ {
			all = append(all, seed)
		}
	}
	slices.Sort(all)
	*s = slices.Compact(all)
	return nil
}
