package run

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Files lists the paths of the folder's checkpoints: those of these phases, oldest first, and
// behind them each phase's best.
func (f *Folder) Files(phases ...string) ([]string, error) {
	positions, err := f.positions(phases)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, p := range positions {
		files = append(files, f.path(checkpointsName, p.String()))
	}
	names, err := f.fsys.ReadDir(f.path(checkpointsName))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path(checkpointsName), bare(err))
	}
	for _, phase := range phases {
		if slices.Contains(names, bestOf(phase)) {
			files = append(files, f.path(checkpointsName, bestOf(phase)))
		}
	}
	return files, nil
}

// IsBest tells whether a file is some phase's best checkpoint, by its name.
func IsBest(name string) bool {
	phase, _, _ := strings.Cut(filepath.Base(name), "-")
	return filepath.Base(name) == bestOf(phase)
}

// Surplus lists the paths of the checkpoints that are not needed to keep the last few sound
// ones of a run with these phases, and the last one of its phase result: the older ones, and those that are damaged.
// Where none is sound it is an error, as somebody may mend one.
func (f *Folder) Surplus(keep int, result string, phases ...string) ([]string, error) {
	if keep < 1 {
		panic("run: want at least one checkpoint to keep")
	}
	positions, err := f.positions(phases)
	if err != nil {
		return nil, err
	}
	var surplus []string
	kept, phase := 0, ""
	for _, p := range slices.Backward(positions) {
		last := p.phase != phase
		phase = p.phase
		if kept < keep || last && p.phase == result {
			_, err := f.read(p)
			if errors.Is(err, ErrUser) {
				return nil, err
			}
			if err == nil {
				kept++
				continue
			}
		}
		surplus = append(surplus, f.path(checkpointsName, p.String()))
	}
	if kept == 0 && len(surplus) > 0 {
		return nil, fmt.Errorf("read %s: none of %d checkpoints is sound; nothing is removed", f.path(checkpointsName), len(surplus))
	}
	slices.Reverse(surplus)
	return surplus, nil
}

// Prune removes what Surplus lists for as many as the run keeps, and returns it.
func (r *Run) Prune() (removed []string, err error) {
	surplus, err := r.Surplus(r.keep, r.result, r.phases...)
	if err != nil {
		return nil, err
	}
	for i, name := range surplus {
		if err := r.fsys.Remove(name); err != nil {
			return surplus[:i], fmt.Errorf("remove %s: %w", name, bare(err))
		}
	}
	if err := r.fsys.SyncDir(r.path(checkpointsName)); err != nil {
		return surplus, writeError(r.path(checkpointsName), err)
	}
	return surplus, nil
}
