package main

import (
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// screen is stderr. What is written to it while it shows bars comes above them, in its order. That nobody reads it, or
// that the terminal is lost, is no reason to end.
type screen struct {
	mutex sync.Mutex
	bars  *mpb.Progress // nil while none are shown
}

// stderr is the only one.
var stderr screen

// isTerminal tells whether it can show bars: a terminal whose width nobody has set has no room for one.
func (s *screen) isTerminal() bool {
	width, _, err := term.GetSize(int(os.Stderr.Fd()))
	return err == nil && width > 0
}

// home begins every line of a screen with bars: what a person has typed, as ^C, may stand where it begins.
const home = "\r"

// Write implements io.Writer, of whole lines. It never fails.
func (s *screen) Write(p []byte) (int, error) {
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

// show begins to show bars.
func (s *screen) show() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.bars = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithRefreshRate(250*time.Millisecond), mpb.WithWidth(32))
}

// bar adds a bar between a place and what is said of it; nil where the terminal is lost.
func (s *screen) bar(total int64, place func() string, said decor.Decorator) *bar {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	before := decor.Any(func(decor.Statistics) string { return home + place() }, decor.WCSyncSpaceR)
	added, err := s.bars.Add(total, mpb.BarStyle().Build(), mpb.PrependDecorators(before), mpb.AppendDecorators(said))
	if err != nil {
		return nil
	}
	return &bar{added}
}

// hide leaves the bars as they are.
func (s *screen) hide() {
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
