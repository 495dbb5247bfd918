package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/pictures"
	"ssdgm/train/run"
)

func newTrain() *cobra.Command {
	var t trainCommand
	cmd := &cobra.Command{
		Use:   "train [CONFIG.toml]",
		Short: "Train a model, or go on with a run",
		Long: "Trains what a configuration describes, evaluates the result on the test set and leaves everything in a\n" +
			"run folder. Where the folder holds a run already, it goes on from the newest checkpoint, to the bit.\n" +
			"Stopped by SIGINT, SIGTERM or SIGUSR1, or when --max-time is over, it saves a checkpoint and exits with 75.\n" +
			"A second signal ends it at once.\n\n" +
			"A configuration with a grid, as with --set seeds=[0,1,2] or --set grid.data.labels=[100,600], is several runs.\n" +
			"They are trained together, each to the bit as if alone, and each has a run folder of its own below --out.\n\n" +
			"Without CONFIG.toml it takes the configuration of the run in --out, or else default.toml.\n" + configHelp(),
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
				return fmt.Errorf("%w; go on with '%s'", err, t.again(cmd))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&t.out, "out", "", "run `folder` (default: runs/NAME-seedN; runs/NAME for several runs)")
	cmd.Flags().DurationVar(&t.most, "max-time", 0, "stop after this `time`, such as 30m, as a signal would (default: never)")
	cmd.Flags().DurationVar(&t.watchdog, "watchdog", defaultWatchdog, "`time` after which a device that does not answer ends the run")
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
		fmt.Fprintf(os.Stderr, "the %v of --max-time are over\n", t.most)
		cancel()
	})
	cmd.SetContext(ctx)
	return func() { timer.Stop(); cancel() }, nil
}

type trainCommand struct {
	out      string
	most     time.Duration // that the command may take; 0: any
	watchdog time.Duration // 0: the default one
	device   deviceFlags
	data     dataFlags
	config   configFlags
}

// gcPercent keeps garbage small beside what lives: what a run allocates is few and large,
// and its loop allocates nothing, so that collecting often costs no time.
const gcPercent = 25

func (t *trainCommand) run(cmd *cobra.Command, path string) error {
	members, err := t.members(path)
	if err != nil {
		return err
	}
	several := members[0].Name != ""
	if t.out == "" {
		t.out = filepath.Join("runs", nameOf(path))
		if !several {
			t.out = fmt.Sprintf("%s-seed%d", t.out, members[0].Config.Seed)
		}
	}
	if several {
		return t.runSeveral(cmd, members)
	}
	s, err := t.carryOut(cmd.Context(), cmd.Context(), members[0].Config, t.again(cmd))
	if err != nil {
		return err
	}
	return s.print(cmd.OutOrStdout(), t.out)
}

// carryOut trains in t.out and evaluates what comes of it. When training ends, training is
// stopped, so that it can go on; asked ends the evaluation too, and again is told as the
// command that repeats it.
func (t *trainCommand) carryOut(training, asked context.Context, c *configs.Config, again string) (*summary, error) {
	all, err := t.carryOutAll(training, asked, []configs.Member{{Config: c}}, again)
	if err != nil {
		return nil, err
	}
	return all[0].summary, all[0].fault
}

// outcome is what one of several runs has come to.
type outcome struct {
	configs.Member
	summary *summary // nil with a fault
	fault   error
}

// carryOutAll is carryOut for several runs that are trained together, each in its folder below t.out.
// The error is one that ended all of them.
func (t *trainCommand) carryOutAll(training, asked context.Context, members []configs.Member, again string) (all []outcome, err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	a := arithmeticOf(members[0].Config)
	o := train.Options{}
	tests := make([]data.Part, len(members))
	for i, m := range members {
		var part data.Part
		if part, tests[i], err = t.data.parts(m.Config); err == nil {
			err = data.Find(tests[i])
		}
		if err != nil {
			return nil, err
		}
		if arithmeticOf(m.Config) != a {
			return nil, usageErrorf("%s: want runs on one device to have one precision and one matmul, found two; train them one after the other", m.Name)
		}
		o.Members = append(o.Members, train.Member{Name: m.Name, Config: m.Config, Train: part})
	}
	if o.Device, err = t.device.open(asked, a); err != nil {
		return nil, err
	}
	defer o.Device.Close()
	kept := newKeeper(t.watchdog, o.Device, again)
	o.Device, o.Open = kept.Over(o.Device), kept.over(t.device.more(asked, o.Device, a))
	shown := newProgress(os.Stderr)
	o.Observer = shown
	session, err := train.Open(t.out, o)
	if err != nil {
		shown.Close()
		return nil, unwritable(err)
	}
	kept.session.Store(session)
	defer func() { err = errors.Join(err, session.Close()) }()
	results, err := session.Run(training)
	shown.Close()
	if err != nil {
		return nil, err
	}
	for i, r := range results {
		done := outcome{Member: members[i], fault: r.Fault}
		if r.Before && len(members) > 1 {
			done.summary = readSummary(r.Run.Dir())
		}
		if done.fault == nil && done.summary == nil {
			done.summary, done.fault = t.concludeOrEnd(asked, o.Device, &finished{r.Run, r.Trained}, tests[i], again)
		}
		all = append(all, done)
	}
	return all, nil
}

