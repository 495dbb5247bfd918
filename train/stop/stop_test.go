//go:build linux

package stop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSignalsAreNamedAsPeopleNameThem(t *testing.T) {
	for text, want := range map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "sigterm": syscall.SIGTERM, "15": syscall.SIGTERM, "INT": syscall.SIGINT, "Usr2": syscall.SIGUSR2,
		"QUIT": syscall.SIGQUIT, "PWR": syscall.SIGPWR, "37": 37, "RTMIN+3": 37, "SIGRTMIN+30": 64,
	} {
		var f Flag
		if err := f.Set(text); err != nil || len(f.Signals) != 1 || f.Signals[0] != want || f.String() != text {
			t.Errorf("%s: want %d, found %v, %v", text, want, f.Signals, err)
		}
	}
	for _, text := range []string{"", "SIG", "KILL", "9", "STOP", "SEGV", "CHLD", "PIPE", "0", "-1", "34", "65", "RTMIN+x", "RTMIN+31", "HUP ", "nonsense"} {
		var f Flag
		if err := f.Set(text); err == nil || f.Signals != nil || f.String() != "" {
			t.Errorf("%q: want it refused, found %v", text, f.Signals)
		}
	}
}

// TestTheFirstSignalIsTheCause sends one before anybody listens, one that Listen knows and one that it is given.
func TestTheFirstSignalIsTheCause(t *testing.T) {
	send := func(s os.Signal) {
		t.Helper()
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Signal(s)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	send(syscall.SIGUSR2)
	for len(received) == 0 {
		time.Sleep(time.Millisecond)
	}
	for _, s := range []os.Signal{syscall.SIGUSR2, syscall.SIGXCPU, syscall.SIGHUP, syscall.SIGALRM} {
		ctx, release := Listen(t.Context(), Options{More: []os.Signal{syscall.SIGALRM}})
		if s != syscall.SIGUSR2 {
			if ctx.Err() != nil {
				t.Fatalf("want nothing asked before %v, found %v", s, context.Cause(ctx))
			}
			send(s)
		}
		<-ctx.Done()
		var cause Request
		if !errors.As(context.Cause(ctx), &cause) || cause.Signal != s {
			t.Errorf("want %v, found %v", s, context.Cause(ctx))
		}
		if want := "asked to stop by SIG"; !strings.HasPrefix(fmt.Sprint(cause), want) {
			t.Errorf("want %s…, found %v", want, cause)
		}
		release()
	}
}
