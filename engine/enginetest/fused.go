package enginetest

import (
	"testing"

	"ssdgm/engine/enginetest/cases"
)

// checkFused: whatever a device makes of neighbouring steps, a program gives to the bit what its
// steps give one by one.
func checkFused(t testing.TB, open Opener) {
	for _, s := range cases.Sequences() {
		dev := open(3)
		r := cases.New(dev, cases.Seeds(3), cases.Layout{})
		steps := s.Set(r)
		for range 2 {
			for i := range steps {
				dev.Compile(steps[i : i+1]).Run(1)
			}
		}
		apart := outputs(t, r, s.Name)
		r.Reset()
		dev.Compile(steps).Run(2)
		sameBits(t, s.Name+": as a program", outputs(t, r, s.Name), apart)
		closeDevice(t, dev)
	}
}
