//go:build !unix

package stop

import (
	"os"
	"strings"
	"syscall"
)

// asking are the signals that ask to stop: all that there are.
var asking = []os.Signal{os.Interrupt, syscall.SIGTERM}

// There are none that the runtime drops, and none that come in numbers.
var dropped, inNumbers []os.Signal

// A closed pipe is an error of a write here anyway.
func ignoreBrokenPipes() {}

func parse(text string) (os.Signal, error) {
	switch strings.TrimPrefix(strings.ToUpper(text), "SIG") {
	case "INT":
		return os.Interrupt, nil
	case "TERM":
		return syscall.SIGTERM, nil
	}
	return nil, refusal(text)
}

func nameOf(s os.Signal) string { return s.String() }
