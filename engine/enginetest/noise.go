package enginetest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
	"ssdgm/engine/noise"
)

// A block of standard normals, as GaussianSample draws them from the prior.
var (
	normalPairs   = engine.Pairs{Unlabelled: 40, Labels: 10, Samples: 8}
	normalLatents = 64
	normalCount   = normalPairs.SampleRows() * normalLatents
)

// seeded is a noise address of its own for a device with one replica.
func seeded(dev engine.Device, seed uint64, stream uint32, clock int32) engine.Noise {
	n := engine.Noise{Seed: dev.NewInts(2), Clock: dev.NewSharedInts(1), Stream: stream}
	dev.WriteInts(n.Seed, 0, noise.SeedWords(seed))
	dev.WriteInts(n.Clock, 0, []int32{clock})
	return n
}

// prior returns a function that draws the block at an address.
func prior(dev engine.Device) func(seed uint64, stream uint32, clock int32) []float32 {
	z, kl := dev.NewFloats(normalCount), dev.NewFloats(normalPairs.Rows())
	stats := dev.NewFloats(2 * normalPairs.Rows() * normalLatents)
	return func(seed uint64, stream uint32, clock int32) []float32 {
		engine.Do(dev, engine.GaussianSample{
			Z: z, KL: kl, Stats: stats, Pairs: normalPairs, Latents: normalLatents,
			Noise: seeded(dev, seed, stream, clock),
		})
		return readFloats(dev, z, 0)
	}
}

// checkNormalMoments holds mean, variance, skew, kurtosis and the tail to five
// standard deviations of what a true sample of this size would show.
func checkNormalMoments(t testing.TB, open Opener) {
	dev := open(1)
	defer closeDevice(t, dev)
	draw := prior(dev)
	var n, tail, m1, m2, m3, m4 float64
	for clock := range int32(2) {
		for _, v := range draw(3, noise.StreamM1Latent, clock+1) {
			x := float64(v)
			n++
			m1 += x
			m2 += x * x
			m3 += x * x * x
			m4 += x * x * x * x
			if math.Abs(x) > 4 {
				tail++
			}
		}
	}
	beyond := n * math.Erfc(4/math.Sqrt2)
	for _, c := range []struct {
		name               string
		got, want, squared float64 // squared: the variance of got
	}{
		{"mean", m1 / n, 0, 1 / n},
		{"variance", m2 / n, 1, 2 / n},
		{"third moment", m3 / n, 0, 15 / n},
		{"fourth moment", m4 / n, 3, 96 / n},
		{"number beyond 4σ", tail, beyond, beyond},
	} {
		if off := math.Abs(c.got-c.want) / math.Sqrt(c.squared); !(off <= 5) {
			t.Errorf("%s of %g normals is %g, want %g: %.1f standard deviations off", c.name, n, c.got, c.want, off)
		}
	}
}

// checkNormalsAreUncorrelated compares each number with its neighbour in every
// field of the address, as it is and squared.
func checkNormalsAreUncorrelated(t testing.TB, open Opener) {
	dev := open(1)
	defer closeDevice(t, dev)
	draw := prior(dev)
	const seed, stream, clock = 3, noise.StreamM1Latent, 1
	base := draw(seed, stream, clock)
	sample := normalLatents
	label := sample * normalPairs.Samples
	example := label * normalPairs.Labels
	for name, other := range map[string][]float32{
		"element + 1": base[1:], "element + 2": base[2:], "element + 3": base[3:], "element + 4": base[4:],
		"sample": base[sample:], "label": base[label:], "example": base[example:],
		"step":            draw(seed, stream, clock+1),
		"stream":          draw(seed, stream+1, clock),
		"seed":            draw(seed+1, stream, clock),
		"seed, high word": draw(seed|1<<32, stream, clock),
	} {
		var sum, squares float64
		for i, v := range other {
			a, b := float64(base[i]), float64(v)
			sum += a * b
			squares += (a*a - 1) * (b*b - 1)
		}
		n := float64(len(other))
		if c := math.Abs(sum / math.Sqrt(n)); !(c <= 5) {
			t.Errorf("neighbours in %s are correlated: %.1f standard deviations", name, c)
		}
		if c := math.Abs(squares / 2 / math.Sqrt(n)); !(c <= 5) {
			t.Errorf("squares of neighbours in %s are correlated: %.1f standard deviations", name, c)
		}
	}
}

