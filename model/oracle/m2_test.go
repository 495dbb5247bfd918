//go:build !cuda

package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func smallM2() M2Spec {
	return M2Spec{
		Inputs: 4, Labels: 3, Hidden: []int{5}, ClassifierHidden: []int{4}, Latents: 2,
		Activation: Softplus, Output: Gaussian, Samples: 1, Alpha: 0.3, NLabelled: 10, NTotal: 50,
		WeightPrior: 1.5, KLWeight: 0.7, ClassPrior: Uniform,
	}
}

func drawM2(seed uint64, s M2Spec, labelled, unlabelled int) (Params, M2Batch) {
	r := rand.New(rand.NewPCG(seed, 2))
	p := initial{r: r, params: Params{}}
	decoder := slices.Clone(s.Hidden)
	slices.Reverse(decoder)
	p.output("m2.encoder", p.stack("m2.encoder", s.Inputs, s.Hidden), s.Latents, Gaussian)
	p.output("m2.decoder", p.stack("m2.decoder", s.Latents, decoder), s.Inputs, s.Output)
	p.matrix("m2.encoder.0.label.weight", s.Hidden[0], s.Labels, 0.7)
	p.matrix("m2.decoder.0.label.weight", decoder[0], s.Labels, 0.7)
	p.dense("m2.classifier.out", p.stack("m2.classifier", s.Inputs, s.ClassifierHidden), s.Labels)
	if s.ClassPrior == Learned {
		p.matrix("m2.class_prior.logits", 1, s.Labels, 0.7)
	}
	batch := M2Batch{
		XL:  examples(r, labelled, s.Inputs, s.Output),
		XU:  examples(r, unlabelled, s.Inputs, s.Output),
		Eps: normals(r, (labelled+unlabelled*s.Labels)*s.Samples, s.Latents, 1),
	}
	for range labelled {
		batch.YL = append(batch.YL, r.IntN(s.Labels))
	}
	return p.params, batch
}

func testM2(t *testing.T, s M2Spec, labelled, unlabelled int) {
	t.Helper()
	seed := awayFromKinks(t, s.Activation, func(seed uint64) float64 {
		params, batch := drawM2(seed, s, labelled, unlabelled)
		b := newBrute(params, s.Activation)
		b.m2(s, batch)
		return b.kink
	})
	params, batch := drawM2(seed, s, labelled, unlabelled)
	loss, grads, err := M2(s, params, batch)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrute(params, s.Activation)
	requireAgreement(t, params, func() float64 { return b.m2(s, batch) }, loss, grads)
}

func TestM2GradientsAreThoseOfFiniteDifferences(t *testing.T) {
	for _, activation := range activationNames() {
		for _, output := range []string{Bernoulli, Gaussian} {
			for _, samples := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s/%s/%d samples", activation, output, samples), func(t *testing.T) {
					s := smallM2()
					s.Activation, s.Output, s.Samples = activation, output, samples
					testM2(t, s, 2, 3)
				})
			}
		}
	}
}

func TestM2GradientsHoldForEveryClassPrior(t *testing.T) {
	for _, prior := range []string{Uniform, Given, Learned} {
		t.Run(prior, func(t *testing.T) {
			s := smallM2()
			s.ClassPrior, s.ClassProbabilities = prior, []float64{0.2, 0.7, 0.1}
			testM2(t, s, 2, 3)
		})
	}
}

func TestM2HoldsOnHalfAMinibatch(t *testing.T) {
	for _, rows := range [][2]int{{0, 3}, {3, 0}, {0, 1}, {1, 0}, {1, 1}} {
		for _, prior := range []string{Uniform, Learned} {
			t.Run(fmt.Sprintf("%d labelled, %d unlabelled/%s", rows[0], rows[1], prior), func(t *testing.T) {
				s := smallM2()
				s.ClassPrior = prior
				testM2(t, s, rows[0], rows[1])
			})
		}
	}
}

func TestM2HoldsAtEveryEdgeSize(t *testing.T) {
	cases := map[string]func(s *M2Spec){
		"two labels":        func(s *M2Spec) { s.Labels = 2 },
		"linear classifier": func(s *M2Spec) { s.ClassifierHidden = nil },
		"deep":              func(s *M2Spec) { s.Hidden, s.ClassifierHidden = []int{4, 3}, []int{3, 5} },
		"all ones":          func(s *M2Spec) { s.Inputs, s.Hidden, s.ClassifierHidden, s.Latents = 1, []int{1}, []int{1}, 1 },
		"labels = units":    func(s *M2Spec) { s.Inputs, s.Hidden, s.ClassifierHidden, s.Latents = 3, []int{3}, []int{3}, 3 },
		"no weight prior":   func(s *M2Spec) { s.WeightPrior = 0 },
		"no KL":             func(s *M2Spec) { s.KLWeight = 0 },
		"all labelled":      func(s *M2Spec) { s.NLabelled = s.NTotal },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			s := smallM2()
			change(&s)
			testM2(t, s, 3, 2)
		})
	}
}

// A classifier that the loss does not use has gradient zero, not an error.
func TestUnusedClassifierHasZeroGradient(t *testing.T) {
	s := smallM2()
	s.Alpha, s.WeightPrior = 0, 0
	params, batch := drawM2(1, s, 3, 0)
	_, grads, err := M2(s, params, batch)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"m2.classifier.0.weight", "m2.classifier.out.bias"} {
		for _, v := range grads[name].Data {
			if v != 0 {
				t.Errorf("%s: gradient %g", name, v)
			}
		}
	}
}

// With q(y|x) all on one label, U(x) is L(x, y) of that label.
func TestUnlabelledBoundOfACertainLabelIsTheLabelledOne(t *testing.T) {
	s := smallM2()
	s.Alpha, s.WeightPrior = 0, 0
	params, batch := drawM2(3, s, 0, 1)
	const label = 1
	params["m2.classifier.out.bias"].Data[label] = 1e4
	s.NLabelled = 0
	unlabelled, _, err := M2(s, params, batch)
	if err != nil {
		t.Fatal(err)
	}
	s.NLabelled = s.NTotal
	batch = M2Batch{XL: batch.XU, YL: []int{label}, Eps: rowRange(batch.Eps, label, label+1)}
	labelled, _, err := M2(s, params, batch)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(labelled-unlabelled) > 1e-12*math.Abs(labelled) {
		t.Errorf("labelled bound %.15g, unlabelled %.15g", labelled, unlabelled)
	}
}
