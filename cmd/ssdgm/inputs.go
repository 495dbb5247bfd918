package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/message"
	"ssdgm/train/report"
)

// configFlags change a configuration.
type configFlags struct {
	sets []string
	only []string // the keys and tables that count, of a model that says what it is
}

// addOnly is add for a command on a trained model.
func (f *configFlags) addOnly(cmd *cobra.Command, keys ...string) {
	f.only = keys
	f.add(cmd)
}

func (f *configFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "`key=value` of the configuration, as in m1.latents=50; can be given more than once")
}

// dataFlags say where data sets lie.
type dataFlags struct{ dir string }

func (f *dataFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "data", "", "`folder` that holds the data sets (default: where those of the run were, data.dir, $SSDGM_DATA, or data)")
}

// folder is where data sets lie, if the configuration has a say with its own folder.
func (f *dataFlags) folder(configured string) string {
	return cmp.Or(f.dir, configured, os.Getenv("SSDGM_DATA"), "data")
}

// apart refuses flags that have no effect beside another.
func apart(cmd *cobra.Command, flag string, idle ...string) {
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		for _, name := range idle {
			if cmd.Flags().Changed(flag) && cmd.Flags().Changed(name) {
				return usageErrorf("--%s has no effect with --%s; leave one of them out", name, flag)
			}
		}
		return nil
	}
}

// load reads a configuration or a grid, and tells of keys that have no effect.
func (f *configFlags) load(path string) (*configs.Grid, *configs.Origins, error) {
	grid, origins, err := configs.LoadGrid(path, f.sets)
	if err == nil {
		notes(origins.Idle)
	}
	return grid, origins, err
}

// notes tells the user lines that are no result.
func notes(lines []string) {
	for _, line := range lines {
		note(line)
	}
}

// note tells the user a line that is no result.
func note(line string) { fmt.Fprintln(&stderr, message.Line(line)) }

// noteOf is note for lines about a run of several.
func noteOf(name string) func(line string) {
	if name == "" {
		return note
	}
	return func(line string) { note(name + ": " + line) }
}

// each does something with a run or a file, whose name is empty, or with each run of a folder of several, whose names
// its errors carry.
func each(path string, do func(name, path string) error) error {
	runs, err := report.RunsIn(path)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return do("", path)
	}
	var faults []error
	for _, r := range runs {
		if err := do(r.Name, r.Path); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", r.Name, err))
		}
	}
	return errors.Join(faults...)
}

// where is the same of the data of a run, which remembers where they were.
func (f *dataFlags) where() train.Whereabouts {
	return train.Whereabouts{Given: f.dir, Default: os.Getenv("SSDGM_DATA"), Note: note}
}

// ofModel opens the data of the model at path, a run folder or a file in one.
func (f *dataFlags) ofModel(path string, c *configs.Config, note func(line string)) (train.Located, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	w := f.where()
	w.Note = note
	if err := w.Holds(c.Data); err != nil {
		return train.Located{}, err
	}
	return w.Locate(path, c)
}
