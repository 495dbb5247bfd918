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
	train.Result
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

// conclude fits what tells how far the model's answers are to be trusted, evaluates it and the yardstick on the test
// set, which is opened only then, draws the pictures and writes the summary.
func (e *evaluation) conclude(test data.Part) (*report.Summary, error) {
	started := time.Now()
	examples, err := train.Judging(e.Trained.Config, e.Train, test, e.lab.Note)
	if err != nil {
		return nil, err
	}
	if err := e.foretell(examples); err != nil {
		return nil, err
	}
	if err := e.Fit(context.Background(), e.dev); err != nil {
		return nil, err
	}
	s, err := report.NewSummary(e.Trained, &e.Run.Folder, e.threads)
	if err != nil {
		return nil, err
	}
	s.Examples = e.Examples.With(examples)
	if err := e.figures(s, examples); err != nil {
		return nil, err
	}
	if s.Pictures, err = e.draw(examples.Set); err != nil {
		return nil, err
	}
	s.Seconds["evaluation"] = run.Float(time.Since(started).Seconds())
	return s, e.Run.WriteSummary(s)
}

// figures are those of the examples that the run is judged by, if there are any.
func (e *evaluation) figures(s *report.Summary, examples train.Judges) error {
	if examples.N == 0 {
		e.lab.Note(e.Run.Dir() + ": no figure is told: there is neither a test part nor a validation example; " +
			"data.test_path names one, data.test_fraction draws one")
		return nil
	}
	judged, err := e.evaluate(e.Trained, examples)
	if err != nil {
		return err
	}
	if examples.Split == train.TestSplit {
		s.Test = judged
		if s.ByValidation, err = e.chosen(examples); err != nil {
			return err
		}
	} else {
		s.Validation = judged
	}
	if yardstick := e.Trained.Yardstick(); yardstick != nil {
		s.Yardstick, err = e.evaluate(yardstick, examples)
	}
	return err
}

// foretell says how long the evaluation may take, where that is long.
func (e *evaluation) foretell(examples train.Judges) error {
	if examples.N == 0 {
		return nil
	}
	times, err := train.Times(&e.Run.Folder)
	if err != nil {
		return err
	}
	took := train.EvaluationTime(times, e.FitPasses()+examples.N*e.Trained.Config.Eval.Samples)
	if took >= time.Second {
		on := report.Examples(&trained.Evaluation{Split: examples.Split, N: examples.N, Real: examples.Real()})
		e.lab.Note(fmt.Sprintf("evaluating on %s takes about %s", on, report.Duration(took)))
	}
	return nil
}

// evaluate is a model's evaluation on the examples that it is judged by.
func (e *evaluation) evaluate(m *trained.Model, examples train.Judges) (*trained.Evaluation, error) {
	return m.On(e.dev).Evaluate(context.Background(), train.ExamplesOf(examples.Set, examples.Split))
}

// chosen evaluates the step that the validation data would have chosen. A run whose
// checkpoint of it is damaged has its result all the same.
func (e *evaluation) chosen(examples train.Judges) (*trained.Evaluation, error) {
	chosen, err := train.ByValidation(e.Trained, &e.Run.Folder)
	if err != nil {
		e.lab.Note(fmt.Sprintf("%s: the step that the validation data chose is not evaluated: %v", e.Run.Dir(), err))
	}
	if chosen == nil {
		return nil, nil
	}
	return e.evaluate(chosen, examples)
}

// draw puts the pictures that the configuration asks for into the run folder and tells
// where in it they are.
func (e *evaluation) draw(set *data.Set) (paths []string, err error) {
	if e.Trained.Real() {
		e.lab.Note(e.Run.Dir() + ": no pictures are drawn: the model was trained on real values, not on images")
		return nil, nil
	}
	all, err := pictures.All(e.dev, e.Trained, set)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		path, err := e.Run.Picture(p.Name, p.WritePNG)
		if err != nil {
			return nil, err
		}
		if path, err = filepath.Rel(e.Run.Dir(), path); err != nil {
			return nil, err
		}
		paths = append(paths, filepath.ToSlash(path))
	}
	return paths, nil
}
