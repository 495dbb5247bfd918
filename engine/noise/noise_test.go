package noise_test

import (
	"fmt"
	"math"
	"testing"

	"ssdgm/engine/noise"
)

// The known answers of the Random123 library for Philox4x32-10.
func TestPhiloxGivesTheKnownAnswers(t *testing.T) {
	const ones = 0xFFFFFFFF
	for _, c := range []struct {
		counter [4]uint32
		seed    uint64
		want    [4]uint32
	}{
		{[4]uint32{}, 0, [4]uint32{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}},
		{[4]uint32{ones, ones, ones, ones}, math.MaxUint64, [4]uint32{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}},
		{
			[4]uint32{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}, 0x299F31D0A4093822,
			[4]uint32{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1},
		},
	} {
		if got := noise.Philox(c.counter[0], c.counter[1], c.counter[2], c.counter[3], c.seed); got != c.want {
			t.Errorf("Philox(%x, key %x) = %x, want %x", c.counter, c.seed, got, c.want)
		}
	}
}

func TestAddressesAreDistinct(t *testing.T) {
	seen := make(map[uint32]bool)
	for _, element := range []int{0, 4, 8, 1024, noise.MaxElements - 4} {
		for _, label := range []int{0, 1, 9, noise.MaxLabels - 1} {
			for _, sample := range []int{0, 1, 2, noise.MaxSamples - 1} {
				address := noise.Address(element, label, sample)
				if seen[address] {
					t.Errorf("element %d, label %d, sample %d share the address of others", element, label, sample)
				}
				seen[address] = true
				if noise.Address(element+3, label, sample) != address {
					t.Errorf("elements %d and %d of one block have two addresses", element, element+3)
				}
			}
		}
	}
}

func TestUniformStaysInsideAndIsExactInFloat32(t *testing.T) {
	for _, word := range []uint32{0, 1, 511, 512, 1 << 31, math.MaxUint32} {
		u := noise.Uniform(word)
		if u <= 0 || u >= 1 {
			t.Errorf("Uniform(%#x) = %v, want it in (0, 1)", word, u)
		}
		if float64(float32(u)) != u {
			t.Errorf("Uniform(%#x) = %v is no float32", word, u)
		}
	}
	if low, high := noise.Uniform(0), noise.Uniform(math.MaxUint32); low != 1-high {
		t.Errorf("the ends %v and %v do not mirror each other", low, high)
	}
}

func TestNormalsAreFiniteAtTheEnds(t *testing.T) {
	for _, word := range []uint32{0, math.MaxUint32} {
		for i, v := range noise.Normals([4]uint32{word, word, word, word}) {
			if math.IsNaN(v) || math.Abs(v) > 6 {
				t.Errorf("normal %d of words %#x is %v", i, word, v)
			}
		}
	}
}

func TestBitIsCertainForBlackAndWhiteAndProportionalBetween(t *testing.T) {
	const steps = 1 << 16
	for value := range 256 {
		count := 0
		for i := range uint32(steps) {
			if noise.Bit(i<<16|0xFFFF, uint8(value)) {
				count++
			}
		}
		want := float64(value) / 255 * steps
		if math.Abs(float64(count)-want) > 1 {
			t.Errorf("value %d is 1 for %d of %d words, want %.1f", value, count, steps, want)
		}
	}
	if noise.Bit(0, 0) || !noise.Bit(math.MaxUint32, 255) {
		t.Error("black may be 1 or white 0")
	}
}

func TestPermutationIsABijection(t *testing.T) {
	sizes := []int{1000, 1023, 1024, 1025, 49_999, 65_536, 65_537, 1 << 20}
	for n := 1; n <= 600; n++ {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		p := noise.NewPermutation(n, 42, noise.StreamM1Minibatch, 3)
		seen := make([]bool, n)
		for i := range n {
			item := p.At(i)
			if item < 0 || item >= n || seen[item] {
				t.Fatalf("order of %d: item %d at place %d is outside or there twice", n, item, i)
			}
			seen[item] = true
		}
	}
}

