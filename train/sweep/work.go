package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/experiment"
	"ssdgm/train/message"
	"ssdgm/train/run"
)

// IndexVariables are where engines tell a task its number, from 0.
var IndexVariables = []string{
	"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "BATCH_TASK_INDEX",
}

// Pick says which task is meant.
type Pick struct {
	Index    int
	Given    bool // whether Index is; otherwise it is one of IndexVariables
	Tasks    int  // how many there must be, so that a grid that was changed is noticed; 0: any
	Replicas int  // as Tasks takes them
}

// Pick is the task that is meant, of the grid that is called grid.
func (s *Sweep) Pick(p Pick, grid string) (Task, error) {
	if p.Replicas < 0 {
		return Task{}, data.InputErrorf("--replicas %d: want at least 1, or 0 for all that can be trained together",
			p.Replicas)
	}
	index, from, err := p.index()
	if err != nil {
		return Task{}, err
	}
	tasks := s.Tasks(p.Replicas)
	switch {
	case from == "":
		return Task{}, data.InputErrorf("want the number of the task, from --index or the environment's %s, found none; "+
			"%s trains all of them", strings.Join(IndexVariables, ", "), message.Command("sweep", "run", grid, "--out", s.Dir))
	case p.Tasks > 0 && p.Tasks != len(tasks):
		return Task{}, data.InputErrorf("%s: want %d tasks, for which the job was made, found %d; "+
			"make the job anew with %s", grid, p.Tasks, len(tasks), message.Command("sweep", "emit"))
	case index < 0 || index >= len(tasks):
		return Task{}, data.InputErrorf("%s %d: want a task from 0 to %d, which %s has", from, index, len(tasks)-1, grid)
	}
	return tasks[index], nil
}

// index is the number of the task and where it is from; nowhere where there is none.
func (p Pick) index() (index int, from string, err error) {
	if p.Given {
		return p.Index, "--index", nil
	}
	for _, name := range IndexVariables {
		text := os.Getenv(name)
		if text == "" {
			continue
		}
		if index, err = strconv.Atoi(text); err != nil {
			return 0, "", data.InputErrorf("%s=%s: want the number of a task", name, text)
		}
		return index, name, nil
	}
	return 0, "", nil
}

// Worker is what works on tasks.
type Worker struct {
	// Train trains members together, each in its folder below dir, and evaluates them. When ctx ends it stops.
	Train func(ctx context.Context, dir string, members []configs.Member) ([]experiment.Outcome, error)
	// Note takes a line for the user, Fault what is wrong with one of several runs, and Done a run that is finished.
	Note  func(line string)
	Fault func(err error)
	Done  func(o experiment.Outcome) error
}

// Work has a worker take a task and train what is not finished of it. The error is ErrHeld where another worker has
// the task, and train.ErrStopped where ctx has ended.
func (s *Sweep) Work(ctx context.Context, t Task, w *Worker) error {
	finished, err := s.Finished(t)
	if err != nil {
		return err
	}
	if finished {
		w.Note(fmt.Sprintf("task %d, %s: finished already", t.Index, t.Name))
		return nil
	}
	claim, err := s.Claim(t)
	if err != nil {
		return run.Unwritable(err)
	}
	w.Note(fmt.Sprintf("task %d, %s: attempt %d", t.Index, t.Name, claim.Attempts()))
	state, reasons, err := s.train(ctx, t, claim, w)
	if err != nil {
		err = fmt.Errorf("%s: %w", t.Name, err)
	}
	return errors.Join(err, claim.End(state, reasons))
}

// train trains a task. The state and the reasons are for its record.
func (s *Sweep) train(ctx context.Context, t Task, claim *Claim, w *Worker) (State, map[string]string, error) {
	// The record says that the task is being stopped before anybody can act on it: an evaluation ends the process.
	asked, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if err := claim.Stopping(); err != nil {
			w.Fault(err)
		}
		cancel()
	})()
	all, err := w.Train(asked, s.Runs(), t.Members)
	if errors.Is(err, run.ErrLocked) { // A worker of another division into tasks, or a person.
		err = fmt.Errorf("%w: %w", ErrHeld, err)
	}
	if errors.Is(err, train.ErrStopped) || errors.Is(err, ErrHeld) {
		return Stopped, nil, err
	}
	if err != nil {
		reasons := map[string]string{}
		for _, m := range t.Members {
			reasons[m.Name] = err.Error()
		}
		return Failed, reasons, err
	}
	return w.tell(all)
}

// tell tells what came of the runs of a task.
func (w *Worker) tell(all []experiment.Outcome) (state State, reasons map[string]string, err error) {
	for _, o := range all {
		if o.Fault != nil {
			continue
		}
		if err := w.Done(o); err != nil {
			return Done, nil, err
		}
	}
	fault := w.Fault
	if len(all) == 1 {
		fault = func(error) {} // It is the error of the whole.
	}
	_, failed, err := experiment.Failures(all, fault)
	if err == nil {
		return Done, nil, nil
	}
	reasons = map[string]string{}
	for _, f := range failed {
		reasons[f.Name] = f.Reason
	}
	if len(all) == 1 {
		err = all[0].Fault
	}
	return Failed, reasons, err
}
