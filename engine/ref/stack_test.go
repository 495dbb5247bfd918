package ref_test

import (
	"fmt"
	"math"
	"testing"

	"ssdgm/engine"
)

// Through z1 alone and through the closed form alone, and with all latents kept, some or none.
func TestStackPosteriorIsTheDerivative(t *testing.T) {
	const latents = 5
	for _, p := range minibatches {
		for _, places := range [][]int32{{0, 1, 2, 3, 4}, {-1, 1, -1, -1, 0}, {-1, -1, -1, -1, -1}} {
			kept := 0
			for _, place := range places {
				kept = max(kept, int(place)+1)
			}
			for _, part := range []struct {
				name             string
				cost, ofGradient float64
			}{{"z1", 0, 1}, {"cost", 1, 0}, {"both", 1, 1}} {
				s := newStackLab(p, latents, kept, places, part.ofGradient)
				for i := range s.host(s.weight) {
					s.host(s.weight)[i] *= part.cost
				}
				engine.Do(s, engine.StackPosterior{
					Costs: s.cost, DStats: s.dstats, Stats: s.stats, Grads: s.grads, Weight: s.weight,
					Places: s.places, Pairs: p, Latents: latents, Kept: kept, Noise: s.at,
				})
				s.checkGradient(t, fmt.Sprint(part.name, p, places), s.loss, s.stats, s.dstats)
			}
		}
	}
}

// stackLab is a stack in which M2 is linear in z1: the likelihood's gradient in a mean is
// minus that in z1.
type stackLab struct {
	lab
	p                                  engine.Pairs
	latents, kept                      int
	places                             engine.Ints
	z, cost, kl, stats, dstats, weight engine.Floats
	grads                              engine.StackGrads
	at                                 engine.Noise
}

func newStackLab(p engine.Pairs, latents, kept int, places []int32, ofGradient float64) *stackLab {
	l, n := newLab(), p.Examples()
	s := &stackLab{
		lab: l, p: p, latents: latents, kept: kept, places: l.NewInts(latents), at: l.noise(),
		z: l.NewFloats(n * latents), cost: l.NewFloats(n), kl: l.NewFloats(n),
		stats: l.normals(2 * n * latents), dstats: l.NewFloats(2 * n * latents), weight: l.weights(n),
		grads: engine.StackGrads{
			Decoder: l.normals(n * latents), Classifier: l.normals(n * kept), Encoder: l.normals(n * kept),
			Likelihood: l.normals(2 * p.SampleRows() * kept),
		},
	}
	copy(l.Ints(s.places, 0), places)
	for _, g := range []engine.Floats{s.grads.Decoder, s.grads.Classifier, s.grads.Encoder, s.grads.Likelihood} {
		for i := range l.host(g) {
			l.host(g)[i] *= ofGradient
		}
	}
	return s
}

func (s *stackLab) loss() float64 {
	own := engine.Pairs{Labelled: s.p.Examples(), Labels: 1, Samples: 1}
	engine.Do(s, engine.GaussianSample{
		Z: s.z, KL: s.kl, Stats: s.stats, Pairs: own, Latents: s.latents, Noise: s.at,
	})
	engine.Do(s, engine.StackPosterior{
		Costs: s.cost, Stats: s.stats, Grads: engine.StackGrads{}, Places: s.places, Pairs: s.p,
		Latents: s.latents, Kept: s.kept, Noise: s.at,
	})
	sum := dot(s.host(s.weight), s.host(s.cost)) + dot(s.host(s.grads.Decoder), s.host(s.z))
	input := func(example, place int) float64 {
		for j, at := range s.Ints(s.places, 0) {
			if int(at) == place {
				return s.host(s.z)[example*s.latents+j]
			}
		}
		panic("no such place")
	}
	for b := range s.p.Examples() {
		for i := range s.kept {
			sum += (s.host(s.grads.Classifier)[b*s.kept+i] + s.host(s.grads.Encoder)[b*s.kept+i]) * input(b, i)
		}
	}
	for row := range s.p.SampleRows() {
		b, _ := s.p.Example(row / s.p.Samples)
		for i := range s.kept {
			sum -= s.host(s.grads.Likelihood)[2*row*s.kept+i] * input(b, i)
		}
	}
	return sum
}

// A stack on no latent leaves M1's KL; each kept one takes −E_q[log p(z)], which is known in
// closed form, off it: what is left is −H(q).
func TestAKeptLatentCostsItsNegativeEntropy(t *testing.T) {
	const latents = 5
	p := minibatches[len(minibatches)-1]
	for _, places := range [][]int32{{-1, -1, -1, -1, -1}, {0, -1, 1, -1, -1}, {0, 1, 2, 3, 4}} {
		s := newStackLab(p, latents, 0, places, 0)
		s.loss()
		for b, cost := range s.host(s.cost) {
			want := s.host(s.kl)[b]
			for j, place := range places {
				mean, logvar := s.host(s.stats)[2*b*latents+j], s.host(s.stats)[(2*b+1)*latents+j]
				if place >= 0 {
					want -= (mean*mean + math.Exp(logvar) + math.Log(2*math.Pi)) / 2
				}
			}
			if math.Abs(cost-want) > 1e-12 {
				t.Errorf("%v: example %d costs %.15g nats, want %.15g", places, b, cost, want)
			}
		}
	}
}