// checkDistinctNoise: no two counters of Philox, over every field of the
// address, give the same four normals.
func checkDistinctNoise(t testing.TB, open Opener) {
	dev := open(1)
	defer closeDevice(t, dev)
	draw := prior(dev)
	seen := make(map[[4]float32]bool)
	blocks := 0
	for _, z := range [][]float32{
		draw(3, 1, 1), draw(3, 1, 2), draw(3, 2, 1), draw(4, 1, 1), draw(3|1<<32, 1, 1),
	} {
		for ; len(z) > 0; z = z[4:] {
			seen[[4]float32(z)] = true
			blocks++
		}
	}
	if len(seen) != blocks {
		t.Errorf("%d addresses give %d different blocks of noise, want all different", blocks, len(seen))
	}
}

// checkMinibatch: every n positions the walk has seen each item of the pool
// once, whether or not the batch divides n, and every round, seed and stream
// has an order of its own. A pool that is the start of a longer array is walked
// like one that is all of its array.
func checkMinibatch(t testing.TB, open Opener) {
	const rounds = 6
	for _, c := range []struct{ batch, n int }{{1, 1}, {4, 1}, {3, 10}, {7, 100}, {12, 5}, {100, 257}} {
		dev := open(1)
		items := make([]int32, c.n)
		for i := range items {
			items[i] = int32(1000 - 3*i)
		}
		longer, index, sizes := dev.NewInts(c.n+5), dev.NewInts(c.batch), dev.NewInts(1)
		pool := longer.Slice(0, c.n)
		dev.WriteInts(pool, 0, items)
		dev.WriteInts(sizes, 0, []int32{int32(c.n)})
		walk := func(pool, sizes engine.Ints, seed uint64, stream uint32) (seen []int32) {
			at := seeded(dev, seed, stream, 0)
			for step := int32(1); len(seen) < rounds*c.n; step++ {
				dev.WriteInts(at.Clock, 0, []int32{step})
				engine.Do(dev, engine.Minibatch{Index: index, Pool: pool, Sizes: sizes, Noise: at})
				seen = append(seen, readInts(dev, index, 0)...)
			}
			return seen[:rounds*c.n]
		}
		base := walk(pool, engine.Ints{}, 5, noise.StreamM2Labelled)
		checkRounds(t, base, items)
		if start := walk(longer, sizes, 5, noise.StreamM2Labelled); !slices.Equal(start, base) {
			t.Errorf("the first %d of %d are walked otherwise than a pool of %d", c.n, longer.Len, c.n)
		}
		if c.n >= 100 {
			for name, other := range map[string][]int32{
				"round": base[c.n:], "seed": walk(pool, engine.Ints{}, 6, noise.StreamM2Labelled),
				"seed, high word": walk(pool, engine.Ints{}, 5|1<<32, noise.StreamM2Labelled),
				"stream":          walk(pool, engine.Ints{}, 5, noise.StreamM2Unlabelled),
			} {
				if same := agreements(base[:c.n], other); same > c.n/10 {
					t.Errorf("the next %s has the same item at %d of %d places", name, same, c.n)
				}
			}
		}
		closeDevice(t, dev)
	}
}

func checkRounds(t testing.TB, walk, items []int32) {
	t.Helper()
	for round := 0; round*len(items) < len(walk); round++ {
		seen := make(map[int32]bool)
		for _, item := range walk[round*len(items):][:len(items)] {
			seen[item] = true
		}
		for _, item := range items {
			if !seen[item] {
				t.Errorf("round %d of a pool of %d never visits %d", round, len(items), item)
				return
			}
		}
	}
}

func agreements(a, b []int32) (same int) {
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return same
}

