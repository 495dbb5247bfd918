package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/data"
)

// configFlags change a configuration.
type configFlags struct{ sets []string }

func (f *configFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "`key=value` of the configuration, as in m1.latents=50; can be given more than once")
}

// dataFlags say where data sets lie.
type dataFlags struct{ dir string }

func (f *dataFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "data", "", "`folder` that holds the data sets (default: the configuration's data.dir, $SSDGM_DATA, or data)")
}

// folder is where data sets lie, if the configuration has a say with its own folder.
func (f *dataFlags) folder(configured string) string {
	return cmp.Or(f.dir, configured, os.Getenv("SSDGM_DATA"), "data")
}

// note tells the user a line that is no result.
func note(line string) { fmt.Fprintln(os.Stderr, line) }

// parts opens a configuration's data set. The folder stays out of the configuration:
// a run is the same wherever its data lie.
func (f *dataFlags) parts(c *configs.Config) (training, test data.Part, err error) {
	here := *c
	here.Data.Dir = f.folder(c.Data.Dir)
	return train.Parts(&here)
}
