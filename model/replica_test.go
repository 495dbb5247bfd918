package model

import (
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// history is what a replica went through.
type history struct {
	initial, losses []float64
	sums            []float64
	grads, values   [][]float64
	average         []float64
}

// Examples that replicas choose from, and their classes.
const fedExamples, fedClasses = 23, 3

// fed is a subject that chooses and fetches its minibatches as a training loop does.
type fed struct {
	*subject
	width, batch        int // of a minibatch
	index, pool, sizes  engine.Ints
	classes             engine.Ints
	images              engine.Bytes
	stats               engine.Floats
	total               engine.Doubles
	totalled, weighting engine.Floats
}

// feed gives a subject data that all replicas share, and each replica a pool of its
// own: other examples, and another number of them.
func feed(s *subject, seeds []uint64) *fed {
	f := &fed{subject: s, total: s.dev.NewDoubles(1)}
	switch {
	case s.m1 != nil:
		f.width, f.totalled = s.m1.model.Inputs, s.m1.KL
	case s.m2 != nil:
		f.width, f.totalled, f.weighting = s.m2.model.Inputs, s.m2.KL, s.m2.Weight
	case s.joint != nil:
		f.width, f.totalled = s.joint.M1.model.Inputs, s.joint.Posterior
	default:
		f.width, f.totalled = s.supervised.model.Inputs, s.supervised.CE
	}
	f.batch = s.x.Len / f.width
	f.index, f.pool, f.sizes = s.dev.NewInts(f.batch), s.dev.NewInts(fedExamples), s.dev.NewInts(1)
	f.classes, f.images = s.dev.NewSharedInts(fedExamples), s.dev.NewSharedBytes(fedExamples*f.width)
	f.stats = s.dev.NewSharedFloats(2 * fedExamples * f.width)

	classes, pixels, stats := make([]int32, fedExamples), make([]uint8, f.images.Len), make([]float32, f.stats.Len)
	for i := range classes {
		classes[i] = int32(i % fedClasses)
	}
	for i := range pixels {
		pixels[i] = uint8(37 * i)
	}
	noise.Fill(stats, 3, 0)
	s.dev.WriteInts(f.classes, 0, classes)
	s.dev.WriteBytes(f.images, pixels)
	s.dev.WriteFloats(f.stats, 0, stats)
	for r, seed := range seeds {
		pool := make([]int32, fedExamples)
		for i := range pool {
			pool[i] = int32((5*i + int(seed)) % fedExamples)
		}
		s.dev.WriteInts(f.pool, r, pool)
		s.dev.WriteInts(f.sizes, r, []int32{int32(seed) * 2})
	}
	return f
}

// step is a whole step of a training loop.
func (f *fed) step(l *engine.List) {
	f.Begin(l)
	l.Add(engine.Minibatch{
		Index: f.index, Pool: f.pool, Sizes: f.sizes, Noise: f.Noise(noise.StreamM2Labelled),
	})
	if f.m1 != nil || f.joint != nil {
		l.Add(engine.GatherPixels{
			Dst: f.x, Images: f.images, Index: f.index, Width: f.width,
			Binarise: engine.BinariseResample, Noise: f.Noise(noise.StreamM1Pixels),
		})
	} else {
		l.Add(engine.GatherGaussian{
			Dst: f.x, Stats: f.stats, Index: f.index, Width: f.width, Sample: true,
			Noise: f.Noise(noise.StreamM2Feature),
		})
	}
	if f.labels.Len > 0 {
		l.Add(engine.GatherLabels{
			Dst: f.labels, Labels: f.classes, Index: f.index.Slice(0, f.labels.Len),
		})
	}
	f.take(l)
	f.watch(l)
	l.Add(engine.AddSum{Sum: f.total, X: f.totalled, Weight: f.weighting})
	f.Apply(l)
}

// histories takes seven steps, recorded, and tells what every replica goes through.
// Rates, the loss's weights and the numbers of examples differ by seed.
func histories(s *subject, seeds []uint64) []history {
	all := make([]history, len(seeds))
	for r, seed := range seeds {
		s.dev.WriteDoubles(s.baseRate, r, []float64{1e-3 * float64(seed)})
		if s.m2 != nil {
			s.m2.SetWeights(r, LossWeights(s.m2.pairs, int(seed), 70, 0.1*float64(seed)))
		}
		if s.joint != nil {
			s.joint.SetWeights(r, LossWeights(s.joint.pairs, int(seed), 70, 0.1*float64(seed)))
		}
		all[r].initial = read(s.dev, s.Params.Values, r)
	}
	f := feed(s, seeds)
	program := compiled(s.dev, f.step)
	for _, times := range []int{1, 1, 3, 2} {
		program.Run(times)
		for r := range seeds {
			h := &all[r]
			h.losses = append(h.losses, s.loss(r))
			h.sums = append(h.sums, scalar(s.dev, f.total, r))
			h.grads = append(h.grads, read(s.dev, s.Params.Grads, r))
			h.values = append(h.values, read(s.dev, s.Params.Values, r))
			s.dev.WriteDoubles(f.total, r, []float64{0})
		}
	}
	for r := range seeds {
		all[r].average = read(s.dev, s.Result(), r)
	}
	return all
}

func (h *history) equal(other *history) bool {
	return slices.Equal(h.initial, other.initial) && slices.Equal(h.losses, other.losses) && slices.Equal(h.sums, other.sums) &&
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
