package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"ssdgm/train"
)

// progress shows how a run gets on. Close comes before anything else is written.
type progress interface {
	train.Observer
	Close()
}

// newProgress shows bars on a terminal and plain lines elsewhere.
func newProgress(w *os.File) progress {
	if term.IsTerminal(int(w.Fd())) {
		return newBars(w)
	}
	return &lines{w: w}
}

// tracker knows how far a phase is. A bar is drawn by a goroutine of its own.
type tracker struct {
	mu                 sync.Mutex
	phase              string
	first, step, steps int
	started            time.Time
	took               time.Duration // once the phase is over
	bound, validation  string
}

func (t *tracker) begin(phase string, step, steps int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase, t.first, t.step, t.steps = phase, step, step, steps
	t.started, t.took, t.bound, t.validation = time.Now(), 0, "", ""
}

func (t *tracker) advance(step int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.step = step
	if step == t.steps {
		t.took = time.Since(t.started)
	}
}

// figures keeps what a line of metrics tells; validation comes with few of them.
func (t *tracker) figures(m train.Metrics) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case m.Bound != nil:
		t.bound = fmt.Sprintf("bound %.2f nats", float64(*m.Bound))
	case m.ClassifierLoss != nil:
		t.bound = fmt.Sprintf("loss %.4f nats", float64(*m.ClassifierLoss))
	}
	switch v := m.Validation; {
	case v == nil:
	case v.ValidationError != nil:
		t.validation = fmt.Sprintf("validation error %.2f %%", float64(*v.ValidationError))
	case v.ValidationBound != nil:
		t.validation = fmt.Sprintf("validation bound %.2f nats", float64(*v.ValidationBound))
	}
}

// place is the phase and the step.
func (t *tracker) place() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("%s: step %d of %d", t.phase, t.step, t.steps)
}

// state is the bound, the validation figure and the time left.
func (t *tracker) state() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var parts []string
	for _, part := range []string{t.bound, t.validation} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if done := t.step - t.first; t.step == t.steps {
		parts = append(parts, "took "+duration(t.took))
	} else if done > 0 {
		each := time.Since(t.started) / time.Duration(done)
		parts = append(parts, duration(each*time.Duration(t.steps-t.step))+" left")
	}
	return strings.Join(parts, ", ")
}

// lines is the progress for a file or a pipe: whole lines, and few of them.
type lines struct {
	tracker
	w    io.Writer
	last time.Time // of the newest line
}

// lineInterval is the shortest time between two lines of one phase.
const lineInterval = 2 * time.Second

// Phase implements train.Observer.
func (l *lines) Phase(name string, step, steps int) {
	l.begin(name, step, steps)
	l.last = time.Now()
}

// Step implements train.Observer.
func (l *lines) Step(step int) { l.advance(step) }

// Metrics implements train.Observer.
func (l *lines) Metrics(m train.Metrics) {
	l.figures(m)
	if now := time.Now(); m.Step == l.steps || now.Sub(l.last) >= lineInterval {
		l.last = now
		fmt.Fprintf(l.w, "%s, %s\n", l.place(), l.state())
	}
}

// Note implements train.Observer.
func (l *lines) Note(line string) { fmt.Fprintln(l.w, line) }

// Close implements progress.
func (l *lines) Close() {}

// duration is a time as a person says it.
func duration(d time.Duration) string {
	switch seconds := int(d.Round(time.Second).Seconds()); {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case seconds < 60:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%d min %02d s", seconds/60, seconds%60)
	default:
		return fmt.Sprintf("%d h %02d min", seconds/3600, seconds%3600/60)
	}
}
