package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"ssdgm/train/data/fetch"
	"ssdgm/train/message"
	"ssdgm/train/report"
)

// fetching shows how files arrive. Close comes before anything else is written.
type fetching interface {
	fetch.Progress
	Close()
}

// newFetching shows bars on a terminal and plain lines elsewhere.
func newFetching(w *os.File) fetching {
	if term.IsTerminal(int(w.Fd())) {
		return &fetchBars{container: mpb.New(mpb.WithOutput(w), mpb.WithWidth(32))}
	}
	return fetchLines{w}
}

// fetchLines is the progress for a file or a pipe: a line for each file.
type fetchLines struct{ w io.Writer }

// Begin implements fetch.Progress.
func (f fetchLines) Begin(file string, done, total int64) {
	fmt.Fprintf(f.w, "%s: %s of %s bytes to get\n", file, report.Thousands(int(total-done)), report.Thousands(int(total)))
}

// Advance implements fetch.Progress.
func (fetchLines) Advance(int64) {}

// End implements fetch.Progress.
func (f fetchLines) End(file string) { fmt.Fprintf(f.w, "%s: verified\n", file) }

// Note implements fetch.Progress.
func (f fetchLines) Note(line string) { fmt.Fprintln(f.w, message.Line(line)) }

// Close implements fetching.
func (fetchLines) Close() {}

// fetchBars is the progress on a terminal: a bar for each file, notes above them.
type fetchBars struct {
	container *mpb.Progress
	bar       *mpb.Bar
}

// Begin implements fetch.Progress.
func (f *fetchBars) Begin(file string, done, total int64) {
	f.stop()
	f.bar = f.container.New(total, mpb.BarStyle(),
		mpb.PrependDecorators(decor.Name(file, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.CountersKibiByte("% .1f of % .1f")))
	f.bar.SetCurrent(done)
}

// Advance implements fetch.Progress.
func (f *fetchBars) Advance(bytes int64) { f.bar.IncrInt64(bytes) }

// End implements fetch.Progress.
func (f *fetchBars) End(string) { f.stop() }

// Note implements fetch.Progress.
func (f *fetchBars) Note(line string) {
	// What goes wrong with the terminal is no reason to end a download.
	_, _ = f.container.Write([]byte(message.Line(line) + "\n"))
}

// stop leaves a bar that did not get full as it is.
func (f *fetchBars) stop() {
	if f.bar != nil {
		f.bar.Abort(false)
		f.bar.Wait()
	}
}

// Close implements fetching.
func (f *fetchBars) Close() {
	f.stop()
	f.container.Wait()
}
