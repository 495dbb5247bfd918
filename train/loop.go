package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"ssdgm/train/run"
)

// looper is the training of one phase of a group under way.
type looper struct {
	*group
	p        *phase
	observer Observer
	sound    []int // the replicas in which nothing has gone wrong
	step     int
	started  time.Time
	first    int // the step this process began with
}

// loop trains a phase to its end and keeps the results.
func (s *Session) loop(ctx context.Context, g *group, p *phase) error {
	l := &looper{group: g, p: p, observer: s.observer}
	for r := range g.replicas {
		l.sound = append(l.sound, r)
	}
	if err := l.resume(); err != nil {
		return err
	}
	l.first, l.started = l.step, time.Now()
	s.observer.Phase(p.name, len(g.replicas), l.step, p.steps)
	program := g.dev.Record(p.step)
	for l.step < p.steps && len(l.sound) > 0 {
		if ctx.Err() != nil {
			return l.stop()
		}
		n := min(program.Ahead(), l.untilLook())
		program.Run(n)
		l.step += n
		s.observer.Step(l.step)
		if err := l.look(); err != nil {
			return err
		}
	}
	return l.take()
}

// stop saves where the runs stand, unless that was done already.
func (l *looper) stop() error {
	if err := l.sync(); err != nil {
		return err
	}
	for _, r := range l.sound {
		if l.replicas[r].saved == l.step {
			continue
		}
		if err := l.replicas[r].each(l.timing); err != nil {
			return err
		}
		if err := l.save(r, func(*member) bool { return true }); err != nil {
			return err
		}
	}
	if len(l.sound) == 0 {
		return nil
	}
	return ErrStopped
}

// untilLook is how many steps there are until something is due.
func (l *looper) untilLook() int {
	n := l.p.steps - l.step
	for _, every := range []int{l.p.training.LogEvery, l.p.training.ValidationInterval(), l.saveEvery()} {
		n = min(n, every-l.step%every)
	}
	return n
}

// saveEvery is the number of steps between two checkpoints; a group agrees on it.
func (l *looper) saveEvery() int { return l.replicas[0].config.Checkpoint.EverySteps }

// look does what is due after a step: metrics, validation, checkpoints.
func (l *looper) look() error {
	t, last := &l.p.training, l.step == l.p.steps
	log := l.step%t.LogEvery == 0 || last
	validate := l.step%t.ValidationInterval() == 0 || last
	save := l.step%l.saveEvery() == 0 || last
	if !log && !validate && !save {
		return nil
	}
	if err := l.sync(); err != nil {
		return err
	}
	if err := l.journal(log, validate); err != nil {
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
	return nil
}

// sync waits for the device and finds out in which replicas something has gone wrong. The
// others go on.
func (l *looper) sync() error {
	if err := l.dev.Sync(); err != nil {
		return err
	}
	l.sound = slices.DeleteFunc(l.sound, func(r int) bool {
		fault := l.p.learner.Fault(r)
		if fault != nil {
			l.replicas[r].fail(fmt.Errorf("%s: %w", l.p.name, fault))
		}
		return fault != nil
	})
	return nil
}

// fail ends a replica's training.
func (r *replica) fail(fault error) {
	for _, m := range r.members {
		m.fault = fault
		if m.saved >= 0 {
			m.fault = fmt.Errorf("%w; the checkpoint of step %d stands", fault, m.saved)
		}
	}
}

// journal writes the lines that are due and finds out for which members the validation data
// found the best result so far.
func (l *looper) journal(log, validate bool) error {
	var looks []Validation
	if validate && l.p.validate != nil {
		var err error
		if looks, err = l.p.validate(); err != nil {
			return err
		}
	}
	var lines []Metrics
	for _, r := range l.sound {
		line := Metrics{}
		if log {
			since := (l.step-1)%l.p.training.LogEvery + 1
			line = l.p.report(l.replicas[r].member, l.p.takeMeans(r, since))
		}
		line.Phase, line.Step, line.Epoch = l.p.name, l.step, run.Float(float64(l.step)/l.p.epochs(l.replicas[r].member))
		if looks != nil {
			line.Validation = &looks[r]
		}
		err := l.replicas[r].each(func(m *member) error {
			m.judge(line.Validation)
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
	if log || validate {
		l.observer.Metrics(lines)
	}
	return nil
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
		last := l.read(l.p.learner.Result(), r)
		for _, m := range l.replicas[r].members {
			if err := m.take(l.p.name, last, l.step); err != nil {
				return err
			}
		}
	}
	return nil
}

// take keeps a phase's result: the last step's parameters, or those of the step that the
// validation data chose.
func (m *member) take(name string, last []float32, step int) error {
	if m.config.Select == "validation" {
		best, err := m.run.Best(name)
		if err != nil {
			return err
		}
		if best != nil {
			if last, err = resultOf(best, m.trained.layout(name)); err != nil {
				return err
			}
			step = int(best.Step)
		}
	}
	m.trained.setValues(name, last)
	if name == "supervised" && m.config.Model != "supervised" {
		m.trained.yardstickStep = step
	} else {
		m.trained.Step = step
	}
	return nil
}

// takeEnded keeps the result of a phase that an earlier process has trained to its end.
func (m *member) takeEnded(s *Session, name string) error {
	c := m.resumed
	m.resumed = nil
	if !m.before {
		s.observer.Note(fmt.Sprintf("going on from %s step %d of %d in %s", name, c.Step, c.Step, m.run.Dir()))
	}
	if name == m.config.Baseline() {
		return nil // what it has learnt is there
	}
	last, err := resultOf(c, m.trained.layout(name))
	if err != nil {
		return err
	}
	return m.take(name, last, int(c.Step))
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
	m.best, m.saved, m.earlier, m.improved = math.Inf(1), -1, 0, false
}
