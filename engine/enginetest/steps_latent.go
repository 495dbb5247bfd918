package enginetest

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

func sampleCases() []stepCase { return overPairs(gaussianSample) }

func sampleTraining() []stepCase {
	return []stepCase{
		gaussianSample(0, smallM1, trainLatents), gaussianSample(0, largeM1, trainLatents), gaussianSample(0, pairsM2, trainLatents),
	}
}

func gaussianSample(_ int, p engine.Pairs, latents int) stepCase {
	return stepCase{
		name:     describe(p, latents),
		elements: p.SampleRows() * latents,
		set: func(r *rig) func() {
			stats := r.in("stats", 2*p.Rows()*latents, normal(1))
			z, kl := r.out("z", p.SampleRows()*latents), r.out("kl", p.Rows())
			noise := r.noise(noise.StreamM2Latent)
			return func() { r.dev.GaussianSample(z, kl, stats, p, latents, noise) }
		},
	}
}

func sampleGradCases() []stepCase { return overPairs(gaussianSampleGrad) }

func sampleGradTraining() []stepCase {
	return []stepCase{
		gaussianSampleGrad(0, smallM1, trainLatents), gaussianSampleGrad(0, largeM1, trainLatents), gaussianSampleGrad(0, pairsM2, trainLatents),
	}
}

func gaussianSampleGrad(_ int, p engine.Pairs, latents int) stepCase {
	return stepCase{
		name:     describe(p, latents),
		elements: p.SampleRows() * latents,
		set: func(r *rig) func() {
			stats := r.in("stats", 2*p.Rows()*latents, normal(1))
			dz := r.in("dz", p.SampleRows()*latents, normal(1))
			weight := r.in("weight", p.Rows(), uniform(0, 2))
			klWeight := r.double("klWeight", 0.3)
			dstats := r.out("dstats", 2*p.Rows()*latents)
			noise := r.noise(noise.StreamM2Latent)
			return func() { r.dev.GaussianSampleGrad(dstats, dz, stats, weight, klWeight, p, latents, noise) }
		},
	}
}

// gradientPlace says where a likelihood's gradient goes.
type gradientPlace int

const (
	gradientApart gradientPlace = iota
	gradientInPlace
	gradientAbsent
)

var gradientPlaces = []string{"gradient apart", "gradient in place", "no gradient"}

// likelihood makes a case of BernoulliNLL or GaussianNLL, whose arguments agree;
// call is the device's method.
func likelihood(p engine.Pairs, width, columns int, g gradientPlace, spread float64,
	call func(d engine.Device, nll, dout, out, x, weight engine.Floats)) stepCase {
	return stepCase{
		name:     fmt.Sprintf("%s, %s, spread %g", describe(p, width), gradientPlaces[g], spread),
		elements: p.SampleRows() * width,
		set: func(r *rig) func() {
			x := r.in("x", p.Examples()*width, pixel)
			nll := r.out("nll", p.SampleRows())
			var out, dout, weight engine.Floats
			switch g {
			case gradientApart:
				out = r.in("out", p.SampleRows()*columns, normal(spread))
				dout = r.out("dout", p.SampleRows()*columns)
			case gradientInPlace:
				out = r.inout("out", p.SampleRows()*columns, false, normal(spread))
				dout = out
			case gradientAbsent:
				out = r.in("out", p.SampleRows()*columns, normal(spread))
			}
			if g != gradientAbsent {
				weight = r.in("weight", p.Rows(), uniform(0.1, 2))
			}
			return func() { call(r.dev, nll, dout, out, x, weight) }
		},
	}
}

func bernoulliCases() []stepCase {
	cases := overPairs(func(i int, p engine.Pairs, width int) stepCase {
		return bernoulli(p, width, gradientPlace(i%3), 3)
	})
	return append(cases,
		bernoulli(smallM1, 31, gradientInPlace, 30),
		bernoulli(pairsM2, 3, gradientApart, 1))
}

func bernoulliTraining() []stepCase {
	return []stepCase{
		bernoulli(smallM1, trainPixels, gradientApart, 3), bernoulli(largeM1, trainPixels, gradientApart, 3),
		bernoulli(pairsM2, trainPixels, gradientApart, 3),
	}
}

func bernoulli(p engine.Pairs, width int, g gradientPlace, spread float64) stepCase {
	return likelihood(p, width, width, g, spread, func(d engine.Device, nll, dlogits, logits, x, weight engine.Floats) {
		d.BernoulliNLL(nll, dlogits, logits, x, weight, p, width)
	})
}

func gaussianCases() []stepCase {
	cases := overPairs(func(i int, p engine.Pairs, width int) stepCase {
		return gaussian(p, width, gradientPlace((i+1)%3), 1)
	})
	return append(cases, gaussian(smallM1, 31, gradientInPlace, 5))
}

func gaussianTraining() []stepCase {
	return []stepCase{gaussian(smallM1, trainPixels, gradientApart, 1), gaussian(pairsM2, trainLatents, gradientApart, 1)}
}

func gaussian(p engine.Pairs, width int, g gradientPlace, spread float64) stepCase {
	return likelihood(p, width, 2*width, g, spread, func(d engine.Device, nll, dstats, stats, x, weight engine.Floats) {
		d.GaussianNLL(nll, dstats, stats, x, weight, p, width)
	})
}
