package eigen

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// spectra are eigenvalues of all sorts, d of them.
var spectra = map[string]func(d int, random *rand.Rand) []float64{
	"random": func(d int, random *rand.Rand) []float64 {
		return each(d, func(int) float64 { return random.NormFloat64() })
	},
	"zero":     func(d int, _ *rand.Rand) []float64 { return make([]float64, d) },
	"identity": func(d int, _ *rand.Rand) []float64 { return each(d, func(int) float64 { return 3 }) },
	"images": func(d int, _ *rand.Rand) []float64 {
		return each(d, func(i int) float64 { return 1 / float64(1+i*i) })
	},
	"graded": func(d int, _ *rand.Rand) []float64 {
		return each(d, func(i int) float64 { return math.Pow(10, -float64(i)/4) })
	},
	"repeated": func(d int, random *rand.Rand) []float64 {
		return each(d, func(int) float64 { return float64(random.IntN(3)) })
	},
	"clusters": func(d int, random *rand.Rand) []float64 {
		return each(d, func(int) float64 {
			return float64(1+random.IntN(3)) + random.Float64()*math.Pow(10, -float64(random.IntN(17)))
		})
	},
	"pairs": func(d int, random *rand.Rand) []float64 { // as near as window and rounding part them
		return each(d, func(i int) float64 { return float64(i/2) + float64(i%2)*math.Pow(10, -float64(random.IntN(17))) })
	},
	"low rank": func(d int, random *rand.Rand) []float64 {
		return each(d, func(i int) float64 { return max(0, float64(d/3-i)+random.Float64()) })
	},
}

func each(n int, f func(i int) float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = f(i)
	}
	return values
}

// ofSpectrum is a symmetric matrix of those eigenvalues: reflections of a diagonal one, so many.
func ofSpectrum(values []float64, reflections int, random *rand.Rand) *mat.SymDense {
	d := len(values)
	q := mat.NewDense(d, d, nil)
	for i, v := range values {
		q.Set(i, i, v)
	}
	for range reflections {
		v := mat.NewVecDense(d, each(d, func(int) float64 { return random.NormFloat64() }))
		v.ScaleVec(1/v.Norm(2), v)
		var left, right mat.VecDense
		left.MulVec(q.T(), v)
		q.RankOne(q, -2, v, &left)
		right.MulVec(q, v)
		q.RankOne(q, -2, &right, v)
	}
	a := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			a.SetSym(i, j, (q.At(i, j)+q.At(j, i))/2)
		}
	}
	return a
}

// wilkinson is W⁺ of 21 rows, whose largest eigenvalues agree in 15 digits, so many times with so little between them.
func wilkinson(times int, glue float64) *mat.SymDense {
	a := mat.NewSymDense(21*times, nil)
	for i := range 21 * times {
		a.SetSym(i, i, math.Abs(float64(i%21-10)))
		if i > 0 {
			a.SetSym(i-1, i, 1)
			if i%21 == 0 {
				a.SetSym(i-1, i, glue)
			}
		}
	}
	return a
}

// copied is a matrix to use up.
func copied(a *mat.SymDense) blas64.Symmetric {
	own := mat.NewSymDense(a.SymmetricDim(), nil)
	own.CopySym(a)
	return own.RawSymmetric()
}

// failer is a test of either kind.
type failer interface {
	Fatalf(format string, args ...any)
}

// requireEigen holds that vectors are those of the largest eigenvalues: orthonormal, with small residuals, and that the
// eigenvalues are gonum's.
func requireEigen(t failer, a *mat.SymDense, values []float64, vectors blas64.General) {
	var eigen mat.EigenSym
	eigen.Factorize(a, true)
	want, d := eigen.Values(nil), len(values)
	norm := max(math.Abs(want[0]), math.Abs(want[d-1]))
	for i, v := range values {
		if !(math.Abs(v-want[i]) <= 1e-12*norm) {
			t.Fatalf("eigenvalue %d of %d: found %g, want %g", i, d, v, want[i])
		}
	}
	var all mat.Dense
	eigen.VectorsTo(&all)
	for i := range vectors.Rows {
		x := rowOf(vectors, i)
		for j := range i + 1 {
			dot := floats.Dot(x, rowOf(vectors, j))
			if i == j {
				dot--
			}
			if !(math.Abs(dot) <= 1e-10) {
				t.Fatalf("%d rows: vectors %d and %d: their product is off by %g", d, i, j, dot)
			}
		}
		at := d - 1 - i
		var image mat.VecDense
		image.MulVec(a, mat.NewVecDense(d, x))
		image.AddScaledVec(&image, -values[at], mat.NewVecDense(d, x))
		if off := image.Norm(2); !(off <= 1e-12*norm) {
			t.Fatalf("%d rows: vector %d: |A·v − λ·v| is %g of a norm of %g", d, i, off, norm)
		}
		gap := math.Inf(1)
		for _, next := range []int{at - 1, at + 1} {
			if next >= 0 && next < d {
				gap = min(gap, math.Abs(want[at]-want[next]))
			}
		}
		if dot := math.Abs(floats.Dot(x, mat.Col(nil, at, &all))); gap > 1e-3*norm && !(dot > 1-1e-10) {
			t.Fatalf("%d rows: vector %d: its product with gonum's is %g", d, i, dot)
		}
	}
}

