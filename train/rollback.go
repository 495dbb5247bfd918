package train

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ssdgm/model"
	"ssdgm/train/run"
)

// rollbacks are a member's in the phase under way. After a fault at step f, training goes back
// to step c, the last multiple of checkpoint.every_steps before f, and on with a smaller rate;
// where that does not lead to the next multiple, to the one before c, as what stands at c may be
// the cause. c is a function of the faults' steps alone, not of which checkpoints there happen to be: where the one of c
// is gone, training starts at an earlier one, and at c the rate is what it is to be. So a
// process that is ended in between needs to leave nothing: the next one comes to the same faults.
type rollbacks struct {
	cuts  []int    // the steps c, ascending
	told  int      // how many of them stand in metrics.jsonl, and so in the checkpoints after it
	given *float64 // the best validation figure of the steps that were given up; nil: none were
	back  bool     // the member has left its group, to go on from a checkpoint by itself
}

// metaRollbacks are in a checkpoint's metadata the cuts that metrics.jsonl tells of.
const metaRollbacks = "rollbacks"

// stampRollbacks says in a checkpoint's metadata which rollbacks there were.
func (m *member) stampRollbacks(c *run.Checkpoint) {
	if m.told > 0 {
		c.Metadata[metaRollbacks] = strings.Trim(fmt.Sprint(m.cuts[:m.told]), "[]")
	}
}

// rollbacksOf reads what stampRollbacks has written.
func rollbacksOf(c *run.Checkpoint) (cuts []int, err error) {
	for word := range strings.FieldsSeq(c.Metadata[metaRollbacks]) {
		cut, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("checkpoint %s step %d: want steps as %q in its metadata, found %q", c.Phase, c.Step, metaRollbacks, c.Metadata[metaRollbacks])
		}
		cuts = append(cuts, cut)
	}
	return cuts, nil
}

// rateFactor is what the rollbacks make of the rate from a step on.
func (m *member) rateFactor(step int) float64 {
	factor := 1.0
	for _, cut := range m.cuts {
		if cut <= step {
			factor *= m.config.RollbackRateFactor
		}
	}
	return factor
}

// slowed is a rate of the phase that is about to begin, after the member's rollbacks.
func (m *member) slowed(rate float64) float64 {
	if m.resumed == nil {
		return rate * m.rateFactor(0)
	}
	return rate * m.rateFactor(int(m.resumed.Step))
}

// rollBack plans what follows a fault, if there is to be a rollback.
func (m *member) rollBack(fault *model.Fault) (planned bool) {
	c := m.config
	if c.OnNaN != "rollback" || len(m.cuts) == c.Rollbacks {
		return false
	}
	every, best := c.Checkpoint.EverySteps, m.best
	cut := (fault.Step - 1) / every * every
	if n := len(m.cuts); n > 0 && cut == m.cuts[n-1] {
		cut = max(0, cut-every)
	}
	m.cuts = append(m.cuts, cut)
	for i := range m.cuts {
		m.cuts[i] = min(m.cuts[i], cut)
	}
	m.given, m.back = &best, true
	return true
}

// tellRollbacks writes the rollbacks to metrics.jsonl from whose steps training now goes on.
func (l *looper) tellRollbacks(m *member) error {
	for m.told < len(m.cuts) && m.cuts[m.told] <= l.step {
		factor := m.config.RollbackRateFactor
		line := Metrics{
			Phase: l.p.Name(), Step: l.step, Epoch: run.Float(float64(l.step) / l.p.epochs(m)),
			Rollback: m.told + 1, RateFactor: number(math.Pow(factor, float64(m.told+1))),
		}
		if err := m.run.Metrics(line); err != nil {
			return err
		}
		m.told++
	}
	return nil
}

// part lets the replicas leave the group for which the rate changes at this step: a group's
// rates stay. They go on from the checkpoint that was just saved.
func (l *looper) part() {
	l.sound = slices.DeleteFunc(l.sound, func(r int) bool {
		m := l.replicas[r].member
		leaves := l.step < l.p.length && m.rateFactor(l.step) != m.rateFactor(l.first)
		for _, m := range l.replicas[r].members {
			m.back = leaves
		}
		return leaves
	})
}

// keeps is how many checkpoints the member's folder is to hold: the newest, and enough for every
// rollback.
func (m *member) keeps() int {
	if m.config.OnNaN == "rollback" {
		return max(m.config.Checkpoint.Keep, m.config.Rollbacks+1)
	}
	return m.config.Checkpoint.Keep
}

// rewind takes a member back to its newest checkpoint that is not after its last cut.
func (m *member) rewind(p Phase) error {
	m.back = false
	c, err := m.run.Rewind(run.Place{Phase: p.Name(), Step: int64(m.cuts[len(m.cuts)-1])})
	if err != nil {
		return err
	}
	m.resumed, m.told = nil, 0
	if c == nil {
		return nil
	}
	if c.Phase == p.Name() {
		told, err := rollbacksOf(c)
		if err != nil {
			return err
		}
		m.resumed, m.told = c, len(told)
	}
	if err := m.trained.Restore(&c.File); err != nil || c.Phase == p.Name() {
		return err
	}
	return m.takeFrom(c) // the phase begins again with what those before have come to
}
