//go:build !linux

package simd

import "time"

var processStart = time.Now()

func cpuTime() time.Duration { return time.Since(processStart) }
