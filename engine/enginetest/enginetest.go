// Package enginetest is the conformance suite of engine.Device: a device is
// finished when Run passes. There are no optional steps and no skips.
//
// One harness holds every step against engine/ref in float64 at ragged sizes,
// with guard values around every array, on one and on three replicas. What a
// comparison cannot show has checks of its own: the laws of the noise, the
// fault latch, the optimisers against plain recurrences, recorded programs.
//
// The cases are those of package cases: a step is one function there, which
// declares its arrays on a rig and returns the step.
package enginetest

import (
	"fmt"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
)

// Opener makes a fresh device for a number of replicas.
type Opener func(replicas int) engine.Device

// Run holds a device to the whole contract. name says which device it is.
func Run(t *testing.T, name string, open func(replicas int) engine.Device) {
	t.Run(name, func(t *testing.T) {
		for _, s := range cases.Steps() {
			t.Run(s.Name, func(t *testing.T) { checkStep(t, s, open) })
		}
		for _, c := range checks {
			t.Run(c.name, func(t *testing.T) { c.run(t, open) })
		}
	})
}

// checks are the laws beyond single steps. They take a testing.TB, so that the
// suite's own test can watch them fail.
var checks = []struct {
	name string
	run  func(testing.TB, Opener)
}{
	{"NewArraysAreZero", checkNewArraysAreZero},
	{"MemoryRoundTrip", checkMemoryRoundTrip},
	{"ProgramsReplay", checkProgramsReplay},
	{"ProgramsGiveWhatTheirStepsGive", checkFused},
	{"ProgramsDoNotAllocate", checkProgramsDoNotAllocate},
	{"NormalMoments", checkNormalMoments},
	{"NormalsAreUncorrelated", checkNormalsAreUncorrelated},
	{"AddressesGiveDistinctNoise", checkDistinctNoise},
	{"MinibatchWalksThePool", checkMinibatch},
	{"BinarisationIsExact", checkBinarisationIsExact},
	{"BinariseFixedStays", checkBinariseFixedStays},
	{"BinariseResampleFollowsThePixel", checkBinariseResample},
	{"KLIsZeroAtPrior", checkKLIsZeroAtPrior},
	{"NaNReachesTheBound", checkNaNReachesTheBound},
	{"MissingCountsNothing", checkMissingCountsNothing},
	{"FaultsShowBesideMissingValues", checkFaultsShowBesideMissingValues},
	{"FaultLatchSees", checkFaultLatchSees},
	{"FirstFaultIsKept", checkFirstFaultIsKept},
	{"NormDoesNotOverflow", checkNormDoesNotOverflow},
	{"LatchedReplicaStaysPut", checkLatchedReplicaStaysPut},
	{"OptimisersFollowTheirRecurrence", checkOptimisers},
	{"SchedulesFollowTheirFormula", checkSchedules},
}

// RunThreads holds a device to the law that the number of threads never changes
// a bit, at ragged sizes and at the sizes of training.
func RunThreads(t *testing.T, open func(threads int) engine.Device) {
	for _, s := range cases.Steps() {
		t.Run(s.Name, func(t *testing.T) { checkThreads(t, s, open) })
	}
}

func checkThreads(t testing.TB, s cases.Step, open func(threads int) engine.Device) {
	all := append(s.Ragged(), s.Large()...)
	var want [][]cases.Tensor
	for _, threads := range []int{1, 2, 3, 5} {
		dev := open(threads)
		for i, c := range all {
			got := outputsOf(t, &c, dev, cases.Seeds(dev.Replicas()), cases.Layout{})
			if threads == 1 {
				want = append(want, got)
				continue
			}
			sameBits(t, fmt.Sprintf("%s: %d threads", c.Name, threads), got, want[i])
		}
		closeDevice(t, dev)
	}
}

// closeDevice ends a device; a failure that it kept to itself shows here.
func closeDevice(t testing.TB, dev engine.Device) {
	t.Helper()
	if err := dev.Sync(); err != nil {
		t.Errorf("sync: %v", err)
	}
	if err := dev.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
