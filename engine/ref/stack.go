package ref

import (
	"math"

	"ssdgm/engine"
)

// stackGrads are engine.StackGrads of one replica.
type stackGrads[T Float] struct {
	decoder, classifier, encoder, likelihood []T
}

// at is the gradient in latent j of an example's z1, whose place among the kept ones is
// at place, or −1: ∂/∂z1 of −log N(z1; mean, exp(logvar)) is −∂/∂mean.
func (g *stackGrads[T]) at(example, j, place int, pairs engine.Pairs, latents, kept int) T {
	sum := g.decoder[example*latents+j]
	if place < 0 {
		return sum
	}
	sum += g.classifier[example*kept+place] + g.encoder[example*kept+place]
	first, end := pairs.RowsOf(example)
	for row := first; row < end; row++ {
		sum -= g.likelihood[2*row*kept+place]
	}
	return sum
}

// stackPosterior: cost = Σ_dropped KL − Σ_kept H with H = ½(1 + ln 2π + logvar), and with g
// the gradient in z1 = mean + exp(½·logvar)·ε,
// dmean = g + [dropped]·w·mean;  dlogvar = ½·g·ε·exp(½·logvar) + ½·w·([dropped]·exp(logvar) − 1).
func stackPosterior[T Float](cost, dstats, stats []T, grads stackGrads[T], weight []T, places []int32, pairs engine.Pairs, latents, kept int, at Address) {
	entropy := T(1 + math.Log(2*math.Pi))
	for b := range pairs.Examples() {
		mean, logvar := stats[2*b*latents:][:latents], stats[(2*b+1)*latents:][:latents]
		var sum T
		for j, v := range logvar {
			place := int(places[j])
			if place < 0 {
				sum += mean[j]*mean[j] + exp(v) - 1 - v
			} else {
				sum -= entropy + v
			}
			if dstats == nil {
				continue
			}
			g := grads.at(b, j, place, pairs, latents, kept)
			dmean, dlogvar := g, g*epsilon[T](b, 0, 0, j, at)*exp(v/2)/2
			if place < 0 {
				dmean += weight[b] * mean[j]
				dlogvar += weight[b] * expm1(v) / 2
			} else {
				dlogvar -= weight[b] / 2
			}
			dstats[2*b*latents+j], dstats[(2*b+1)*latents+j] = dmean, dlogvar
		}
		cost[b] = sum / 2
	}
}

func (d *Device[T]) stackPosterior(s engine.StackPosterior, r int) {
	g := stackGrads[T]{d.Floats(s.Grads.Decoder, r), d.Floats(s.Grads.Classifier, r), d.Floats(s.Grads.Encoder, r), d.Floats(s.Grads.Likelihood, r)}
	stackPosterior(d.Floats(s.Costs, r), d.Floats(s.DStats, r), d.Floats(s.Stats, r), g, d.Floats(s.Weight, r),
		d.Ints(s.Places, r), s.Pairs, s.Latents, s.Kept, d.At(s.Noise, r))
}
