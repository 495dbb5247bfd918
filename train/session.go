package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
	"ssdgm/train/data"
	"ssdgm/train/data/spool"
	"ssdgm/train/run"
)

// ErrStopped is returned by Run when it was asked to stop: checkpoints to go on from
// have been saved.
var ErrStopped = errors.New("stopped on request")

// Observer is told how training gets on. Its methods are called from the loop and
// must return quickly.
type Observer interface {
	// Phase starts a phase of the given length for so many replicas, at the step they go
	// on from.
	Phase(name string, replicas, step, steps int)
	// Step comes after every step.
	Step(step int)
	// Metrics comes with every line of metrics.jsonl: one for each replica.
	Metrics(lines []Metrics)
	// Note is a line for the user: what was resumed, what was skipped and why.
	Note(line string)
}

// Options are what a session works with.
type Options struct {
	Members []Member
	// Device has one replica. It trains what has no company, and does what is done for one
	// model at a time.
	Device engine.Device
	// Open opens a device like Device for more replicas. The session closes it. It may be nil
	// where there is one member.
	Open     func(replicas int) (engine.Device, error)
	Observer Observer
}

// Member is one of the runs that are trained together. Members whose training examples are the
// same have one Train, a value that can be compared.
type Member struct {
	Name   string // of its folder below the session's; empty where it is the only one
	Config *configs.Config
	Train  data.Part // training cannot reach the test part
	Folder string    // where its data lie, to be remembered; empty where that is not known, or no file is read
	Fault  error     // why it cannot be trained, where that is known already
}

// Result is what a member has come to.
type Result struct {
	Run     *run.Run       // open until the session's Close; nil where a fault was found before
	Trained *trained.Model // nil with a fault
	// Train is the training part as the session has read it: where it is read again, of what is in a file nothing is.
	Train data.Part
	// Examples are those of the training part, in numbers; nil with a fault.
	Examples *Composition
	// Fault is what ended this member's training, and no other's.
	Fault error
	// Before says that it was trained to its end already, and Fitted that Fit has nothing to do.
	Before, Fitted bool
}

// Session is training under way: see Open.
type Session struct {
	dev      engine.Device // of one replica
	open     func(replicas int) (engine.Device, error)
	observer Observer
	notes    []string // of the data, until training begins
	members  []*member
	at       *station    // where the last group has trained; nil before the first
	asked    func() bool // tells whether training is to stop
	stores   []*spool.Store
	goesOn   bool // the same command is to go on with what is left
	pulse    pulse
}

// Run trains every phase of every member, going on from the newest checkpoints in their run
// folders, and leaves each result as model.safetensors. Members whose steps are of one shape
// share a device as its replicas, and one M1 where theirs would be the same; each comes to the
// bit to what it would come to alone. When ctx ends, Run saves after the step under way and
// returns ErrStopped.
func (s *Session) Run(ctx context.Context) (results []Result, err error) {
	defer func() {
		s.goesOn = errors.Is(err, ErrStopped) || errors.Is(err, engine.ErrDeviceFault)
		err = errors.Join(err, s.leave())
	}()
	s.asked = func() bool { return ctx.Err() != nil }
	defer s.pulse.reach("evaluation", 0, 0)
	s.pulse.reach("preparation", 0, 0)
	s.Beat()
	if err := s.begin(); err != nil {
		return nil, err
	}
	for _, p := range allPhases() {
		if err := s.phase(ctx, p); err != nil {
			return nil, s.locate(p, err)
		}
	}
	for _, m := range s.members {
		if m.fault != nil {
			results = append(results, Result{Run: m.run, Fault: m.fault})
			continue
		}
		fitted := m.before && m.takeFitted()
		if _, err := m.run.WriteModel(m.trained.File()); err != nil {
			return nil, err
		}
		results = append(results, Result{
			Run: m.run, Trained: m.trained, Train: m.ds.part, Examples: m.ds.used, Before: m.before, Fitted: fitted,
		})
	}
	return results, nil
}

// locate says of a device that has failed how far a phase had come, and from where the same command goes on.
func (s *Session) locate(p Phase, err error) error {
	if !errors.Is(err, engine.ErrDeviceFault) {
		return err
	}
	return fmt.Errorf("%s: %w; %s; the device or its node may be at fault: the same command goes on, on another node too", p.Name(), err, s.Where())
}

