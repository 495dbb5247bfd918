package progress

import (
	"fmt"
	"io"
	"time"

	"ssdgm/train"
	"ssdgm/train/experiment"
	"ssdgm/train/message"
)

// lines is the progress for a file or a pipe: whole lines, and few of them.
type lines struct {
	experiment.Tracker
	w    io.Writer
	last time.Time // of the newest line
}

// lineInterval is the shortest time between two lines of one phase.
const lineInterval = 2 * time.Second

// Phase implements train.Observer.
func (l *lines) Phase(name string, replicas, step, steps int) {
	l.Begin(name, replicas, step, steps)
	l.last = time.Now()
}

// quiet is how long nothing is said at most where steps are taken.
const quiet = 10 * time.Second

// Step implements train.Observer.
func (l *lines) Step(step int) {
	l.Advance(step)
	if time.Since(l.last) >= quiet && !l.Over() {
		l.tell()
	}
}

// tell says where the phase is.
func (l *lines) tell() {
	l.last = time.Now()
	fmt.Fprintf(l.w, "%s, %s\n", l.Place(), l.State())
}

// Metrics implements train.Observer.
func (l *lines) Metrics(all []train.Metrics) {
	l.Figures(all)
	if l.Over() || time.Since(l.last) >= lineInterval {
		l.tell()
	}
}

// Note implements train.Observer.
func (l *lines) Note(line string) { fmt.Fprintln(l.w, message.Line(line)) }

// Close implements experiment.Progress.
func (l *lines) Close() {}
