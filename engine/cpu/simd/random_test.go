package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"ssdgm/engine/noise"
)

const seed = 0x0123456789abcdef

func counterSlices(t *testing.T, r *rand.Rand, n int) (c0, c1 []uint32) {
	c0, c1 = edge[uint32](t, n), edge[uint32](t, n)
	for i := range c0 {
		c0[i], c1[i] = r.Uint32(), r.Uint32()
	}
	return c0, c1
}

func TestWordsArePhilox(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for _, l := range vectorLevels(t) {
		for _, n := range lengths {
			c0, c1 := counterSlices(t, r, n)
			got := edge[uint32](t, 4*n)
			For(l).Words(got, c0, c1, 77, 5, seed&0xffffffff, seed>>32)
			for i := range c0 {
				if want := noise.Philox(c0[i], c1[i], 77, 5, seed); want != [4]uint32(got[4*i:]) {
					t.Fatalf("%v: counter %d of %d: %x, want %x", l, i, n, got[4*i:4*i+4], want)
				}
			}
		}
	}
}

func TestNormalsFollowTheirWords(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for _, l := range vectorLevels(t) {
		worst := 0.0
		for _, n := range append(lengths, 50_000) {
			c0, c1 := counterSlices(t, r, n)
			got := edge[float32](t, 4*n)
			For(l).Normals(got, c0, c1, 78, 6, seed&0xffffffff, seed>>32)
			for i := range c0 {
				for j, want := range noise.Normals(noise.Philox(c0[i], c1[i], 78, 6, seed)) {
					worst = max(worst, math.Abs(float64(got[4*i+j])-want)/max(1, math.Abs(want)))
				}
			}
			if n > 20 {
				part := make([]float32, 4*5)
				For(l).Normals(part, c0[9:14], c1[9:14], 78, 6, seed&0xffffffff, seed>>32)
				equalBits(t, "normals of a few counters", part, got[4*9:4*14])
			}
		}
		t.Logf("%v: largest error %.2g", l, worst)
		if !(worst <= 3e-7) {
			t.Errorf("%v: normals are wrong by %.2g", l, worst)
		}
	}
}

func TestNormalsHaveMeanZeroAndVarianceOne(t *testing.T) {
	const n = 1 << 14
	for _, l := range vectorLevels(t) {
		c0, c1, got := make([]uint32, n), make([]uint32, n), make([]float32, 4*n)
		for i := range c0 {
			c0[i] = uint32(i)
		}
		For(l).Normals(got, c0, c1, 1, 1, 1, 1)
		sum, squares := 0.0, 0.0
		for _, v := range got {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
		mean, variance := sum/(4*n), squares/(4*n)
		if math.Abs(mean) > 0.016 || math.Abs(variance-1) > 0.022 { // four standard errors
			t.Errorf("%v: mean %v and variance %v of %d normals", l, mean, variance, 4*n)
		}
	}
}

func TestBinariseComparesIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	for _, l := range vectorLevels(t) {
		for _, n := range append(lengths, 1<<15) {
			dst, px, words := newGuarded(n), edge[uint8](t, n), edge[uint32](t, n)
			for i := range px {
				px[i], words[i] = uint8(r.Uint32()), r.Uint32()
				if i%3 == 0 { // near the boundary, and on it
					words[i] = uint32(uint64(px[i])<<32/255) + uint32(r.IntN(3)-1)<<8
				}
			}
			For(l).Binarise(dst.data, px, words)
			for i := range px {
				if want := noise.Bit(words[i], px[i]); want != (dst.data[i] == 1) || dst.data[i] != 0 && !want {
					t.Fatalf("%v: pixel %d with word %x is %v, want %v", l, px[i], words[i], dst.data[i], want)
				}
			}
			dst.check(t, "Binarise")
		}
	}
}

func TestPixelsAreRoundedOnce(t *testing.T) {
	for _, l := range vectorLevels(t) {
		for _, n := range append(lengths, 256) {
			dst, px := newGuarded(n), edge[uint8](t, n)
			for i := range px {
				px[i] = uint8(i)
			}
			For(l).Pixels(dst.data, px)
			for i := range px {
				if want := float32(px[i]) / 255; dst.data[i] != want {
					t.Fatalf("%v: pixel %d is %v, want %v", l, px[i], dst.data[i], want)
				}
			}
			dst.check(t, "Pixels")
		}
	}
}
