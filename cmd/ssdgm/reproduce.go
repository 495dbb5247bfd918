package main

import (
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
	"ssdgm/train/experiment"
	"ssdgm/train/report"
	"ssdgm/train/reproduce"
	"ssdgm/train/run"
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
	yes     bool
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
			"Stopped by a signal, as 'ssdgm train' is, or the end of --budget it saves a checkpoint and exits with 75; the same command\n" +
			"goes on. How long a plan takes that is not short is measured on a piece of each kind of run. One of more than an\n" +
			"hour wants --yes, or --budget, which leaves out what would not be done in that time.\n\nRows: " + strings.Join(reproduce.RowKeys(table), ", ") + ".",
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
	flags.DurationVar(&r.budget, "budget", 0, "train in the plan's order what takes so much `time`, as in 30m, and stop after it (default: none)")
	flags.StringVar(&r.out, "out", filepath.Join("runs", table.Name), "`folder` for runs and results")
	flags.StringVar(&r.records, "records", filepath.Join("train", "records"), "`folder` of records of earlier runs")
	flags.BoolVar(&r.yes, "yes", false, "start also what takes more than an hour")
	flags.BoolVar(&r.dryRun, "dry-run", false, "print the plan alone")
	addStopSignal(cmd)
	r.device.add(cmd)
	r.data.add(cmd)
	return cmd
}

func (r *reproduceCommand) run(cmd *cobra.Command) error {
	if err := r.check(cmd); err != nil {
		return err
	}
	request := &reproduce.Request{
		Table: r.table, Rows: r.rows, Labels: r.labels, Seeds: r.seeds,
		Runs: filepath.Join(r.out, "runs"), Records: r.records,
	}
	p, err := request.Plan()
	if err != nil {
		return err
	}
	if p.WorthMeasuring() {
		if err := p.Write(&stderr); err != nil {
			return err
		}
		fmt.Fprintln(&stderr, "a piece of each kind of run is trained first, to know how long they take here")
	}
	lab := newLab(&r.device, &r.data, 0)
	trial := func(members []configs.Member) (*experiment.Trial, error) { return lab.Trial(cmd.Context(), members) }
	err = p.Measure(trial, func(line string) { fmt.Fprintln(&stderr, line) })
	if r.dryRun && exitCode(err) == codeMistake {
		fmt.Fprintf(&stderr, "the times are not measured: %v\n", err)
	} else if err != nil {
		return err
	}
	if r.dryRun {
		return p.Write(cmd.OutOrStdout())
	}
	if err := p.Write(&stderr); err != nil {
		return err
	}
	if err := r.allow(p); err != nil {
		return err
	}
	wrong := r.train(cmd, p)
	if exitCode(wrong) == codeMistake {
		return wrong
	}
	if errors.Is(wrong, train.ErrStopped) {
		wrong = fmt.Errorf("%w; go on with %s", wrong, r.again(cmd))
	}
	return errors.Join(wrong, r.tell(cmd.OutOrStdout(), request))
}

// unasked is how long a plan may take that nobody has agreed to.
const unasked = time.Hour

// allow refuses a long plan that nobody has agreed to, and leaves out what does not fit into the budget.
func (r *reproduceCommand) allow(p *reproduce.Plan) error {
	took := p.Time()
	if r.budget == 0 {
		if took > unasked && !r.yes {
			return usageErrorf("the plan takes about %s: start it with --yes, or with --budget 2h what is done in that time",
				report.Duration(took))
		}
		return nil
	}
	begun := p.Empty()
	for _, line := range p.Within(r.budget) {
		fmt.Fprintln(&stderr, line)
	}
	if p.Empty() && !begun {
		return usageErrorf("--budget %v: want time for at least the first of the plan", r.budget)
	}
	return nil
}

// check refuses what the table does not have.
func (r *reproduceCommand) check(cmd *cobra.Command) error {
	known := reproduce.RowKeys(r.table)
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
	_, _, err := r.device.Parse()
	return err
}

// train carries out a plan.
func (r *reproduceCommand) train(cmd *cobra.Command, p *reproduce.Plan) error {
	lab, again := newLab(&r.device, &r.data, 0), r.again(cmd)
	return p.Train(cmd.Context(), r.budget, &reproduce.Trainer{
		Train: func(training context.Context, dir string, members []configs.Member) ([]experiment.Outcome, error) {
			return lab.Run(training, cmd.Context(), dir, members, again)
		},
		Note:    note,
		Fault:   func(err error) { tellError(&stderr, err) },
		Mistake: func(err error) bool { return exitCode(err) == codeMistake },
	})
}

// again is this command as it was given, in quotes.
func (r *reproduceCommand) again(cmd *cobra.Command) string {
	return repeat(cmd, []string{"reproduce", r.table.Name},
		"rows", "labels", "seeds", "budget", "yes", "out", "records", "data", "device", "threads", stopSignal)
}

// tell prints the table and writes it below out, from what there is now.
func (r *reproduceCommand) tell(w io.Writer, request *reproduce.Request) error {
	lines, err := request.Lines()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\nthe paper: %s\n\n", r.table.Title, r.table.Source)
	if err := report.Aligned(w, report.Cells(lines)); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n  measured on %s; M1's time is in each\n\n", report.Devices(lines))
	paths, err := report.Save(r.out, r.table, lines)
	if err != nil {
		return run.Unwritable(err)
	}
	return report.List(w, "  results", paths)
}

// seedList is a flag of seeds: numbers and ranges of them, each once, in order.
type seedList []uint64

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
func (s *seedList) Set(text string) (err error) {
	*s, err = reproduce.ParseSeeds(text)
	return err
}
