package train

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ssdgm/configs"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/run"
)

// Longer is by how much a finished run is to be extended: more steps of the phase whose result it is, after its first
// From ones, or where From is 0, after those that it has.
type Longer struct{ From, Steps int }

// ParseLonger reads STEPS or FROM+STEPS.
func ParseLonger(text string) (l Longer, err error) {
	from, steps, both := strings.Cut(text, "+")
	if !both {
		from, steps = "0", text
	}
	var first, second error
	l.From, first = strconv.Atoi(from)
	l.Steps, second = strconv.Atoi(steps)
	const most = 1<<31 - 1 // what a configuration may say
	if first != nil || second != nil || l.Steps < 1 || l.From < 0 || both && l.From == 0 || l.Steps > most-l.From {
		return l, data.InputErrorf("--extend %s: want a number of steps from 1, as in 1000, or the step after which they come too, as in 6000+1000", text)
	}
	return l, nil
}

// Extend records that the finished run in dir is to be longer, and says what that means; Open does what follows from
// it. What was trained stays valid: the run comes to the bit to what the configuration that it has from then on would
// have come to. The same extension twice is one: a command that is repeated after a crash, or after its end, adds
// nothing.
func Extend(dir string, by Longer) (line string, err error) {
	c, err := RunConfig(dir, nil)
	if err != nil {
		return "", err
	}
	if c == nil {
		return "", data.InputErrorf("--extend: want a finished run in %s, found none", dir)
	}
	phase := c.ResultPhase()
	if c.TrainingOf(phase) == nil {
		return "", data.InputErrorf("--extend: want a model that is trained step by step, found %s in %s, which learns in one go", phase, dir)
	}
	r, err := run.Open(dir, nil, run.Options{Phases: c.Phases(), Keep: 1})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	before, err := r.Extensions()
	if err != nil {
		return "", err
	}
	under, err := underWay(r, c)
	if err != nil {
		return "", err
	}
	for _, e := range before {
		if e.To-e.From == by.Steps && (by.From == 0 || by.From == e.From) {
			return again(dir, e, before[len(before)-1], under), nil
		}
	}
	if under {
		return "", data.InputErrorf("--extend: want a finished run, found %s not to be: go on with it first, as with %s", dir, message.Command("train", "--out", dir))
	}
	return lengthen(r, c, phase, by)
}

// underWay tells whether a run has not come to its end, or not to that of its last extension.
func underWay(r *run.Run, c *configs.Config) (bool, error) {
	newest, _, err := r.Latest(c.Phases()...)
	if err != nil {
		return false, err
	}
	return newest == nil || !r.Summarised() || outdated(newest, c), nil
}

// again says that an extension is on record, and after which step the last one comes to its end.
func again(dir string, e, last run.Extension, under bool) string {
	if under {
		return fmt.Sprintf("%s is being extended from %s step %d to %d, as asked for on %s: going on", dir, e.Phase, e.From, e.To, e.Date)
	}
	return fmt.Sprintf("%s was extended from %s step %d to %d already; to extend it once more, say after which step: --extend %d+%d",
		dir, e.Phase, e.From, e.To, last.To, e.To-e.From)
}

