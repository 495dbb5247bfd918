// Package progress shows a person how training and downloads get on: bars on a terminal, whole lines for a file or a
// pipe. Both go to stderr, in the order of what else is said there.
package progress

import (
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"ssdgm/train/experiment"
)

// Screen is stderr; its zero value shows no bars. A program has one, and writes to it alone. What is written to it while it shows bars comes above them, in its order. That nobody reads it, or
// that the terminal is lost, is no reason to end.
type Screen struct {
	mutex sync.Mutex
	bars  *mpb.Progress // nil while none are shown
}

// isTerminal tells whether it can show bars: a terminal whose width nobody has set has no room for one.
func (s *Screen) isTerminal() bool {
	width, _, err := term.GetSize(int(os.Stderr.Fd()))
	return err == nil && width > 0
}

// home begins every line of a screen with bars: what a person has typed, as ^C, may stand where it begins.
const home = "\r"

// Write implements io.Writer, of whole lines. It never fails.
func (s *Screen) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.bars != nil {
		if _, err := s.bars.Write(append([]byte(home), p...)); err == nil {
			return len(p), nil
		}
	}
	_, _ = os.Stderr.Write(p)
	return len(p), nil
}

// Training shows how an experiment gets on.
func (s *Screen) Training() experiment.Progress {
	if s.isTerminal() {
		s.show()
		return &bars{screen: s}
	}
	return &lines{w: s}
}

// Fetching shows how files arrive.
func (s *Screen) Fetching() Fetching {
	if s.isTerminal() {
		s.show()
		return &fetchBars{screen: s}
	}
	return fetchLines{s}
}

// show begins to show bars.
func (s *Screen) show() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.bars = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithRefreshRate(250*time.Millisecond), mpb.WithWidth(32))
}

// bar adds a bar between a place and what is said of it; nil where the terminal is lost.
func (s *Screen) bar(total int64, place func() string, said decor.Decorator) *bar {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	before := decor.Any(func(decor.Statistics) string { return home + place() }, decor.WCSyncSpaceR)
	added, err := s.bars.Add(total, mpb.BarStyle().Build(), mpb.PrependDecorators(before), mpb.AppendDecorators(said))
	if err != nil {
		return nil
	}
	return &bar{added}
}

// Hide leaves the bars as they are.
func (s *Screen) Hide() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.bars != nil {
		s.bars.Shutdown()
		s.bars = nil
	}
}

// bar is one of a screen's; nil is none.
type bar struct{ *mpb.Bar }

// set moves it.
func (b *bar) set(to int64) {
	if b != nil {
		b.SetCurrent(to)
	}
}

// stop leaves it as it is where it did not get full.
func (b *bar) stop() {
	if b != nil {
		b.Abort(false)
		b.Wait()
	}
}
