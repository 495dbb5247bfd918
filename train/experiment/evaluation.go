package experiment

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/pictures"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// evaluation is that of a run whose training is done.
type evaluation struct {
	lab     *Lab
	dev     engine.Device
	threads int
	run     *run.Run
	trained *trained.Model
}

// concludeOrEnd is conclude, but a request to stop ends the process at once.
func (e *evaluation) concludeOrEnd(asked context.Context, test data.Part, again string) (*report.Summary, error) {
	release := context.AfterFunc(asked, func() {
		e.lab.Stopped(fmt.Errorf("%w; everything is trained; evaluate it with %s", train.ErrStopped, again))
	})
	s, err := e.conclude(test)
	if !release() {
		select {} // The process is ending.
	}
	if errors.Is(err, engine.ErrDeviceFault) {
		err = fmt.Errorf("%w; everything is trained; the device or its node may be at fault: evaluate it, on another node too, with %s", err, again)
	}
	return s, err
}

// conclude evaluates the model and the yardstick on the test set, which is opened only
// now, draws the pictures and writes the summary.
func (e *evaluation) conclude(test data.Part) (*report.Summary, error) {
	started := time.Now()
	set, err := data.Load(test, e.lab.Note)
	if err != nil {
		return nil, err
	}
	if err := e.foretell(set); err != nil {
		return nil, err
	}
	s, err := report.NewSummary(e.trained, &e.run.Folder, e.threads)
	if err != nil {
		return nil, err
	}
	if s.Test, err = e.evaluate(e.trained, set); err != nil {
		return nil, err
	}
	if s.ByValidation, err = e.chosen(set); err != nil {
		return nil, err
	}
	if yardstick := e.trained.Yardstick(); yardstick != nil {
		if s.Yardstick, err = e.evaluate(yardstick, set); err != nil {
			return nil, err
		}
	}
	if s.Pictures, err = e.draw(set); err != nil {
		return nil, err
	}
	s.Seconds["evaluation"] = run.Float(time.Since(started).Seconds())
	return s, e.run.WriteSummary(s)
}

// foretell says how long the evaluation may take, where that is long.
func (e *evaluation) foretell(set *data.Set) error {
	times, err := train.Times(&e.run.Folder)
	if err != nil {
		return err
	}
	took := train.EvaluationTime(times, set.N*e.trained.Config.Eval.Samples)
	if took >= time.Second {
		e.lab.Note(fmt.Sprintf("evaluating on %s test images takes about %s", report.Thousands(set.N), report.Duration(took)))
	}
	return nil
}

// evaluate is a model's evaluation on the test set.
func (e *evaluation) evaluate(m *trained.Model, set *data.Set) (*trained.Evaluation, error) {
	return m.On(e.dev).Evaluate(context.Background(), train.ExamplesOf(set, "test"))
}

// chosen evaluates the step that the validation data would have chosen. A run whose
// checkpoint of it is damaged has its result all the same.
func (e *evaluation) chosen(set *data.Set) (*trained.Evaluation, error) {
	chosen, err := train.ByValidation(e.trained, &e.run.Folder)
	if err != nil {
		e.lab.Note(fmt.Sprintf("%s: the step that the validation data chose is not evaluated: %v", e.run.Dir(), err))
	}
	if chosen == nil {
		return nil, nil
	}
	return e.evaluate(chosen, set)
}

// draw puts the pictures that the configuration asks for into the run folder and tells
// where in it they are.
func (e *evaluation) draw(set *data.Set) (paths []string, err error) {
	if e.trained.Real() {
		e.lab.Note(e.run.Dir() + ": no pictures are drawn: the model was trained on real values, not on images")
		return nil, nil
	}
	all, err := pictures.All(e.dev, e.trained, set)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		path, err := e.run.Picture(p.Name, p.WritePNG)
		if err != nil {
			return nil, err
		}
		if path, err = filepath.Rel(e.run.Dir(), path); err != nil {
			return nil, err
		}
		paths = append(paths, filepath.ToSlash(path))
	}
	return paths, nil
}