func TestPermutationOfTheLargestSizeStaysInside(t *testing.T) {
	const n = 1 << 30
	p := noise.NewPermutation(n, 42, 1, 0)
	for _, i := range []int{0, 1, n / 3, n - 1} {
		if item := p.At(i); item < 0 || item >= n {
			t.Errorf("item %d at place %d is outside of %d", item, i, n)
		}
	}
}

func TestPermutationRefusesImpossibleSizes(t *testing.T) {
	for _, n := range []int{-1, 0, 1<<30 + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a permutation of %d items is made", n)
				}
			}()
			noise.NewPermutation(n, 0, 0, 0)
		}()
	}
}

// chiSquare sums (observed − expected)²/expected.
func chiSquare(observed []int, expected float64) (sum float64) {
	for _, o := range observed {
		sum += (float64(o) - expected) * (float64(o) - expected) / expected
	}
	return sum
}

// checkChiSquare allows five standard deviations of a χ² with the given degrees.
func checkChiSquare(t *testing.T, what string, got, degrees float64) {
	t.Helper()
	if math.Abs(got-degrees) > 5*math.Sqrt(2*degrees) {
		t.Errorf("%s: χ² is %.1f, want %.0f ± %.0f", what, got, degrees, math.Sqrt(2*degrees))
	}
}

// Over the rounds every item comes to every place equally often. Rows and
// columns of a permutation are exclusive, which scales χ² by n/(n−1).
func TestPermutationIsUniformOverRounds(t *testing.T) {
	const perCell = 400
	for _, n := range []int{2, 3, 4, 5, 10, 16, 31, 100} {
		counts := make([]int, n*n)
		for round := range uint64(perCell * n) {
			p := noise.NewPermutation(n, 7, noise.StreamM1Minibatch, round)
			for place := range n {
				counts[place*n+p.At(place)]++
			}
		}
		degrees := float64((n - 1) * (n - 1))
		got := chiSquare(counts, perCell) * float64(n-1) / float64(n)
		checkChiSquare(t, fmt.Sprintf("place × item of %d", n), got, degrees)
	}
}

// The item at one place tells nothing about the item at the next.
func TestPermutationNeighboursAreUniform(t *testing.T) {
	const perCell = 400
	for _, n := range []int{3, 4, 6, 10, 17} {
		pairs := make([]int, n*(n-1))
		for round := range uint64(perCell * n * (n - 1)) {
			p := noise.NewPermutation(n, 7, noise.StreamM2Labelled, round)
			a, b := p.At(0), p.At(1)
			if b > a {
				b--
			}
			pairs[a*(n-1)+b]++
		}
		checkChiSquare(t, fmt.Sprintf("neighbours of %d", n), chiSquare(pairs, perCell), float64(len(pairs)-1))
	}
}

func TestSeedWordsHoldTheWholeSeed(t *testing.T) {
	for _, seed := range []uint64{0, 1, 1 << 31, 1 << 32, 0xDEADBEEF12345678, math.MaxUint64} {
		w := noise.SeedWords(seed)
		if got := uint64(uint32(w[0])) | uint64(uint32(w[1]))<<32; len(w) != 2 || got != seed {
			t.Errorf("the words of %#x give %#x back", seed, got)
		}
	}
}

func TestFillIsAFunctionOfSeedTensorAndPlace(t *testing.T) {
	fill := func(n int, seed uint64, tensor int) []float32 {
		dst := make([]float32, n)
		noise.Fill(dst, seed, tensor)
		return dst
	}
	long, short := fill(10_001, 5, 2), fill(10, 5, 2)
	sum, squares := 0.0, 0.0
	for i, v := range long {
		if i < len(short) && v != short[i] {
			t.Errorf("element %d depends on the length", i)
		}
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(long))
	if math.Abs(sum/math.Sqrt(n)) > 5 || math.Abs(squares/n-1) > 5*math.Sqrt(2/n) {
		t.Errorf("mean %g and variance %g, want 0 and 1", sum/n, squares/n)
	}
	for name, other := range map[string][]float32{"seed": fill(10, 6, 2), "tensor": fill(10, 5, 3)} {
		if other[0] == short[0] {
			t.Errorf("another %s gives the same values", name)
		}
	}
}