// again is the command that goes on with the run. What else was said is in its folder.
func (t *trainCommand) again(cmd *cobra.Command) string {
	line := cmd.CommandPath() + " --out " + word(t.out)
	for _, name := range []string{"data", "device", "threads"} {
		if flag := cmd.Flags().Lookup(name); flag.Changed {
			line += " --" + name + " " + word(flag.Value.String())
		}
	}
	return line
}

// unwritable says what to do where a folder may not be written to.
func unwritable(err error) error {
	refused := []error{fs.ErrPermission, fs.ErrExist, syscall.EROFS, syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG}
	if slices.ContainsFunc(refused, func(reason error) bool { return errors.Is(err, reason) }) {
		return usageErrorf("%w; choose another folder with --out", err)
	}
	return err
}

// word is a word of a command line as a shell takes it.
func word(s string) string {
	if strings.ContainsAny(s, " \t'") {
		return `"` + s + `"`
	}
	return s
}

// members are what to train: a file's, a run's, those of several runs, or the default one.
func (t *trainCommand) members(path string) ([]configs.Member, error) {
	if path == "" && t.out != "" {
		c, err := train.RunConfig(t.out, t.config.sets)
		if c != nil || err != nil {
			return []configs.Member{{Config: c}}, err
		}
		several, err := train.RunConfigs(t.out, t.config.sets)
		if len(several) > 0 || err != nil {
			return several, err
		}
	}
	grid, _, err := configs.LoadGrid(path, t.config.sets)
	if err != nil {
		return nil, err
	}
	return grid.Members, nil
}

// nameOf is what runs of a configuration are called.
func nameOf(path string) string {
	if path == "" {
		return "default"
	}
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// finished is a run whose training is done.
type finished struct {
	run     *run.Run
	trained *train.Trained
}

// concludeOrEnd is conclude, but a request to stop ends the process at once: what it
// computes takes long and is not kept by halves, and every file is written whole.
func (t *trainCommand) concludeOrEnd(asked context.Context, dev engine.Device, f *finished, test data.Part, again string) (*summary, error) {
	release := context.AfterFunc(asked, func() {
		tellError(os.Stderr, fmt.Errorf("%w; everything is trained; evaluate it with '%s'", train.ErrStopped, again))
		os.Exit(codeStopped)
	})
	s, err := t.conclude(dev, f, test)
	if !release() {
		select {} // The process is ending.
	}
	return s, err
}

// conclude evaluates the model and the yardstick on the test set, which is opened only
// now, draws the pictures and writes the summary.
func (t *trainCommand) conclude(dev engine.Device, f *finished, test data.Part) (*summary, error) {
	started := time.Now()
	set, err := test.Load()
	if err != nil {
		return nil, err
	}
	s, err := newSummary(f, t.device.countOn(dev))
	if err != nil {
		return nil, err
	}
	if s.Test, err = train.Evaluate(dev, f.trained, set, "test"); err != nil {
		return nil, err
	}
	if s.ByValidation, err = evaluateChosen(dev, f, set); err != nil {
		return nil, err
	}
	if yardstick := f.trained.Yardstick(); yardstick != nil {
		if s.Yardstick, err = train.Evaluate(dev, yardstick, set, "test"); err != nil {
			return nil, err
		}
	}
	if s.Pictures, err = draw(dev, f, set); err != nil {
		return nil, err
	}
	s.Seconds["evaluation"] = run.Float(time.Since(started).Seconds())
	return s, f.run.WriteSummary(s)
}

// evaluateChosen evaluates the step that the validation data would have chosen. A run whose
// checkpoint of it is damaged has its result all the same.
func evaluateChosen(dev engine.Device, f *finished, set *data.Set) (*train.Evaluation, error) {
	chosen, err := f.trained.ByValidation(&f.run.Folder)
	if err != nil {
		fmt.Fprintf(os.Stderr, "the step that the validation data chose is not evaluated: %v\n", err)
	}
	if chosen == nil {
		return nil, nil
	}
	return train.Evaluate(dev, chosen, set, "test")
}

// draw puts the pictures that the configuration asks for into the run folder and tells
// where in it they are.
func draw(dev engine.Device, f *finished, set *data.Set) (paths []string, err error) {
	if f.trained.Real {
		fmt.Fprintln(os.Stderr, "no pictures are drawn: the model was trained on real values, not on images")
		return nil, nil
	}
	all, err := pictures.All(dev, f.trained, set)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		path, err := f.run.Picture(p.Name, p.WritePNG)
		if err != nil {
			return nil, err
		}
		if path, err = filepath.Rel(f.run.Dir(), path); err != nil {
			return nil, err
		}
		paths = append(paths, filepath.ToSlash(path))
	}
	return paths, nil
}
