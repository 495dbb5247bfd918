//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// stopSignals ask a command to stop. Slurm's --signal is often SIGUSR1.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGUSR1}

// early gets a SIGUSR1 that comes before a command asks for signals: by itself it would be lost.
var early = make(chan os.Signal, 1)

func init() { signal.Notify(early, syscall.SIGUSR1) }

// askedEarly tells whether a SIGUSR1 has come, and leaves later ones to others.
func askedEarly() bool {
	signal.Stop(early)
	return len(early) > 0
}

// endAtSIGUSR1 makes the next SIGUSR1 end the process, as the others do by themselves.
func endAtSIGUSR1() {
	next := make(chan os.Signal, 1)
	signal.Notify(next, syscall.SIGUSR1)
	go func() {
		<-next
		os.Exit(128 + int(syscall.SIGUSR1))
	}()
}
