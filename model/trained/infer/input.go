// Package infer puts examples through the models' networks, a minibatch at a time, for every replica of a device. It is
// what evaluation, the looks at validation data and the methods of a trained model have in common.
package infer

import (
	"time"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// Input is what a model takes as x, and where the examples lie.
type Input struct {
	Images engine.Bytes  // on the device: pixels [n, Width], or
	Floats engine.Floats // on the device: real values [n, Width], or
	Stats  engine.Floats // on the device: M1's features, rows [mean | logvar] [n, 2·Width], or
	Rows   Rows          // on the host
	Width  int
	// Ahead says that Rows may be called by another goroutine while the device works: the next minibatch is read while
	// one is computed. It is told how long that was waited for. nil: Rows is called when a minibatch is wanted.
	Ahead func(waited time.Duration)
}

// Rows writes examples, by their numbers, to dst, [len(examples), Width].
type Rows func(dst []float32, examples []int32)

// Gather fills dst with the examples in index, which lie on the device. While training, pixels are binarised
// as configured and features are drawn anew at every visit; otherwise pixels are
// taken as they are and features are their means. Real values are always taken as they are.
func (in *Input) Gather(
	steps *engine.List, dst engine.Floats, index engine.Ints, training bool, binarise engine.Binarise, n engine.Noise,
) {
	if !in.Stats.IsNil() {
		steps.Add(engine.GatherGaussian{
			Dst: dst, Stats: in.Stats, Index: index, Width: in.Width, Sample: training, Noise: n,
		})
		return
	}
	if !in.Floats.IsNil() {
		steps.Add(engine.GatherFloats{Dst: dst, Rows: in.Floats, Index: index, Width: in.Width})
		return
	}
	if !training {
		binarise = engine.BinariseNone
	}
	steps.Add(engine.GatherPixels{
		Dst: dst, Images: in.Images, Index: index, Width: in.Width, Binarise: binarise, Noise: n,
	})
}

// Batches feeds examples to a network's x, a fixed number at a time. What is left of a
// minibatch is filled up with the first example.
type Batches struct {
	// Noise is a function of a replica's seed and of the place of a minibatch alone.
	Noise engine.Noise
	// Stopped tells whether what is left is of no use; nil: never.
	Stopped func() bool

	dev    engine.Device
	in     Input
	x      engine.Floats // [size, Width]
	size   int
	index  engine.Ints
	host   []int32
	rows   []float32 // of a minibatch, where the examples lie on the host
	ahead  *Ahead    // reads these, while Each runs; nil where nothing is read ahead
	counts []int
}

// NewBatches feeds x, which holds a minibatch. There is one seed for each replica of the device.
func NewBatches(dev engine.Device, in Input, x engine.Floats, seeds ...uint64) *Batches {
	size := x.Len / in.Width
	b := &Batches{dev: dev, in: in, x: x, size: size, host: make([]int32, size), counts: make([]int, len(seeds))}
	switch {
	case in.Ahead != nil:
	case in.Rows != nil:
		b.rows = make([]float32, x.Len)
	default:
		b.index = dev.NewInts(size)
	}
	b.Noise = engine.Noise{Seed: dev.NewInts(2), Clock: dev.NewSharedInts(1), Stream: noise.StreamEvaluation}
	for r, seed := range seeds {
		dev.WriteInts(b.Noise.Seed, r, noise.SeedWords(seed))
	}
	return b
}

// Gather is the step that fills x with a minibatch: the beginning of every program that Each runs.
func (b *Batches) Gather(steps *engine.List) {
	if b.in.Rows == nil {
		b.in.Gather(steps, b.x, b.index, false, engine.BinariseNone, b.Noise)
	}
}

// Each calls f for minibatches of each replica's examples, with how many of the rows
// count for each. The noise differs between minibatches and between rounds. f must not
// keep counts.
func (b *Batches) Each(examples [][]int32, round int, f func(first int, counts []int)) {
	most := 0
	for _, own := range examples {
		most = max(most, len(own))
	}
	if b.in.Ahead != nil {
		b.ahead = b.readAhead(examples, most)
		defer b.ahead.Stop()
	}
	number := round << 20
	for first := 0; first < most; first += b.size {
		if b.Stopped != nil && b.Stopped() {
			return
		}
		for r, own := range examples {
			b.counts[r] = b.take(r, own, first)
		}
		b.dev.WriteInts(b.Noise.Clock, 0, []int32{int32(number)})
		f(first, b.counts)
		number++
	}
}

// take feeds a replica a minibatch of the examples from first on and returns how many they are.
func (b *Batches) take(replica int, examples []int32, first int) (count int) {
	if b.in.Ahead != nil {
		rows, waited := b.ahead.Next()
		b.in.Ahead(waited)
		b.dev.WriteFloats(b.x, replica, rows)
		return min(b.size, max(0, len(examples)-first))
	}
	count = fill(b.host, examples, first)
	if b.in.Rows == nil {
		b.dev.WriteInts(b.index, replica, b.host)
		return count
	}
	b.in.Rows(b.rows, b.host)
	b.dev.WriteFloats(b.x, replica, b.rows)
	return count
}

// fill writes the examples from first on to a minibatch and returns how many they are.
func fill(minibatch, examples []int32, first int) (count int) {
	count = copy(minibatch, examples[min(first, len(examples)):])
	for i := count; i < len(minibatch) && len(examples) > 0; i++ {
		minibatch[i] = examples[0]
	}
	return count
}

// readAhead reads the minibatches that Each takes, in its order.
func (b *Batches) readAhead(examples [][]int32, most int) *Ahead {
	host, first, replica := make([]int32, b.size), 0, 0
	return ReadAhead(2, b.x.Len, func(dst []float32) bool {
		if first >= most {
			return false
		}
		fill(host, examples[replica], first)
		b.in.Rows(dst, host)
		if replica++; replica == len(examples) {
			first, replica = first+b.size, 0
		}
		return true
	})
}

// Walk is how one replica goes through examples.
type Walk struct {
	Size    int         // of a minibatch
	Seed    uint64      // of the noise
	Stopped func() bool // see Batches
}

// Sequence is the numbers 0 to n−1.
func Sequence(n int) []int32 {
	s := make([]int32, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

// Upload makes an array of a model's parameters.
func Upload(dev engine.Device, host []float32) engine.Floats {
	values := dev.NewFloats(len(host))
	dev.WriteFloats(values, 0, host)
	return values
}
