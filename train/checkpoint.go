package train

import (
	"fmt"
	"strconv"
	"time"

	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/model/trained/format"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// The tensors that only a checkpoint has, beside the models' parameters.
const (
	stateName   = "optimiser.state.%d"
	averageName = "optimiser.average"
	sumsName    = "metrics.sums"
	bestName    = "validation.best"
)

// metaLogged is in a checkpoint's metadata the step of the last line of metrics, where that is no multiple of log_every.
const metaLogged = "logged_step"

// metaOwed is in a checkpoint's metadata where the look that was due at its step was not taken.
const metaOwed = "look_owed"

// save writes a checkpoint for the members of a replica that want one.
func (l *looper) save(replica int, wanted func(*member) bool) error {
	var state *run.Checkpoint
	return l.replicas[replica].each(func(m *member) error {
		if !wanted(m) {
			return nil
		}
		if state == nil {
			state = l.state(replica)
			// What was read from a device that has failed meanwhile must not come to the disk.
			if err := l.dev.Sync(); err != nil {
				return err
			}
		}
		best := m.improved
		m.saved, m.improved, l.saved = l.step, false, time.Now()
		l.session.pulse.keep(l.p.Name(), l.step)
		return m.run.Save(m.checkpoint(l, state), best)
	})
}

// state is what a replica needs to go on, to the bit, beside the parameters: these are left
// where its members keep them.
func (l *looper) state(replica int) *run.Checkpoint {
	params := &l.p.learner.Params
	values := l.p.learner.Read(params.Values, replica)
	for _, m := range l.replicas[replica].members {
		keepValues(l.p, m.trained, values)
	}
	c := &run.Checkpoint{Phase: l.p.Name(), Step: int64(l.step)}
	add := func(name string, a engine.Floats) {
		if !a.IsNil() {
			values := l.p.learner.Read(a, replica)
			c.Tensors = append(c.Tensors, safetensors.Tensor{Name: name, Shape: []int{len(values)}, Data: values})
		}
	}
	for i, state := range params.States {
		add(fmt.Sprintf(stateName, i), state)
	}
	add(averageName, params.Average)
	sums := l.p.sums(replica)
	c.Tensors = append(c.Tensors, safetensors.Tensor{Name: sumsName, Shape: []int{len(sums)}, Data: sums})
	return c
}

// checkpoint is a member's own: what is trained already, and the state.
func (m *member) checkpoint(l *looper, state *run.Checkpoint) *run.Checkpoint {
	c := &run.Checkpoint{Phase: state.Phase, Step: state.Step}
	c.Tensors = append(m.trained.Tensors(), state.Tensors...)
	c.Tensors = append(c.Tensors, safetensors.Tensor{Name: bestName, Shape: []int{1}, Data: []float64{m.best}})
	m.stamp(c, l.p.length)
	m.stampRollbacks(c)
	if l.owed {
		c.Metadata[metaOwed] = "true"
	}
	if l.logged != l.lastLine() && (l.owed || l.step < l.p.length) {
		c.Metadata[metaLogged] = strconv.Itoa(l.logged)
	}
	return c
}

// stamp says in a checkpoint's metadata what it is of, in a phase of so many steps.
func (m *member) stamp(c *run.Checkpoint, steps int) {
	c.Metadata = m.trained.Metadata()
	// The key of the trained model's step is the checkpoint's own.
	c.Metadata[format.ResultStep] = c.Metadata[format.Step]
	delete(c.Metadata, format.Step)
	c.Metadata[format.PhaseSteps] = strconv.Itoa(steps)
	c.Metadata[format.Digest], c.Metadata[format.Device] = m.trained.Data, m.trained.Devices
}

// resume goes on from the checkpoints that the runs were opened with, if they are this
// phase's. A group's members stand at one step.
func (l *looper) resume() error {
	first := l.replicas[0]
	l.step, l.owed = first.stands(l.p), first.owes(l.p)
	if l.logged = first.logged(l.p); l.logged < 0 {
		l.logged = l.lastLine()
	}
	members := 0
	for i, r := range l.replicas {
		if l.step > 0 {
			if err := l.restore(i, r.resumed); err != nil {
				return err
			}
		}
		members += len(r.members)
		if err := r.each(l.takeUp); err != nil {
			return err
		}
	}
	if l.step == 0 {
		return nil
	}
	l.p.learner.SetStep(l.step)
	l.session.pulse.keep(l.p.Name(), l.step)
	where := l.replicas[0].run.Dir()
	if members > 1 {
		where = fmt.Sprintf("%d runs", members)
	}
	l.session.observer.Note(fmt.Sprintf("going on from %s step %d of %d in %s", l.p.Name(), l.step, l.p.length, where))
	return nil
}

// restore writes a checkpoint's state to a replica.
func (l *looper) restore(replica int, c *run.Checkpoint) error {
	params := &l.p.learner.Params
	l.p.learner.Write(params.Values, replica, valuesOf(l.p, l.replicas[replica].trained))
	write := func(name string, a engine.Floats) error {
		if a.IsNil() {
			return nil
		}
		values, err := safetensors.Values[float32](&c.File, name, l.p.learner.Size(replica))
		if err == nil {
			l.p.learner.Write(a, replica, values)
		}
		return err
	}
	for i, state := range params.States {
		if err := write(fmt.Sprintf(stateName, i), state); err != nil {
			return err
		}
	}
	if err := write(averageName, params.Average); err != nil {
		return err
	}
	sums, err := safetensors.Values[float64](&c.File, sumsName, len(l.p.terms))
	if err == nil {
		l.p.setSums(replica, sums)
	}
	return err
}

// takeUp begins the phase for a member, or goes on with what is its own of a checkpoint.
func (l *looper) takeUp(m *member) error {
	c := m.resumed
	m.resumed = nil
	m.reset()
	if l.step == 0 {
		return nil
	}
	m.saved = l.step
	best, err := safetensors.Values[float64](&c.File, bestName, 1)
	if err != nil {
		return err
	}
	m.best = min(m.best, best[0])
	times, err := Times(&m.run.Folder)
	m.earlier, m.earlierWaiting = times[l.p.Name()].Duration, times[l.p.Name()].Waiting
	return err
}

// resultOf is what the phase of a checkpoint is trained for: averaged parameters where
// there are any.
func resultOf(c *run.Checkpoint, layout *model.Layout) ([]float32, error) {
	if _, ok := c.Lookup(averageName); ok {
		return safetensors.Values[float32](&c.File, averageName, layout.Size)
	}
	return format.Import(layout, &c.File)
}
