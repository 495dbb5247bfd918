package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/train"
	"ssdgm/train/run"
)

func newHealth() *cobra.Command {
	var most maxAge
	cmd := &cobra.Command{
		Use:   "health RUN",
		Short: "Tell whether a run is under way and gets on, for liveness probes",
		Long: "Exits with 0 where the run is finished or has shown a sign of life within --max-age, and with 1 where it has\n" +
			"not: its process is gone, or hangs. RUN may be a folder of several runs that are trained together. It reads small files only.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dirs, err := runFolders(args[0])
			if err != nil {
				return err
			}
			return most.tell(cmd, args[0], dirs)
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

// tell prints the last sign of life of the runs in the folders dirs, which are called name.
func (a maxAge) tell(cmd *cobra.Command, name string, dirs []string) error {
	if a <= 0 {
		return usageErrorf("--max-age %v: want a time above 0, such as 60s", time.Duration(a))
	}
	line, err := health(name, dirs, time.Duration(a), time.Now())
	if err == nil {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), line)
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
			strings.Join(indexVariables, ", ") + ", as for 'work'.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := flags.open(args[0])
			if err != nil {
				return err
			}
			t, err := which.task(cmd, s, args[0])
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
			return most.tell(cmd, t.Name, dirs)
		},
	}
	most.add(cmd)
	which.add(cmd)
	flags.add(cmd)
	return cmd
}

// runFolders are that of a run, or those of several that are trained together.
func runFolders(dir string) ([]string, error) {
	if c, err := train.RunConfig(dir, nil); c != nil || err != nil {
		return []string{dir}, nil
	}
	members, err := train.RunConfigs(dir, nil)
	if err != nil || len(members) == 0 {
		return nil, fmt.Errorf("%s: want a run, found none yet", dir)
	}
	var dirs []string
	for _, m := range members {
		dirs = append(dirs, filepath.Join(dir, m.Name))
	}
	return dirs, nil
}

// health says in a line what the last sign of life in the folders is; an error where it is too old.
func health(name string, dirs []string, most time.Duration, now time.Time) (string, error) {
	finished := 0
	var last *run.Heartbeat
	for _, d := range dirs {
		if _, err := os.Stat(filepath.Join(d, "summary.json")); err == nil {
			finished++
		}
		h, err := heartbeat(d)
		if err != nil {
			return "", err
		}
		if h != nil && (last == nil || h.Time.After(last.Time)) {
			last = h
		}
	}
	switch {
	case finished == len(dirs):
		return name + ": finished", nil
	case last == nil:
		return "", fmt.Errorf("%s: want a sign of life, found none yet", name)
	}
	place := last.Phase
	if last.Steps > 0 {
		place = fmt.Sprintf("%s step %d of %d", last.Phase, last.Step, last.Steps)
	}
	// A clock that was put back leaves a sign from the future: no sign.
	if age := now.Sub(last.Time).Abs(); age > most {
		return "", fmt.Errorf("%s: want a sign of life within %v, found one of process %d from %s ago, in %s", name, most, last.Process, duration(age), place)
	}
	return fmt.Sprintf("%s: %s", name, place), nil
}

// heartbeat reads a run's. That the folder is not there yet is no mistake of a probe's.
func heartbeat(dir string) (*run.Heartbeat, error) {
	folder, err := run.View(dir)
	if errors.Is(err, run.ErrUser) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return folder.Heartbeat()
}
