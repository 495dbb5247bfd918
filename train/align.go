package train

import (
	"slices"

	"ssdgm/train/run"
)

// align makes members that can be trained together stand at one step again: a crash while a
// group was saved, or a save of one member's best, leaves them a little apart. They go back
// to the newest step that all of them have a checkpoint of. What stands further apart than
// two checkpoints stays there, and is trained in groups of its own.
func (s *Session) align() error {
	cohorts := map[shape][]*member{}
	for _, m := range s.members {
		if m.fault != nil {
			continue
		}
		here, err := m.places()
		if err != nil {
			return err
		}
		if newest := here[len(here)-1]; newest.Phase != "" {
			shape := m.shape(phaseOf(newest.Phase))
			cohorts[shape] = append(cohorts[shape], m)
		}
	}
	for _, cohort := range cohorts {
		if err := gather(cohort); err != nil {
			return err
		}
	}
	return nil
}

// gather takes members back to the newest place that all of them have.
func gather(cohort []*member) error {
	common, err := cohort[0].places()
	if err != nil {
		return err
	}
	farthest := common[len(common)-1].Step
	for _, m := range cohort[1:] {
		here, err := m.places()
		if err != nil {
			return err
		}
		farthest = max(farthest, here[len(here)-1].Step)
		common = slices.DeleteFunc(common, func(p run.Place) bool { return !slices.Contains(here, p) })
	}
	if len(common) == 0 || farthest-common[len(common)-1].Step > 2*int64(cohort[0].config.Checkpoint.EverySteps) {
		return nil
	}
	for _, m := range cohort {
		if err := m.goBack(common[len(common)-1]); err != nil {
			return err
		}
	}
	return nil
}

// places lists where the member could go on from, oldest first: the beginning and its
// checkpoints. The end of a phase is the beginning of the next; the end of the run is the
// place without a phase.
func (m *member) places() ([]run.Place, error) {
	phases := m.config.Phases()
	found, err := m.run.Places()
	if err != nil {
		return nil, err
	}
	places := []run.Place{{Phase: phases[0]}}
	for _, p := range found {
		places = append(places, m.onward(p))
	}
	return places, nil
}

// onward is a checkpoint's place, or where the next phase begins if it is the last of its own.
func (m *member) onward(p run.Place) run.Place {
	if p.Step < int64(phaseOf(p.Phase).steps(m)) {
		return p
	}
	phases := m.config.Phases()
	if next := slices.Index(phases, p.Phase) + 1; next < len(phases) {
		return run.Place{Phase: phases[next]}
	}
	return run.Place{}
}

// goBack forgets the checkpoints after a place of the member's.
func (m *member) goBack(to run.Place) error {
	found, err := m.run.Places()
	if err != nil {
		return err
	}
	for i, p := range slices.Backward(found) {
		if m.onward(p) != to {
			continue
		}
		if i == len(found)-1 {
			return nil
		}
		return m.run.Forget(p)
	}
	return m.run.Forget(run.Place{Phase: m.config.Phases()[0], Step: -1})
}
