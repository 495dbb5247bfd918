//go:build unix

package stop

import (
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// asking are the signals that ask to stop: a person's, a service manager's, a lost terminal's, and those that schedulers
// send before their limits: Slurm's --signal is often SIGUSR1, Grid Engine and LSF send SIGUSR1 or SIGUSR2, and a limit
// on processor time SIGXCPU.
var asking = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGXCPU}

// dropped are those of them that the Go runtime drops where nobody listens.
var dropped = []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGXCPU}

// inNumbers are those of them that may come twice for one reason.
var inNumbers = []os.Signal{syscall.SIGHUP, syscall.SIGXCPU}

func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }

// others are signals that ask to stop where a person says so.
var others = []string{"QUIT", "ALRM", "VTALRM", "PWR", "IO"}

// realTime are the numbers of real-time signals on Linux that C libraries leave alone; the first is RTMIN.
const (
	realTimeMin = 34
	realTimeMax = 64
)

func parse(text string) (os.Signal, error) {
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	number, err := strconv.Atoi(name)
	if base, more, ok := strings.Cut(name, "+"); ok && base == "RTMIN" {
		number, err = strconv.Atoi(more)
		number += realTimeMin
	}
	s := syscall.Signal(number)
	if err != nil {
		s = unix.SignalNum("SIG" + name)
	}
	if slices.Contains(asking, os.Signal(s)) || slices.Contains(others, strings.TrimPrefix(nameOf(s), "SIG")) ||
		strings.HasPrefix(nameOf(s), "SIGRTMIN+") {
		return s, nil
	}
	return nil, refusal(text)
}

// nameOf is what people call a signal.
func nameOf(s os.Signal) string {
	number, ok := s.(syscall.Signal)
	if !ok {
		return s.String()
	}
	if name := unix.SignalName(number); name != "" {
		return name
	}
	// The runtime keeps the first real-time signal for C libraries.
	if runtime.GOOS == "linux" && number > realTimeMin && number <= realTimeMax {
		return "SIGRTMIN+" + strconv.Itoa(int(number)-realTimeMin)
	}
	return s.String()
}
