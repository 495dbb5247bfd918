// Package stop turns the signals by which people, terminals and schedulers ask a process to stop into the end of a
// context. A process that listens to them goes on when nobody reads what it writes.
package stop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Options say which signals ask to stop, beside those that Listen knows.
type Options struct {
	// More are signals that ask to stop too, as people name them: see Flag.
	More []os.Signal
	// Once are signals of which a second one does not count: whoever sends them may send them twice.
	Once []os.Signal
}

// A Request is the cause of a context that a signal has ended.
type Request struct{ Signal os.Signal }

// Error implements error.
func (r Request) Error() string { return "asked to stop by " + nameOf(r.Signal) }

// Listen makes a context that the first signal ends that asks to stop; its cause is a Request. The second one ends the
// process, as that signal ends one that does not listen. Signals that come in numbers never do: a lost terminal has
// the shell and the kernel send SIGHUP, and SIGXCPU comes every second. One that was ignored when the process began,
// as SIGHUP is by nohup, stays ignored.
//
// From then on a closed stdout or stderr is an error of a write, no signal that ends the process.
func Listen(ctx context.Context, o Options) (_ context.Context, release func()) {
	ignoreBrokenPipes()
	ctx, cancel := context.WithCancelCause(ctx)
	l := &listener{Options: o, cancel: cancel}
	for _, s := range append(o.More, slices.DeleteFunc(slices.Clone(asking), signal.Ignored)...) {
		signal.Notify(received, s)
	}
	for range len(received) { // before the first step
		l.take(<-received)
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-received:
				l.take(s)
			case <-done:
				return
			}
		}
	}()
	return ctx, sync.OnceFunc(func() {
		signal.Stop(received)
		close(done)
		cancel(context.Canceled)
	})
}

// received gets all of them. Those that the Go runtime would drop it gets from the start, before a command listens.
var received = make(chan os.Signal, 8)

func init() {
	for _, s := range dropped {
		signal.Notify(received, s)
	}
}

// Reset has signals end the process, for one that is about to become another program, and tells whether one has come
// that nobody has been told of.
func Reset() (asked bool) {
	signal.Stop(received)
	return len(received) > 0
}

// Unread tells whether an error of a write to a file is that nobody reads: of a pipe that is closed, or of a terminal
// that is lost.
func Unread(file *os.File, err error) bool {
	if errors.Is(err, syscall.EPIPE) {
		return true
	}
	if !errors.Is(err, syscall.EIO) {
		return false
	}
	info, unknown := file.Stat()
	return unknown == nil && info.Mode()&fs.ModeCharDevice != 0
}

// listener takes signals.
type listener struct {
	Options
	cancel func(cause error)
	counts []os.Signal // those so far of which a second one ends the process
}

func (l *listener) take(s os.Signal) {
	l.cancel(Request{s})
	if slices.Contains(inNumbers, s) || slices.Contains(l.counts, s) && slices.Contains(l.Once, s) {
		return
	}
	if l.counts = append(l.counts, s); len(l.counts) > 1 {
		end(s)
	}
}

// Obey ends the process as the signal does that asked it to stop: what a command comes to that keeps nothing, once it has
// cleaned up.
func Obey(r Request) { end(r.Signal) }

// end ends the process by a signal or, where the runtime drops that, with the exit code that shells give it.
func end(s os.Signal) {
	signal.Reset(s)
	number, known := s.(syscall.Signal)
	if !known {
		number = syscall.SIGINT
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(s) == nil {
		time.Sleep(50 * time.Millisecond)
	}
	os.Exit(128 + int(number))
}

// Flag is the value of a flag that names a signal: TERM, SIGTERM, 15 or RTMIN+3. It implements pflag.Value.
type Flag struct {
	Signals []os.Signal // one, or none where the flag was not given
	text    string
}

// Set implements pflag.Value.
func (f *Flag) Set(text string) error {
	s, err := parse(text)
	if err == nil {
		f.Signals, f.text = []os.Signal{s}, text
	}
	return err
}

// String implements pflag.Value.
func (f *Flag) String() string { return f.text }

// Type implements pflag.Value.
func (*Flag) Type() string { return "signal" }

// refusal is what to say of a signal that cannot be listened to.
func refusal(text string) error {
	return fmt.Errorf("want a signal that can ask to stop, such as USR2, found %s", text)
}
