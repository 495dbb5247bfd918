package train

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/train/data"
)

// input is what a model takes as x: the pixels or the real values of a data set, or M1's features of
// them, rows [mean | logvar] of the latents that are kept.
type input struct {
	images engine.Bytes  // [n, width], or
	floats engine.Floats // [n, width], or
	stats  engine.Floats // [n, 2·width]
	width  int
}

// uploadPixels puts a set's examples on the device: its pixels, or its real values.
func uploadPixels(dev engine.Device, set *data.Set) input {
	if set.Real() {
		in := input{floats: dev.NewSharedFloats(len(set.Floats)), width: set.D()}
		dev.WriteFloats(in.floats, 0, set.Floats)
		return in
	}
	in := input{images: dev.NewSharedBytes(len(set.Images)), width: set.D()}
	dev.WriteBytes(in.images, set.Images)
	return in
}

// gather fills dst with the examples in index. While training, pixels are binarised
// as configured and features are drawn anew at every visit; otherwise pixels are
// taken as they are and features are their means. Real values are always taken as they are.
func (in *input) gather(steps *engine.List, dst engine.Floats, index engine.Ints, training bool, binarise engine.Binarise, n engine.Noise) {
	if !in.stats.IsNil() {
		steps.Add(engine.GatherGaussian{
			Dst: dst, Stats: in.stats, Index: index, Width: in.width, Sample: training, Noise: n,
		})
		return
	}
	if !in.floats.IsNil() {
		steps.Add(engine.GatherFloats{Dst: dst, Rows: in.floats, Index: index, Width: in.width})
		return
	}
	if !training {
		binarise = engine.BinariseNone
	}
	steps.Add(engine.GatherPixels{
		Dst: dst, Images: in.images, Index: index, Width: in.width, Binarise: binarise, Noise: n,
	})
}

// batches feeds examples to an evaluation, a fixed number at a time. What is left of a
// minibatch is filled up with the first example.
type batches struct {
	dev    engine.Device
	size   int
	index  engine.Ints
	noise  engine.Noise
	host   []int32
	counts []int
	asked  func() bool // tells whether what is left is of no use; nil: never
}

// newBatches makes batches whose noise is a function of a replica's seed and of the place
// of a minibatch alone. There is one seed for each replica of the device.
func newBatches(dev engine.Device, size int, seeds ...uint64) *batches {
	b := &batches{dev: dev, size: size, index: dev.NewInts(size), host: make([]int32, size), counts: make([]int, len(seeds))}
	b.noise = engine.Noise{Seed: dev.NewInts(2), Clock: dev.NewSharedInts(1), Stream: noise.StreamEvaluation}
	for r, seed := range seeds {
		dev.WriteInts(b.noise.Seed, r, noise.SeedWords(seed))
	}
	return b
}

// each calls f for minibatches of each replica's examples, with how many of the rows
// count for each. The noise differs between minibatches and between rounds. f must not
// keep counts.
func (b *batches) each(examples [][]int32, round int, f func(first int, counts []int)) {
	most := 0
	for _, own := range examples {
		most = max(most, len(own))
	}
	number := round << 20
	for first := 0; first < most; first += b.size {
		if b.asked != nil && b.asked() {
			return
		}
		for r, own := range examples {
			b.counts[r] = b.fill(own, first)
			b.dev.WriteInts(b.index, r, b.host)
		}
		b.dev.WriteInts(b.noise.Clock, 0, []int32{int32(number)})
		f(first, b.counts)
		number++
	}
}

// fill takes a minibatch of the examples from first on and returns how many they are.
func (b *batches) fill(examples []int32, first int) (count int) {
	count = copy(b.host, examples[min(first, len(examples)):])
	for i := count; i < b.size && len(examples) > 0; i++ {
		b.host[i] = examples[0]
	}
	return count
}

// sequence is the numbers 0 to n−1.
func sequence(n int) []int32 {
	s := make([]int32, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

// moments are the mean and the variance of each column of a table that is seen a
// row at a time (Welford 1962).
type moments struct {
	n                int
	mean, sumSquares []float64
}

func newMoments(columns int) *moments {
	return &moments{mean: make([]float64, columns), sumSquares: make([]float64, columns)}
}

func (m *moments) add(row []float32) {
	m.n++
	for j := range m.mean {
		delta := float64(row[j]) - m.mean[j]
		m.mean[j] += delta / float64(m.n)
		m.sumSquares[j] += delta * (float64(row[j]) - m.mean[j])
	}
}

// above lists the columns whose standard deviation is greater than the threshold.
func (m *moments) above(threshold float64) []int {
	var kept []int
	for j, s := range m.sumSquares {
		if math.Sqrt(s/float64(m.n)) > threshold {
			kept = append(kept, j)
		}
	}
	return kept
}
