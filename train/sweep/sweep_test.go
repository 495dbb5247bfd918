package sweep

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ssdgm/configs"
)

const grid = `
seeds = [0, 1]
model = "m2"
[data]
labels = 20
[m2.train]
steps = 300
[grid]
"data.labels" = [20, 30]
"m2.latents" = [4, 5]
`

func newSweep(t *testing.T) *Sweep {
	t.Helper()
	g, _, err := configs.ParseGrid("grid.toml", []byte(grid), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Sweep{Dir: t.TempDir(), Grid: g}
}

func TestEveryRunIsInOneTaskWithItsArchitecture(t *testing.T) {
	s := newSweep(t)
	for replicas, want := range map[int][]int{0: {4, 4}, 1: {1, 1, 1, 1, 1, 1, 1, 1}, 3: {3, 1, 3, 1}, 9: {4, 4}} {
		seen := map[string]bool{}
		var sizes []int
		for i, task := range s.Tasks(replicas) {
			if task.Index != i {
				t.Errorf("want task %d, found %d", i, task.Index)
			}
			sizes = append(sizes, len(task.Members))
			for _, m := range task.Members {
				if seen[m.Name] || m.Config.M2.Latents != task.Members[0].Config.M2.Latents {
					t.Errorf("%s: twice, or with another architecture", m.Name)
				}
				seen[m.Name] = true
			}
		}
		if diff := cmp.Diff(want, sizes); diff != "" || len(seen) != len(s.Grid.Members) {
			t.Errorf("%d replicas: %d runs, %s", replicas, len(seen), diff)
		}
	}
}

func TestTaskHasOneWorkerAtATime(t *testing.T) {
	s := newSweep(t)
	task := s.Tasks(0)[0]
	first, err := s.Claim(task)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Claim(task); !errors.Is(err, ErrHeld) {
		t.Errorf("want %v, found %v", ErrHeld, err)
	}
	if err := first.End(Stopped, nil); err != nil {
		t.Fatal(err)
	}
	second, err := s.Claim(task)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.End(Done, nil); err != nil {
		t.Fatal(err)
	}
}

// finish leaves what a finished run leaves.
func finish(t *testing.T, s *Sweep, m configs.Member) {
	t.Helper()
	begin(t, s, m, m.Config)
	if err := os.WriteFile(filepath.Join(s.Runs(), m.Name, "summary.json"), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T, s *Sweep, m configs.Member, c *configs.Config) {
	t.Helper()
	dir := filepath.Join(s.Runs(), m.Name)
	lines := "{\"phase\":\"m2\",\"step\":100}\n{\"phase\":\"m2\",\"step\":200}\n{\"phase\":\"m2\",\"st"
	if err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(filepath.Join(dir, "config.toml"), c.TOML(), 0o666),
		os.WriteFile(filepath.Join(dir, "metrics.jsonl"), []byte(lines), 0o666)); err != nil {
		t.Fatal(err)
	}
}

func TestStatusTellsWhereEachRunStands(t *testing.T) {
	s := newSweep(t)
	tasks := s.Tasks(1)
	finish(t, s, tasks[0].Members[0])
	begin(t, s, tasks[1].Members[0], tasks[0].Members[0].Config)
	begin(t, s, tasks[2].Members[0], tasks[2].Members[0].Config)
	claims := map[int]*Claim{}
	for _, i := range []int{3, 4, 5} {
		claim, err := s.Claim(tasks[i])
		if err != nil {
			t.Fatal(err)
		}
		claims[i] = claim
	}
	failed := map[string]string{tasks[3].Name: "m2: step 7: is not finite"}
	if err := errors.Join(claims[3].End(Failed, failed), claims[4].Stopping()); err != nil {
		t.Fatal(err)
	}
	found, _, err := s.Status(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var states []State
	byName := map[string]RunStatus{}
	for _, r := range found {
		byName[r.Name] = r
	}
	for _, task := range tasks {
		states = append(states, byName[task.Name].State)
	}
	if diff := cmp.Diff([]State{Done, Failed, Stopped, Failed, Stopped, Running, Waiting, Waiting}, states); diff != "" {
		t.Error(diff)
	}
	if r := byName[tasks[1].Name]; r.Reason != "its folder holds a run of another configuration: seed: 0 → 1" {
		t.Errorf("want the keys that differ, found %q", r.Reason)
	}
	if r := byName[tasks[2].Name]; r.Phase != "m2" || r.Step != 200 {
		t.Errorf("want the last whole line's step, found %s step %d", r.Phase, r.Step)
	}
	later, _, err := s.Status(time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range later {
		if r.Name == tasks[5].Name && (r.State != Silent || !strings.Contains(r.Reason, "no sign of process")) {
			t.Errorf("want a worker that is silent for an hour noticed, found %+v", r)
		}
	}
	if err := errors.Join(claims[4].End(Stopped, nil), claims[5].End(Done, nil)); err != nil {
		t.Fatal(err)
	}
}

func TestWorkerThatWasEndedFailsItsTask(t *testing.T) {
	s := newSweep(t)
	task := s.Tasks(1)[0]
	claim, err := s.Claim(task)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Fail(task, "killed"); err != nil {
		t.Errorf("a task that somebody has is left alone, found %v", err)
	}
	// The system lets go of a dead process's lock, and its record stays as it was.
	if err := claim.End(Running, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Fail(task, "killed"); err != nil {
		t.Fatal(err)
	}
	found, _, err := s.Status(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if found[0].State != Failed || found[0].Reason != "killed" || found[0].Attempts != 1 {
		t.Errorf("want it failed, found %+v", found[0])
	}
}
