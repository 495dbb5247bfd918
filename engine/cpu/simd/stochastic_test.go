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
		rowSum(t, l.String()+" BernoulliNLL", 2, func(a [][]float32) float32 { return k.BernoulliNLL(nil, a[0], a[1], 1, false) },
			func(v []float64) float64 { return softplus64(v[0]) - v[0]*v[1] })
		gaussian := func(v []float64) float64 {
			return (math.Log(2*math.Pi) + v[2] + (v[0]-v[1])*(v[0]-v[1])*math.Exp(-v[2])) / 2
		}
		rowSum(t, l.String()+" GaussianNLL", 3, func(a [][]float32) float32 { return k.GaussianNLL(nil, nil, a[0], a[1], a[2], 1, false) }, gaussian)
	}
}

// TestMissingValuesCountNothing: the sum over a row of which a third is missing is that of the others, a row without
// a missing value gives the same bits as ever, and what is not finite shows though its x is missing.
func TestMissingValuesCountNothing(t *testing.T) {
	const n = 1025
	r := rand.New(rand.NewPCG(21, 22))
	out, logvar, x, holed := randomGuarded(r, n).data, randomGuarded(r, n).data, randomGuarded(r, n).data, make([]float32, n)
	var kept [3][]float32
	for i := range x {
		if holed[i] = x[i]; i%3 == 1 {
			holed[i] = guardValue
			continue
		}
		for a, v := range []float32{out[i], logvar[i], x[i]} {
			kept[a] = append(kept[a], v)
		}
	}
	for _, l := range vectorLevels(t) {
		k := For(l)
		for name, sum := range map[string]func(out, logvar, x []float32, missing bool) float32{
			"BernoulliNLL": func(out, _, x []float32, missing bool) float32 { return k.BernoulliNLL(nil, out, x, 1, missing) },
			"GaussianNLL": func(out, logvar, x []float32, missing bool) float32 {
				return k.GaussianNLL(nil, nil, x, out, logvar, 1, missing)
			},
		} {
			want := sum(kept[0], kept[1], kept[2], false)
			if got := sum(out, logvar, holed, true); !(math.Abs(float64(got-want)) <= 1e-6*math.Abs(float64(want))) {
				t.Errorf("%v %s: %v with values missing, %v of the others alone", l, name, got, want)
			}
			if got, want := sum(out, logvar, x, true), sum(out, logvar, x, false); got != want {
				t.Errorf("%v %s: %v where values may be missing, %v where not", l, name, got, want)
			}
			for _, at := range []int{1, n - 1} { // in a whole vector and in the last lanes
				kept := out[at]
				out[at] = guardValue
				if got := sum(out, logvar, holed, true); got == got {
					t.Errorf("%v %s: NaN in output %d of a value that is missing gives %v", l, name, at, got)
				}
				out[at] = kept
			}
		}
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
		alone := k.BernoulliNLL(nil, logits.data, x.data, 1, false)
		gaussian := k.GaussianNLL(nil, nil, x.data, logits.data, logvar.data, 1, false)
		d := newGuarded(n)
		if both := k.BernoulliNLL(d.data, logits.data, x.data, 1, false); both != alone {
			t.Errorf("%v: %v with the gradient, %v without", l, both, alone)
		}
		apart := append([]float32(nil), d.data...)
		inPlace := append([]float32(nil), logits.data...)
		k.BernoulliNLL(inPlace, inPlace, x.data, 1, false)
		equalBits(t, "the gradient in place of the logits", inPlace, apart)
		if both := k.GaussianNLL(logits.data, logvar.data, x.data, logits.data, logvar.data, 1, false); both != gaussian {
			t.Errorf("%v: %v with gradients in place, %v without", l, both, gaussian)
		}
	}
}
