package cases

import (
	"fmt"
	"math/rand/v2"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

var latentSteps = []Step{
	{"GaussianSample", sampleCases, sampleTraining},
	{"GaussianSampleGrad", sampleGradCases, sampleGradTraining},
	{"BernoulliNLL", bernoulliCases, bernoulliTraining},
	{"GaussianNLL", gaussianCases, gaussianTraining},
	{"StackPosterior", stackCases, stackTraining},
}

func sampleCases() []Case { return overPairs(gaussianSample) }

func sampleTraining() []Case {
	return []Case{
		gaussianSample(0, smallM1, trainLatents), gaussianSample(0, largeM1, trainLatents), gaussianSample(0, pairsM2, trainLatents),
	}
}

func gaussianSample(_ int, p engine.Pairs, latents int) Case {
	return Case{
		Name:     describe(p, latents),
		Elements: p.SampleRows() * latents,
		Set: func(r *Rig) engine.Step {
			stats := r.in("stats", 2*p.Rows()*latents, normal(1))
			z, kl := r.out("z", p.SampleRows()*latents), r.out("kl", p.Rows())
			noise := r.noise(noise.StreamM2Latent)
			return engine.GaussianSample{
				Z: z, KL: kl, Stats: stats, Pairs: p, Latents: latents, Noise: noise,
			}
		},
	}
}

func sampleGradCases() []Case { return overPairs(gaussianSampleGrad) }

func sampleGradTraining() []Case {
	return []Case{
		gaussianSampleGrad(0, smallM1, trainLatents), gaussianSampleGrad(0, largeM1, trainLatents), gaussianSampleGrad(0, pairsM2, trainLatents),
	}
}

func gaussianSampleGrad(_ int, p engine.Pairs, latents int) Case {
	return Case{
		Name:     describe(p, latents),
		Elements: p.SampleRows() * latents,
		Set: func(r *Rig) engine.Step {
			stats := r.in("stats", 2*p.Rows()*latents, normal(1))
			dz := r.in("dz", p.SampleRows()*latents, normal(1))
			weight := r.in("weight", p.Rows(), uniform(0, 2))
			klWeight := r.double("klWeight", 0.3)
			dstats := r.out("dstats", 2*p.Rows()*latents)
			noise := r.noise(noise.StreamM2Latent)
			return engine.GaussianSampleGrad{
				DStats: dstats, DZ: dz, Stats: stats, Weight: weight, KLWeight: klWeight, Pairs: p,
				Latents: latents, Noise: noise,
			}
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
// make makes the step of its arrays.
func likelihood(p engine.Pairs, width, columns int, g gradientPlace, spread float64, missing bool,
	make func(nll, dout, out, x, weight engine.Floats) engine.Step) Case {
	name, values := fmt.Sprintf("%s, %s, spread %g", describe(p, width), gradientPlaces[g], spread), value[float32](pixel)
	if missing {
		name, values = name+", values missing", holed(values)
	}
	return Case{
		Name:     name,
		Elements: p.SampleRows() * width,
		Set: func(r *Rig) engine.Step {
			x := r.in("x", p.Examples()*width, values)
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
			return make(nll, dout, out, x, weight)
		},
	}
}

func bernoulliCases() []Case {
	cases := overPairs(func(i int, p engine.Pairs, width int) Case {
		return bernoulli(p, width, gradientPlace(i%3), 3, false)
	})
	cases = append(cases, bernoulli(smallM1, 31, gradientInPlace, 30, false), bernoulli(pairsM2, 3, gradientApart, 1, false))
	return append(cases, overPairs(func(i int, p engine.Pairs, width int) Case {
		return bernoulli(p, width, gradientPlace((i+2)%3), 3, true)
	})...)
}

func bernoulliTraining() []Case {
	return []Case{
		bernoulli(smallM1, trainPixels, gradientApart, 3, false), bernoulli(largeM1, trainPixels, gradientApart, 3, false),
		bernoulli(pairsM2, trainPixels, gradientApart, 3, false), bernoulli(smallM1, trainPixels, gradientApart, 3, true),
	}
}

func bernoulli(p engine.Pairs, width int, g gradientPlace, spread float64, missing bool) Case {
	return likelihood(p, width, width, g, spread, missing, func(nll, dlogits, logits, x, weight engine.Floats) engine.Step {
		return engine.BernoulliNLL{
			NLL: nll, DLogits: dlogits, Logits: logits, X: x, Weight: weight, Pairs: p, Width: width, Missing: missing,
		}
	})
}

func gaussianCases() []Case {
	cases := overPairs(func(i int, p engine.Pairs, width int) Case {
		return gaussian(p, width, gradientPlace((i+1)%3), 1, false)
	})
	cases = append(cases, gaussian(smallM1, 31, gradientInPlace, 5, false))
	return append(cases, overPairs(func(i int, p engine.Pairs, width int) Case {
		return gaussian(p, width, gradientPlace(i%3), 1, true)
	})...)
}

func gaussianTraining() []Case {
	return []Case{
		gaussian(smallM1, trainPixels, gradientApart, 1, false), gaussian(pairsM2, trainLatents, gradientApart, 1, false),
		gaussian(smallM1, trainPixels, gradientApart, 1, true),
	}
}

func gaussian(p engine.Pairs, width int, g gradientPlace, spread float64, missing bool) Case {
	return likelihood(p, width, 2*width, g, spread, missing, func(nll, dstats, stats, x, weight engine.Floats) engine.Step {
		return engine.GaussianNLL{
			NLL: nll, DStats: dstats, Stats: stats, X: x, Weight: weight, Pairs: p, Width: width, Missing: missing,
		}
	})
}

// stackCases take turns in how many latents are kept: all, some, one, or none.
func stackCases() []Case {
	cases := overPairs(func(i int, p engine.Pairs, latents int) Case {
		return stack(p, latents, []int{latents, (2*latents + 2) / 5, 1, 0}[i%4], true)
	})
	return append(cases, stack(raggedPairs[7].Pairs, 31, 12, false))
}

func stackTraining() []Case {
	return []Case{stack(engine.Pairs{Labelled: 50, Unlabelled: 200, Labels: 10, Samples: 1}, trainLatents, 20, true)}
}

func stack(p engine.Pairs, latents, kept int, gradient bool) Case {
	name := fmt.Sprintf("%s, %d kept", describe(p, latents), kept)
	if !gradient {
		name += ", no gradient"
	}
	return Case{
		Name:     name,
		Elements: p.Examples() * latents,
		Set: func(r *Rig) engine.Step {
			n := p.Examples()
			stats := r.in("stats", 2*n*latents, normal(1))
			places := add(r, &r.ints, "places", input, latents, place{r.layout.Slack, r.layout.Shared}, placesOf(kept))
			cost := r.out("cost", n)
			var dstats, weight engine.Floats
			var grads engine.StackGrads
			if gradient {
				grads = engine.StackGrads{
					Decoder:    r.in("decoder", n*latents, normal(1)),
					Classifier: r.in("classifier", n*kept, normal(1)),
					Encoder:    r.in("encoder", n*kept, normal(1)),
					Likelihood: r.in("likelihood", 2*p.SampleRows()*kept, normal(0.3)),
				}
				weight, dstats = r.in("weight", n, uniform(0, 2)), r.out("dstats", 2*n*latents)
			}
			noise := r.noise(noise.StreamM1Latent)
			return engine.StackPosterior{
				Costs: cost, DStats: dstats, Stats: stats, Grads: grads, Weight: weight, Places: places,
				Pairs: p, Latents: latents, Kept: kept, Noise: noise,
			}
		},
	}
}

// placesOf keeps so many latents, other ones in every replica.
func placesOf(kept int) fill[int32] {
	return func(dst []int32, _ uint64, rng *rand.Rand) {
		for j := range dst {
			dst[j] = -1
		}
		for place, j := range rng.Perm(len(dst))[:kept] {
			dst[j] = int32(place)
		}
	}
}
