package run

import "cmp"

// Place is where in a run a checkpoint stands.
type Place struct {
	Phase string
	Step  int64
}

// Places lists the run's checkpoints, sound or not, oldest first.
func (r *Run) Places() ([]Place, error) {
	positions, err := r.positions(r.phases)
	places := make([]Place, len(positions))
	for i, p := range positions {
		places[i] = Place{p.phase, p.step}
	}
	return places, err
}

// Forget removes the checkpoints after a place, of which nothing is lost: training comes to
// them again. It comes before Resume, which cuts the journals, and is durable before that: a
// checkpoint must never be on the disk without what it presumes. Where the checkpoint at that
// place cannot be used, none is removed; step −1 is the place before all of a phase.
func (r *Run) Forget(after Place) error {
	positions, err := r.positions(r.phases)
	if err != nil {
		return err
	}
	last := position{phase: after.Phase, step: after.Step}
	if after.Step >= 0 {
		if _, err := readCheckpoint(r.fsys, r.path(checkpointsName, last.String())); err != nil {
			return nil // Resume tells of it, if it comes to it.
		}
	}
	return r.removeAfter(positions, last)
}

// removeAfter removes the checkpoints after a position, durably.
func (r *Run) removeAfter(positions []position, last position) error {
	for _, p := range positions {
		if compare(r.phases, p, last) <= 0 {
			continue
		}
		name := r.path(checkpointsName, p.String())
		if err := r.fsys.Remove(name); err != nil {
			return writeError(name, err)
		}
	}
	if err := r.fsys.SyncDir(r.path(checkpointsName)); err != nil {
		return writeError(r.path(checkpointsName), err)
	}
	return nil
}

// Rewind takes a run that is under way back to its newest sound checkpoint that is not after a
// place; nil is the beginning of the run. Both journals are cut to what stood in them there.
// The checkpoints after the place go, so that no later process takes up what was given up.
func (r *Run) Rewind(to Place) (*Checkpoint, error) {
	r.mustBeResumed()
	positions, err := r.positions(r.phases)
	if err != nil {
		return nil, err
	}
	if err := r.removeAfter(positions, position{phase: to.Phase, step: to.Step}); err != nil {
		return nil, err
	}
	if err := cmp.Or(r.metrics.close(), r.timing.close()); err != nil {
		return nil, err
	}
	r.metrics, r.timing, r.last = nil, nil, ""
	c, _, err := r.Resume()
	return c, err
}
