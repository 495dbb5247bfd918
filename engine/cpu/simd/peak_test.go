package simd

import "testing"

// TestACeilingIsWhatAProcessorCanDo holds that the ceiling is in floating-point operations a second, whoever disturbs
// the machine meanwhile, and that a second thread does not lower it.
func TestACeilingIsWhatAProcessorCanDo(t *testing.T) {
	for _, l := range levels(t) {
		one, two := PeakTogether(l, 1), PeakTogether(l, 2)
		if one < 1e8 || one > 1e12 || two < one/2 || two > 2.5*one {
			t.Errorf("%v: want 1e8 to 1e12 with one thread, and half of it to twice with two, found %.3g and %.3g", l, one, two)
		}
	}
}
