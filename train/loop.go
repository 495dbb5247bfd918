package train

import (
	"fmt"
	"math"
	"slices"
	"time"

	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/train/run"
)

// looper is the training of one phase of a group under way.
type looper struct {
	*group
	p       *training
	session *Session
	sound   []int // the replicas in which nothing has gone wrong
	step    int
	logged  int  // the step of the last line of metrics, at which the sums began
	owed    bool // the look that was due at this step was given up, or is so in the checkpoint
	started time.Time
	first   int // the step this process began with
	pace    pace
	told    bool      // how long a step takes
	saved   time.Time // when the newest checkpoint was
}

// loop trains a phase to its end and keeps the results.
func (s *Session) loop(g *group, p *training) error {
	l := &looper{group: g, p: p, session: s}
	for r := range g.replicas {
		l.sound = append(l.sound, r)
	}
	if err := l.resume(); err != nil {
		return err
	}
	l.first, l.started, l.saved, l.waiting = l.step, time.Now(), time.Now(), 0
	var all []*member
	for _, r := range g.replicas {
		all = append(all, r.members...)
	}
	s.introduce(p.Name(), all...)
	s.observer.Phase(p.Name(), len(g.replicas), l.step, p.length)
	if err := l.begin(); err != nil {
		return err
	}
	steps := engine.Recorded(p.step)
	if err := l.foretell(steps.Steps()); err != nil {
		return err
	}
	program := steps.Compile(g.dev)
	feed := l.newFeed(l.step)
	defer feed.stop()
	l.pace.restart()
	for l.step < p.length && len(l.sound) > 0 && !s.asked() {
		n, err := feed.ready(min(program.Ahead(), l.untilLook(), l.pace.room()))
		if err != nil {
			return err
		}
		program.Run(n)
		l.advance(n)
		if err := l.look(); err != nil {
			return err
		}
	}
	if l.owed || l.step < p.length && len(l.sound) > 0 {
		return l.stop()
	}
	return l.take()
}

// begin does what is to be done before the first step.
func (l *looper) begin() error {
	l.session.pulse.reach(l.p.Name(), l.step, l.p.length)
	if l.owed {
		if err := l.look(); l.owed || err != nil {
			return err
		}
	}
	for _, r := range l.sound {
		if err := l.replicas[r].each(l.tellRollbacks); err != nil {
			return err
		}
	}
	return nil
}

// advance counts steps that the device was asked for.
func (l *looper) advance(steps int) {
	l.step += steps
	l.pace.asked += steps
	l.session.pulse.reach(l.p.Name(), l.step, l.p.length)
	l.session.observer.Step(l.step)
}

// stop saves where the runs stand, unless that was done already.
func (l *looper) stop() error {
	if err := l.sync(); err != nil {
		return err
	}
	if err := l.saveWhere(func(m *member) bool { return m.saved != l.step }); err != nil {
		return err
	}
	if len(l.sound) == 0 {
		return nil
	}
	return ErrStopped
}

// saveWhere saves the members of sound replicas that want it, each with a line of timing.
func (l *looper) saveWhere(wanted func(*member) bool) error {
	for _, r := range l.sound {
		if !wanted(l.replicas[r].member) {
			continue
		}
		if err := l.replicas[r].each(l.timing); err != nil {
			return err
		}
		if err := l.save(r, wanted); err != nil {
			return err
		}
	}
	return nil
}

// untilLook is how many steps there are until something is due.
func (l *looper) untilLook() int {
	n := l.p.length - l.step
	for _, every := range []int{l.p.rule.LogEvery, l.p.rule.ValidationInterval(), l.saveEvery()} {
		n = min(n, every-l.step%every)
	}
	return n
}

// saveEvery is the number of steps between two checkpoints; a group agrees on it.
func (l *looper) saveEvery() int { return l.replicas[0].config.Checkpoint.EverySteps }

// look does what is due after a step: metrics, validation, checkpoints. Where the session is
// asked to stop in the middle, nothing of it is done, and it is owed.
func (l *looper) look() error {
	t, last := &l.p.rule, l.step == l.p.length
	log := l.step%t.LogEvery == 0 || last
	validate := l.step%t.ValidationInterval() == 0 || last
	save := l.step%l.saveEvery() == 0 || last
	if !log && !validate && !save {
		return l.keepUp()
	}
	if err := l.sync(); err != nil {
		return err
	}
	l.owed = false
	if err := l.journal(log, validate); l.owed || err != nil {
		return err
	}
	for _, r := range l.sound {
		if err := l.replicas[r].each(l.timing); err != nil {
			return err
		}
		if err := l.save(r, func(m *member) bool { return save || m.improved }); err != nil {
			return err
		}
	}
	l.part()
	l.pace.restart()
	return nil
}

// keepUp waits for the device where it is far enough behind, and saves where that has not been
// done for long.
func (l *looper) keepUp() error {
	if !l.pace.over() {
		return nil
	}
	if err := l.dev.Sync(); err != nil {
		return err
	}
	l.waited()
	every := time.Duration(l.replicas[0].config.Checkpoint.EverySeconds * float64(time.Second))
	if every == 0 || time.Since(l.saved) < every {
		return nil
	}
	if err := l.sync(); err != nil {
		return err
	}
	err := l.saveWhere(func(*member) bool { return true })
	l.pace.restart()
	return err
}

