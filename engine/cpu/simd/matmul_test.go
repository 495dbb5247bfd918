package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"ssdgm/engine/cpu/pool"
)

// levels are the levels that this processor can run; it says which it lacks.
func levels(t testing.TB) []Level {
	var have []Level
	for l := Portable; l <= AVX512; l++ {
		if l.supported() {
			have = append(have, l)
		} else {
			t.Logf("this processor lacks %v: not tested", l)
		}
	}
	return have
}

const guard = 16 // elements before and after every matrix that must keep their value

var guardValue = math.Float32frombits(0x7fc0beef) // a NaN: whoever reads it shows it

// guarded is a slice with guard values around it.
type guarded struct{ all, data []float32 }

func newGuarded(n int) guarded {
	g := guarded{all: make([]float32, n+2*guard)}
	for i := range g.all {
		g.all[i] = guardValue
	}
	g.data = g.all[guard : guard+n : guard+n]
	return g
}

func randomGuarded(r *rand.Rand, n int) guarded {
	g := newGuarded(n)
	for i := range g.data {
		g.data[i] = float32(r.NormFloat64())
	}
	return g
}

func (g guarded) check(t *testing.T, what string) {
	t.Helper()
	for i, v := range g.all {
		if (i < guard || i >= len(g.all)-guard) && math.Float32bits(v) != math.Float32bits(guardValue) {
			t.Fatalf("%s: element %d outside of the slice was written", what, i-guard)
		}
	}
}

// productCase is a product on guarded matrices with rows farther apart than they are long.
type productCase struct {
	MatMul
	a, b, c, bias guarded
}

func newProduct(r *rand.Rand, form string, m, n, k int, accumulate bool, e Epilogue) *productCase {
	p := &productCase{MatMul: MatMul{M: m, N: n, K: k, Accumulate: accumulate, Epilogue: e}}
	p.TransA, p.TransB = form[0] == 'T', form[1] == 'T'
	rowsA, columnsA, rowsB, columnsB := m, k, k, n
	if p.TransA {
		rowsA, columnsA = k, m
	}
	if p.TransB {
		rowsB, columnsB = n, k
	}
	matrix := func(rows, columns, pad int) (guarded, int) {
		g := newGuarded(max(0, rows*(columns+pad)-pad))
		for i := range rows {
			for j := range columns {
				g.data[i*(columns+pad)+j] = float32(r.NormFloat64())
			}
		}
		return g, columns + pad
	}
	p.a, p.LDA = matrix(rowsA, columnsA, 3)
	p.b, p.LDB = matrix(rowsB, columnsB, 1)
	p.c, p.LDC = matrix(m, n, 2)
	p.A, p.B, p.C = p.a.data, p.b.data, p.c.data
	if e != None {
		p.bias = randomGuarded(r, n)
		p.Bias = p.bias.data
	}
	return p
}

func activation64(e Epilogue, x float64) float64 {
	switch e {
	case BiasSoftplus:
		return max(0, x) + math.Log1p(math.Exp(-math.Abs(x)))
	case BiasReLU:
		return max(0, x)
	case BiasTanh:
		return math.Tanh(x)
	}
	return x
}

// want is the product in float64 and the magnitude that its rounding errors scale with.
func (p *productCase) want(i, j int) (value, scale float64) {
	if p.Accumulate {
		value = float64(p.C[i*p.LDC+j])
		scale = math.Abs(value)
	}
	for k := range p.K {
		a, b := i*p.LDA+k, k*p.LDB+j
		if p.TransA {
			a = k*p.LDA + i
		}
		if p.TransB {
			b = j*p.LDB + k
		}
		term := float64(p.A[a]) * float64(p.B[b])
		value += term
		scale += math.Abs(term)
	}
	if p.Epilogue != None {
		value += float64(p.Bias[j])
		scale += math.Abs(float64(p.Bias[j]))
	}
	return activation64(p.Epilogue, value), scale
}

// run carries the product out and compares every element, the gaps and the guards.
func (p *productCase) run(t *testing.T, k *Kernels, w *Workspace, workers *pool.Pool) {
	t.Helper()
	want, scale := make([]float64, p.M*p.N), make([]float64, p.M*p.N)
	for i := range want {
		want[i], scale[i] = p.want(i/p.N, i%p.N)
	}
	k.MatMul(workers, w, &p.MatMul)
	for i := range want {
		got := float64(p.C[i/p.N*p.LDC+i%p.N])
		if !(math.Abs(got-want[i]) <= 1e-6+4e-7*scale[i]) {
			t.Fatalf("element (%d, %d) = %v, want %v", i/p.N, i%p.N, got, want[i])
		}
	}
	for i := range p.M {
		for j := p.N; j < p.LDC && i*p.LDC+j < len(p.C); j++ {
			if math.Float32bits(p.C[i*p.LDC+j]) != math.Float32bits(guardValue) {
				t.Fatalf("the gap after row %d was written", i)
			}
		}
	}
	p.c.check(t, "C")
}

