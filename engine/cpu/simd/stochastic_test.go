package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// rowSum checks a kernel that returns the sum of a term over the elements.
func rowSum(t *testing.T, what string, arrays int, run func(a [][]float32) float32, term func(v []float64) float64) {
	t.Helper()
	for _, n := range lengths {
		r := rand.New(rand.NewPCG(uint64(n), 2))
		a, v := make([][]float32, arrays), make([]float64, arrays)
		for j := range a {
			a[j] = edge[float32](t, n)
			for i := range a[j] {
				a[j][i] = float32(r.NormFloat64())
			}
		}
		want, scale := 0.0, 0.0
		for i := range n {
			for j := range v {
				v[j] = float64(a[j][i])
			}
			want += term(v)
			scale += math.Abs(term(v)) + 1
		}
		if got := float64(run(a)); !(math.Abs(got-want) <= 1e-6*scale) {
			t.Errorf("%s, n = %d: %v, want %v", what, n, got, want)
		}
		if n == 0 {
			continue
		}
		for j := range a {
			kept := a[j][n-1]
			a[j][n-1] = guardValue
			if got := run(a); got == got {
				t.Errorf("%s, n = %d: NaN in array %d gives %v", what, n, j, got)
			}
			a[j][n-1] = kept
		}
	}
}

func TestRowSumsEqualTheirDefinition(t *testing.T) {
	for _, l := range vectorLevels(t) {
		k := For(l)
		rowSum(t, l.String()+" KL", 2, func(a [][]float32) float32 { return k.KL(a[0], a[1]) },
			func(v []float64) float64 { return (v[0]*v[0] + math.Expm1(v[1]) - v[1]) / 2 })
		rowSum(t, l.String()+" BernoulliNLL", 2, func(a [][]float32) float32 { return k.BernoulliNLL(nil, a[0], a[1], 1) },
			func(v []float64) float64 { return softplus64(v[0]) - v[0]*v[1] })
		gaussian := func(v []float64) float64 {
			return (math.Log(2*math.Pi) + v[2] + (v[0]-v[1])*(v[0]-v[1])*math.Exp(-v[2])) / 2
		}
		rowSum(t, l.String()+" GaussianNLL", 3, func(a [][]float32) float32 { return k.GaussianNLL(nil, nil, a[0], a[1], a[2], nil, 1) }, gaussian)
		rowSum(t, l.String()+" GaussianNLL with a mask", 4, func(a [][]float32) float32 { return k.GaussianNLL(nil, nil, a[0], a[1], a[2], a[3], 1) },
			func(v []float64) float64 { return v[3] * gaussian(v) })
	}
}

func TestKLIsZeroAtPrior(t *testing.T) {
	zero := make([]float32, 50)
	for _, l := range vectorLevels(t) {
		if kl := For(l).KL(zero, zero); kl != 0 {
			t.Errorf("%v: KL(N(0, I) ‖ N(0, I)) = %v", l, kl)
		}
	}
}

func TestKLIsNotFiniteWhereTheVarianceOverflows(t *testing.T) {
	for _, l := range vectorLevels(t) {
		if kl := For(l).KL([]float32{0}, []float32{100}); !math.IsInf(float64(kl), 1) {
			t.Errorf("%v: KL with a log-variance of 100 = %v, want +Inf", l, kl)
		}
	}
}

func TestLikelihoodIsTheSameWithAndWithoutGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	const n = 785
	for _, l := range vectorLevels(t) {
		k := For(l)
		logits, x, logvar := randomGuarded(r, n), randomGuarded(r, n), randomGuarded(r, n)
		alone := k.BernoulliNLL(nil, logits.data, x.data, 1)
		gaussian := k.GaussianNLL(nil, nil, x.data, logits.data, logvar.data, nil, 1)
		d := newGuarded(n)
		if both := k.BernoulliNLL(d.data, logits.data, x.data, 1); both != alone {
			t.Errorf("%v: %v with the gradient, %v without", l, both, alone)
		}
		apart := append([]float32(nil), d.data...)
		inPlace := append([]float32(nil), logits.data...)
		k.BernoulliNLL(inPlace, inPlace, x.data, 1)
		equalBits(t, "the gradient in place of the logits", inPlace, apart)
		if both := k.GaussianNLL(logits.data, logvar.data, x.data, logits.data, logvar.data, nil, 1); both != gaussian {
			t.Errorf("%v: %v with gradients in place, %v without", l, both, gaussian)
		}
	}
}
