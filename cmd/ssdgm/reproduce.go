package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/experiment"
	"ssdgm/train/report"
	"ssdgm/train/reproduce"
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
	request reproduce.Request
	budget  time.Duration
	out     string
	dryRun  bool
	yes     bool
	device  deviceFlags
	data    dataFlags
}

func newReproduceTable(table *report.Table) *cobra.Command {
	r := &reproduceCommand{request: reproduce.Request{Table: table}}
	seeds := reproduce.Seeds{0, 1, 2}
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
			r.request.Seeds, r.request.Runs = seeds, filepath.Join(r.out, "runs")
			return r.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&r.request.Rows, "rows", nil, "`rows` to reproduce (default: all that this program can)")
	flags.IntSliceVar(&r.request.Labels, "labels", table.Labels, "`numbers` of labels")
	flags.Var(&seeds, "seeds", "`seeds`, as in 0-2 or 0,4,7-9")
	flags.DurationVar(&r.budget, "budget", 0, "train in the plan's order what takes so much `time`, as in 30m, and stop after it (default: none)")
	flags.StringVar(&r.out, "out", filepath.Join("runs", table.Name), "`folder` for runs and results")
	flags.StringVar(&r.request.Records, "records", filepath.Join("train", "records"), "`folder` of records of earlier runs")
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
	p, err := r.request.Plan()
	if err != nil {
		return err
	}
	tell := func(line string) { fmt.Fprintln(&stderr, line) }
	if p.WorthMeasuring() {
		if err := p.Write(&stderr); err != nil {
			return err
		}
		tell("a piece of each kind of run is trained first, to know how long they take here")
	}
	lab := newLab(&r.device, &r.data, 0)
	trial := func(members []configs.Member) (*experiment.Trial, error) { return lab.Trial(cmd.Context(), members) }
	err = p.Measure(trial, tell)
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
	if err := p.Allow(r.budget, r.yes, tell); err != nil {
		return err
	}
	wrong := r.train(cmd, p)
	if exitCode(wrong) == codeMistake {
		return wrong
	}
	if errors.Is(wrong, train.ErrStopped) {
		wrong = fmt.Errorf("%w; go on with %s", wrong, r.again(cmd))
	}
	return errors.Join(wrong, r.request.Write(cmd.OutOrStdout(), r.out))
}

// check refuses what no plan can do.
func (r *reproduceCommand) check(cmd *cobra.Command) error {
	if err := r.request.Check(); err != nil {
		return err
	}
	if r.budget < 0 || r.budget == 0 && cmd.Flags().Changed("budget") {
		return usageErrorf("--budget %v: want a time above 0, as in 30m", r.budget)
	}
	if cmd.Flags().Changed("records") {
		if _, err := os.Stat(r.request.Records); err != nil {
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
	return repeat(cmd, []string{"reproduce", r.request.Table.Name},
		"rows", "labels", "seeds", "budget", "yes", "out", "records", "data", "device", "threads", stopSignal)
}
