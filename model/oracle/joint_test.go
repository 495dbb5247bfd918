//go:build !cuda

package oracle

import (
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func smallJoint() JointSpec {
	m1 := M1Spec{Inputs: 6, Hidden: []int{5}, Latents: 4, Activation: Softplus, Output: Bernoulli}
	s := JointSpec{M1: m1, M2: smallM2(), Kept: []int{0, 3}}
	s.M2.Inputs = 2
	return s
}

func drawJoint(seed uint64, s JointSpec, labelled, unlabelled int) (Params, JointBatch) {
	m1 := s.M1
	m1.Samples = 1
	params, one := drawM1(seed, m1, labelled+unlabelled)
	more, two := drawM2(seed+1, s.M2, labelled, unlabelled)
	maps.Copy(params, more)
	r := rand.New(rand.NewPCG(seed, 3))
	return params, JointBatch{
		XL: examples(r, labelled, m1.Inputs, m1.Output), YL: two.YL, XU: examples(r, unlabelled, m1.Inputs, m1.Output),
		Eps1: one.Eps, Eps2: two.Eps,
	}
}

// joint is M2's objective on the samples of z1, with the other terms of the stack added by themselves.
func (b *brute) joint(s JointSpec, batch JointBatch) float64 {
	bl, bu := batch.XL.Rows, batch.XU.Rows
	two := M2Batch{YL: batch.YL, Eps: batch.Eps2}
	rest := 0.0
	for i := range bl + bu {
		from, row, half := batch.XL, i, &two.XL
		weight := s.M2.NLabelled / s.M2.NTotal / float64(bl)
		if i >= bl {
			from, row, half = batch.XU, i-bl, &two.XU
			weight = (s.M2.NTotal - s.M2.NLabelled) / s.M2.NTotal / float64(bu)
		}
		x := from.row(row)
		h := b.hidden("m1.encoder", x, -1, len(s.M1.Hidden))
		mean, logvar := b.affine("m1.encoder.mean", h), b.affine("m1.encoder.logvar", h)
		z := make([]float64, len(mean))
		for j := range z {
			z[j] = mean[j] + math.Exp(logvar[j]/2)*batch.Eps1.row(i)[j]
		}
		cost := -b.logDensity("m1.decoder", s.M1.Output, b.hidden("m1.decoder", z, -1, len(s.M1.Hidden)), x)
		kept := 0
		for j := range z {
			if kept < len(s.Kept) && s.Kept[kept] == j {
				half.Data = append(half.Data, z[j])
				cost -= 0.5 * math.Log(2*math.Pi*math.E*math.Exp(logvar[j]))
				kept++
				continue
			}
			cost += 0.5 * (mean[j]*mean[j] + math.Exp(logvar[j]) - 1 - logvar[j])
		}
		half.Rows, half.Cols = half.Rows+1, len(s.Kept)
		rest += weight * cost
	}
	return rest + b.m2(s.M2, two)
}

func TestJointGradientsAreThoseOfFiniteDifferences(t *testing.T) {
	cases := map[string]struct {
		change               func(*JointSpec)
		labelled, unlabelled int
	}{
		"some kept":       {func(*JointSpec) {}, 2, 3},
		"all kept":        {func(s *JointSpec) { s.Kept, s.M2.Inputs = []int{0, 1, 2, 3}, 4 }, 2, 3},
		"gaussian":        {func(s *JointSpec) { s.M1.Output = Gaussian }, 2, 2},
		"deep":            {func(s *JointSpec) { s.M1.Hidden, s.M2.Hidden = []int{5, 4}, []int{4, 3} }, 2, 2},
		"two samples":     {func(s *JointSpec) { s.M2.Samples = 2 }, 1, 2},
		"labelled only":   {func(*JointSpec) {}, 3, 0},
		"unlabelled only": {func(s *JointSpec) { s.M2.ClassPrior = Learned }, 0, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := smallJoint()
			c.change(&s)
			params, batch := drawJoint(4, s, c.labelled, c.unlabelled)
			loss, grads, err := Joint(s, params, batch)
			if err != nil {
				t.Fatal(err)
			}
			b := newBrute(params, Softplus)
			requireAgreement(t, params, func() float64 { return b.joint(s, batch) }, loss, grads)
		})
	}
}

func TestJointSaysWhatDoesNotFit(t *testing.T) {
	cases := map[string]func(s *JointSpec, p Params, b *JointBatch){
		"want one for each of 1 kept latents": func(s *JointSpec, _ Params, _ *JointBatch) { s.Kept = s.Kept[:1] },
		"found 4 at 1":                        func(s *JointSpec, _ Params, _ *JointBatch) { s.Kept = []int{0, 4} },
		`found "swish"`:                       func(s *JointSpec, _ Params, _ *JointBatch) { s.M1.Activation = "swish" },
		"output of M2":                        func(s *JointSpec, _ Params, _ *JointBatch) { s.M2.Output = Bernoulli },
		"eps of z1: want 5×4":                 func(_ *JointSpec, _ Params, b *JointBatch) { b.Eps1.Rows-- },
		"m1.decoder.out.bias":                 func(_ *JointSpec, p Params, _ *JointBatch) { delete(p, "m1.decoder.out.bias") },
		"m2.classifier.out.bias":              func(_ *JointSpec, p Params, _ *JointBatch) { delete(p, "m2.classifier.out.bias") },
		"labelled x: want 2×6":                func(_ *JointSpec, _ Params, b *JointBatch) { b.XL.Cols-- },
	}
	for want, change := range cases {
		s := smallJoint()
		params, batch := drawJoint(1, s, 2, 3)
		change(&s, params, &batch)
		if _, _, err := Joint(s, params, batch); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
}
