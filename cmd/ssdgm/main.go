// Command ssdgm trains the semi-supervised deep generative models of Kingma,
// Mohamed, Rezende and Welling (NIPS 2014).
//
// Results go to stdout, everything else to stderr. The exit code is 0 when it is
// done, 2 for a mistake of the user's, 75 when it was stopped on request and can go
// on, and 1 for anything else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/run"
)

func main() { os.Exit(execute(os.Args[1:])) }

// execute carries out a command line and returns the exit code.
func execute(arguments []string) int {
	root := newRoot()
	root.SetArgs(arguments)
	err := root.ExecuteContext(context.Background())
	report(os.Stderr, err)
	return exitCode(err)
}

// stoppable has a command asked to stop by the first SIGINT or SIGTERM, and ended by the
// second. Commands that keep nothing of what they have done leave signals alone: they end.
func stoppable(cmd *cobra.Command) (release func()) {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	cmd.SetContext(ctx)
	return stop
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "ssdgm",
		Short: "Semi-supervised learning with deep generative models",
		Long: "ssdgm trains a classifier, a feature extractor and a conditional generator from few\n" +
			"labelled and many unlabelled examples (Kingma, Mohamed, Rezende and Welling, NIPS 2014).",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageErrorf("%w; see '%s --help'", err, cmd.CommandPath())
	})
	group(root, newTrain(), newEval(), newGenerate(), newAnalogy(), newCheck(), newData(), newConfig(), newDoctor(), newBench(), newProbe())
	return root
}

// group makes a command of nothing but commands.
func group(parent *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	parent.AddCommand(commands...)
	parent.Args = cobra.ArbitraryArgs
	parent.SuggestionsMinimumDistance = 2
	parent.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		message := fmt.Sprintf("unknown command %q", args[0])
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			message += fmt.Sprintf("; did you mean %s?", near[0])
		}
		return usageErrorf("%s; see '%s --help'", message, cmd.CommandPath())
	}
	return parent
}

// A usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usageErrorf(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// arguments holds that a command gets from least to most arguments.
func arguments(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usageErrorf("want '%s', found %d arguments; see '%s --help'", cmd.UseLine(), len(args), cmd.CommandPath())
		}
		return nil
	}
}

// first is the first argument, or nothing.
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// report tells an error, one line for each thing that is wrong.
func report(w io.Writer, err error) {
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(w, "ssdgm: %s\n", strings.TrimSuffix(line, "\n"))
	}
}

// The exit codes.
const (
	codeDone    = 0
	codeFailed  = 1
	codeMistake = 2
	codeStopped = 75 // EX_TEMPFAIL of sysexits.h: the same command goes on
)

func exitCode(err error) int {
	var mistake usageError
	var config *configs.Error
	switch {
	case err == nil:
		return codeDone
	case errors.Is(err, train.ErrStopped), errors.Is(err, context.Canceled):
		return codeStopped
	case errors.As(err, &mistake), errors.As(err, &config), errors.Is(err, data.ErrInput), errors.Is(err, run.ErrUser):
		return codeMistake
	}
	return codeFailed
}
