package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train/experiment"
	"ssdgm/train/report"
	"ssdgm/train/sweep"
)

// sweepWork trains one task of a sweep.
type sweepWork struct {
	sweepFlags
	taskFlags
	device deviceFlags
	data   dataFlags
}

// taskFlags say which task of a sweep is meant.
type taskFlags struct {
	index    int
	tasks    int
	replicas int
}

func (f *taskFlags) add(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.index, "index", 0, "`number` of the task, from 0")
	cmd.Flags().IntVar(&f.tasks, "tasks", 0, "how `many` tasks there must be, so that a grid that was changed is noticed")
	addReplicas(cmd, &f.replicas, 1)
}

func newSweepWork() *cobra.Command {
	var w sweepWork
	cmd := &cobra.Command{
		Use:   "work GRID.toml --out DIR",
		Short: "Train one task of a sweep: what Slurm, Kubernetes and 'sweep run' call",
		Long: "Trains one task of a sweep, a run or several that are trained together. Its number comes from --index or from\n" +
			strings.Join(sweep.IndexVariables, ", ") + ".\n" +
			"What is finished is left alone, what was interrupted goes on. Exit codes: 0 done; 75 stopped on request, or\n" +
			"another worker has the task: give it out again; 2 a mistake that no second attempt mends; 1 a fault.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			// An engine may send SIGTERM both by itself and by way of a script, and has SIGKILL when it loses patience.
			defer stoppable(cmd, syscall.SIGTERM)()
			return w.run(cmd, args[0])
		},
	}
	w.taskFlags.add(cmd)
	w.sweepFlags.add(cmd)
	w.device.add(cmd)
	w.data.add(cmd)
	addStopSignal(cmd)
	return cmd
}

func addReplicas(cmd *cobra.Command, replicas *int, most int) {
	cmd.Flags().IntVar(replicas, "replicas", most, "train so `many` runs together at most; 0: all that can be")
}

func (w *sweepWork) run(cmd *cobra.Command, path string) error {
	s, err := w.open(path)
	if err != nil {
		return err
	}
	t, err := s.Pick(w.pick(cmd), path)
	if err != nil {
		return err
	}
	again := repeat(cmd, append(w.words("work", path), "--replicas", fmt.Sprint(w.replicas), "--index", fmt.Sprint(t.Index)),
		"data", "device", "threads", stopSignal)
	return s.Work(cmd.Context(), t, &sweep.Worker{
		Train: func(ctx context.Context, dir string, members []configs.Member) ([]experiment.Outcome, error) {
			return newLab(&w.device, &w.data, 0).Run(ctx, ctx, dir, members, again)
		},
		Note:  note,
		Fault: func(err error) { tellError(&stderr, err) },
		Done: func(o experiment.Outcome) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: done%s\n", o.Name, report.Sentence(o.Summary.Test))
			return err
		},
	})
}

func (f *taskFlags) pick(cmd *cobra.Command) sweep.Pick {
	return sweep.Pick{Index: f.index, Given: cmd.Flags().Changed("index"), Tasks: f.tasks, Replicas: f.replicas}
}
