package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/train/report"
	"ssdgm/train/sweep"
)

func newHealth() *cobra.Command {
	var most maxAge
	cmd := &cobra.Command{
		Use:   "health RUN",
		Short: "Tell whether a run is under way and gets on, for liveness probes",
		Long: "Exits with 0 where the run is finished or under way, and with 1 where its process is gone or has shown no sign of\n" +
			"life within --max-age: it hangs. RUN may be a folder of several runs: each has a line, and the worst decides.\n" +
			"That a process is gone is noticed at once on its own machine, in another container too; from another machine\n" +
			"only by the age. --max-age must be longer than a training step takes. It reads small files only.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dirs, err := report.RunFolders(args[0])
			if err != nil {
				return err
			}
			return most.tell(cmd, dirs)
		},
	}
	most.add(cmd)
	return cmd
}

// maxAge is that of the oldest sign of life that counts as one.
type maxAge time.Duration

func (a *maxAge) add(cmd *cobra.Command) {
	cmd.Flags().DurationVar((*time.Duration)(a), "max-age", time.Minute, "`age` of the oldest sign of life that counts as one")
}

// tell prints the last sign of life of the runs in the folders dirs.
func (a maxAge) tell(cmd *cobra.Command, dirs []string) error {
	if a <= 0 {
		return usageErrorf("--max-age %v: want a time above 0, such as 60s", time.Duration(a))
	}
	lines, err := report.Health(dirs, time.Duration(a), time.Now())
	for _, line := range lines {
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
	return err
}

// newSweepHealth asks as Kubernetes does of its pod.
func newSweepHealth() *cobra.Command {
	var most maxAge
	var flags sweepFlags
	var which taskFlags
	cmd := &cobra.Command{
		Use:   "health GRID.toml --out DIR",
		Short: "Tell whether a task is under way and gets on, for liveness probes",
		Long: "Exits as 'ssdgm health' does, for the runs of one task of a sweep. The task's number comes from --index or from\n" +
			strings.Join(sweep.IndexVariables, ", ") + ", as for 'work'.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := flags.open(args[0])
			if err != nil {
				return err
			}
			t, err := s.Pick(which.pick(cmd), args[0])
			if err != nil {
				return err
			}
			if _, err := s.Finished(t); err != nil {
				return err
			}
			var dirs []string
			for _, m := range t.Members {
				dirs = append(dirs, filepath.Join(s.Runs(), m.Name))
			}
			return most.tell(cmd, dirs)
		},
	}
	most.add(cmd)
	which.add(cmd)
	flags.add(cmd)
	return cmd
}
