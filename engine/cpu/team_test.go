package cpu

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/noise"
)

// However few or many threads there are for the replicas.
func TestATeamKeepsTheContract(t *testing.T) {
	for _, threads := range []int{1, 7} {
		enginetest.Run(t, fmt.Sprintf("threads=%d", threads), func(replicas int) engine.Device {
			return open(t, Options{Replicas: replicas, Threads: threads})
		})
	}
}

// outcome is everything that training has changed in a replica, to the bit.
type outcome struct {
	floats         [3][]uint32 // parameters and their states
	doubles        [2]uint64   // norm and sum
	index          []int32
	clock, faulted [1]int32
}

func (s *sequence) outcome(replica int) outcome {
	o := outcome{index: make([]int32, s.index.Len)}
	host := make([]float32, s.params.Values.Len)
	for i, a := range []engine.Floats{s.params.Values, s.params.States[0], s.params.States[1]} {
		s.dev.ReadFloats(host, a, replica)
		for _, v := range host {
			o.floats[i] = append(o.floats[i], math.Float32bits(v))
		}
	}
	for i, a := range []engine.Doubles{s.norm, s.sum} {
		var v [1]float64
		s.dev.ReadDoubles(v[:], a, replica)
		o.doubles[i] = math.Float64bits(v[0])
	}
	s.dev.ReadInts(o.index, s.index, replica)
	s.dev.ReadInts(o.clock[:], s.clock, replica)
	s.dev.ReadInts(o.faulted[:], s.fault.At(engine.FaultStep), replica)
	return o
}

// replica is what distinguishes a replica from the others of a test.
type replica struct {
	seed uint64
	rate float64
	size int32 // of its pool
}

// trainedTogether trains replicas for nine steps, some of them one by one.
func trainedTogether(t *testing.T, threads int, all []replica) []outcome {
	s := newM2(open(t, Options{Replicas: len(all), Threads: threads}), 4, 6)
	for r, one := range all {
		s.dev.WriteInts(s.noise.Seed, r, noise.SeedWords(one.seed))
		s.dev.WriteDoubles(s.rate, r, []float64{one.rate})
		s.dev.WriteInts(s.sizes, r, []int32{one.size})
	}
	program := s.steps.Compile(s.dev)
	program.Run(5)
	s.steps.Do(s.dev)
	program.Run(1)
	program.Run(2)
	if err := s.dev.Sync(); err != nil {
		t.Fatal(err)
	}
	var outcomes []outcome
	for r := range all {
		outcomes = append(outcomes, s.outcome(r))
	}
	return outcomes
}

func TestATeamGivesWhatItsReplicasGiveAlone(t *testing.T) {
	all := []replica{{1, 3e-4, 2000}, {2, 1e-3, 7}, {1 << 40, 3e-4, 0}, {9, 1e300, 100}, {5, 3e-3, 1}}
	var alone []outcome
	for _, one := range all {
		alone = append(alone, trainedTogether(t, 1, []replica{one})[0])
	}
	if alone[3].faulted[0] == 0 {
		t.Fatal("a rate of 1e300 is no fault; the test wants a replica with one")
	}
	for _, count := range []int{2, 3, 5} {
		for _, threads := range []int{1, 2, 3, 4, 11} {
			for r, got := range trainedTogether(t, threads, all[:count]) {
				if !reflect.DeepEqual(got, alone[r]) {
					t.Errorf("replica %d of %d on %d threads differs from what it is alone", r, count, threads)
				}
			}
		}
	}
}

func TestReplicasShareTheirImagesAndFeatures(t *testing.T) {
	dev := open(t, Options{Replicas: 3, Threads: 2}).(*team)
	images, features := dev.NewSharedBytes(100), dev.NewSharedFloats(100)
	first := dev.members[0].memory()
	for r, m := range dev.members[1:] {
		if &m.memory().Bytes(images)[0] != &first.Bytes(images)[0] || &m.memory().Floats(features, 0)[0] != &first.Floats(features, 0)[0] {
			t.Errorf("replica %d has shared memory of its own", r+1)
		}
	}
}

func TestEveryThreadGetsTheSameShareOfATeam(t *testing.T) {
	for _, c := range []struct{ replicas, threads, own, turns int }{
		{2, 1, 1, 1}, {2, 2, 1, 1}, {3, 2, 1, 2}, {4, 2, 1, 1}, {6, 4, 1, 2}, {5, 3, 1, 3}, {2, 5, 2, 1}, {3, 16, 5, 1},
	} {
		own := 0
		dev := newTeam(c.replicas, c.threads, func(threads int) single {
			own = threads
			return newSingle(simd.Portable, threads)
		})
		if own != c.own || dev.turns != c.turns {
			t.Errorf("%d replicas on %d threads have %d each and take %d turns, want %d and %d", c.replicas, c.threads, own, dev.turns, c.own, c.turns)
		}
		if passes := c.replicas * dev.turns; passes%dev.pool.Threads() != 0 {
			t.Errorf("%d replicas on %d threads take %d turns in all, not the same number on each thread", c.replicas, c.threads, passes)
		}
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	}
}
