package main

import (
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"ssdgm/train"
	"ssdgm/train/experiment"
	"ssdgm/train/message"
)

// bars is the progress on a terminal: a bar for each phase, notes above them.
type bars struct {
	container   *mpb.Progress
	tracker     *experiment.Tracker // of the newest bar
	step, steps int
	bar         *mpb.Bar
}

func newBars(w io.Writer) *bars {
	return &bars{container: mpb.New(mpb.WithOutput(w), mpb.WithRefreshRate(250*time.Millisecond), mpb.WithWidth(32))}
}

// Phase implements train.Observer. A phase that is finished already has no bar.
func (b *bars) Phase(name string, replicas, step, steps int) {
	b.stop()
	// Each bar has a tracker of its own: a full bar is drawn once more later on.
	b.tracker, b.bar, b.steps = &experiment.Tracker{}, nil, steps
	b.tracker.Begin(name, replicas, step, steps)
	if step == steps {
		return
	}
	place, state := b.tracker.Place, b.tracker.State
	b.bar = b.container.New(int64(steps), mpb.BarStyle(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return place() }, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + state() })))
	b.bar.SetCurrent(int64(step))
}

// Step implements train.Observer. The last step waits for its metrics, since a full
// bar is not drawn again.
func (b *bars) Step(step int) {
	b.tracker.Advance(step)
	if b.step = step; step < b.steps {
		b.bar.SetCurrent(int64(step))
	}
}

// Metrics implements train.Observer.
func (b *bars) Metrics(lines []train.Metrics) {
	b.tracker.Figures(lines)
	b.bar.SetCurrent(int64(b.step))
}

// Note implements train.Observer.
func (b *bars) Note(line string) {
	// What goes wrong with the terminal is no reason to end a run.
	_, _ = b.container.Write([]byte(message.Line(line) + "\n"))
}

// stop leaves a bar that did not get full as it is.
func (b *bars) stop() {
	if b.bar != nil {
		b.bar.Abort(false)
		b.bar.Wait()
	}
}

// Close implements experiment.Progress.
func (b *bars) Close() {
	b.stop()
	b.container.Wait()
}
