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
	for _, name := range phaseOrder {
		waiting := s.waiting(name)
		runs = max(runs, len(waiting))
		var sizes []string
		for _, replicas := range s.partition(waiting, name) {
			sizes = append(sizes, fmt.Sprint(len(replicas)))
			one, two, group := replicas[0].footprint(name, 1), replicas[0].footprint(name, 2), replicas[0].footprint(name, len(replicas))
			bytes := two.total() - one.total()
			if name == replicas[0].config.Baseline() { // One is trained after the other.
				bytes = one.total()
			}
			each, all = max(each, bytes), max(all, group.total())
		}
		if len(sizes) > 0 {
			parts = append(parts, name+" "+strings.Join(sizes, " + "))
		}
	}
	if len(parts) > 0 {
		s.observer.Note(fmt.Sprintf("%d runs, replicas at once: %s; at most %d MB each and %d MB in all", runs, strings.Join(parts, ", "), megabytes(each), megabytes(all)))
	}
}

// megabytes are as many as bytes need.
func megabytes(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }
