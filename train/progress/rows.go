package progress

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"ssdgm/train/report"
)

// Rows shows how many rows of an input are answered.
type Rows struct {
	screen *Screen
	bar    *bar
	total  int
	done   atomic.Int64
	begun  time.Time
}

// Rows shows how an input of so many rows is answered; total is −1 where nobody knows. It shows nothing beside a
// terminal, or where the answers themselves come to it.
func (s *Screen) Rows(total int) *Rows {
	r := &Rows{screen: s, total: total, begun: time.Now()}
	if !s.isTerminal() || term.IsTerminal(int(os.Stdout.Fd())) {
		return r
	}
	s.show()
	said := decor.Any(func(decor.Statistics) string { return " " + r.state() })
	if total >= 0 {
		r.bar = s.bar(int64(total), r.place, said)
		return r
	}
	r.bar = s.text(said)
	return r
}

// text adds a line that is only said, with no end that is known; nil where the terminal is lost.
func (s *Screen) text(said decor.Decorator) *bar {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	before := decor.Any(func(decor.Statistics) string { return home })
	added, err := s.bars.Add(0, mpb.NopStyle().Build(), mpb.PrependDecorators(before), mpb.AppendDecorators(said))
	if err != nil {
		return nil
	}
	return &bar{added}
}

// place is how many rows are answered, of how many.
func (r *Rows) place() string {
	return fmt.Sprintf("%s of %s rows", report.Thousands(int(r.done.Load())), report.Thousands(r.total))
}

// state is how fast, and how long it takes.
func (r *Rows) state() string {
	done, took := int(r.done.Load()), time.Since(r.begun)
	if done == 0 {
		return ""
	}
	speed := report.Thousands(int(float64(done)/took.Seconds())) + " rows/s"
	if r.total < 0 {
		return report.Thousands(done) + " rows, " + speed
	}
	return speed + ", " + report.Duration(took/time.Duration(done)*time.Duration(max(0, r.total-done))) + " left"
}

// Done is told how many rows are answered.
func (r *Rows) Done(rows int) {
	r.done.Store(int64(rows))
	if r.total < 0 || rows < r.total {
		r.bar.set(int64(rows))
	}
}

// Close comes before anything else is written.
func (r *Rows) Close() {
	if r.bar != nil {
		r.bar.stop()
		r.screen.Hide()
	}
}
