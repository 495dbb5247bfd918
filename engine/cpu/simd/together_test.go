package simd

import (
	"math/rand/v2"
	"slices"
	"testing"

	"ssdgm/engine/cpu/pool"
)

// counted counts the parts that are run of it.
type counted []int

func (c counted) Run(part int) { c[part]++ }

// TestTogetherGivesTheBitsOfEachAlone joins products of a layer's gradient with another job, at sizes that take every way.
func TestTogetherGivesTheBitsOfEachAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	matrix := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
		return x
	}
	for _, l := range append(vectorLevels(t), Portable) {
		k := For(l)
		for _, threads := range []int{1, 2, 3} {
			p := pool.New(threads)
			defer p.Close()
			together := Together{Spaces: []*Workspace{new(Workspace), new(Workspace)}} // of all sizes, so that memory is used again
			for _, s := range [][3]int{{1, 1, 1}, {100, 784, 600}, {37, 83, 50}, {250, 60, 300}, {2000, 30, 40}} {
				rows, in, out := s[0], s[1], s[2]
				delta, x, weight := matrix(rows*out), matrix(rows*in), matrix(in*out)
				of := func(dw, dx []float32) []MatMul {
					return []MatMul{
						{TransA: true, M: out, N: in, K: rows, A: delta, LDA: out, B: x, LDB: in, C: dw, LDC: in},
						{M: rows, N: in, K: out, A: delta, LDA: out, B: weight, LDB: in, C: dx, LDC: in},
					}
				}
				var want, found [2][]float32
				for i, n := range []int{in * out, rows * in} {
					want[i], found[i] = make([]float32, n), make([]float32, n)
				}
				for _, m := range of(want[0], want[1]) {
					k.MatMul(p, new(Workspace), &m)
				}
				other := make(counted, 5)
				together.Products, together.Other, together.Parts = of(found[0], found[1]), other, len(other)
				k.Together(p, &together)
				for i := range want {
					if !slices.Equal(want[i], found[i]) {
						t.Errorf("%v, %d threads, %v: product %d is not what it is alone", l, threads, s, i)
					}
				}
				one := Together{Spaces: together.Spaces, Products: of(found[0], found[1])[:1], Other: other, Parts: len(other)}
				k.Together(p, &one)
				if slices.Min(other) != 2 || slices.Max(other) != 2 {
					t.Errorf("%v, %d threads, %v: want each part twice, found %v", l, threads, s, other)
				}
			}
		}
	}
}