// begin takes up what earlier processes have left, and tells what is to be done.
func (s *Session) begin() error {
	for _, line := range s.notes {
		s.observer.Note(line)
	}
	if err := s.align(); err != nil {
		return err
	}
	ended := 0
	for _, m := range s.members {
		if m.fault == nil {
			m.fault = m.resume(s)
		}
		if m.fault == nil && m.before {
			ended++
		}
	}
	if fault := s.commonFault(); fault != nil {
		return fault
	}
	switch {
	case len(s.members) > 1:
		if ended > 0 {
			s.observer.Note(fmt.Sprintf("%d of %d runs are trained to their end already", ended, len(s.members)))
		}
		s.tellPlan()
	case ended > 0:
		s.observer.Note(fmt.Sprintf("%s is trained to its end already", s.members[0].run.Dir()))
	}
	return nil
}

// waiting are the members that have a phase, or what is left of it, before them.
func (s *Session) waiting(p Phase) []*member {
	var waiting []*member
	for _, m := range s.members {
		if m.fault == nil && m.awaits(p) && !m.ended(p) {
			waiting = append(waiting, m)
		}
	}
	return waiting
}

// phase trains one phase of all members that have it before them, group by group. Those that
// leave their group to go on from a checkpoint are in other groups afterwards.
func (s *Session) phase(ctx context.Context, p Phase) error {
	waiting := s.waiting(p)
	for _, m := range s.members {
		if m.fault == nil && m.ended(p) {
			m.fault = m.takeEnded(s, p)
		}
	}
	for len(waiting) > 0 {
		if err := s.round(ctx, p, waiting); err != nil {
			return err
		}
		waiting = slices.DeleteFunc(waiting, func(m *member) bool { return !m.back })
		for _, m := range waiting {
			if err := m.rewind(p); err != nil {
				return err
			}
		}
	}
	if len(s.members) == 1 {
		return s.members[0].fault
	}
	return nil
}

// round trains a phase of members until each has ended it or left its group.
func (s *Session) round(ctx context.Context, p Phase, members []*member) error {
	if p.onLatents() {
		for _, m := range members {
			if err := s.keepLatents(m, p); err != nil {
				return err
			}
		}
		members = slices.DeleteFunc(slices.Clone(members), func(m *member) bool { return m.fault != nil })
	}
	for _, replicas := range s.partition(members, p) {
		err := p.train(ctx, s, replicas)
		if err != nil {
			return replicas[0].explain(s.dev, p, len(replicas), err)
		}
	}
	return nil
}

// train takes a phase's steps of some replicas to its end.
func (s *Session) train(p descent, replicas []*replica) error {
	st, err := s.stand(len(replicas), replicas[0].ds.corpus)
	if err != nil {
		return err
	}
	mark := st.dev.Mark()
	defer st.dev.Release(mark)
	g := newGroup(st, replicas, s.asked)
	if err := p.prepare(s, g); err != nil {
		return err
	}
	s.tellMemory(replicas[0].member, p)
	t := p.build(g)
	t.start()
	return s.loop(g, t)
}

// station is a device with a data set's examples on it.
type station struct {
	dev      engine.Device
	before   engine.Mark // what was on the device
	corpus   *corpus
	examples infer.Input   // [n, d]
	waiting  time.Duration // for examples, since the phase began
}

// stand gives a station for so many replicas: the last one where it fits.
func (s *Session) stand(replicas int, c *corpus) (*station, error) {
	if s.at != nil && s.at.corpus == c && s.at.dev.Replicas() == replicas {
		return s.at, nil
	}
	if err := s.leave(); err != nil {
		return nil, err
	}
	dev := s.dev
	if replicas > 1 {
		var err error
		if dev, err = s.open(replicas); err != nil {
			return nil, err
		}
	}
	s.at = &station{dev: dev, before: dev.Mark(), corpus: c}
	var err error
	s.at.examples, err = c.upload(dev)
	if s.at.examples.Rows != nil {
		s.at.examples.Ahead = s.at.count
	}
	return s.at, err
}

// leave frees the last station.
func (s *Session) leave() error {
	at := s.at
	s.at = nil
	switch {
	case at == nil:
		return nil
	case at.dev == s.dev:
		at.dev.Release(at.before)
		return nil
	}
	return at.dev.Close()
}

// alone calls f with the device of one replica and a data set's examples on it.
func (s *Session) alone(c *corpus, f func(dev engine.Device, pixels infer.Input)) error {
	if s.at != nil && s.at.corpus == c && s.at.dev == s.dev {
		f(s.dev, s.at.examples)
		return cmp.Or(s.dev.Sync(), c.fault())
	}
	mark := s.dev.Mark()
	defer s.dev.Release(mark)
	examples, err := c.upload(s.dev)
	if err != nil {
		return err
	}
	if examples.Rows != nil {
		examples.Ahead = func(time.Duration) {}
	}
	f(s.dev, examples)
	return cmp.Or(s.dev.Sync(), c.fault())
}
