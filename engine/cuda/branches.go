package cuda

import (
	"slices"

	"ssdgm/engine"
)

// lanes is how many branches of a graph there are at most. Each has scratch memory of its own.
const lanes = 4

// place is where a step stands in a graph: after the step before it in its lane, and after others.
type place struct {
	lane  int
	after []int // steps of other lanes
}

// branches gives steps their places. A step waits for those before it that write what it touches, or touch
// what it writes. Beyond that it waits for the one before it in its lane alone: the longest chain has a lane
// for itself, if there are enough. Steps that stay are in the first lane.
func branches(steps []engine.Step, stays func(engine.Step) bool) []place {
	waits := dependencies(steps)
	w := weave{waits: waits, heir: heirs(waits), places: make([]place, len(steps)), before: sets(len(steps))}
	for lane := range w.last {
		w.last[lane] = -1
	}
	for i, s := range steps {
		lane := 0
		if !stays(s) {
			lane = w.laneFor(i)
		}
		w.put(i, lane)
	}
	return w.places
}

// weave is steps that are being given places, one after another.
type weave struct {
	waits  [][]int
	heir   []int
	places []place
	before []set      // what a step comes after, by way of others too
	last   [lanes]int // the last step of a lane; -1: none yet
}

// laneFor is the lane that a step inherits, or else one whose end it waits for anyway and nobody inherits, or an
// empty one.
func (w *weave) laneFor(i int) int {
	for lane, last := range w.last {
		if last >= 0 && w.heir[last] == i {
			return lane
		}
	}
	before := make(set, i)
	for _, j := range w.waits[i] {
		before.add(j, w.before[j])
	}
	for lane, last := range w.last {
		if last < 0 || before[last] && w.heir[last] < i {
			return lane
		}
	}
	return w.fewest()
}

// fewest is the lane aside that ends earliest.
func (w *weave) fewest() int {
	best := 1
	for lane := range w.last {
		if lane > 0 && w.last[lane] < w.last[best] {
			best = lane
		}
	}
	return best
}

// put gives a step its place at a lane's end.
func (w *weave) put(i, lane int) {
	p := place{lane: lane}
	if last := w.last[lane]; last >= 0 {
		w.before[i].add(last, w.before[last])
	}
	for _, j := range w.waits[i] {
		if !w.before[i][j] {
			p.after = append(p.after, j)
			w.before[i].add(j, w.before[j])
		}
	}
	w.places[i], w.last[lane] = p, i
}

// dependencies are the steps that each waits for, the latest first, without those that one of these waits for.
func dependencies(steps []engine.Step) [][]int {
	touched, waits, before := make([][]touch, len(steps)), make([][]int, len(steps)), sets(len(steps))
	for i, s := range steps {
		touched[i] = touches(s)
		for j := i - 1; j >= 0; j-- {
			if !before[i][j] && conflict(touched[i], touched[j]) {
				waits[i] = append(waits[i], j)
				before[i].add(j, before[j])
			}
		}
	}
	return waits
}

// heirs gives for each step the one, of those that wait for it, after which the most others follow one
// another; 0: none waits.
func heirs(waits [][]int) []int {
	heir, height := make([]int, len(waits)), make([]int, len(waits))
	for i := len(waits) - 1; i >= 0; i-- {
		for _, j := range waits[i] {
			if height[i]+1 >= height[j] {
				heir[j], height[j] = i, height[i]+1
			}
		}
	}
	return heir
}

// touch is memory that a step reads or writes.
type touch struct {
	view    engine.View
	written bool
}

// touches are all of them.
func touches(s engine.Step) (all []touch) {
	s.Args(func(a engine.View, arg engine.Arg) {
		if !a.IsNil() {
			all = append(all, touch{a.Slice(0, arg.Len), arg.Access&engine.Write != 0})
		}
	})
	return all
}

// conflict tells whether the order of two steps matters: one writes what the other touches.
func conflict(a, b []touch) bool {
	return slices.ContainsFunc(a, func(v touch) bool {
		return slices.ContainsFunc(b, func(w touch) bool { return (v.written || w.written) && v.view.Overlaps(w.view) })
	})
}

// set is a set of steps.
type set []bool

// sets are for each of n steps some of those before it.
func sets(n int) []set {
	all := make([]set, n)
	for i := range all {
		all[i] = make(set, i)
	}
	return all
}

// add adds a step and the steps before it.
func (s set) add(step int, before set) {
	s[step] = true
	for i, has := range before {
		s[i] = s[i] || has
	}
}

// ends are the steps at the lanes' ends that nothing comes after, the first lane's aside.
func ends(places []place) (open []int) {
	var last [lanes]int
	waited := make([]bool, len(places))
	for i, p := range places {
		last[p.lane] = i
		for _, j := range p.after {
			waited[j] = true
		}
	}
	for _, i := range last[1:] {
		if i > 0 && !waited[i] {
			open = append(open, i)
		}
	}
	return open
}
