package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"ssdgm/train"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// Tracker knows how far a phase is, and says so. It may be asked from any goroutine.
type Tracker struct {
	mu                 sync.Mutex
	phase              string
	replicas           int
	first, step, steps int
	started            time.Time
	took               time.Duration // once the phase is over
	bound, validation  string
}

// Begin starts a phase, as train.Observer is told of it.
func (t *Tracker) Begin(phase string, replicas, step, steps int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.replicas = replicas
	t.phase, t.first, t.step, t.steps = phase, step, step, steps
	t.started, t.took, t.bound, t.validation = time.Now(), 0, "", ""
}

// Advance comes after every step.
func (t *Tracker) Advance(step int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.step = step
	if step == t.steps {
		t.took = time.Since(t.started)
	}
}

// Figures keeps what the replicas' lines of metrics tell, on average; validation comes with few
// of them.
func (t *Tracker) Figures(lines []train.Metrics) {
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
	show(&t.validation, "validation bound %.2f nats",
		looked(func(v *train.Validation) *run.Float { return v.ValidationBound }))
	show(&t.validation, "validation error %.2f %%",
		looked(func(v *train.Validation) *run.Float { return v.ValidationError }))
}

// Place is the phase and the step.
func (t *Tracker) Place() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	runs := ""
	if t.replicas > 1 {
		runs = fmt.Sprintf(" of %d runs", t.replicas)
	}
	return fmt.Sprintf("%s%s: step %d of %d", t.phase, runs, t.step, t.steps)
}

// State is the bound, the validation figure and the time left.
func (t *Tracker) State() string { return t.StateWithin(math.MaxInt) }

// StateWithin is what of State has room in so many columns: the time left comes first, then the validation figure.
func (t *Tracker) StateWithin(columns int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := ""
	if done := t.step - t.first; t.step == t.steps {
		last = "took " + report.Duration(t.took)
	} else if done > 0 {
		each := time.Since(t.started) / time.Duration(done)
		last = report.Duration(each*time.Duration(t.steps-t.step)) + " left"
	}
	state := ""
	for _, parts := range [][]string{{last}, {t.bound, last}, {t.validation, last}, {t.bound, t.validation, last}} {
		parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
		if wider := strings.Join(parts, ", "); state == "" || len(wider) <= columns {
			state = wider
		}
	}
	return state
}

// Over tells whether the phase has taken its last step.
func (t *Tracker) Over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.step == t.steps
}
