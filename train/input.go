package train

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/train/data"
)

// input is what a model takes as x: the pixels of a data set, or M1's features of
// them, rows [mean | logvar] of the latents that are kept.
type input struct {
	images engine.Bytes  // [n, width], or
	stats  engine.Floats // [n, 2·width]
	width  int
}

// uploadPixels puts a set's images on the device.
func uploadPixels(dev engine.Device, set *data.Set) input {
	in := input{images: dev.NewSharedBytes(len(set.Images)), width: set.D()}
	dev.WriteBytes(in.images, set.Images)
	return in
}

// gather fills dst with the examples in index. While training, pixels are binarised
// as configured and features are drawn anew at every visit; otherwise pixels are
// taken as they are and features are their means.
func (in *input) gather(dev engine.Device, dst engine.Floats, index engine.Ints, training bool, binarise engine.Binarise, n engine.Noise) {
	if !in.stats.IsNil() {
		dev.GatherGaussian(dst, in.stats, index, in.width, training, n)
		return
	}
	if !training {
		binarise = engine.BinariseNone
	}
	dev.GatherPixels(dst, in.images, index, in.width, binarise, n)
}

// batches feeds examples to an evaluation, a fixed number at a time: the last
// minibatch is filled up with its first example.
type batches struct {
	dev   engine.Device
	size  int
	index engine.Ints
	noise engine.Noise
}

// newBatches makes batches whose noise is a function of the seed and of the place
// of a minibatch alone.
func newBatches(dev engine.Device, size int, seed uint64) *batches {
	b := &batches{dev: dev, size: size, index: dev.NewInts(size)}
	b.noise = engine.Noise{Seed: dev.NewInts(2), Clock: dev.NewSharedInts(1), Stream: noise.StreamEvaluation}
	dev.WriteInts(b.noise.Seed, 0, noise.SeedWords(seed))
	return b
}

// each calls f for minibatches of the examples, with how many of the rows count.
// The noise differs between minibatches and between rounds.
func (b *batches) each(examples []int32, round int, f func(first, count int)) {
	host := make([]int32, b.size)
	number := round << 20
	for first := 0; first < len(examples); first += b.size {
		count := copy(host, examples[first:])
		for i := count; i < b.size; i++ {
			host[i] = host[0]
		}
		b.dev.WriteInts(b.index, 0, host)
		b.dev.WriteInts(b.noise.Clock, 0, []int32{int32(number)})
		f(first, count)
		number++
	}
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
