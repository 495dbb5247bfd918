package enginetest

import (
	"testing"

	"ssdgm/engine"
)

// Bench times every step at the sizes of training: M1 with minibatches of 100
// and of 1000, M2 with 100 labelled and 100 unlabelled examples. Matrix products
// report GFLOP/s, the other steps ns/element.
func Bench(b *testing.B, open func(replicas int) engine.Device) {
	for _, s := range allSteps() {
		for _, c := range s.training() {
			b.Run(s.name+"/"+c.name, func(b *testing.B) { benchStep(b, c, open) })
		}
	}
}

func benchStep(b *testing.B, c stepCase, open Opener) {
	dev := open(1)
	defer closeDevice(b, dev)
	call := c.set(newRig(dev, seedsFor(1), layout{}))
	call()
	mustSync(b, dev)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		call()
	}
	mustSync(b, dev)
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	if c.flops > 0 {
		b.ReportMetric(float64(c.flops)/ns, "GFLOP/s")
		return
	}
	b.ReportMetric(ns/float64(c.elements), "ns/element")
}

func mustSync(b *testing.B, dev engine.Device) {
	if err := dev.Sync(); err != nil {
		b.Fatal(err)
	}
}