var forms = []string{"NN", "NT", "TN", "TT"}

func TestMatMulEqualsTheDefinition(t *testing.T) {
	sizes := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 15, 16, 17, 31, 32, 33, 50, 65, 99, 100}
	for _, l := range levels(t) {
		k, w := For(l), new(Workspace)
		for _, form := range forms {
			t.Run(fmt.Sprintf("%v/%s", l, form), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				for range 250 {
					m, n, depth := sizes[r.IntN(len(sizes))], sizes[r.IntN(len(sizes))], sizes[r.IntN(len(sizes))]
					accumulate, e := r.IntN(2) == 1, Epilogue(r.IntN(5))
					p := newProduct(r, form, m, n, depth, accumulate, e)
					t.Logf("M = %d, N = %d, K = %d, accumulate %v, epilogue %d", m, n, depth, accumulate, e)
					p.run(t, k, w, nil)
				}
				newProduct(r, form, 37, 70, 1025, true, BiasSoftplus).run(t, k, w, nil)
			})
		}
	}
}

func TestThreadsNeverChangeABit(t *testing.T) {
	workers := pool.New(3)
	defer workers.Close()
	r := rand.New(rand.NewPCG(3, 4))
	for _, l := range levels(t) {
		k, alone, shared := For(l), new(Workspace), new(Workspace)
		for _, form := range forms {
			for _, size := range [][3]int{{123, 217, 801}, {100, 60, 500}, {3, 5, 2000}, {500, 10, 30}} {
				p := newProduct(r, form, size[0], size[1], size[2], false, BiasSoftplus)
				k.MatMul(nil, alone, &p.MatMul)
				one := append([]float32(nil), p.C...)
				k.MatMul(workers, shared, &p.MatMul)
				equalBits(t, fmt.Sprintf("%v %s %v", l, form, size), p.C, one)
			}
		}
	}
}

func TestRowsDoNotDependOnTheirNeighbours(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const most = 61
	for _, l := range levels(t) {
		k, w := For(l), new(Workspace)
		for _, form := range []string{"NN", "NT"} {
			p := newProduct(r, form, most, 83, 450, false, BiasTanh)
			k.MatMul(nil, w, &p.MatMul)
			all := append([]float32(nil), p.C...)
			for _, part := range [][2]int{{0, 1}, {60, 61}, {7, 36}, {13, 27}, {1, 61}} {
				m := p.MatMul
				m.M, m.A, m.C = part[1]-part[0], p.A[part[0]*p.LDA:], p.C[part[0]*p.LDC:]
				k.MatMul(nil, w, &m)
				equalBits(t, fmt.Sprintf("%v %s rows %v", l, form, part), p.C, all)
			}
		}
	}
}

func TestAVX2AndAVX512AgreeToTheBit(t *testing.T) {
	if !AVX512.supported() {
		t.Log("this processor lacks avx512: nothing to compare")
		return
	}
	r := rand.New(rand.NewPCG(7, 8))
	for _, form := range forms {
		p := newProduct(r, form, 45, 77, 500, false, None)
		For(AVX2).MatMul(nil, new(Workspace), &p.MatMul)
		narrow := append([]float32(nil), p.C...)
		For(AVX512).MatMul(nil, new(Workspace), &p.MatMul)
		equalBits(t, form, p.C, narrow)
	}
}

func TestMatMulAllocatesNothingOnceWarm(t *testing.T) {
	workers := pool.New(2)
	defer workers.Close()
	r := rand.New(rand.NewPCG(11, 12))
	for _, l := range levels(t) {
		k, w := For(l), new(Workspace)
		p := newProduct(r, "TN", 90, 90, 90, false, BiasSoftplus)
		if n := testing.AllocsPerRun(20, func() {
			m := MatMul{TransA: true, M: p.M, N: p.N, K: p.K, A: p.A, LDA: p.LDA, B: p.B, LDB: p.LDB, C: p.C, LDC: p.LDC}
			k.MatMul(workers, w, &m)
		}); n != 0 {
			t.Errorf("%v: %v allocations a product", l, n)
		}
	}
}

func TestShortMatricesPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a product wrote to a C that is too short")
		}
	}()
	For(Best()).MatMul(nil, new(Workspace), &MatMul{M: 2, N: 2, K: 1, A: make([]float32, 2), LDA: 1, B: make([]float32, 2), LDB: 2, C: make([]float32, 3), LDC: 2})
}

func equalBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d = %v, want %v to the bit", what, i, got[i], want[i])
		}
	}
}
