package enginetest

import (
	"math"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
	"ssdgm/engine/ref"
)

// outputs are what a rig's step wrote. It fails where anything else was written.
func outputs(t testing.TB, r *cases.Rig, label string) []cases.Tensor {
	t.Helper()
	out, err := r.Outputs()
	if err != nil {
		t.Errorf("%s: %v", label, err)
	}
	return out
}

// outputsOf runs a case once.
func outputsOf(t testing.TB, c *cases.Case, dev engine.Device, seeds []uint64, l cases.Layout) []cases.Tensor {
	t.Helper()
	r := cases.New(dev, seeds, l)
	engine.Do(dev, c.Set(r))
	return outputs(t, r, c.Name)
}

// checkStep holds a step to everything that one harness can see: parity,
// guards, inputs left alone, the same bits again, and a replica that gives
// among three what it gives alone.
func checkStep(t testing.TB, s cases.Step, open Opener) {
	t.Helper()
	three, one := open(3), open(1)
	defer closeDevice(t, three)
	defer closeDevice(t, one)
	for _, c := range s.Ragged() {
		marks := []engine.Mark{three.Mark(), one.Mark()}
		checkCase(t, &c, three, one)
		three.Release(marks[0])
		one.Release(marks[1])
	}
	seeds := cases.Seeds(3)
	for _, c := range s.Large() {
		got := outputsOf(t, &c, three, seeds, cases.Layout{})
		alone := outputsOf(t, &c, one, seeds[2:], cases.Layout{Slack: 3})
		sameBits(t, c.Name+": alone and in longer arrays", alone, replica(got, 2))
	}
}

func checkCase(t testing.TB, c *cases.Case, three, one engine.Device) {
	t.Helper()
	seeds := cases.Seeds(3)
	r := cases.New(three, seeds, cases.Layout{})
	step := c.Set(r)
	if err := r.Agrees(step); err != nil {
		t.Errorf("%s: %v", c.Name, err)
	}
	engine.Do(three, step)
	got := outputs(t, r, c.Name)
	want := outputsOf(t, c, ref.New[float64](3), seeds, cases.Layout{})
	plain := outputsOf(t, c, ref.New[float32](3), seeds, cases.Layout{})
	checkParity(t, c.Name, got, want, plain)

	r.Reset()
	engine.Do(three, step)
	sameBits(t, c.Name+": taken again", outputs(t, r, c.Name), got)

	for i, seed := range seeds {
		alone := outputsOf(t, c, one, []uint64{seed}, cases.Layout{Slack: 3})
		sameBits(t, c.Name+": alone and in longer arrays", alone, replica(got, i))
	}
	shared := outputsOf(t, c, three, seeds, cases.Layout{Shared: true})
	alone := outputsOf(t, c, one, seeds[1:2], cases.Layout{Shared: true})
	sameBits(t, c.Name+": with shared inputs", alone, replica(shared, 1))
}

// replica is the results of one replica.
func replica(all []cases.Tensor, r int) []cases.Tensor {
	one := make([]cases.Tensor, len(all))
	for i, x := range all {
		one[i] = cases.Tensor{Name: x.Name, Values: x.Values[r : r+1]}
	}
	return one
}

// checkParity holds every result to err(device) ≤ 2·err(plain float32) + 1e-6,
// both against float64.
func checkParity(t testing.TB, label string, got, want, plain []cases.Tensor) {
	t.Helper()
	for i, w := range want {
		for r := range w.Values {
			err := cases.RelativeError(got[i].Values[r], w.Values[r])
			limit := 2*cases.RelativeError(plain[i].Values[r], w.Values[r]) + 1e-6
			if !(err <= limit) {
				t.Errorf("%s: %s of replica %d: relative error %.3g, want at most %.3g", label, w.Name, r, err, limit)
			}
		}
	}
}

// sameBits fails at the first element of each result that differs.
func sameBits(t testing.TB, label string, got, want []cases.Tensor) {
	t.Helper()
	for i, w := range want {
		for r := range w.Values {
			if at := firstDifference(got[i].Values[r], w.Values[r]); at >= 0 {
				t.Errorf("%s: %s[%d] of replica %d is %v, want the same bits as %v",
					label, w.Name, at, r, got[i].Values[r][at], w.Values[r][at])
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