// checkBinarisationIsExact compares pixels with package noise, bit by bit.
func checkBinarisationIsExact(t testing.TB, open Opener) {
	const examples, batch, width, stream, clock = 300, 33, 131, noise.StreamM2Pixels, 9
	dev := open(3)
	defer closeDevice(t, dev)
	rng := rand.New(rand.NewPCG(1, 2))
	images, index := make([]uint8, examples*width), make([]int32, batch)
	for i := range images {
		images[i] = uint8(rng.IntN(256))
	}
	for i := range index {
		index[i] = int32(rng.IntN(examples))
	}
	at := seeded(dev, 0, stream, clock)
	pixels, indices, dst := dev.NewSharedBytes(len(images)), dev.NewSharedInts(batch), dev.NewFloats(batch*width)
	dev.WriteBytes(pixels, images)
	dev.WriteInts(indices, 0, index)
	for r, seed := range cases.Seeds(3) {
		dev.WriteInts(at.Seed, r, noise.SeedWords(seed))
	}
	for _, b := range []engine.Binarise{engine.BinariseFixed, engine.BinariseResample} {
		engine.Do(dev, engine.GatherPixels{
			Dst: dst, Images: pixels, Index: indices, Width: width, Binarise: b, Noise: at,
		})
		for r, seed := range cases.Seeds(3) {
			for i, got := range readFloats(dev, dst, r) {
				row, j := i/width, i%width
				c0, step := uint32(row), uint32(clock)
				if b == engine.BinariseFixed {
					c0, step = uint32(index[row]), 0
				}
				want := float32(0)
				if noise.Bit(noise.Philox(c0, noise.Address(j, 0, 0), step, stream, seed)[j%4], images[int(index[row])*width+j]) {
					want = 1
				}
				if got != want {
					t.Errorf("binarisation %d, replica %d, row %d, pixel %d is %v, want %v", b, r, row, j, got, want)
					return
				}
			}
		}
	}
}

// greys is a device with one image of all grey values and a call that gathers it.
func greys(dev engine.Device, batch int, b engine.Binarise) func(clock int32) []float32 {
	images, ramp := dev.NewSharedBytes(2*256), make([]uint8, 2*256)
	for i := range ramp {
		ramp[i] = uint8(i)
	}
	dev.WriteBytes(images, ramp)
	index, dst := dev.NewInts(batch), dev.NewFloats(batch*256)
	ones := make([]int32, batch)
	for i := range ones {
		ones[i] = 1
	}
	dev.WriteInts(index, 0, ones)
	at := seeded(dev, 5, noise.StreamM1Pixels, 0)
	return func(clock int32) []float32 {
		dev.WriteInts(at.Clock, 0, []int32{clock})
		engine.Do(dev, engine.GatherPixels{
			Dst: dst, Images: images, Index: index, Width: 256, Binarise: b, Noise: at,
		})
		return readFloats(dev, dst, 0)
	}
}

// checkBinariseFixedStays: an example looks the same at every step and in every
// row of a minibatch.
func checkBinariseFixedStays(t testing.TB, open Opener) {
	dev := open(1)
	defer closeDevice(t, dev)
	gather := greys(dev, 5, engine.BinariseFixed)
	first := gather(1)[:256]
	for clock := int32(1); clock < 4; clock++ {
		for i, v := range gather(clock) {
			if v != first[i%256] {
				t.Errorf("pixel %d is %v in row %d of step %d and %v before", i%256, v, i/256, clock, first[i%256])
				return
			}
		}
	}
}

// checkBinariseResample: each visit draws anew, with the pixel's value as the
// probability; black and white never change.
func checkBinariseResample(t testing.TB, open Opener) {
	const batch, steps = 64, 64
	dev := open(1)
	defer closeDevice(t, dev)
	gather := greys(dev, batch, engine.BinariseResample)
	var ones [256]float64
	var previous []float32
	for clock := int32(1); clock <= steps; clock++ {
		now := gather(clock)
		same := 0
		for i, v := range now {
			ones[i%256] += float64(v)
			if previous != nil && v == previous[i] {
				same++
			}
		}
		if same == len(now) {
			t.Errorf("step %d draws the same pixels as the one before", clock)
		}
		previous = now
	}
	for value, sum := range ones {
		p := float64(value) / 255
		off := math.Abs(sum - batch*steps*p)
		if !(off <= 5*math.Sqrt(batch*steps*p*(1-p))) {
			t.Errorf("a pixel of %d is 1 at %g of %d visits, want a fraction of %.3f", value, sum, batch*steps, p)
		}
	}
}

// checkKLIsZeroAtPrior: a posterior equal to the prior costs nothing.
func checkKLIsZeroAtPrior(t testing.TB, open Opener) {
	dev := open(1)
	defer closeDevice(t, dev)
	pairs := engine.Pairs{Labelled: 31, Labels: 1, Samples: 1}
	z, kl, stats := dev.NewFloats(31*257), dev.NewFloats(31), dev.NewFloats(2*31*257)
	engine.Do(dev, engine.GaussianSample{
		Z: z, KL: kl, Stats: stats, Pairs: pairs, Latents: 257,
		Noise: seeded(dev, 1, noise.StreamM1Latent, 1),
	})
	for row, v := range readFloats(dev, kl, 0) {
		if !(math.Abs(float64(v)) <= 257*1e-7) {
			t.Errorf("KL of row %d at the prior is %g nats, want 0", row, v)
		}
	}
}
