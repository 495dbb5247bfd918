// Package rng is the random generator of everything that must never change
// with a release of Go: label splits and the built-in data set.
//
// It is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", OOPSLA 2014) with a key of any number of words.
package rng

import "math/bits"

// gamma is 2⁶⁴ divided by the golden ratio, made odd: SplitMix64's increment.
const gamma = 0x9e3779b97f4a7c15

// Stream is one sequence of random numbers. Copying it forks the sequence.
type Stream struct {
	state uint64
}

// New returns the stream that belongs to a key. The order of the words counts.
func New(key ...uint64) Stream {
	var state uint64
	for _, word := range key {
		state = mix(state + gamma + word)
	}
	return Stream{state: state}
}

// Uint64 returns the next 64 random bits.
func (s *Stream) Uint64() uint64 {
	s.state += gamma
	return mix(s.state)
}

// Below returns a uniform integer in [0, n). It takes the high word of the
// 128-bit product n·u and rejects those u whose low word is below 2⁶⁴ mod n
// (Lemire, "Fast random integer generation in an interval", 2019), so that
// every integer is hit by the same number of u.
func (s *Stream) Below(n uint64) uint64 {
	if n == 0 {
		panic("rng: Below(0)")
	}
	reject := -n % n
	for {
		high, low := bits.Mul64(n, s.Uint64())
		if low >= reject {
			return high
		}
	}
}

// Unit returns a uniform multiple of 2⁻⁵³ in [0, 1). The conversion keeps Go from
// fusing the product with a sum of the caller's.
func (s *Stream) Unit() float64 {
	return float64(float64(s.Uint64()>>11) * 0x1p-53)
}

// mix is SplitMix64's finaliser, a bijection of 64-bit words.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
