package cuda

import (
	"fmt"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/counting"
	"ssdgm/kernels"
	"ssdgm/train"
)

// compiled is the launches of a training step of the paper's sizes, for a card of 132 multiprocessors.
func compiled(t *testing.T, name string) []launch {
	t.Helper()
	step, err := train.NewStep(counting.New(1), name)
	if err != nil {
		t.Fatal(err)
	}
	f, card := &fake{}, kernels.Card{Multiprocessors: 132, Replicas: 1}
	return f.compiler(card, rules).compile(step.Steps)
}

// longestPath is how many launches of a graph follow one another at least.
func longestPath(all []launch) (longest int) {
	depth, last := make([]int, len(all)), [lanes]int{}
	for i, l := range all {
		depth[i] = last[l.lane] + 1
		for _, j := range l.after {
			depth[i] = max(depth[i], depth[j]+1)
		}
		last[l.lane] = depth[i]
		longest = max(longest, depth[i])
	}
	return longest
}

// A launch that others wait for costs a card about a microsecond, whatever it does.
func TestLaunchesOfATrainingStep(t *testing.T) {
	for _, want := range []struct {
		step           string
		launches, path int
	}{
		{"m1-b100", 19, 18},
		{"m2-100-100", 27, 16},
		{"m2-100-500", 28, 16},
		{"joint-50-200", 44, 25},
	} {
		all := compiled(t, want.step)
		if path := longestPath(all); len(all) != want.launches || path != want.path {
			t.Errorf("%s: %d launches, %d on the longest path; want %d and %d",
				want.step, len(all), path, want.launches, want.path)
		}
	}
}

// Of two launches of which one writes what the other touches, the later comes after the earlier: by the lanes, or by
// what it waits for.
func TestLaunchesComeAfterThoseTheyWaitFor(t *testing.T) {
	for _, name := range train.StepNames(1) {
		all := compiled(t, name)
		before, last := sets(len(all)), map[int]int{}
		for i, l := range all {
			if j, ok := last[l.lane]; ok {
				before[i].add(j, before[j])
			}
			for _, j := range l.after {
				before[i].add(j, before[j])
			}
			last[l.lane] = i
			for j := range i {
				if !before[i][j] && conflict(touches(l.step), touches(all[j].step)) {
					t.Errorf("%s: launch %d, %s, need not wait for %d, %s", name, i, l.Kernel, j, all[j].Kernel)
				}
			}
		}
	}
}

// woven are steps with their lanes, and the numbers of what they wait for in other lanes.
func woven(steps ...engine.Step) (all []string) {
	for i, p := range branches(steps, isOfLibrary) {
		s := fmt.Sprint(p.lane, " ", engine.Name(steps[i]))
		if p.after != nil {
			s += fmt.Sprint(" after ", p.after)
		}
		all = append(all, s)
	}
	return all
}

func TestStepsThatNeedNotWaitHaveLanesOfTheirOwn(t *testing.T) {
	f := &fake{}
	x, y, z := array[float32](f, 10), array[float32](f, 20), array[float32](f, 10)
	sum, other := array[float64](f, 1), array[float64](f, 1)
	softmax := func(y, x engine.Floats) engine.Step { return engine.LogSoftmax{Y: y, Logits: x, Rows: 2, Classes: 5} }
	add := func(sum engine.Doubles, x engine.Floats) engine.Step { return engine.AddSum{Sum: sum, X: x} }

	want(t, "two that share what they read", woven(softmax(y, x), add(sum, x)), "0 LogSoftmax", "1 AddSum")
	want(t, "a sum of what is written", woven(softmax(y, x), add(sum, y)), "0 LogSoftmax", "0 AddSum")
	want(t, "a sum of what is written next", woven(add(sum, y), softmax(y, x)), "0 AddSum", "0 LogSoftmax")
	want(t, "two sums of one", woven(add(sum, x), add(sum, z)), "0 AddSum", "0 AddSum")
	want(t, "parts of one array", woven(softmax(y.Slice(0, 10), x), softmax(y.Slice(10, 10), x)),
		"0 LogSoftmax", "1 LogSoftmax")
	want(t, "a longer chain, which goes on in the lane", woven(softmax(y, x), add(sum, y), softmax(z, y), add(other, z)),
		"0 LogSoftmax", "1 AddSum after [0]", "0 LogSoftmax", "0 AddSum")
	want(t, "a lane that comes back", woven(softmax(y, x), add(sum, x), softmax(z, y), add(sum, z)),
		"0 LogSoftmax", "1 AddSum", "0 LogSoftmax", "0 AddSum after [1]")
	want(t, "a lane that is free again", woven(softmax(y, x), add(sum, x), add(other, y), add(sum, z), softmax(x, z)),
		"0 LogSoftmax", "1 AddSum", "0 AddSum", "1 AddSum", "2 LogSoftmax after [1 0]")
	third, fourth := array[float64](f, 1), array[float64](f, 1)
	want(t, "more than there are lanes",
		woven(softmax(y, x), add(sum, x), add(other, x), add(sum, x), add(third, x), add(fourth, x)),
		"0 LogSoftmax", "1 AddSum", "2 AddSum", "1 AddSum", "3 AddSum", "2 AddSum")
}

// A graph ends when all lanes have ended.
func TestTheEndWaitsForLanesThatNobodyWaitsFor(t *testing.T) {
	places := []place{{lane: 0}, {lane: 1}, {lane: 2}, {lane: 3}, {lane: 0, after: []int{2}}, {lane: 1}}
	if got := ends(places); !slices.Equal(got, []int{5, 3}) {
		t.Errorf("%v, want the ends of lanes 1 and 3", got)
	}
}
