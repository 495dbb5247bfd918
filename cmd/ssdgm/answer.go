package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/train/answers/apply"
	"ssdgm/train/stop"
)

// answerFlags are what the commands that answer an input row by row have in common.
type answerFlags struct {
	apply.Job
	sets   configFlags
	device deviceFlags
}

func (f *answerFlags) add(cmd *cobra.Command, keys ...string) {
	f.addWhole(cmd, keys...)
	cmd.Flags().StringArrayVar(&f.Keep, "keep", nil, "`column` of the input that is handed on, such as an id; can be given more than once")
}

// addWhole is add for a command that hands all columns of the input on.
func (f *answerFlags) addWhole(cmd *cobra.Command, keys ...string) {
	flags := cmd.Flags()
	flags.StringVarP(&f.Out, "out", "o", "", "`file` for the answers, replaced as a whole once they are all there (default: stdout)")
	flags.StringVar(&f.Format, "format", "", "`"+apply.Formats()+"` (default: by the name of --out, else csv)")
	f.device.add(cmd)
	f.sets.addOnly(cmd, append(keys, "data", "precision", "matmul")...)
}

// run carries a command out, until a signal asks to stop.
func (f *answerFlags) run(cmd *cobra.Command, input string, do func(ctx context.Context) error) error {
	release := stoppable(cmd)
	defer release()
	f.Input, f.Note = input, note
	model := f.sets
	model.sets = nil
	for _, set := range f.sets.sets {
		if strings.HasPrefix(strings.TrimSpace(set), "data.") {
			f.Sets = append(f.Sets, set)
		} else {
			model.sets = append(model.sets, set)
		}
	}
	f.Open = func(path string) (*trained.Model, error) { return openTrained(path, &model, note) }
	f.Device = func(c *configs.Config) (engine.Device, error) { return f.device.open(cmd.Context(), arithmeticOf(c)) }
	f.Progress = func(total int) apply.Progress { return stderr.Rows(total) }
	return obey(do(cmd.Context()))
}

// obey ends the process as the signal would have that asked a command to stop which has cleaned up and keeps nothing.
func obey(err error) error {
	if asked := (stop.Request{}); errors.As(err, &asked) {
		tellError(&stderr, err)
		stop.Obey(asked)
	}
	return err
}
