//go:build !cuda

package check_test

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/ref"
)

// devices are the single-precision devices of this machine.
func devices(t *testing.T, replicas int) []engine.Device {
	t.Helper()
	all := []engine.Device{ref.New[float32](replicas)}
	for level := simd.Portable; level <= simd.Best(); level++ {
		d, err := cpu.New(cpu.Options{Replicas: replicas, Threads: 2, Level: level.String()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		all = append(all, d)
	}
	return all
}