// lengthen records an extension of a finished run's phase.
func lengthen(r *run.Run, c *configs.Config, phase string, by Longer) (line string, err error) {
	end, err := r.End(phase)
	if err != nil {
		return "", err
	}
	if end == nil || !finished(end) {
		return "", data.InputErrorf("--extend: want the checkpoint at the end of %s in %s, found none: an earlier version or 'ckpt prune' removed it", phase, r.Dir())
	}
	if madeWith(end) == nil {
		return "", data.InputErrorf("--extend: want a run of this version, found %s to be of one that did not keep its configuration with its checkpoints", r.Dir())
	}
	t, from := c.TrainingOf(phase), int(end.Step)
	if by.From != 0 && by.From != from {
		return "", data.InputErrorf("--extend %d+%d: want the step at which %s of %s ends, which is %d", by.From, by.Steps, phase, r.Dir(), from)
	}
	rate, err := rateAfter(phase, t.Optimiser)
	if err != nil {
		return "", err
	}
	e := run.Extension{
		Phase: phase, Epochs: t.Epochs, Steps: t.Steps, From: from, To: from + by.Steps,
		Date: time.Now().UTC().Format(time.DateOnly), TestOpened: true,
	}
	if err := r.Extend(e); err != nil {
		return "", err
	}
	line = fmt.Sprintf("extending %s from %s step %d to %d: %s; its test labels have been opened before", r.Dir(), phase, e.From, e.To, rate)
	if phases := c.Phases(); phases[len(phases)-1] != phase {
		line += fmt.Sprintf("; %s comes after it again, as it was", phases[len(phases)-1])
	}
	return line, nil
}

// rateAfter says what becomes of a phase's rate after its end.
func rateAfter(phase string, o configs.Optimiser) (string, error) {
	switch {
	case o.Schedule == "cosine" && o.FinalRateFraction == 0:
		return "", data.InputErrorf("--extend: the rate of %s has fallen to 0 at its end, so that more steps would change nothing; "+
			"only a run with optimiser.final_rate_fraction above 0 can be extended", phase)
	case o.Schedule == "cosine":
		return fmt.Sprintf("its cosine has ended, and the rate stays at %g of the first", o.FinalRateFraction), nil
	case o.Schedule == "step":
		return fmt.Sprintf("the rate goes on falling, times %g every %d steps", o.StepFactor, o.StepEvery), nil
	}
	return "the rate stays as it is", nil
}

// extended is a configuration as the extensions of a run have made it.
func extended(folder *run.Folder, c *configs.Config) (*configs.Config, error) {
	all, err := folder.Extensions()
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		c = c.Lengthened(e.Phase, e.Epochs, e.Steps, e.From, e.To)
	}
	return c, nil
}

// extendedIn is extended of the run in a folder, if there is one.
func extendedIn(dir string, c *configs.Config) (*configs.Config, error) {
	folder, err := run.View(dir)
	if err != nil {
		return c, nil
	}
	return extended(folder, c)
}

// extendedMembers are members with the configurations that their runs have after extensions: who names the first one
// again goes on, too.
func extendedMembers(dir string, members []Member) ([]Member, error) {
	members = slices.Clone(members)
	for i := range members {
		var err error
		if members[i].Config, err = extendedIn(filepath.Join(dir, members[i].Name), members[i].Config); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// outdated tells whether a checkpoint is of a time before the run's last extension.
func outdated(c *run.Checkpoint, now *configs.Config) bool {
	made := madeWith(c)
	return made != nil && len(configs.Diff(made, now)) > 0
}

// reopen does what follows from an extension, unless that is done: from its first new checkpoint on. It may be ended at
// any moment, and begins again.
func (m *member) reopen() error {
	all, err := m.run.Extensions()
	if err != nil || len(all) == 0 {
		return err
	}
	phases := m.config.Phases()
	newest, _, err := m.run.Latest(phases...)
	if err != nil || newest == nil || !outdated(newest, m.config) {
		return nil // What is wrong with checkpoints is Resume's to say.
	}
	last := all[len(all)-1]
	if err := m.run.Reopen(run.Place{Phase: last.Phase, Step: int64(last.From)}, m.config.TOML()); err != nil {
		return err
	}
	if newest, _, err = m.run.Latest(phases...); err != nil || newest == nil {
		return err
	}
	if at, from := slices.Index(phases, newest.Phase), slices.Index(phases, last.Phase); at > from || at == from && newest.Step > int64(last.From) {
		return fmt.Errorf("%s: want the checkpoint of %s step %d, from which it is extended, found it damaged; restore it", m.run.Dir(), last.Phase, last.From)
	}
	return nil
}