func TestLargestOfAnySpectrum(t *testing.T) {
	names := make([]string, 0, len(spectra))
	for name := range spectra {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		d := rapid.OneOf(rapid.IntRange(1, 12), rapid.SampledFrom([]int{31, 33, 64, 65, 97, 130})).Draw(t, "d")
		of := spectra[rapid.SampledFrom(names).Draw(t, "spectrum")](d, random)
		floats.Scale(rapid.SampledFrom([]float64{1, 1, 1e-3, 1e-150, 1e-280, 1e200}).Draw(t, "scale"), of)
		a := ofSpectrum(of, rapid.SampledFrom([]int{0, 1, 3, d}).Draw(t, "reflections"), random)
		k := rapid.SampledFrom([]int{1, (d + 1) / 2, d}).Draw(t, "k")
		values, vectors, ok := Largest(copied(a), k)
		if !ok || vectors.Rows != k || vectors.Cols != d {
			t.Fatalf("found no eigenvectors: %v, [%d, %d]", ok, vectors.Rows, vectors.Cols)
		}
		requireEigen(t, a, values, vectors)

		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(rapid.IntRange(1, 4).Draw(t, "threads")))
		again, same, _ := Largest(copied(a), k)
		if !slices.Equal(again, values) || !slices.Equal(same.Data, vectors.Data) {
			t.Fatalf("another number of threads finds other bits")
		}
	})
}

func TestLargestOfGluedMatrices(t *testing.T) {
	for _, glue := range []float64{0, 1e-20, 1e-14, 1e-10, 1e-8, 1e-4} {
		for _, times := range []int{1, 5} {
			a := wilkinson(times, glue)
			for _, k := range []int{2, 9, 21 * times} {
				values, vectors, ok := Largest(copied(a), k)
				if !ok {
					t.Fatalf("glue %g: found no eigenvectors", glue)
				}
				requireEigen(t, a, values, vectors)
			}
		}
	}
}

// What inverse iteration might not find, rotations do, and it is known when it has not.
func TestRotationsFindTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	a := ofSpectrum(spectra["images"](70, random), 70, random)
	reduced := reduce(copied(a))
	values, want, _ := Largest(copied(a), 9)
	found, ok := reduced.rotated(9)
	if !ok {
		t.Fatal("rotations found no eigenvectors")
	}
	reduced.back(found)
	requireEigen(t, a, values, found)

	wrong := slices.Clone(values)
	wrong[len(wrong)-4] += 1e-4
	if _, ok := reduced.inverse(wrong, 9); ok {
		t.Error("a wrong eigenvalue has an eigenvector")
	}
	for i, v := range rowOf(want, 0) {
		want.Data[want.Stride+i] = v
	}
	if orthogonal(want) {
		t.Error("two rows that are the same were made orthogonal")
	}
}

func TestLargestRefusesWhatIsNotFinite(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		a := mat.NewSymDense(3, []float64{1, 0, v, 0, 1, 0, v, 0, 1})
		if _, _, ok := Largest(copied(a), 1); ok {
			t.Errorf("a matrix with %g has eigenvectors", v)
		}
	}
}

// The last result, in seconds of processor time of an AMD EPYC, at commit 8018100; two threads take half as
// long:
//
//	d = 1,536, k = 300    1.1
//	d = 3,072, k = 600    11.7
//	d = 3,072, k = 3,072  34.6
//
// mat.EigenSym takes 48 s at 1,536, and about 600 s at 3,072.
func BenchmarkLargest(b *testing.B) {
	for _, size := range [][2]int{{1536, 300}, {3072, 600}, {3072, 3072}} {
		d, k := size[0], size[1]
		random := rand.New(rand.NewPCG(3, 4))
		factors := rows(d, 256)
		for i := range factors.Data {
			factors.Data[i] = random.NormFloat64() / float64(1+i%256)
		}
		b.Run(fmt.Sprintf("d=%d/k=%d", d, k), func(b *testing.B) {
			for b.Loop() {
				a := blas64.Symmetric{N: d, Stride: d, Uplo: blas.Upper, Data: make([]float64, d*d)}
				for i := range d {
					a.Data[i*d+i] = 1e-3 * float64(i+1) / float64(d)
				}
				AddUpper(a, 0, 1, factors, factors)
				if _, _, ok := Largest(a, k); !ok {
					b.Fatal("found no eigenvectors")
				}
			}
		})
	}
}
