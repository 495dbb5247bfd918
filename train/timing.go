package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"ssdgm/train/run"
)

// Timing is one line of timing.jsonl. There is one with every line of metrics.jsonl
// and one with every checkpoint.
type Timing struct {
	Phase       string    `json:"phase"`
	Step        int       `json:"step"`
	Seconds     run.Float `json:"seconds"`                // spent on the phase until here, see Times
	StepsPerS   run.Float `json:"steps_per_s"`            // of this process
	ExamplesS   run.Float `json:"examples_per_s"`         // of this process
	MemoryBytes int64     `json:"memory_bytes,omitempty"` // largest resident size of this process so far
	// Waiting is how much of Seconds went by while examples were read from their file; nil where they are in memory.
	Waiting  *run.Float `json:"waiting_seconds,omitempty"`
	Replicas int        `json:"replicas,omitempty"` // that shared the device and its time, where it was not one
	Falls    bool       `json:"falls,omitempty"`    // the user was warned here that the bound falls
}

// Share is the seconds spent on the phase until here that are this run's own: those of a device that several
// replicas shared are shared out among them.
func (t Timing) Share() float64 { return float64(t.Seconds) / float64(max(1, t.Replicas)) }

// timing writes a member's line.
func (l *looper) timing(m *member) error {
	now := time.Since(l.started)
	rate := float64(l.step-l.first) / now.Seconds()
	t := Timing{
		Phase: l.p.Name(), Step: l.step, Seconds: run.Float((m.earlier + now).Seconds()),
		StepsPerS: run.Float(rate), ExamplesS: run.Float(rate * float64(l.p.size)), MemoryBytes: PeakMemory(),
	}
	if l.examples.Rows != nil {
		t.Waiting = number((m.earlierWaiting + l.waiting).Seconds())
	}
	if len(l.replicas) > 1 {
		t.Replicas = len(l.replicas)
	}
	t.Falls, m.falls = m.falls, false
	return m.run.Timing(t)
}

// PhaseTime is what a phase has cost so far.
type PhaseTime struct {
	Duration    time.Duration
	Waiting     time.Duration // of it, for examples that are in a file
	MemoryBytes int64         // largest resident size of all processes that trained it
	Replicas    int           // the most that shared the device and its time
	ExamplesS   float64       // examples a second, of the last process; 0: not known
}

// EvaluationTime is about what it takes to evaluate a model on so many examples whose training has taken some time: each
// phase's steps read an example forward and back, which is thrice the work of forward alone.
func EvaluationTime(times map[string]PhaseTime, examples int) time.Duration {
	seconds := 0.0
	for _, t := range times {
		if t.ExamplesS > 0 {
			seconds += float64(examples) / t.ExamplesS / 3
		}
	}
	return time.Duration(seconds * float64(time.Second))
}

// Times reads from timing.jsonl what each phase has cost, summed over the processes
// that trained it. Steps that a crash lost do not count, as they are taken again.
func Times(f *run.Folder) (map[string]PhaseTime, error) {
	text, err := f.Timing()
	if err != nil {
		return nil, err
	}
	times := map[string]PhaseTime{}
	for line := range bytes.Lines(text) {
		var t Timing
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, fmt.Errorf("read timing.jsonl in %s: want a JSON object a line: %w", f.Dir(), err)
		}
		waiting := run.Float(0)
		if t.Waiting != nil {
			waiting = *t.Waiting
		}
		times[t.Phase] = PhaseTime{
			Waiting:     time.Duration(float64(waiting) * float64(time.Second)),
			Duration:    time.Duration(float64(t.Seconds) * float64(time.Second)),
			MemoryBytes: max(times[t.Phase].MemoryBytes, t.MemoryBytes),
			Replicas:    max(times[t.Phase].Replicas, t.Replicas, 1),
			ExamplesS:   float64(t.ExamplesS),
		}
	}
	return times, nil
}
