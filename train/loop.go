package train

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// looper is the training of one phase under way.
type looper struct {
	*session
	p       *phase
	step    int
	saved   int     // the step of the newest checkpoint, −1 before the first
	best    float64 // validation figure, the smaller the better
	started time.Time
	first   int           // the step this process began with
	earlier time.Duration // that other processes have spent on the phase
}

// loop trains a phase to its end and keeps its result.
func (s *session) loop(ctx context.Context, p *phase) error {
	l := &looper{session: s, p: p, saved: -1, best: math.Inf(1)}
	if err := l.resume(); err != nil {
		return err
	}
	l.first, l.started = l.step, time.Now()
	s.observer.Phase(p.name, l.step, p.steps)
	program := s.dev.Record(p.step)
	for l.step < p.steps {
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

// stop saves where the run stands, unless that was done already.
func (l *looper) stop() error {
	if l.saved == l.step {
		return ErrStopped
	}
	if err := l.sound(); err != nil {
		return err
	}
	if err := l.run.Timing(l.timing()); err != nil {
		return err
	}
	if err := l.save(false); err != nil {
		return err
	}
	return ErrStopped
}

// untilLook is how many steps there are until something is due.
func (l *looper) untilLook() int {
	n := l.p.steps - l.step
	for _, every := range []int{l.p.training.LogEvery, l.p.training.ValidationInterval(), l.config.Checkpoint.EverySteps} {
		n = min(n, every-l.step%every)
	}
	return n
}

// look does what is due after a step: metrics, validation, a checkpoint.
func (l *looper) look() error {
	t, last := &l.p.training, l.step == l.p.steps
	log := l.step%t.LogEvery == 0 || last
	validate := l.step%t.ValidationInterval() == 0 || last
	save := l.step%l.config.Checkpoint.EverySteps == 0 || last
	if !log && !validate && !save {
		return nil
	}
	if err := l.sound(); err != nil {
		return err
	}
	improved, err := l.journal(log, validate)
	if err != nil {
		return err
	}
	if err := l.run.Timing(l.timing()); err != nil || !save && !improved {
		return err
	}
	return l.save(improved)
}

// sound waits for the device and tells whether something has gone wrong.
func (l *looper) sound() error {
	if err := l.dev.Sync(); err != nil {
		return err
	}
	fault := l.p.learner.Fault(0)
	switch {
	case fault == nil:
		return nil
	case l.saved >= 0:
		return fmt.Errorf("%s: %w; the checkpoint of step %d stands", l.p.name, fault, l.saved)
	}
	return fmt.Errorf("%s: %w", l.p.name, fault)
}

// save writes a checkpoint.
func (l *looper) save(best bool) error {
	l.saved = l.step
	return l.run.Save(l.checkpoint(), best)
}

// journal writes the lines that are due and tells whether the validation data found
// the best result so far.
func (l *looper) journal(log, validate bool) (improved bool, err error) {
	if !log && !validate {
		return false, nil
	}
	m := Metrics{}
	if log {
		since := (l.step-1)%l.p.training.LogEvery + 1
		m = l.p.report(l.p.takeMeans(since))
	}
	m.Phase, m.Step, m.Epoch = l.p.name, l.step, run.Float(float64(l.step)/l.p.perEpoch)
	if validate && l.p.validate != nil {
		v, err := l.p.validate()
		if err != nil {
			return false, err
		}
		m.Validation = &v
		if improved = v.judges() && v.figure() < l.best; improved {
			l.best = v.figure()
		}
	}
	if err := l.run.Metrics(m); err != nil {
		return false, err
	}
	l.observer.Metrics(m)
	return improved, nil
}

// The tensors that only a checkpoint has, beside the models' parameters.
const (
	stateName   = "optimiser.state.%d"
	averageName = "optimiser.average"
	sumsName    = "metrics.sums"
	bestName    = "validation.best"
)

// checkpoint is everything that is needed to go on, to the bit.
func (l *looper) checkpoint() *run.Checkpoint {
	learner := l.p.learner
	c := &run.Checkpoint{Phase: l.p.name, Step: int64(l.step)}
	*l.values() = l.read(learner.Params.Values)
	c.Tensors = l.trained.tensors()
	flat := func(name string, values []float32) {
		c.Tensors = append(c.Tensors, safetensors.Tensor{Name: name, Shape: []int{len(values)}, Data: values})
	}
	for i, state := range learner.Params.States {
		if !state.IsNil() {
			flat(fmt.Sprintf(stateName, i), l.read(state))
		}
	}
	if !learner.Params.Average.IsNil() {
		flat(averageName, l.read(learner.Params.Average))
	}
	sums := l.p.sums()
	c.Tensors = append(c.Tensors, safetensors.Tensor{Name: sumsName, Shape: []int{len(sums)}, Data: sums})
	c.Tensors = append(c.Tensors, safetensors.Tensor{Name: bestName, Shape: []int{1}, Data: []float64{l.best}})
	l.stamp(c, l.p.steps)
	return c
}

// stamp says in a checkpoint's metadata what it is of, in a phase of so many steps.
func (s *session) stamp(c *run.Checkpoint, steps int) {
	c.Metadata = s.trained.metadata()
	// The key of the trained model's step is the checkpoint's own.
	c.Metadata[metaResultStep] = c.Metadata[metaStep]
	delete(c.Metadata, metaStep)
	c.Metadata[metaPhaseSteps] = strconv.Itoa(steps)
	c.Metadata[metaDigest], c.Metadata[metaDevice] = s.ds.digest, s.trained.Devices
}

// read copies an array of parameters to the host.
func (l *looper) read(a engine.Floats) []float32 {
	host := make([]float32, a.Len)
	l.dev.ReadFloats(host, a, 0)
	return host
}

// write fills an array from a checkpoint's tensor.
func (l *looper) write(a engine.Floats, c *run.Checkpoint, name string, n int) error {
	values, err := safetensors.Values[float32](&c.File, name, n)
	if err != nil {
		return err
	}
	l.dev.WriteFloats(a, 0, values)
	return nil
}

// values is where the phase's parameters are kept on the host.
func (l *looper) values() *[]float32 {
	for _, part := range l.trained.parts() {
		if part.name == l.p.name {
			return part.values
		}
	}
	panic("train: no model for phase " + l.p.name)
}

// resume goes on from the checkpoint that the run was opened with, if it is this
// phase's.
func (l *looper) resume() error {
	c := l.resumed
	l.resumed = nil
	if c == nil || c.Phase != l.p.name {
		return nil
	}
	learner, n := l.p.learner, l.p.learner.Layout.Size
	l.dev.WriteFloats(learner.Params.Values, 0, *l.values())
	for i, state := range learner.Params.States {
		if state.IsNil() {
			continue
		}
		if err := l.write(state, c, fmt.Sprintf(stateName, i), n); err != nil {
			return err
		}
	}
	if !learner.Params.Average.IsNil() {
		if err := l.write(learner.Params.Average, c, averageName, n); err != nil {
			return err
		}
	}
	sums, err := safetensors.Values[float64](&c.File, sumsName, len(l.p.terms))
	if err != nil {
		return err
	}
	l.p.setSums(sums)
	best, err := safetensors.Values[float64](&c.File, bestName, 1)
	if err != nil {
		return err
	}
	l.best = best[0]
	l.step, l.saved = int(c.Step), int(c.Step)
	learner.SetStep(l.step)
	l.tellResumed()
	times, err := Times(&l.run.Folder)
	l.earlier = times[l.p.name].Duration
	return err
}

func (l *looper) tellResumed() {
	phases := l.config.Phases()
	if l.step == l.p.steps && l.p.name == phases[len(phases)-1] {
		l.observer.Note(fmt.Sprintf("%s is trained to its end already", l.run.Dir()))
		return
	}
	l.observer.Note(fmt.Sprintf("going on from %s step %d of %d in %s", l.p.name, l.step, l.p.steps, l.run.Dir()))
}

// take keeps the phase's result: the last step's parameters, or those of the step
// that the validation data chose; averaged ones where there are any.
func (l *looper) take() error {
	if l.config.Select == "validation" {
		best, err := l.run.Best(l.p.name)
		if err != nil {
			return err
		}
		if best != nil {
			return l.takeBest(best)
		}
	}
	*l.values() = l.read(l.p.learner.Result())
	l.selected = l.step
	return nil
}

// takeBest keeps the result that a checkpoint holds.
func (l *looper) takeBest(best *run.Checkpoint) error {
	values, err := resultOf(best, l.p.learner.Layout)
	if err != nil {
		return err
	}
	*l.values(), l.selected = values, int(best.Step)
	return nil
}

// resultOf is what the phase of a checkpoint is trained for: averaged parameters where
// there are any.
func resultOf(c *run.Checkpoint, layout *model.Layout) ([]float32, error) {
	if _, ok := c.Lookup(averageName); ok {
		return safetensors.Values[float32](&c.File, averageName, layout.Size)
	}
	return importValues(layout, &c.File)
}
