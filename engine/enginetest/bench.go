package enginetest

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
)

// Bench times every step at the sizes of training: M1 with minibatches of 100
// and of 1000, M2 with 100 labelled and 100 unlabelled examples. Matrix products
// report GFLOP/s, the other steps ns/element.
func Bench(b *testing.B, open func(replicas int) engine.Device) {
	for _, s := range cases.Steps() {
		for _, c := range s.Training() {
			b.Run(s.Name+"/"+c.Name, func(b *testing.B) { benchStep(b, c, open) })
		}
	}
}

func benchStep(b *testing.B, c cases.Case, open Opener) {
	dev := open(1)
	defer closeDevice(b, dev)
	program := dev.Compile([]engine.Step{c.Set(cases.New(dev, cases.Seeds(1), cases.Layout{}))})
	program.Run(1)
	mustSync(b, dev)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		program.Run(1)
	}
	mustSync(b, dev)
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	if c.FLOP > 0 {
		b.ReportMetric(float64(c.FLOP)/ns, "GFLOP/s")
		return
	}
	b.ReportMetric(ns/float64(c.Elements), "ns/element")
}

func mustSync(b *testing.B, dev engine.Device) {
	if err := dev.Sync(); err != nil {
		b.Fatal(err)
	}
}
