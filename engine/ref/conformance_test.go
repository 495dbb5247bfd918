package ref_test

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/ref"
)

func TestConformance(t *testing.T) {
	enginetest.Run(t, "float32", func(replicas int) engine.Device { return ref.New[float32](replicas) })
	enginetest.Run(t, "float64", func(replicas int) engine.Device { return ref.New[float64](replicas) })
}

func BenchmarkSteps(b *testing.B) {
	enginetest.Bench(b, func(replicas int) engine.Device { return ref.New[float32](replicas) })
}
