package infer

import (
	"math"
	"math/bits"
	"runtime"
	"sync"

	"ssdgm/engine/noise"
	"ssdgm/model/trained/transform"
)

// Key stands for a row's own values: noise by it is the same wherever the row stands, and whatever stands beside it.
type Key uint64

// KeyOf hashes values by their bits; −0 counts as 0, and every NaN as the same. It is the loop and the end of XXH64
// (Collet 2014) on pairs of values.
func KeyOf(row []float32) Key {
	const p1, p2, p3, p4 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63
	h := uint64(len(row))*p1 + p3
	step := func(lane uint64) { h = bits.RotateLeft64(h^bits.RotateLeft64(lane*p2, 31)*p1, 27)*p1 + p4 }
	for len(row) >= 2 {
		step(uint64(transform.Bits(row[0])) | uint64(transform.Bits(row[1]))<<32)
		row = row[2:]
	}
	if len(row) > 0 {
		step(uint64(transform.Bits(row[0])))
	}
	return Key(mixed(h))
}

// At is the key of a row's noise number i, of as many as one likes.
func (k Key) At(i int) Key { return Key(mixed(uint64(k) + uint64(i)*0x9E3779B97F4A7C15)) }

// mixed is the finaliser of XXH64: every bit of the result hangs on every bit of h.
func mixed(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xC2B2AE3D27D4EB4F
	h ^= h >> 29
	h *= 0x165667B19E3779F9
	return h ^ h>>32
}

// Words are four random words, of the elements 4i to 4i+3. Of more elements than an address holds there is one label.
func (k Key) Words(element, label int, stream uint32, seed uint64) [4]uint32 {
	at := noise.Address(element%noise.MaxElements, label+element/noise.MaxElements, 0)
	return noise.Philox(uint32(k), at, uint32(k>>32), stream, seed)
}

// Normal fills dst with standard normals.
func (k Key) Normal(dst []float32, label int, stream uint32, seed uint64) {
	for first := 0; first < len(dst); first += 4 {
		normals := noise.Normals(k.Words(first, label, stream, seed))
		for i, v := range normals[:min(4, len(dst)-first)] {
			dst[first+i] = float32(v)
		}
	}
}

// Sample draws z = mean + exp(½·logvar)·ε, from [mean | logvar].
func (k Key) Sample(z, stats []float32, label int, stream uint32, seed uint64) {
	k.Normal(z, label, stream, seed)
	for j, eps := range z {
		mean, logvar := float64(stats[j]), float64(stats[len(z)+j])
		z[j] = float32(mean + float64(math.Exp(0.5*logvar)*float64(eps)))
	}
}

// Sample draws rows of so many latents from rows [mean | logvar], with one for each label of each key.
func Sample(z, stats []float32, keys []Key, labels, latents int, stream uint32, seed uint64) {
	Parallel(len(keys), labels*latents, func(first, end int) {
		for i := first; i < end; i++ {
			for label := range labels {
				at := (i*labels + label) * latents
				keys[i].Sample(z[at:][:latents], stats[2*at:][:2*latents], label, stream, seed)
			}
		}
	})
}

// parallelWork is how many values are worth a goroutine of their own.
const parallelWork = 1 << 10

// Parallel calls f for parts of n items, each of so many values, as many at once as there are processors.
func Parallel(n, values int, f func(first, end int)) {
	parts := max(1, min(runtime.GOMAXPROCS(0), n*values/parallelWork))
	if parts == 1 {
		f(0, n)
		return
	}
	var wait sync.WaitGroup
	for part := range parts {
		wait.Go(func() { f(n*part/parts, n*(part+1)/parts) })
	}
	wait.Wait()
}
