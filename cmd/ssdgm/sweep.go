package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train/experiment"
	"ssdgm/train/message"
	"ssdgm/train/sweep"
)

func newSweep() *cobra.Command {
	return group(&cobra.Command{
		Use:   "sweep",
		Short: "Train all runs of a grid, here or on Slurm or Kubernetes",
		Long: "Trains every run of GRID.toml, a configuration with a table [grid] of keys with lists of values, or with\n" +
			"seeds = [...]. 'run' does so on this machine; 'emit' writes the job for Slurm or Kubernetes, whose tasks call\n" +
			"'work'. All keep their runs in --out, take up what was interrupted and leave alone what is finished.",
	}, newSweepRun(), newSweepEmit(), newSweepWork(), newSweepHealth(), newSweepStatus(), newSweepCollect())
}

// sweepFlags say which sweep is meant.
type sweepFlags struct {
	out    string
	config configFlags
	idle   []string // lines on keys of the grid that have no effect
}

func (f *sweepFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.out, "out", "", "`folder` of the sweep, for its runs and what became of its tasks")
	f.config.add(cmd)
}

func (f *sweepFlags) open(path string) (*sweep.Sweep, error) {
	if f.out == "" {
		return nil, usageErrorf("want --out DIR, the folder of the sweep, found none")
	}
	grid, origins, err := configs.LoadGrid(path, f.config.sets)
	if err != nil {
		return nil, err
	}
	if len(grid.Axes) == 0 {
		return nil, usageErrorf("%s: want a grid of runs, found one configuration; give it seeds = [0, 1, 2] or a table [grid], or train it with %s", path, message.Command("train", path))
	}
	f.idle = origins.Idle
	return &sweep.Sweep{Dir: f.out, Grid: grid}, nil
}

// openWith is open for a command that is told where the data of all runs lie.
func (f *sweepFlags) openWith(data *dataFlags, path string) (*sweep.Sweep, error) {
	s, err := f.open(path)
	if err == nil {
		notes(f.idle)
		err = data.where().Holds(experiment.DataSets(s.Grid.Members)...)
	}
	return s, err
}

// arguments are the flags for another command on the same sweep.
func (f *sweepFlags) arguments() []string {
	arguments := []string{"--out", f.out}
	for _, set := range f.config.sets {
		arguments = append(arguments, "--set", set)
	}
	return arguments
}

// words are those of another command on the same sweep.
func (f *sweepFlags) words(command, path string) []string {
	return append([]string{"sweep", command, path}, f.arguments()...)
}

func newSweepStatus() *cobra.Command {
	var flags sweepFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status GRID.toml --out DIR",
		Short: "Tell where every run of a sweep stands, from its files alone",
		Args:  arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := flags.open(args[0])
			if err != nil {
				return err
			}
			all, lines, err := s.Status(time.Now())
			if err != nil {
				return err
			}
			notes(lines)
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(all)
			}
			return sweep.WriteStatus(cmd.OutOrStdout(), all)
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newSweepCollect() *cobra.Command {
	var flags sweepFlags
	var format string
	cmd := &cobra.Command{
		Use:   "collect GRID.toml --out DIR",
		Short: "Print the results of a sweep, mean ± standard deviation over seeds",
		Long: "Prints the results of a sweep, mean ± standard deviation (n − 1) over seeds, from its files alone.\n" +
			"Where runs are missing it prints what there is and exits with 1.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := flags.open(args[0])
			if err != nil {
				return err
			}
			cells, notes, err := s.Collect()
			if err != nil {
				return err
			}
			for _, line := range notes {
				note(line)
			}
			if err := sweep.WriteCells(cmd.OutOrStdout(), format, cells); err != nil {
				return err
			}
			if missing := sweep.Missing(cells); missing > 0 {
				return fmt.Errorf("%d of %d runs are not finished; see %s", missing, len(s.Grid.Members), message.Command(flags.words("status", args[0])...))
			}
			return nil
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&format, "format", "table", "`table|markdown|csv|json`")
	return cmd
}
