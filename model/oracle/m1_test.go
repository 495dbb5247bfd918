//go:build !cuda

package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func smallM1() M1Spec {
	return M1Spec{
		Inputs: 5, Hidden: []int{4, 3}, Latents: 2, Activation: Softplus, Output: Bernoulli,
		Samples: 1, WeightPrior: 1.5, NTotal: 40, KLWeight: 0.7,
	}
}

func drawM1(seed uint64, s M1Spec, rows int) (Params, M1Batch) {
	r := rand.New(rand.NewPCG(seed, 1))
	p := initial{r: r, params: Params{}}
	decoder := slices.Clone(s.Hidden)
	slices.Reverse(decoder)
	p.output("m1.encoder", p.stack("m1.encoder", s.Inputs, s.Hidden), s.Latents, Gaussian)
	p.output("m1.decoder", p.stack("m1.decoder", s.Latents, decoder), s.Inputs, s.Output)
	return p.params, M1Batch{X: examples(r, rows, s.Inputs, s.Output), Eps: normals(r, rows*s.Samples, s.Latents, 1)}
}

// awayFromKinks finds a draw whose every pre-activation is so far from 0 that
// no finite difference crosses it.
func awayFromKinks(t *testing.T, activation Activation, kink func(seed uint64) float64) uint64 {
	t.Helper()
	for seed := range uint64(1000) {
		if activation != ReLU || kink(seed) > 5e-3 {
			return seed
		}
	}
	t.Fatal("no draw is away from the kinks of relu")
	return 0
}

func testM1(t *testing.T, s M1Spec, rows int) {
	t.Helper()
	seed := awayFromKinks(t, s.Activation, func(seed uint64) float64 {
		params, batch := drawM1(seed, s, rows)
		b := newBrute(params, s.Activation)
		b.m1(s, batch)
		return b.kink
	})
	params, batch := drawM1(seed, s, rows)
	loss, grads, err := M1(s, params, batch)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrute(params, s.Activation)
	requireAgreement(t, params, func() float64 { return b.m1(s, batch) }, loss, grads)
}

func TestM1GradientsAreThoseOfFiniteDifferences(t *testing.T) {
	for _, activation := range activationNames() {
		for _, output := range []string{Bernoulli, Gaussian} {
			for _, samples := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s/%s/%d samples", activation, output, samples), func(t *testing.T) {
					s := smallM1()
					s.Activation, s.Output, s.Samples = activation, output, samples
					testM1(t, s, 3)
				})
			}
		}
	}
}

func TestM1HoldsAtEveryEdgeSize(t *testing.T) {
	cases := map[string]func(s *M1Spec) (rows int){
		"one example":      func(*M1Spec) int { return 1 },
		"linear":           func(s *M1Spec) int { s.Hidden = nil; return 3 },
		"one layer":        func(s *M1Spec) int { s.Hidden = []int{3}; return 2 },
		"three layers":     func(s *M1Spec) int { s.Hidden = []int{4, 2, 3}; return 2 },
		"all ones":         func(s *M1Spec) int { s.Inputs, s.Hidden, s.Latents = 1, []int{1}, 1; return 1 },
		"one unit":         func(s *M1Spec) int { s.Hidden = []int{1}; return 4 },
		"one latent":       func(s *M1Spec) int { s.Latents = 1; return 3 },
		"one input":        func(s *M1Spec) int { s.Inputs = 1; return 3 },
		"no weight prior":  func(s *M1Spec) int { s.WeightPrior = 0; return 3 },
		"full KL":          func(s *M1Spec) int { s.KLWeight = 1; return 3 },
		"square parameter": func(s *M1Spec) int { s.Inputs, s.Hidden, s.Latents = 3, []int{3, 3}, 3; return 3 },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			s := smallM1()
			testM1(t, s, change(&s))
		})
	}
}

// At KLWeight 0 the encoder's gradient comes through the sample alone.
func TestM1WithoutKLKeepsItsGradients(t *testing.T) {
	s := smallM1()
	s.KLWeight, s.Output = 0, Gaussian
	testM1(t, s, 3)
}
