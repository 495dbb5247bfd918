package model

import (
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// history is what a replica went through.
type history struct {
	initial, losses []float64
	grads, values   [][]float64
	average         []float64
}

// histories takes five steps and records every replica. Rates differ by seed.
func histories(s *subject, seeds []uint64) []history {
	all := make([]history, len(seeds))
	for r, seed := range seeds {
		s.dev.WriteDoubles(s.baseRate, r, []float64{1e-3 * float64(seed)})
		if s.m2 != nil {
			s.m2.SetWeights(r, LossWeights(s.m2.pairs, int(seed), 70, 0.1*float64(seed)))
		}
		all[r].initial = read(s.dev, s.Params.Values, r)
	}
	for range 5 {
		s.step()
		for r := range seeds {
			h := &all[r]
			h.losses = append(h.losses, s.loss(r))
			h.grads = append(h.grads, read(s.dev, s.Params.Grads, r))
			h.values = append(h.values, read(s.dev, s.Params.Values, r))
		}
	}
	for r := range seeds {
		all[r].average = read(s.dev, s.Result(), r)
	}
	return all
}

func (h *history) equal(other *history) bool {
	return slices.Equal(h.initial, other.initial) && slices.Equal(h.losses, other.losses) &&
		slices.EqualFunc(h.grads, other.grads, slices.Equal[[]float64]) &&
		slices.EqualFunc(h.values, other.values, slices.Equal[[]float64]) &&
		slices.Equal(h.average, other.average)
}

// requireAlone holds replicas side by side against each replica alone.
func requireAlone(t *testing.T, together, alone engine.Device, o engine.OptimiserOptions, seeds []uint64) {
	t.Helper()
	side := map[string][]history{}
	for name, s := range smallSubjects(together, o, seeds...) {
		side[name] = histories(s, seeds)
	}
	for r, seed := range seeds {
		for name, s := range smallSubjects(alone, o, seed) {
			single := histories(s, []uint64{seed})
			if !side[name][r].equal(&single[0]) {
				t.Errorf("%s, %s: replica %d differs from what it is alone: losses %v and %v",
					alone.Name(), name, r, side[name][r].losses, single[0].losses)
			}
		}
	}
}

func TestReplicasGiveToTheBitWhatEachGivesAlone(t *testing.T) {
	o := adam
	o.EMA, o.ClipNorm, o.WeightPrior, o.KLWarmupSteps = 0.99, 1, 0.01, 3
	seeds := []uint64{11, 2, 7}
	requireAlone(t, ref.New[float64](3), ref.New[float64](1), o, seeds)
	together, alone := devices(t, 3), devices(t, 1)
	for i := range together {
		requireAlone(t, together[i], alone[i], o, seeds)
	}
}
