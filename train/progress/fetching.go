package progress

import (
	"fmt"
	"io"

	"github.com/vbauerster/mpb/v8/decor"

	"ssdgm/train/data/fetch"
	"ssdgm/train/message"
	"ssdgm/train/report"
)

// Fetching shows how files arrive. Close comes before anything else is written.
type Fetching interface {
	fetch.Progress
	Close()
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

// Close implements Fetching.
func (fetchLines) Close() {}

// fetchBars is the progress on a terminal: a bar for each file, notes above them.
type fetchBars struct {
	screen *Screen
	bar    *bar
}

// Begin implements fetch.Progress.
func (f *fetchBars) Begin(file string, done, total int64) {
	f.bar.stop()
	f.bar = f.screen.bar(total, func() string { return file }, decor.CountersKibiByte("% .1f of % .1f"))
	f.bar.set(done)
}

// Advance implements fetch.Progress.
func (f *fetchBars) Advance(bytes int64) {
	if f.bar != nil {
		f.bar.IncrInt64(bytes)
	}
}

// End implements fetch.Progress.
func (f *fetchBars) End(string) { f.bar.stop() }

// Note implements fetch.Progress.
func (f *fetchBars) Note(line string) { fmt.Fprintln(f.screen, message.Line(line)) }

// Close implements Fetching.
func (f *fetchBars) Close() {
	f.bar.stop()
	f.screen.Hide()
}
