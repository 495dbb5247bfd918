package ref

import (
	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// Minibatch: index[b] = pool[permutation of round p/n at p mod n], p = (step−1)·B + b.
func Minibatch(index, pool []int32, at Address) {
	noise.Minibatch(index, pool, at.Step, at.Stream, at.Seed)
}

// GatherPixels: dst[b] = image[index[b]]/255, or 1 with that probability and else 0.
func GatherPixels[T Float](dst []T, images []uint8, index []int32, width int, binarise engine.Binarise, at Address) {
	for b, i := range index {
		row, pixels := dst[b*width:][:width], images[int(i)*width:][:width]
		if binarise == engine.BinariseNone {
			for j, px := range pixels {
				row[j] = T(px) / 255
			}
			continue
		}
		number, step := uint32(b), at.Step
		if binarise == engine.BinariseFixed {
			number, step = uint32(i), 0
		}
		for j, px := range pixels {
			row[j] = 0
			if noise.Bit(noise.Philox(number, noise.Address(j, 0, 0), step, at.Stream, at.Seed)[j%4], px) {
				row[j] = 1
			}
		}
	}
}

// GatherFloats: dst[b] = rows[index[b]].
func GatherFloats[T Float](dst, rows []T, index []int32, width int) {
	for b, i := range index {
		copy(dst[b*width:][:width], rows[int(i)*width:][:width])
	}
}

// ZeroMissing: dst = x, and 0 where x is NaN.
func ZeroMissing[T Float](dst, x []T) {
	for i, v := range x {
		dst[i], _ = observed(v, true)
	}
}

// observed is x and 1; where it is missing, which NaN says if anything may be, it is 0 and 0.
func observed[T Float](x T, missing bool) (value, present T) {
	if missing && x != x {
		return 0, 0
	}
	return x, 1
}

// inputStep takes a step that chooses or fetches examples.
func (d *Device[T]) inputStep(step engine.Step, r int) bool {
	switch s := step.(type) {
	case engine.Minibatch:
		Minibatch(d.Ints(s.Index, r), d.pool(s, r), d.At(s.Noise, r))
	case engine.GatherPixels:
		GatherPixels(d.Floats(s.Dst, r), d.Bytes(s.Images), d.Ints(s.Index, r), s.Width, s.Binarise, d.At(s.Noise, r))
	case engine.GatherFloats:
		GatherFloats(d.Floats(s.Dst, r), d.Floats(s.Rows, r), d.Ints(s.Index, r), s.Width)
	case engine.ZeroMissing:
		ZeroMissing(d.Floats(s.Dst, r), d.Floats(s.X, r)[:s.N])
	case engine.GatherGaussian:
		GatherGaussian(d.Floats(s.Dst, r), d.Floats(s.Stats, r), d.Ints(s.Index, r), s.Width, s.Sample, d.At(s.Noise, r))
	case engine.GatherLabels:
		to, from := d.Ints(s.Dst, r), d.Ints(s.Labels, r)
		for b, i := range d.Ints(s.Index, r) {
			to[b] = from[i]
		}
	default:
		return false
	}
	return true
}

// pool is the examples that a replica's minibatches are made of.
func (d *Device[T]) pool(s engine.Minibatch, replica int) []int32 {
	all := d.Ints(s.Pool, replica)
	if s.Sizes.IsNil() {
		return all
	}
	if n := int(d.Ints(s.Sizes, replica)[0]); n > 0 && n < len(all) {
		return all[:n]
	}
	return all
}
