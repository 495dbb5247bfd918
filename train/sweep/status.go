package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// RunStatus is where one member's run stands.
type RunStatus struct {
	Name     string `json:"name"`
	State    State  `json:"state"`
	Attempts int    `json:"attempts"`
	// Phase and Step are of the run's last line of metrics.
	Phase string `json:"phase,omitempty"`
	Step  int    `json:"step,omitempty"`
	// Reason is why it is not getting on, in one line.
	Reason string `json:"reason,omitempty"`
	Worker string `json:"worker,omitempty"` // who has it, or had it last
}

// Status reads where every run stands, in the order of the grid, without touching any lock. notes are lines for the user.
func (s *Sweep) Status(now time.Time) (all []RunStatus, notes []string, err error) {
	records, err := s.records()
	if err != nil {
		return nil, nil, err
	}
	all = make([]RunStatus, len(s.Grid.Members))
	for i, m := range s.Grid.Members {
		all[i] = s.status(m, records[m.Name], now)
	}
	return all, s.notBegun(), nil
}

// notBegun has a line for the user where the folder is not there: whoever has begun the sweep misspelt it.
func (s *Sweep) notBegun() []string {
	if _, err := os.Stat(s.Dir); err == nil {
		return nil
	}
	return []string{fmt.Sprintf("no sweep is in %s yet", s.Dir)}
}

// records are the newest records of each member: tasks may once have been divided in another way.
func (s *Sweep) records() (map[string]*Record, error) {
	paths, err := filepath.Glob(filepath.Join(escaped(s.Dir), tasksName, "*.json"))
	if err != nil {
		return nil, err
	}
	newest := map[string]*Record{}
	for _, path := range paths {
		r, err := readRecord(path)
		if err != nil {
			return nil, err
		}
		for _, name := range r.Members {
			if newest[name] == nil || newest[name].Beat.Before(r.Beat) {
				newest[name] = r
			}
		}
	}
	return newest, nil
}

// escaped is a path as a pattern that nothing else matches.
func escaped(path string) string {
	if os.PathSeparator == '\\' {
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func (s *Sweep) status(m configs.Member, r *Record, now time.Time) RunStatus {
	st := RunStatus{Name: m.Name, State: Waiting}
	if r != nil {
		st.State, st.Attempts = r.State, r.Attempts
		st.Worker = fmt.Sprintf("process %d on %s", r.Process, r.Host)
	}
	dir := filepath.Join(s.Runs(), m.Name)
	begun, reason := st.look(dir, m.Config)
	switch {
	case reason != "":
		st.State, st.Reason = Failed, reason
	case report.Summarised(dir):
		st.State = Done
	case r == nil && begun:
		st.State, st.Reason = Stopped, "begun, and no worker has it"
	case r == nil:
	case r.State == Done:
		st.State, st.Reason = Waiting, "it was done, and its summary.json is gone"
	case r.State == Running && now.Sub(r.Beat) > silence:
		st.State, st.Reason = Silent, fmt.Sprintf("no sign of %s for %v", st.Worker, now.Sub(r.Beat).Round(time.Second))
	case r.Reasons[m.Name] != "":
		st.State, st.Reason = Failed, r.Reasons[m.Name]
	case r.State == Failed:
		// Others of its task failed, and it was not come to its end.
		st.State = Stopped
	}
	return st
}

// look reads how far a run has come; reason is why it is not this member's.
func (st *RunStatus) look(dir string, c *configs.Config) (begun bool, reason string) {
	theirs, err := train.RunConfig(dir, nil)
	if err != nil {
		return false, oneLine(err)
	}
	if theirs == nil {
		return false, ""
	}
	if differing := configs.Diff(theirs, c); len(differing) > 0 {
		return true, "its folder holds a run of another configuration: " + strings.Join(differing, "; ")
	}
	folder, err := run.View(dir)
	var last *train.Metrics
	if err == nil {
		last, err = train.LastMetrics(folder)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return true, oneLine(err)
	}
	if last != nil {
		st.Phase, st.Step = last.Phase, last.Step
	}
	return true, ""
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
