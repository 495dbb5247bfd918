//go:build !unix

package main

import (
	"os"
	"syscall"
)

// stopSignals ask a command to stop.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// endAtSIGUSR1 has nothing to do where there is no such signal.
func endAtSIGUSR1() {}
