//go:build !unix

package main

import (
	"os"
	"syscall"
)

// stopSignals ask a command to stop.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// askedEarly has nothing to tell where there is no SIGUSR1.
func askedEarly() bool { return false }

// endAtSIGUSR1 has nothing to do where there is no such signal.
func endAtSIGUSR1() {}
