// Package noise is the random numbers of ssdgm: a pure function of an address.
// Every device computes the same integers; normals agree to rounding.
//
// The generator is Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers:
// as easy as 1, 2, 3"). The key is the replica's seed. The counter's words are
//
//	c0  row: an example's place in the minibatch, or its number in the data set
//	c1  element/4 (12 bits) | label (10 bits) | sample (10 bits)
//	c2  step
//	c3  stream: what the number is for
//
// One counter gives four words, for the elements 4i to 4i+3.
package noise

import "math"

// Limits of the address fields.
const (
	MaxElements = 4 << 12
	MaxLabels   = 1 << 10
	MaxSamples  = 1 << 10
)

// Streams keep the uses of one seed apart. Initial parameters use StreamInit plus
// the tensor's place among the model's tensors.
const (
	StreamM1Minibatch uint32 = iota + 1
	StreamM1Pixels
	StreamM1Latent
	StreamM2Labelled
	StreamM2Unlabelled
	StreamM2Pixels
	StreamM2Feature
	StreamM2Latent
	StreamSupervised
	StreamSupervisedPixels
	StreamFixedPixels
	StreamEvaluation
	StreamGenerate
	StreamEvaluationM2
	StreamDropout
	StreamSubset
	StreamJointLabelled
	StreamJointUnlabelled
	StreamJointPixels
	StreamJointZ1
	StreamJointZ2
	StreamGenerateZ1
	StreamGenerateX
	StreamContentZ1 // c0 and c2 are a key of the row's own values, see model/trained/infer.Key
	StreamContentZ2
	StreamContentX
	StreamContentY
	StreamInit uint32 = 1 << 16
)

// Address is c1 for the block of four elements that element belongs to.
func Address(element, label, sample int) uint32 {
	return uint32(element/4) | uint32(label)<<12 | uint32(sample)<<22
}

// Philox is Philox4x32-10 of counter (c0, c1, c2, c3) under a key.
func Philox(c0, c1, c2, c3 uint32, seed uint64) (w [4]uint32) {
	k0, k1 := uint32(seed), uint32(seed>>32)
	for range 10 {
		a, b := uint64(c0)*0xD2511F53, uint64(c2)*0xCD9E8D57
		c0, c1, c2, c3 = uint32(b>>32)^c1^k0, uint32(b), uint32(a>>32)^c3^k1, uint32(a)
		k0 += 0x9E3779B9
		k1 += 0xBB67AE85
	}
	return [4]uint32{c0, c1, c2, c3}
}

// Uniform maps a word to the open interval (0, 1), exactly: 23 bits and a half.
func Uniform(word uint32) float64 { return (float64(word>>9) + 0.5) / (1 << 23) }

// Normals turns four words into four standard normals (Box and Muller 1958):
// words 0 and 1 give elements 0 and 1, words 2 and 3 the other two.
func Normals(w [4]uint32) (n [4]float64) {
	for i := 0; i < 4; i += 2 {
		radius := math.Sqrt(-2 * math.Log(Uniform(w[i])))
		sin, cos := math.Sincos(2 * math.Pi * Uniform(w[i+1]))
		n[i], n[i+1] = radius*cos, radius*sin
	}
	return n
}

// Bit draws a pixel of the given value: 1 with probability value/255, exactly
// the same on every device because it compares integers.
func Bit(word uint32, value uint8) bool {
	return (word>>8)*255 < uint32(value)<<24
}

// Permutation is a random order of 0 to n−1 that can be computed place by place:
// a Feistel network on the smallest even number of bits that holds n, walked
// until it falls inside the range (Black and Rogaway 2002).
type Permutation struct {
	n, half uint32
	keys    [8]uint32
}

// NewPermutation is the order that (seed, stream, round) names. n is at most 2³⁰.
func NewPermutation(n int, seed uint64, stream uint32, round uint64) Permutation {
	if n < 1 || n > 1<<30 {
		panic("noise: permutation of fewer than 1 or more than 2³⁰ items")
	}
	p := Permutation{n: uint32(n), half: 1}
	for 1<<(2*p.half) < n {
		p.half++
	}
	for i := uint32(0); i < 2; i++ {
		w := Philox(i, uint32(round), uint32(round>>32), stream, seed)
		copy(p.keys[4*i:], w[:])
	}
	return p
}

// At is the item at place i < n.
func (p *Permutation) At(i int) int {
	mask := uint32(1)<<p.half - 1
	x := uint32(i)
	for {
		left, right := x>>p.half, x&mask
		for _, key := range p.keys {
			left, right = right, left^(mix(right^key)&mask)
		}
		if x = left<<p.half | right; x < p.n {
			return int(x)
		}
	}
}

// Minibatch writes which examples of a pool of n a step sees, the first step being 1: with p = (step−1)·len(index) + b,
// row b is the one that the order of round p/n has at p mod n.
func Minibatch(index, pool []int32, step, stream uint32, seed uint64) {
	n := uint64(len(pool))
	var order Permutation
	round := ^uint64(0)
	for b := range index {
		p := uint64(step-1)*uint64(len(index)) + uint64(b)
		if p/n != round {
			round = p / n
			order = NewPermutation(len(pool), seed, stream, round)
		}
		index[b] = pool[order.At(int(p%n))]
	}
}

// mix is the finaliser of MurmurHash3, a bijection on 32 bits in which every
// input bit reaches every output bit.
func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85EBCA6B
	h ^= h >> 13
	h *= 0xC2B2AE35
	return h ^ h>>16
}

// SeedWords splits a replica's seed into the words that engine.Noise.Seed holds.
func SeedWords(seed uint64) []int32 { return []int32{int32(uint32(seed)), int32(uint32(seed >> 32))} }

// Fill writes standard normals to a host slice: the initial values of a tensor
// with the given number, for the replica with this seed.
func Fill(dst []float32, seed uint64, tensor int) {
	for i := range dst {
		w := Philox(uint32(i/4), 0, 0, StreamInit+uint32(tensor), seed)
		dst[i] = float32(Normals(w)[i%4])
	}
}
