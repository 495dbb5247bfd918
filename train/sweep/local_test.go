package sweep

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/experiment"
)

func TestEveryDeviceHasATask(t *testing.T) {
	s := newSweep(t)
	for devices, want := range map[int]int{1: 4, 2: 2, 3: 2, 4: 1, 9: 1} {
		if found := s.Share(devices); found != want {
			t.Errorf("%d devices: want %d replicas, found %d", devices, want, found)
		}
	}
}

func TestLinesOfSeveralWorkersStayWhole(t *testing.T) {
	var text strings.Builder
	var mutex sync.Mutex
	l := &labelled{label: "cpu: ", mutex: &mutex, to: &text}
	for _, part := range []string{"one", " line\nand a", "nother\nrest"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := "cpu: one line\ncpu: and another\n"; text.String() != want {
		t.Errorf("want %q, found %q", want, text.String())
	}
}

func TestATaskIsPickedByItsNumber(t *testing.T) {
	s := newSweep(t)
	t.Setenv(IndexVariables[0], "")
	t.Setenv(IndexVariables[1], "1")
	for name, c := range map[string]struct {
		pick Pick
		want string // the task, or a part of the error
	}{
		"given":             {Pick{Index: 2, Given: true, Replicas: 1}, s.Tasks(1)[2].Name},
		"by the engine":     {Pick{Replicas: 0}, s.Tasks(0)[1].Name},
		"too large":         {Pick{Index: 8, Given: true, Replicas: 1}, "--index 8: want a task from 0 to 7, which grid.toml has"},
		"of a changed grid": {Pick{Index: 0, Given: true, Tasks: 3}, "want 3 tasks, for which the job was made, found 2"},
	} {
		found, err := s.Pick(c.pick, "grid.toml")
		if err == nil && found.Name != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %s, found %q, %v", name, c.want, found.Name, err)
		}
	}
}

// TestWorkNotesWhatBecameOfATask has a task stopped, fail and be done.
func TestWorkNotesWhatBecameOfATask(t *testing.T) {
	s := newSweep(t)
	task := s.Tasks(0)[0]
	for _, c := range []struct {
		err, fault error
		want       State
	}{
		{train.ErrStopped, nil, Stopped},
		{errors.New("no device"), nil, Failed},
		{nil, errors.New("no luck"), Failed},
		{nil, nil, Done},
	} {
		done := 0
		w := &Worker{
			Train: func(_ context.Context, _ string, members []configs.Member) ([]experiment.Outcome, error) {
				all := make([]experiment.Outcome, len(members))
				for i, m := range members {
					all[i].Member = m
				}
				all[0].Fault = c.fault
				return all, c.err
			},
			Note: func(string) {}, Fault: func(error) {},
			Done: func(experiment.Outcome) error { done++; return nil },
		}
		err := s.Work(t.Context(), task, w)
		if wrong := c.err != nil || c.fault != nil; (err != nil) != wrong {
			t.Errorf("want an error: %v, found %v", wrong, err)
		}
		r, err := readRecord(filepath.Join(s.Dir, tasksName, task.Name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if r.State != c.want {
			t.Errorf("want %s, found %s", c.want, r.State)
		}
		if c.fault != nil && (done != 3 || r.Reasons[task.Members[0].Name] != "no luck" || len(r.Reasons) != 1) {
			t.Errorf("want three runs done and one with a reason, found %d and %v", done, r.Reasons)
		}
	}
}
