package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/train"
	"ssdgm/train/run"
)

func newHealth() *cobra.Command {
	var most time.Duration
	cmd := &cobra.Command{
		Use:   "health RUN",
		Short: "Tell whether a run is under way and gets on, for liveness probes",
		Long: "Exits with 0 where the run has got on lately or is finished, and with 1 where it has not: its process is gone,\n" +
			"or hangs. RUN may be a folder of several runs that are trained together. It reads small files only.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if most <= 0 {
				return usageErrorf("--max-age %v: want a time above 0, such as 60s", most)
			}
			line, err := health(args[0], most, time.Now())
			if err == nil {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			return err
		},
	}
	cmd.Flags().DurationVar(&most, "max-age", time.Minute, "oldest `sign` of life that counts as one")
	return cmd
}

// health says in a line what the last sign of life in a folder is; an error where it is too old.
func health(dir string, most time.Duration, now time.Time) (string, error) {
	dirs := []string{dir}
	if c, err := train.RunConfig(dir, nil); c == nil && err == nil {
		members, err := train.RunConfigs(dir, nil)
		if err != nil || len(members) == 0 {
			return "", fmt.Errorf("%s: want a run, found none yet", dir)
		}
		dirs = nil
		for _, m := range members {
			dirs = append(dirs, filepath.Join(dir, m.Name))
		}
	}
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
		return dir + ": finished", nil
	case last == nil:
		return "", fmt.Errorf("%s: want a sign of life, found none yet", dir)
	}
	place := last.Phase
	if last.Steps > 0 {
		place = fmt.Sprintf("%s step %d of %d", last.Phase, last.Step, last.Steps)
	}
	// A clock that was put back leaves a sign from the future: no sign.
	if age := now.Sub(last.Time).Abs(); age > most {
		return "", fmt.Errorf("%s: want a sign of life within %v, found one of process %d from %s ago, in %s", dir, most, last.Process, duration(age), place)
	}
	return fmt.Sprintf("%s: %s", dir, place), nil
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
