//go:build !linux

package simd

import (
	"testing"
	"time"

	"ssdgm/engine/cpu/pool"
)

var processStart = time.Now()

func cpuTime() time.Duration { return time.Since(processStart) }

func pin(*testing.B, *pool.Pool) {}
