package report

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"ssdgm/train"
	"ssdgm/train/run"
)

// RunFolders are that of a run, or those of several that are trained together.
func RunFolders(dir string) ([]string, error) {
	if c, err := train.RunConfig(dir, nil); c != nil || err != nil {
		return []string{dir}, nil
	}
	members, err := train.RunConfigs(dir, nil)
	if err != nil || len(members) == 0 {
		return nil, fmt.Errorf("%s: want a run, found none yet", dir)
	}
	var dirs []string
	for _, m := range members {
		dirs = append(dirs, filepath.Join(dir, m.Name))
	}
	return dirs, nil
}

// Health says in a line what the last sign of life is in the folders of runs that are called name; an error where
// it is older than most.
func Health(name string, dirs []string, most time.Duration, now time.Time) (string, error) {
	finished := 0
	var last *run.Heartbeat
	for _, dir := range dirs {
		if Summarised(dir) {
			finished++
		}
		h, err := heartbeat(dir)
		if err != nil {
			return "", err
		}
		if h != nil && (last == nil || h.Time.After(last.Time)) {
			last = h
		}
	}
	switch {
	case finished == len(dirs):
		return name + ": finished", nil
	case last == nil:
		return "", fmt.Errorf("%s: want a sign of life, found none yet", name)
	}
	place := last.Phase
	if last.Steps > 0 {
		place = fmt.Sprintf("%s step %d of %d", last.Phase, last.Step, last.Steps)
	}
	// A clock that was put back leaves a sign from the future: no sign.
	if age := now.Sub(last.Time).Abs(); age > most {
		return "", fmt.Errorf("%s: want a sign of life within %v, found one of process %d from %s ago, in %s",
			name, most, last.Process, Duration(age), place)
	}
	return fmt.Sprintf("%s: %s", name, place), nil
}

// heartbeat reads a run's. That the folder is not there yet is no mistake of a probe's.
func heartbeat(dir string) (*run.Heartbeat, error) {
	folder, err := run.View(dir)
	if errors.Is(err, run.ErrUser) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return folder.Heartbeat()
}
