package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/experiment"
	"ssdgm/train/report"
)

func newTrain() *cobra.Command {
	var t trainCommand
	cmd := &cobra.Command{
		Use:   "train [CONFIG.toml]",
		Short: "Train a model, or go on with a run",
		Long: "Trains what a configuration describes, evaluates the result on the test set and leaves everything in a\n" +
			"run folder. Where the folder holds a run already, it goes on from the newest checkpoint, to the bit.\n" +
			"Stopped by a signal (SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU or --stop-signal), or when --max-time\n" +
			"is over, it saves a checkpoint and exits with 75. A second signal ends it at once. It goes on when nobody reads\n" +
			"its output, and by nohup when the terminal is lost.\n\n" +
			"A configuration with a grid, as with --set seeds=[0,1,2] or --set grid.data.labels=[100,600], is several runs.\n" +
			"They are trained together, each to the bit as if alone, and each has a run folder of its own below --out.\n\n" +
			"--extend makes a finished run longer by more steps of the phase that its result is of, to the bit what it would\n" +
			"have come to with that length from the start; where its rate fell along a cosine it stays at the end of it. The\n" +
			"same --extend again, after a crash or the end, adds nothing: to extend a run once more by as much, say after\n" +
			"which step, as in --extend 7000+1000. The summary says that its test labels had been opened before.\n\n" +
			"Without CONFIG.toml it takes the configuration of the run in --out, or else default.toml; a folder that is named\n" +
			"nearly like a run beside it is taken for a misprint, unless CONFIG.toml is given.\n" + configHelp(),
		Args: arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			defer stoppable(cmd)()
			release, err := t.limit(cmd)
			if err != nil {
				return err
			}
			defer release()
			err = t.run(cmd, first(args))
			if errors.Is(err, train.ErrStopped) {
				return fmt.Errorf("%w; go on with %s", err, t.again(cmd))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&t.out, "out", "", "run `folder` (default: runs/NAME-seedN; runs/NAME for several runs)")
	cmd.Flags().DurationVar(&t.most, "max-time", 0, "stop after this `time`, such as 30m, as a signal would (default: never)")
	cmd.Flags().DurationVar(&t.watchdog, "watchdog", experiment.DefaultWatchdog, "`time` after which a device that does not answer ends the run")
	addStopSignal(cmd)
	cmd.Flags().StringVar(&t.extend, "extend", "", "train a finished run for so many more `steps`, as 1000, or 6000+1000: after step 6000")
	t.device.add(cmd)
	t.data.add(cmd)
	t.config.add(cmd)
	return cmd
}

// limit asks the command to stop when its time is over.
func (t *trainCommand) limit(cmd *cobra.Command) (release func(), err error) {
	if t.most < 0 || t.most == 0 && cmd.Flags().Changed("max-time") {
		return nil, usageErrorf("--max-time %v: want a time above 0, such as 30m", t.most)
	}
	if t.watchdog <= 0 {
		return nil, usageErrorf("--watchdog %v: want a time above 0, such as 10m", t.watchdog)
	}
	if t.most == 0 {
		return func() {}, nil
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	timer := time.AfterFunc(t.most, func() {
		fmt.Fprintf(&stderr, "the %v of --max-time are over\n", t.most)
		cancel()
	})
	cmd.SetContext(ctx)
	return func() { timer.Stop(); cancel() }, nil
}

type trainCommand struct {
	out      string
	extend   string
	most     time.Duration // that the command may take; 0: any
	watchdog time.Duration // 0: the default one
	device   deviceFlags
	data     dataFlags
	config   configFlags
}

func (t *trainCommand) run(cmd *cobra.Command, path string) error {
	members, lines, err := experiment.Members(path, t.out, t.config.sets)
	if err != nil {
		return err
	}
	if err := t.data.where().Holds(experiment.DataSets(members)...); err != nil {
		return err
	}
	several := members[0].Name != ""
	if t.out == "" {
		t.out = filepath.Join("runs", nameOf(path))
		if !several {
			t.out = fmt.Sprintf("%s-seed%d", t.out, members[0].Config.Seed)
		}
	}
	if t.extend != "" {
		if lines, err = experiment.Extend(t.out, members, t.extend); err != nil {
			return err
		}
	}
	notes(lines)
	all, err := newLab(&t.device, &t.data, t.watchdog).Run(cmd.Context(), cmd.Context(), t.out, members, t.again(cmd))
	if err != nil {
		return err
	}
	if !several {
		if err := all[0].Fault; err != nil {
			return err
		}
		return all[0].Summary.Print(cmd.OutOrStdout(), t.out)
	}
	done, failures, failed := experiment.Failures(all, func(err error) { tellError(&stderr, err) })
	if len(done) > 0 {
		err = report.Several(cmd.OutOrStdout(), t.out, done, failures)
	}
	return cmp.Or(err, failed)
}

// newLab is what this program makes experiments with.
func newLab(device *deviceFlags, data *dataFlags, watchdog time.Duration) *experiment.Lab {
	end := func(code int) func(err error) {
		return func(err error) {
			stderr.Hide()
			tellError(&stderr, err)
			if code == codeFailed && wantsStacks() {
				stacks := make([]byte, 1<<20)
				stderr.Write(stacks[:runtime.Stack(stacks, true)])
			}
			os.Exit(code)
		}
	}
	return &experiment.Lab{
		Locate: data.where().Locate, Watchdog: watchdog, Hung: end(codeFailed), Stopped: end(codeStopped),
		Open: func(ctx context.Context, c *configs.Config) (experiment.Device, error) {
			dev, err := device.open(ctx, arithmeticOf(c))
			if err != nil {
				return experiment.Device{}, err
			}
			more := device.More(ctx, dev, arithmeticOf(c))
			return experiment.Device{Device: dev, More: more, Threads: device.CountOn(dev)}, nil
		},
		Show: func() experiment.Progress { return stderr.Training() },
		Note: note,
	}
}

// again is the command that goes on with the run, in quotes. What else was said is in its folder.
func (t *trainCommand) again(cmd *cobra.Command) string {
	return repeat(cmd, []string{"train", "--out", t.out}, "data", "device", "threads", stopSignal)
}

// nameOf is what runs of a configuration are called.
func nameOf(path string) string {
	if path == "" {
		return "default"
	}
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}
