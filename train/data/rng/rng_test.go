package rng

import (
	"math"
	"testing"
)

// The first outputs of SplitMix64 from state 0, as its authors' C code prints them.
func TestStreamIsSplitMix64(t *testing.T) {
	var s Stream
	for i, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		if got := s.Uint64(); got != want {
			t.Errorf("output %d = %#x, want %#x", i, got, want)
		}
	}
}

func TestKeysGiveDifferentStreams(t *testing.T) {
	seen := map[uint64][]uint64{}
	for _, key := range [][]uint64{nil, {0}, {1}, {0, 0}, {0, 1}, {1, 0}, {0, 0, 1}, {0, 1, 0}} {
		s := New(key...)
		first := s.Uint64()
		if other, taken := seen[first]; taken {
			t.Errorf("keys %v and %v start with the same number", key, other)
		}
		seen[first] = key
	}
}

func TestBelowIsUniform(t *testing.T) {
	const n, draws = 7, 70_000
	var counts [n]float64
	s := New(3)
	for range draws {
		counts[s.Below(n)]++
	}
	chi2 := 0.0
	for _, c := range counts {
		chi2 += (c - draws/n) * (c - draws/n) / (draws / n)
	}
	// The 99.9th percentile of χ² with six degrees of freedom.
	if chi2 > 22.46 {
		t.Errorf("χ² of %v = %.1f, want ≤ 22.46", counts, chi2)
	}
}

// Below(2⁶³+1) rejects almost half of all draws: a generator that did not would
// return some values twice as often as others.
func TestBelowRejectsWhatWouldBias(t *testing.T) {
	const n = 1<<63 + 1
	s := New(4)
	odd := 0
	for range 10_000 {
		v := s.Below(n)
		if v >= n {
			t.Fatalf("Below(%d) = %d", uint64(n), v)
		}
		odd += int(v & 1)
	}
	if math.Abs(float64(odd)-5_000) > 200 {
		t.Errorf("%d of 10,000 are odd, want about half", odd)
	}
}

func TestUnitStaysInItsInterval(t *testing.T) {
	s := New(5)
	sum := 0.0
	for range 100_000 {
		u := s.Unit()
		if u < 0 || u >= 1 {
			t.Fatalf("Unit() = %g", u)
		}
		sum += u
	}
	if mean := sum / 100_000; math.Abs(mean-0.5) > 0.005 {
		t.Errorf("mean = %.4f, want 0.5", mean)
	}
}