// sync waits for the device and finds out in which replicas something has gone wrong. The
// others go on.
func (l *looper) sync() error {
	if err := l.dev.Sync(); err != nil {
		return err
	}
	l.waited()
	l.sound = slices.DeleteFunc(l.sound, func(r int) bool {
		fault := l.p.learner.Fault(r)
		if fault != nil {
			fault.Examples = l.examplesOf(fault)
			l.fail(l.replicas[r], fault)
		}
		return fault != nil
	})
	return nil
}

// fail ends a replica's training, or sends it back.
func (l *looper) fail(r *replica, fault *model.Fault) {
	for _, m := range r.members {
		if m.rollBack(fault) {
			cut := m.cuts[len(m.cuts)-1]
			l.session.note(m, fmt.Sprintf("%s: step %d: %s of seed %d is not finite; back to step %d, and on with %.3g times the rate: rollback %d of %d",
				l.p.Name(), fault.Step, fault.Where, fault.Seed, cut, m.rateFactor(cut), len(m.cuts), m.config.Rollbacks))
			continue
		}
		m.fault = fmt.Errorf("%s: %w", l.p.Name(), fault)
		if scales := m.ds.scales(); scales != "" {
			m.fault = fmt.Errorf("%w; the likely cause is %s", m.fault, scales)
		}
		if m.saved >= 0 {
			m.fault = fmt.Errorf("%w; the checkpoint of step %d stands", m.fault, m.saved)
		}
	}
}

// journal writes the lines that are due and finds out for which members the validation data
// found the best result so far.
func (l *looper) journal(log, validate bool) error {
	var looks []Validation
	if validate && l.p.validate != nil {
		var err error
		if looks, err = l.p.validate(); err == nil {
			err = l.corpus.fault()
		}
		if err != nil {
			return err
		}
		if l.owed = l.session.asked(); l.owed {
			return nil
		}
	}
	var lines []Metrics
	for _, r := range l.sound {
		line := Metrics{}
		if log {
			line = l.p.report(l.replicas[r].member, l.p.takeMeans(r, l.step-l.logged))
		}
		line.Phase, line.Step, line.Epoch = l.p.Name(), l.step, run.Float(float64(l.step)/l.p.epochs(l.replicas[r].member))
		if looks != nil {
			line.Validation = &looks[r]
		}
		err := l.replicas[r].each(func(m *member) error {
			m.judge(line.Validation)
			l.watchBound(m, &line)
			if !log && !validate {
				return nil
			}
			return m.run.Metrics(line)
		})
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	if log {
		l.logged = l.step
	}
	if log || validate {
		l.session.observer.Metrics(lines)
	}
	return nil
}

// lastLine is the step of the last line of metrics that log_every asks for.
func (l *looper) lastLine() int {
	taken := l.step
	if l.owed {
		taken--
	}
	return taken - taken%l.p.rule.LogEvery
}

// judge finds out whether a look at the validation data found the best result so far.
func (m *member) judge(v *Validation) {
	m.improved = v != nil && v.judges() && v.figure() < m.best
	if m.improved {
		m.best = v.figure()
	}
}

// take keeps the replicas' results.
func (l *looper) take() error {
	for _, r := range l.sound {
		last := l.p.learner.Read(l.p.learner.Result(), r)
		if err := l.dev.Sync(); err != nil {
			return err
		}
		for _, m := range l.replicas[r].members {
			m.rollbacks = rollbacks{}
			if err := m.take(l.p, last, l.step); err != nil {
				return err
			}
		}
	}
	return nil
}

// take keeps a phase's result: the last step's parameters, or those of the step that the
// validation data chose.
func (m *member) take(p Phase, last []float32, step int) error {
	if m.config.Select == "validation" {
		best, err := m.run.Best(p.Name())
		if err != nil {
			return err
		}
		if best != nil {
			if last, err = resultOf(best, layoutOf(p, m.trained)); err != nil {
				return err
			}
			step = int(best.Step)
		}
	}
	keepValues(p, m.trained, last)
	p.finish(m.trained, step)
	return nil
}

// takeEnded keeps the result of a phase that an earlier process has trained to its end.
func (m *member) takeEnded(s *Session, p Phase) error {
	c := m.resumed
	m.resumed, m.rollbacks = nil, rollbacks{}
	if !m.before {
		s.observer.Note(fmt.Sprintf("going on from %s step %d of %d in %s", p.Name(), c.Step, c.Step, m.run.Dir()))
	}
	return m.takeFrom(c)
}

// takeFrom keeps the result of the phase whose last checkpoint this is.
func (m *member) takeFrom(c *run.Checkpoint) error {
	p := phaseOf(c.Phase)
	if len(p.parts(m.trained)) == 0 {
		return nil // what it has learnt is there
	}
	last, err := resultOf(c, layoutOf(p, m.trained))
	if err != nil {
		return err
	}
	return m.take(p, last, int(c.Step))
}

// each calls f for all members of a replica.
func (r *replica) each(f func(m *member) error) error {
	for _, m := range r.members {
		if err := f(m); err != nil {
			return err
		}
	}
	return nil
}

// reset forgets what a phase left.
func (m *member) reset() {
	m.best, m.saved, m.earlier, m.earlierWaiting, m.improved, m.trend = math.Inf(1), -1, 0, 0, false, trend{}
	if m.given != nil {
		m.best = *m.given
	}
}
