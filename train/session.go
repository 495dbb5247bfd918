// Package train runs a configuration: data, phases, checkpoints, metrics, evaluation.
package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/train/data"
	"ssdgm/train/run"
)

// ErrStopped is returned by Run when it was asked to stop: a checkpoint to go on
// from has been saved.
var ErrStopped = errors.New("stopped on request")

// Observer is told how a run gets on. Its methods are called from the loop and
// must return quickly.
type Observer interface {
	// Phase starts a phase of the given length, at the step it goes on from.
	Phase(name string, step, steps int)
	// Step comes after every step.
	Step(step int)
	// Metrics comes with every line of metrics.jsonl.
	Metrics(m Metrics)
	// Note is a line for the user: what was resumed, what was skipped and why.
	Note(line string)
}

// Options are what Run works with.
type Options struct {
	Config   *configs.Config
	Run      *run.Run
	Device   engine.Device
	Train    data.Part // Run cannot reach the test part
	Observer Observer
}

// session is a run under way.
type session struct {
	config   *configs.Config
	run      *run.Run
	dev      engine.Device
	observer Observer
	ds       *dataset
	binarise engine.Binarise
	trained  *Trained
	input    input
	resumed  *run.Checkpoint // until the phase it belongs to has taken it up
	selected int             // the step whose parameters the last phase's result is
}

// Run trains every phase of the configuration, going on from the run folder's
// newest checkpoint, and leaves the result as model.safetensors. When ctx ends, it
// saves after the step under way and returns ErrStopped.
func Run(ctx context.Context, o Options) (*Trained, error) {
	s := &session{
		config: o.Config, run: o.Run, dev: o.Device, observer: o.Observer,
		binarise: binarises[o.Config.Data.Binarise],
	}
	if err := s.open(o.Train); err != nil {
		return nil, err
	}
	for _, name := range s.config.Phases() {
		if err := s.phase(ctx, name); err != nil {
			return nil, s.explain(name, err)
		}
	}
	return s.trained, s.finish()
}

// open loads the data and what an earlier process has left.
func (s *session) open(part data.Part) error {
	checkpoint, warnings, err := s.run.Resume()
	if err != nil {
		return err
	}
	for _, w := range warnings {
		s.observer.Note(w)
	}
	if s.ds, err = loadDataset(s.config, part, s.dev); err != nil {
		return err
	}
	s.trained = newTrained(s.config, s.ds.d, s.ds.height, s.ds.width, s.ds.classes)
	s.trained.Devices = s.dev.Name()
	if checkpoint == nil {
		return s.adoptM1()
	}
	if found := checkpoint.Metadata[metaDigest]; found != s.ds.digest {
		return data.InputErrorf("%s: the checkpoint was trained on data with sha256 %.12s…, found %.12s…; give the same data or another --out",
			s.run.Dir(), found, s.ds.digest)
	}
	s.trained.Devices = checkpoint.Metadata[metaDevice]
	if before := lastDevice(s.trained.Devices); before != s.dev.Name() && !s.ends(checkpoint) {
		s.trained.Devices += fmt.Sprintf(moved, checkpoint.Phase, checkpoint.Step, s.dev.Name())
		s.observer.Note(fmt.Sprintf("going on from %s step %d on %s; it was trained on %s until here, so the numbers are not those of one device",
			checkpoint.Phase, checkpoint.Step, s.dev.Name(), before))
	}
	s.resumed = checkpoint
	if s.trained.Step, err = strconv.Atoi(checkpoint.Metadata[metaResultStep]); err != nil {
		return fmt.Errorf("%s: checkpoint %s step %d: want a number as %q in its metadata, found %q",
			s.run.Dir(), checkpoint.Phase, checkpoint.Step, metaResultStep, checkpoint.Metadata[metaResultStep])
	}
	return s.trained.restore(&checkpoint.File)
}

// ends tells whether no step of the run is left after a checkpoint.
func (s *session) ends(c *run.Checkpoint) bool {
	phases := s.config.Phases()
	return c.Phase == phases[len(phases)-1] && finished(c)
}

// finished tells whether a checkpoint is the last of its phase.
func finished(c *run.Checkpoint) bool {
	return c.Metadata[metaPhaseSteps] == strconv.FormatInt(c.Step, 10)
}

// moved continues the list of devices when a run goes on elsewhere.
const moved = ", then from %s step %d on %s"

// lastDevice is the device that a list of them ends with.
func lastDevice(devices string) string {
	if i := strings.LastIndex(devices, " on "); i >= 0 {
		return devices[i+len(" on "):]
	}
	return devices
}

// adoptM1 takes a trained M1 from elsewhere where the configuration says so.
func (s *session) adoptM1() error {
	if s.trained.M1 == nil {
		return nil
	}
	values, err := adopted(s.config, s.trained.M1)
	s.trained.M1Values = values
	return err
}

// phase trains one phase, unless it is finished already.
func (s *session) phase(ctx context.Context, name string) error {
	mark := s.dev.Mark()
	defer s.dev.Release(mark)
	order := s.config.Phases()
	if s.resumed != nil && index(order, name) < index(order, s.resumed.Phase) {
		return nil
	}
	if name == s.config.Baseline() {
		return s.fit(ctx, name)
	}
	p, err := s.newPhase(name)
	if err != nil {
		return err
	}
	if err := s.loop(ctx, p); err != nil {
		return err
	}
	if name == "supervised" && s.config.Model != "supervised" {
		s.trained.yardstickStep = s.selected
	} else {
		s.trained.Step = s.selected
	}
	return nil
}

func (s *session) newPhase(name string) (*phase, error) {
	switch name {
	case "m1":
		return s.m1Phase(), nil
	case "supervised":
		return s.supervisedPhase(), nil
	default:
		if err := s.prepareInput(); err != nil {
			return nil, err
		}
		return s.m2Phase(), nil
	}
}

// prepareInput makes the input of M2 or of a baseline: the pixels, or M1's features of them, of the latents
// whose mean varies more than keep_above over the training examples.
func (s *session) prepareInput() error {
	pixels := input{images: s.ds.images, width: s.ds.d}
	if s.config.HasM1() && s.trained.Kept == nil {
		if err := s.keepLatents(pixels); err != nil {
			return err
		}
	}
	s.input = features(s.dev, s.trained, pixels, s.ds.n)
	return nil
}

func (s *session) keepLatents(pixels input) error {
	latents := s.trained.M1.Latents
	m := newMoments(latents)
	eachEncoded(s.dev, s.trained, pixels, s.ds.everyone, func(_ int, stats []float32) {
		for ; len(stats) > 0; stats = stats[2*latents:] {
			m.add(stats)
		}
	})
	kept := m.above(s.config.M1.KeepAbove)
	if len(kept) == 0 {
		return data.InputErrorf("m1.keep_above = %g drops all %d latents: their means vary less over the training data; lower it, with another --out and m1.from = %q to use this M1 again, or train M1 for longer",
			s.config.M1.KeepAbove, latents, s.run.Dir())
	}
	s.trained.keep(kept)
	s.observer.Note(fmt.Sprintf("%s works on %d of %d latents, those whose mean has a standard deviation above %g", cmp.Or(s.config.Baseline(), "m2"), len(kept), latents, s.config.M1.KeepAbove))
	return nil
}

// finish writes the result.
func (s *session) finish() error {
	_, err := s.run.WriteModel(s.trained.File(s.ds.digest))
	return err
}

func index(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}
