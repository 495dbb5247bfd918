package progress

import (
	"fmt"

	"github.com/vbauerster/mpb/v8/decor"

	"ssdgm/train"
	"ssdgm/train/experiment"
	"ssdgm/train/message"
)

// bars is the progress on a terminal: a bar for each phase, notes above them.
type bars struct {
	screen      *Screen
	tracker     *experiment.Tracker // of the newest bar
	step, steps int
	bar         *bar
}

// leastBar is the columns that a bar has at least, with its margins, before anything is said beside the time left.
const leastBar = 12

// Phase implements train.Observer. A phase that is finished already has no bar.
func (b *bars) Phase(name string, replicas, step, steps int) {
	b.bar.stop()
	// Each bar has a tracker of its own: a full bar is drawn once more later on.
	tracker := &experiment.Tracker{}
	tracker.Begin(name, replicas, step, steps)
	b.tracker, b.bar, b.steps = tracker, nil, steps
	if step == steps {
		return
	}
	b.bar = b.screen.bar(int64(steps), tracker.Place, decor.Any(func(s decor.Statistics) string {
		return " " + tracker.StateWithin(s.AvailableWidth-leastBar)
	}))
	b.bar.set(int64(step))
}

// Step implements train.Observer. The last step waits for its metrics, since a full
// bar is not drawn again.
func (b *bars) Step(step int) {
	b.tracker.Advance(step)
	if b.step = step; step < b.steps {
		b.bar.set(int64(step))
	}
}

// Metrics implements train.Observer.
func (b *bars) Metrics(lines []train.Metrics) {
	b.tracker.Figures(lines)
	b.bar.set(int64(b.step))
}

// Note implements train.Observer.
func (b *bars) Note(line string) { fmt.Fprintln(b.screen, message.Line(line)) }

// Close implements experiment.Progress.
func (b *bars) Close() {
	b.bar.stop()
	b.screen.Hide()
}
