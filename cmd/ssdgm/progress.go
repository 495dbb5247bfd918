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
	"ssdgm/train/experiment"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// newProgress shows bars on a terminal and plain lines elsewhere.
func newProgress(w *os.File) experiment.Progress {
	if term.IsTerminal(int(w.Fd())) {
		return newBars(w)
	}
	return &lines{w: w}
}

// tracker knows how far a phase is. A bar is drawn by a goroutine of its own.
type tracker struct {
	mu                 sync.Mutex
	phase              string
	replicas           int
	first, step, steps int
	started            time.Time
	took               time.Duration // once the phase is over
	bound, validation  string
}

func (t *tracker) begin(phase string, replicas, step, steps int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.replicas = replicas
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

// figures keeps what the replicas' lines of metrics tell, on average; validation comes with few
// of them.
func (t *tracker) figures(lines []train.Metrics) {
	t.mu.Lock()
	defer t.mu.Unlock()
	show := func(to *string, format string, of func(m *train.Metrics) *run.Float) {
		total, n := 0.0, 0
		for i := range lines {
			if v := of(&lines[i]); v != nil {
				total += float64(*v)
				n++
			}
		}
		if n > 0 {
			*to = fmt.Sprintf(format, total/float64(n))
		}
	}
	show(&t.bound, "loss %.4f nats", func(m *train.Metrics) *run.Float { return m.ClassifierLoss })
	show(&t.bound, "bound %.2f nats", func(m *train.Metrics) *run.Float { return m.Bound })
	looked := func(of func(v *train.Validation) *run.Float) func(m *train.Metrics) *run.Float {
		return func(m *train.Metrics) *run.Float {
			if m.Validation == nil {
				return nil
			}
			return of(m.Validation)
		}
	}
	show(&t.validation, "validation bound %.2f nats", looked(func(v *train.Validation) *run.Float { return v.ValidationBound }))
	show(&t.validation, "validation error %.2f %%", looked(func(v *train.Validation) *run.Float { return v.ValidationError }))
}

// place is the phase and the step.
func (t *tracker) place() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	runs := ""
	if t.replicas > 1 {
		runs = fmt.Sprintf(" of %d runs", t.replicas)
	}
	return fmt.Sprintf("%s%s: step %d of %d", t.phase, runs, t.step, t.steps)
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
		parts = append(parts, "took "+report.Duration(t.took))
	} else if done > 0 {
		each := time.Since(t.started) / time.Duration(done)
		parts = append(parts, report.Duration(each*time.Duration(t.steps-t.step))+" left")
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
func (l *lines) Phase(name string, replicas, step, steps int) {
	l.begin(name, replicas, step, steps)
	l.last = time.Now()
}

// Step implements train.Observer.
func (l *lines) Step(step int) { l.advance(step) }

// Metrics implements train.Observer.
func (l *lines) Metrics(all []train.Metrics) {
	l.figures(all)
	if now := time.Now(); l.step == l.steps || now.Sub(l.last) >= lineInterval {
		l.last = now
		fmt.Fprintf(l.w, "%s, %s\n", l.place(), l.state())
	}
}

// Note implements train.Observer.
func (l *lines) Note(line string) { fmt.Fprintln(l.w, line) }

// Close implements experiment.Progress.
func (l *lines) Close() {}
