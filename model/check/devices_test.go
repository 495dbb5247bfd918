//go:build !cuda

package check_test

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// devices are the single-precision devices of this machine.
func devices(t *testing.T, replicas int) []engine.Device {
	t.Helper()
	return []engine.Device{ref.New[float32](replicas)}
}
