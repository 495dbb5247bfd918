package enginetest

import (
	"math"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// step is one step of the contract with its cases.
type step struct {
	name     string
	ragged   func() []stepCase // sizes that no block divides
	training func() []stepCase // the sizes of the benchmarks
}

// stepCase is a step at one size: set declares its arrays and gives the call.
type stepCase struct {
	name     string
	set      func(r *rig) func()
	elements int // what the benchmark divides by
	flops    int // of a matrix product, otherwise 0
}

// Limits of large: a plain device needs seconds for more.
const (
	largeFLOPs    = 100_000_000
	largeElements = 600_000
)

// large is the cases of training that are small enough to be repeated, and
// large enough for a device to cut them into parts.
func (s *step) large() []stepCase {
	return slices.DeleteFunc(s.training(), func(c stepCase) bool {
		return c.flops > largeFLOPs || c.elements > largeElements
	})
}

// outputs runs a case once.
func (c *stepCase) outputs(t testing.TB, dev engine.Device, seeds []uint64, l layout) []tensor {
	t.Helper()
	r := newRig(dev, seeds, l)
	call := c.set(r)
	call()
	return r.outputs(t, c.name)
}

// checkStep holds a step to everything that one harness can see: parity,
// guards, inputs left alone, the same bits again, and a replica that gives
// among three what it gives alone.
func checkStep(t testing.TB, s step, open Opener) {
	t.Helper()
	three, one := open(3), open(1)
	seeds := seedsFor(3)
	for _, c := range s.ragged() {
		r := newRig(three, seeds, layout{})
		call := c.set(r)
		call()
		got := r.outputs(t, c.name)
		want := c.outputs(t, ref.New[float64](3), seeds, layout{})
		plain := c.outputs(t, ref.New[float32](3), seeds, layout{})
		checkParity(t, c.name, got, want, plain)

		r.reset()
		call()
		sameBits(t, c.name+": called again", r.outputs(t, c.name), got)

		for i, seed := range seeds {
			alone := c.outputs(t, one, []uint64{seed}, layout{slack: 3})
			sameBits(t, c.name+": alone and in longer arrays", alone, replica(got, i))
		}
		shared := c.outputs(t, three, seeds, layout{shared: true})
		alone := c.outputs(t, one, seeds[1:2], layout{shared: true})
		sameBits(t, c.name+": with shared inputs", alone, replica(shared, 1))
	}
	for _, c := range s.large() {
		got := c.outputs(t, three, seeds, layout{})
		alone := c.outputs(t, one, seeds[2:], layout{slack: 3})
		sameBits(t, c.name+": alone and in longer arrays", alone, replica(got, 2))
	}
	closeDevice(t, three)
	closeDevice(t, one)
}

// replica is the results of one replica.
func replica(all []tensor, r int) []tensor {
	one := make([]tensor, len(all))
	for i, x := range all {
		one[i] = tensor{name: x.name, values: x.values[r : r+1]}
	}
	return one
}

// checkParity holds every result to err(device) ≤ 2·err(plain float32) + 1e-6,
// both against float64.
func checkParity(t testing.TB, label string, got, want, plain []tensor) {
	t.Helper()
	for i, w := range want {
		for r := range w.values {
			err := relativeError(got[i].values[r], w.values[r])
			limit := 2*relativeError(plain[i].values[r], w.values[r]) + 1e-6
			if !(err <= limit) {
				t.Errorf("%s: %s of replica %d: relative error %.3g, want at most %.3g", label, w.name, r, err, limit)
			}
		}
	}
}

// relativeError is ‖got − want‖₂ / ‖want‖₂, and the absolute error where want
// is zero. Elements that are not finite must be the same in both.
func relativeError(got, want []float64) float64 {
	var diff, norm float64
	for i, w := range want {
		if math.IsNaN(w) && math.IsNaN(got[i]) || w == got[i] && math.IsInf(w, 0) {
			continue
		}
		diff += (got[i] - w) * (got[i] - w)
		norm += w * w
	}
	if norm == 0 {
		norm = 1
	}
	return math.Sqrt(diff / norm)
}

// sameBits fails at the first element of each result that differs.
func sameBits(t testing.TB, label string, got, want []tensor) {
	t.Helper()
	for i, w := range want {
		for r := range w.values {
			if at := firstDifference(got[i].values[r], w.values[r]); at >= 0 {
				t.Errorf("%s: %s[%d] of replica %d is %v, want the same bits as %v",
					label, w.name, at, r, got[i].values[r][at], w.values[r][at])
			}
		}
	}
}

func firstDifference(a, b []float64) int {
	for i := range b {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return i
		}
	}
	return -1
}
