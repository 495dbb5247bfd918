package report

import (
	"errors"
	"fmt"
	"time"

	"ssdgm/engine/machine"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/run"
)

// RunFolders are that of a run, or those of several: of a grid, of a sweep or of a table that is reproduced.
func RunFolders(dir string) ([]string, error) {
	if c, err := train.RunConfig(dir, nil); c != nil || err != nil {
		return []string{dir}, nil
	}
	if machine.IsFile(dir) {
		return nil, data.InputErrorf("%s: want a run folder, found a file", dir)
	}
	runs, err := RunsIn(dir)
	if err != nil || len(runs) == 0 {
		return nil, fmt.Errorf("%s: want a run, found none yet", dir)
	}
	var dirs []string
	for _, r := range runs {
		dirs = append(dirs, r.Path)
	}
	return dirs, nil
}

// Health says of every run in the folders dirs, in a line with its name, what its last sign of life is. The error has
// a line for each run that is neither finished nor under way: of which that sign is older than most, or whose
// process is gone (see run.Folder.Gone).
func Health(dirs []string, most time.Duration, now time.Time) (lines []string, err error) {
	var faults []error
	for _, dir := range dirs {
		line, err := health(dir, most, now)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", dir, err))
			continue
		}
		lines = append(lines, dir+": "+line)
	}
	return lines, errors.Join(faults...)
}

// health is that of one run.
func health(dir string, most time.Duration, now time.Time) (string, error) {
	if Summarised(dir) {
		return "finished", nil
	}
	folder, err := run.View(dir)
	if errors.Is(err, run.ErrUser) {
		// That the folder is not there yet is no mistake of a probe's.
		return "", errNoSign
	}
	if err != nil {
		return "", err
	}
	last, err := folder.Heartbeat()
	if err != nil {
		return "", err
	}
	if last == nil {
		return "", errNoSign
	}
	place := last.Phase
	if last.Steps > 0 {
		place = fmt.Sprintf("%s step %d of %d", last.Phase, last.Step, last.Steps)
	}
	// A clock that was put back leaves a sign from the future: no sign.
	age := now.Sub(last.Time).Abs()
	if reason := folder.Gone(last); reason != "" {
		return "", fmt.Errorf("want a process at work, found process %d gone, last seen %s ago in %s: %s",
			last.Process, Duration(age), place, reason)
	}
	if age > most {
		return "", fmt.Errorf("want a sign of life within %v, found one of process %d from %s ago, in %s",
			most, last.Process, Duration(age), place)
	}
	return place, nil
}

var errNoSign = errors.New("want a sign of life, found none yet")
