package experiment

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"ssdgm/configs"
	"ssdgm/train"
)

// trialSteps is how many steps of each phase a trial takes: a second or more of the phases of the paper's sizes, so that
// a moment in which other programs compute counts little.
const trialSteps = 150

// Trial is what a piece of some runs' training took here, and the whole of what is beside the steps: reading the data,
// the evaluation, the pictures.
type Trial struct {
	took   time.Duration
	pieces []piece
}

// piece is a phase's part in a trial.
type piece struct {
	phase             string
	entered, left     time.Time
	first, last       time.Time // when the first step was over, and the last
	firstStep, atStep int
	look              time.Duration // at the validation data
	epochs            float64       // that the steps are
}

// Trial trains a piece of runs that would be trained together, in a folder that it takes away again, and tells how
// long it took.
func (l *Lab) Trial(ctx context.Context, members []configs.Member) (*Trial, error) {
	return l.trial(ctx, members, time.Now)
}

// trial is Trial by a clock.
func (l *Lab) trial(ctx context.Context, members []configs.Member, now func() time.Time) (*Trial, error) {
	dir, err := os.MkdirTemp("", "ssdgm-trial-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // What is left of it is in nobody's way.
	pieces := make([]configs.Member, len(members))
	for i, m := range members {
		pieces[i] = configs.Member{Name: fmt.Sprint("run", i), Config: m.Config.Piece(trialSteps)}
	}
	clock := &stopwatch{now: now}
	quiet := *l
	quiet.Show, quiet.Note = func() Progress { return clock }, func(string) {}
	quiet.Stopped = func(error) {
		_ = os.RemoveAll(dir)
		l.Stopped(train.ErrStopped)
	}
	began := now()
	all, err := quiet.Run(ctx, ctx, dir, pieces, "the same command")
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if o.Fault != nil {
			return nil, o.Fault
		}
	}
	return &Trial{now().Sub(began), clock.pieces}, nil
}

// Predict is how long the whole runs take that the trial was a piece of, of which c is one.
func (t *Trial) Predict(c *configs.Config) time.Duration {
	total := t.took
	own := c.Phases()
	for _, p := range t.pieces {
		if !slices.Contains(own, p.phase) {
			total -= p.left.Sub(p.entered) // another run trains it
			continue
		}
		steps, epochs, every := c.Length(p.phase)
		if steps == 0 {
			steps = int(math.Round(float64(epochs) * float64(p.atStep) / max(p.epochs, math.SmallestNonzeroFloat64)))
		}
		total += time.Duration(float64(steps-p.atStep) * float64(p.each()))
		if every > 0 {
			total += time.Duration((steps+every-1)/every-1) * p.look
		}
	}
	return max(0, total)
}

// each is how long a step took after the first.
func (p *piece) each() time.Duration {
	if p.atStep <= p.firstStep {
		return 0
	}
	return p.last.Sub(p.first) / time.Duration(p.atStep-p.firstStep)
}

// stopwatch is the Progress of a trial.
type stopwatch struct {
	now    func() time.Time
	pieces []piece
}

func (s *stopwatch) Phase(name string, _, _, _ int) {
	now := s.now()
	s.pieces = append(s.pieces, piece{phase: name, entered: now, left: now})
}

func (s *stopwatch) Step(step int) {
	p, now := &s.pieces[len(s.pieces)-1], s.now()
	if p.firstStep == 0 {
		p.firstStep, p.first = step, now
	}
	p.atStep, p.last, p.left = step, now, now
}

func (s *stopwatch) Metrics(lines []train.Metrics) {
	p := &s.pieces[len(s.pieces)-1]
	p.left = s.now()
	p.look, p.epochs = p.left.Sub(p.last), float64(lines[0].Epoch)
}

func (*stopwatch) Note(string) {}
func (*stopwatch) Close()      {}
