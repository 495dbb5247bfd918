package main

import (
	"fmt"
	"io"
	"time"

	"ssdgm/train"
	"ssdgm/train/experiment"
	"ssdgm/train/message"
)

// newProgress shows bars on a terminal and plain lines elsewhere.
func newProgress() experiment.Progress {
	if stderr.isTerminal() {
		return newBars()
	}
	return &lines{w: &stderr}
}

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

// Step implements train.Observer.
func (l *lines) Step(step int) { l.Advance(step) }

// Metrics implements train.Observer.
func (l *lines) Metrics(all []train.Metrics) {
	l.Figures(all)
	if now := time.Now(); l.Over() || now.Sub(l.last) >= lineInterval {
		l.last = now
		fmt.Fprintf(l.w, "%s, %s\n", l.Place(), l.State())
	}
}

// Note implements train.Observer.
func (l *lines) Note(line string) { fmt.Fprintln(l.w, message.Line(line)) }

// Close implements experiment.Progress.
func (l *lines) Close() {}
