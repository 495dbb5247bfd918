package enginetest

import (
	"fmt"
	"math/rand/v2"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// stackCases take turns in how many latents are kept: all, some, one, or none.
func stackCases() []stepCase {
	cases := overPairs(func(i int, p engine.Pairs, latents int) stepCase {
		return stack(p, latents, []int{latents, (2*latents + 2) / 5, 1, 0}[i%4], true)
	})
	return append(cases, stack(raggedPairs[7].Pairs, 31, 12, false))
}

func stackTraining() []stepCase {
	return []stepCase{stack(engine.Pairs{Labelled: 50, Unlabelled: 200, Labels: 10, Samples: 1}, trainLatents, 20, true)}
}

func stack(p engine.Pairs, latents, kept int, gradient bool) stepCase {
	name := fmt.Sprintf("%s, %d kept", describe(p, latents), kept)
	if !gradient {
		name += ", no gradient"
	}
	return stepCase{
		name:     name,
		elements: p.Examples() * latents,
		set: func(r *rig) func() {
			n := p.Examples()
			stats := r.in("stats", 2*n*latents, normal(1))
			places := add(r, &r.ints, "places", input, latents, place{r.layout.slack, r.layout.shared}, placesOf(kept))
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
			return func() {
				r.dev.StackPosterior(cost, dstats, stats, grads, weight, places, p, latents, kept, noise)
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
