package train

import (
	"fmt"
	"os"
	"sync"
	"time"

	"ssdgm/train/run"
)

// pulse knows where training is. Unlike the rest of a session it may be asked for that from
// any goroutine.
type pulse struct {
	mu          sync.Mutex
	phase       string
	step, steps int
	reached     time.Time     // then
	each        time.Duration // what a step takes, about; 0: not known, or not long
	saved       string        // the newest checkpoint
	last        time.Time     // of the heartbeats
}

// beatInterval is the shortest time between two heartbeats.
const beatInterval = time.Second

// reach notes where training is.
func (p *pulse) reach(phase string, step, steps int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase, p.step, p.steps, p.reached = phase, step, steps, time.Now()
}

// expect notes what a step takes, about.
func (p *pulse) expect(each time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.each = each
}

// Left is how long the step under way still takes, about; 0 where that is not known, or where it should be over. It
// may be called from any goroutine.
func (s *Session) Left() time.Duration {
	p := &s.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.each-time.Since(p.reached))
}

// keep notes a checkpoint.
func (p *pulse) keep(phase string, step int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.saved = fmt.Sprintf("%s step %d", phase, step)
}

// Beat writes the runs' heartbeats, unless there were some within the last second. Whoever
// has seen that the device gets on calls it, on the goroutine that works with the session.
func (s *Session) Beat() {
	p, now := &s.pulse, time.Now()
	if now.Sub(p.last) < beatInterval {
		return
	}
	p.last = now
	p.mu.Lock()
	h := run.Heartbeat{Time: now, Process: os.Getpid(), Phase: p.phase, Step: p.step, Steps: p.steps}
	p.mu.Unlock()
	for _, m := range s.members {
		if m.run != nil {
			m.run.Beat(h)
		}
	}
}

// Where says where training is, and from where another process would go on. It may be called
// from any goroutine.
func (s *Session) Where() string {
	p := &s.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	saved := "no checkpoint is saved yet"
	if p.saved != "" {
		saved = "the checkpoint of " + p.saved + " stands"
	}
	if p.steps == 0 {
		return fmt.Sprintf("in the %s; %s", p.phase, saved)
	}
	return fmt.Sprintf("at %s step %d of %d; %s", p.phase, p.step, p.steps, saved)
}
