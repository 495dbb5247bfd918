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
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ssdgm/configs"
	"ssdgm/engine/devices"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/completion"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/progress"
	"ssdgm/train/run"
	"ssdgm/train/stop"
	"ssdgm/train/sweep"
)

// A crash of the Go runtime, such as that memory or threads are used up, and a panic on a goroutine of its own would
// end with exit code 2, a mistake of the user's. They end by SIGABRT instead.
func init() {
	debug.SetTraceback("crash")
	cobra.EnableCommandSorting = false // They stand in the order in which a person meets them.
}

// stderr is where everything goes that is no result.
var stderr progress.Screen

func main() {
	message.Program = message.Typed(os.Args[0])
	os.Exit(execute(os.Args[1:]))
}

// execute carries out a command line and returns the exit code.
func execute(arguments []string) (code int) {
	defer func() {
		if fault := recover(); fault != nil {
			code = tellFault(&stderr, fault)
		}
	}()
	root := newRoot()
	root.SetArgs(arguments)
	out := &output{file: os.Stdout}
	root.SetOut(out)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		err = out.err
	}
	tellError(&stderr, err)
	return exitCode(err)
}

// stoppable has a command asked to stop by the first signal of those that ask, and ended by the second: see stop.Listen.
// Commands that keep nothing of what they have done leave signals alone: they end.
func stoppable(cmd *cobra.Command, once ...os.Signal) (release func()) {
	o := stop.Options{Once: once}
	if flag := cmd.Flags().Lookup(stopSignal); flag != nil {
		o.More = flag.Value.(*stop.Flag).Signals
	}
	ctx, release := stop.Listen(cmd.Context(), o)
	cmd.SetContext(ctx)
	return release
}

const stopSignal = "stop-signal"

func addStopSignal(cmd *cobra.Command) *stop.Flag {
	f := &stop.Flag{}
	cmd.Flags().Var(f, stopSignal, "`signal` that asks to stop too, such as QUIT or RTMIN+3")
	return f
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "ssdgm",
		Short: "Semi-supervised learning with deep generative models",
		Long: "ssdgm trains a classifier, a feature extractor and a conditional generator from few\n" +
			"labelled and many unlabelled examples (Kingma, Mohamed, Rezende and Welling, NIPS 2014).",
		Version:       version(),
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: message.Program},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(unknownFlag)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		cmd.Flags().Visit(func(f *pflag.Flag) {
			if wrong := message.NoPath(f.Value.String()); wrong != "" && slices.Contains([]string{"out", "data"}, f.Name) {
				err = usageErrorf("--%s %s: %s", f.Name, message.Word(f.Value.String()), wrong)
			}
		})
		return err
	}
	root.SetHelpCommand(newHelp())
	offer(root)
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			group(cmd)
		}
	}
	completion.Add(root)
	return root
}

// offer gives the program its commands, in parts.
func offer(root *cobra.Command) {
	const about = "This program and machine:"
	group(root, newProbe())
	for _, part := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Train:", []*cobra.Command{newTrain(), newSweep(), newReproduce()}},
		{"Use a trained model:", []*cobra.Command{newEval(), newClassify(), newEncode(), newImpute(), newGenerate(), newAnalogy(), newServe()}},
		{"Look after data, configurations and runs:", []*cobra.Command{newData(), newConfig(), newHealth(), newCkpt()}},
		{about, []*cobra.Command{newDoctor(), newBench(), newCheck()}},
	} {
		root.AddGroup(&cobra.Group{ID: part.title, Title: part.title})
		for _, cmd := range part.commands {
			cmd.GroupID = part.title
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommandGroupID(about)
	root.SetCompletionCommandGroupID(about)
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			// What Find does not know it leaves: every group takes any word.
			found, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil:
				return usageError{err}
			case len(rest) > 0:
				return unknown(found, rest[0])
			}
			return found.Help()
		},
	}
}

// output is stdout; it keeps the first error, so that no command drops it. That nobody reads is none: it comes to
// those alone that go on then, see stop.Listen.
type output struct {
	file *os.File
	err  error
}

func (o *output) Write(p []byte) (int, error) {
	_, err := o.file.Write(message.Text(p))
	if stop.Unread(o.file, err) {
		return len(p), nil
	}
	if o.err == nil {
		o.err = err
	}
	return len(p), err
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
		return unknown(cmd, args[0])
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

// tellError tells an error, one line for each thing that is wrong.
func tellError(w io.Writer, err error) {
	if err == nil {
		return
	}
	for _, line := range message.Lines(err) {
		fmt.Fprintf(w, "ssdgm: %s\n", line)
	}
}

// tellFault tells of a mistake in the program itself. Where it happened is there for those
// who ask for it with GOTRACEBACK.
func tellFault(w io.Writer, fault any) (code int) {
	text := strings.Join(strings.Fields(fmt.Sprint(fault)), " ")
	fmt.Fprintln(w, message.Line(fmt.Sprintf("ssdgm: a fault of ssdgm's own: %s; please report it with the output of %s and of the same command with GOTRACEBACK=all",
		text, message.Command("doctor"))))
	if wantsStacks() {
		debug.PrintStack()
	}
	return codeFailed
}

// wantsStacks tells whether a person has asked for the stacks of a fault; "crash" is what jobs say, see train/sweep.
func wantsStacks() bool {
	return !slices.Contains([]string{"", "none", "crash"}, os.Getenv("GOTRACEBACK"))
}

// The exit codes.
const (
	codeDone    = 0
	codeFailed  = 1
	codeMistake = 2
	codeStopped = 75 // EX_TEMPFAIL of sysexits.h: the same command goes on
)

// machineFaults are what no other input mends, whatever could not be opened for it.
var machineFaults = []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO}

func exitCode(err error) int {
	var mistake usageError
	var config *configs.Error
	isOneOf := func(reasons ...error) bool {
		return slices.ContainsFunc(reasons, func(reason error) bool { return errors.Is(err, reason) })
	}
	switch {
	case err == nil:
		return codeDone
	case errors.Is(err, train.ErrStopped), errors.Is(err, context.Canceled), errors.Is(err, sweep.ErrHeld):
		return codeStopped
	case slices.ContainsFunc(machineFaults, func(fault error) bool { return errors.Is(err, fault) }):
		return codeFailed
	case errors.As(err, &mistake), errors.As(err, &config),
		isOneOf(devices.ErrUser, data.ErrInput, trained.ErrInput, run.ErrUser),
		// No name that the program makes is any of these.
		isOneOf(syscall.ENAMETOOLONG, syscall.ELOOP, syscall.ENOTDIR):
		return codeMistake
	}
	return codeFailed
}
