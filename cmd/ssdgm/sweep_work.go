package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ssdgm/train"
	"ssdgm/train/run"
	"ssdgm/train/sweep"
)

// indexVariables are where engines tell a task its number, from 0.
var indexVariables = []string{"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "BATCH_TASK_INDEX"}

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
			strings.Join(indexVariables, ", ") + ".\n" +
			"What is finished is left alone, what was interrupted goes on. Exit codes: 0 done; 75 stopped on request, or\n" +
			"another worker has the task: give it out again; 2 a mistake that no second attempt mends; 1 a fault.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			defer patient(cmd)()
			return w.run(cmd, args[0])
		},
	}
	w.taskFlags.add(cmd)
	w.sweepFlags.add(cmd)
	w.device.add(cmd)
	w.data.add(cmd)
	return cmd
}

func addReplicas(cmd *cobra.Command, replicas *int, most int) {
	cmd.Flags().IntVar(replicas, "replicas", most, "train so `many` runs together at most; 0: all that can be")
}

// patient is stoppable but for SIGTERM, of which only the first counts: an engine may send it to the worker both
// by itself and by way of a script, and has SIGKILL when it loses patience.
func patient(cmd *cobra.Command) (release func()) {
	repeated := make(chan os.Signal, 1)
	signal.Notify(repeated, syscall.SIGTERM)
	stop := stoppable(cmd)
	return func() { stop(); signal.Stop(repeated) }
}

func (w *sweepWork) run(cmd *cobra.Command, path string) error {
	s, err := w.open(path)
	if err != nil {
		return err
	}
	t, err := w.task(cmd, s, path)
	if err != nil {
		return err
	}
	finished, err := s.Finished(t)
	if err != nil {
		return err
	}
	if finished {
		fmt.Fprintf(os.Stderr, "task %d, %s: finished already\n", t.Index, t.Name)
		return nil
	}
	claim, err := s.Claim(t)
	if err != nil {
		return unwritable(err)
	}
	fmt.Fprintf(os.Stderr, "task %d, %s: attempt %d\n", t.Index, t.Name, claim.Attempts())
	state, reasons, err := w.train(cmd, s, t, claim, path)
	if err != nil {
		err = fmt.Errorf("%s: %w", t.Name, err)
	}
	return errors.Join(err, claim.End(state, reasons))
}

// task is the one that is meant.
func (f *taskFlags) task(cmd *cobra.Command, s *sweep.Sweep, path string) (sweep.Task, error) {
	if f.replicas < 0 {
		return sweep.Task{}, usageErrorf("--replicas %d: want at least 1, or 0 for all that can be trained together", f.replicas)
	}
	index, from := f.index, "--index"
	if !cmd.Flags().Changed("index") {
		from = ""
		for _, name := range indexVariables {
			text := os.Getenv(name)
			if text == "" {
				continue
			}
			var err error
			if index, err = strconv.Atoi(text); err != nil {
				return sweep.Task{}, usageErrorf("%s=%s: want the number of a task", name, text)
			}
			from = name
			break
		}
	}
	tasks := s.Tasks(f.replicas)
	switch {
	case from == "":
		return sweep.Task{}, usageErrorf("want the number of the task, from --index or the environment's %s, found none; 'ssdgm sweep run' trains all of them",
			strings.Join(indexVariables, ", "))
	case f.tasks > 0 && f.tasks != len(tasks):
		return sweep.Task{}, usageErrorf("%s: want %d tasks, for which the job was made, found %d; make the job anew with 'ssdgm sweep emit'", path, f.tasks, len(tasks))
	case index < 0 || index >= len(tasks):
		return sweep.Task{}, usageErrorf("%s %d: want a task from 0 to %d, which %s has", from, index, len(tasks)-1, path)
	}
	return tasks[index], nil
}

// train trains a task. The state and the reasons are for its record, and the error for the exit code.
func (w *sweepWork) train(cmd *cobra.Command, s *sweep.Sweep, t sweep.Task, claim *sweep.Claim, path string) (sweep.State, map[string]string, error) {
	// The record says that the task is being stopped before anybody can act on it: an evaluation ends the process.
	asked, cancel := context.WithCancel(context.WithoutCancel(cmd.Context()))
	defer cancel()
	defer context.AfterFunc(cmd.Context(), func() {
		if err := claim.Stopping(); err != nil {
			tellError(os.Stderr, err)
		}
		cancel()
	})()
	c := trainCommand{out: s.Runs(), device: w.device, data: w.data}
	all, err := c.carryOutAll(asked, asked, t.Members, fmt.Sprintf("%s --replicas %d --index %d", w.again("work", path), w.replicas, t.Index))
	if errors.Is(err, run.ErrLocked) { // A worker of another division into tasks, or a person.
		err = fmt.Errorf("%w: %w", sweep.ErrHeld, err)
	}
	if errors.Is(err, train.ErrStopped) || errors.Is(err, sweep.ErrHeld) {
		return sweep.Stopped, nil, err
	}
	reasons := map[string]string{}
	if err != nil {
		for _, m := range t.Members {
			reasons[m.Name] = err.Error()
		}
		return sweep.Failed, reasons, err
	}
	for _, o := range all {
		if o.fault != nil {
			reasons[o.Name] = o.fault.Error()
			if err = o.fault; len(all) > 1 {
				tellError(os.Stderr, fmt.Errorf("%s: %w", o.Name, err))
			}
			continue
		}
		if told := tellOutcome(cmd.OutOrStdout(), o); told != nil {
			return sweep.Done, nil, told
		}
	}
	switch {
	case len(reasons) == 0:
		return sweep.Done, nil, nil
	case len(all) > 1:
		err = fmt.Errorf("%d of %d runs failed; what is wrong with them is said above", len(reasons), len(all))
	}
	return sweep.Failed, reasons, err
}

// tellOutcome is a finished run in a line.
func tellOutcome(out io.Writer, o outcome) error {
	line := o.Name + ": done"
	for _, c := range columns {
		if v := c.figure(o.summary.Test); v != nil {
			line += fmt.Sprintf(", %s "+c.format, c.title, *v)
		}
	}
	_, err := fmt.Fprintln(out, line)
	return err
}
