//go:build unix

package train

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// PeakMemory is the largest resident size of this process so far, in bytes.
func PeakMemory() int64 {
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss * 1024
}
