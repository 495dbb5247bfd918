package train

import (
	"fmt"
	"strings"
)

// tellPlan says before the start how the members are trained together, and in how much memory.
func (s *Session) tellPlan() {
	var parts []string
	var each, all int64
	runs := 0
	for _, p := range allPhases() {
		waiting := s.waiting(p)
		runs = max(runs, len(waiting))
		var sizes []string
		for _, replicas := range s.partition(waiting, p) {
			sizes = append(sizes, fmt.Sprint(len(replicas)))
			one, more, group := replicas[0].footprint(p, 1), replicas[0].replicaBytes(p), replicas[0].footprint(p, len(replicas))
			if more == 0 { // One is trained after the other.
				more = one.total()
			}
			each, all = max(each, more), max(all, group.total())
		}
		if len(sizes) > 0 {
			parts = append(parts, p.Name()+" "+strings.Join(sizes, " + "))
		}
	}
	if len(parts) > 0 {
		s.observer.Note(fmt.Sprintf("%d runs, replicas at once: %s; at most %d MB each and %d MB in all", runs, strings.Join(parts, ", "), megabytes(each), megabytes(all)))
	}
}

// tellMemory says at the start of a phase what its arrays take; of several runs tellPlan has said it.
func (s *Session) tellMemory(m *member, p Phase) {
	if len(s.members) > 1 {
		return
	}
	f, mb := m.footprint(p, 1), func(bytes int64) float64 { return float64(bytes) / (1 << 20) }
	s.observer.Note(fmt.Sprintf("%s: %d steps in %.1f MB: parameters %.1f, minibatch %.1f, evaluation %.1f, data %.1f", p.Name(), p.steps(m),
		mb(f.total()), mb(f.parameters), mb(f.minibatch), mb(f.evaluation), mb(f.data)))
}

// megabytes are as many as bytes need.
func megabytes(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }
