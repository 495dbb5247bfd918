// Package experiment carries runs out from their first step to their last file: it trains the members of a grid
// together, evaluates what comes of each on the test set, which is opened only then, draws the pictures and writes
// summary.json. It knows no device and no terminal: the caller opens the one and shows progress on the other.
package experiment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// Device is what an experiment computes on.
type Device struct {
	engine.Device // of one replica; the experiment closes it
	// More opens a device like it for more replicas.
	More    func(replicas int) (engine.Device, error)
	Threads int // of the CPU's; 0 on a card
}

// Progress shows how training gets on. Close comes before anything else is written.
type Progress interface {
	train.Observer
	Close()
}

// Lab is what experiments are made with.
type Lab struct {
	// Locate opens a configuration's data set for the run in a folder.
	Locate func(dir string, c *configs.Config) (train.Located, error)
	// Open opens the device that a configuration asks for. It is called once, when all data sets have been found.
	Open func(ctx context.Context, c *configs.Config) (Device, error)
	// Show begins to show progress.
	Show func() Progress
	// Note takes a line for the user. It may be called from any goroutine.
	Note func(line string)
	// Watchdog is how long a device may take to answer; 0: DefaultWatchdog.
	Watchdog time.Duration
	// Hung is told that a device does not answer, and Stopped that the evaluation was asked to stop: what it
	// computes takes long and is not kept by halves, and every file is written whole. Both end the process.
	Hung, Stopped func(err error)
}

// Outcome is what one of several runs has come to.
type Outcome struct {
	configs.Member
	Summary *report.Summary // nil with a fault
	Fault   error           // what ended this run, and no other
}

// gcPercent keeps garbage small beside what lives: what a run allocates is few and large,
// and its loop allocates nothing, so that collecting often costs no time.
const gcPercent = 25

// Run trains members together, each in its folder below dir or, where it is the only one and has no name, in dir
// itself, and evaluates what comes of them. When training ends, training is stopped, so that it can go on; asked
// ends the evaluation too. again is told as the command that goes on. The error is one that ended all of them.
func (l *Lab) Run(
	training, asked context.Context, dir string, members []configs.Member, again string,
) (all []Outcome, err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	o, tests, err := l.find(dir, members)
	if err != nil {
		return nil, err
	}
	dev, err := l.Open(asked, members[0].Config)
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	kept := newKeeper(l, dev.Device, again)
	o.Device, o.Open = kept.Over(dev.Device), kept.over(dev.More)
	shown := l.Show()
	o.Observer = shown
	session, err := train.Open(dir, o)
	if err != nil {
		shown.Close()
		return nil, run.Unwritable(err)
	}
	kept.session.Store(session)
	defer func() { err = errors.Join(err, session.Close()) }()
	release := kept.answer(training, l.Note)
	results, err := session.Run(training)
	release()
	shown.Close()
	if err != nil {
		return nil, err
	}
	for i, r := range results {
		done := Outcome{Member: members[i], Fault: r.Fault}
		if r.Before && r.Fitted && len(members) > 1 {
			done.Summary = evaluatedBefore(r.Run.Dir(), tests[i] != nil)
		}
		if done.Fault == nil && done.Summary == nil {
			e := &evaluation{
				lab: l, dev: o.Device, threads: dev.Threads, Result: r,
			}
			done.Summary, done.Fault = e.concludeOrEnd(asked, tests[i], again)
		}
		all = append(all, done)
	}
	return all, nil
}

// find finds the members' data, of which no more is opened of the tests' yet than their heads. A member whose data are not there has a fault.
func (l *Lab) find(dir string, members []configs.Member) (o train.Options, tests []data.Part, err error) {
	first := members[0].Config
	faults := make([]error, len(members))
	for i, m := range members {
		if m.Config.Precision != first.Precision || m.Config.MatMul != first.MatMul {
			return o, nil, data.InputErrorf("%s: want runs on one device to have one precision and one matmul, found two; "+
				"train them one after the other", m.Name)
		}
		found, err := l.Locate(filepath.Join(dir, m.Name), m.Config)
		if err == nil {
			err = data.Fit(found.Test)
		}
		faults[i] = err
		tests = append(tests, found.Test)
		o.Members = append(o.Members,
			train.Member{Name: m.Name, Config: m.Config, Train: found.Train, Folder: found.Folder, Fault: err})
	}
	return o, tests, train.CommonFault(faults)
}

// evaluatedBefore reads what a run came to before; nil where it was not evaluated, or that is damaged.
func evaluatedBefore(dir string, tested bool) *report.Summary {
	s, err := report.ReadSummary(dir)
	if err != nil || tested && s.Test == nil {
		return nil
	}
	return s
}

// Failures takes the runs that have come to their end out of all, and tells of each other one. The error is that of
// the whole: a mistake of the user's where all have failed by such.
func Failures(all []Outcome, tell func(err error)) (done []report.Member, failed []report.Failure, err error) {
	mistakes := 0
	for _, o := range all {
		if o.Fault == nil {
			done = append(done, report.Member{Member: o.Member, Summary: o.Summary})
			continue
		}
		// What ended one of them is told in full, but is not what the others end by.
		tell(fmt.Errorf("%s: %w", o.Name, o.Fault))
		failed = append(failed, report.Failure{Name: o.Name, Reason: o.Fault.Error()})
		if errors.Is(o.Fault, data.ErrInput) {
			mistakes++
		}
	}
	switch {
	case len(failed) == 0:
	case mistakes == len(all):
		err = data.InputErrorf("all of %d runs failed; what is wrong with them is said above", len(all))
	default:
		err = fmt.Errorf("%d of %d runs failed; what is wrong with them is said above", len(failed), len(all))
	}
	return done, failed, err
}
