package cpu

import (
	"math"

	"ssdgm/engine"
)

func (d *fast) stackPosterior(s engine.StackPosterior) func() {
	own := engine.Pairs{Labelled: s.Pairs.Examples(), Labels: 1, Samples: 1}
	j := &stackJob{
		normals: d.normals(s.Stats, own, s.Latents, s.Noise), costs: d.floats(s.Costs), dstats: d.floats(s.DStats),
		decoder: d.floats(s.Grads.Decoder), classifier: d.floats(s.Grads.Classifier), encoder: d.floats(s.Grads.Encoder),
		likelihood: d.floats(s.Grads.Likelihood), weight: d.floats(s.Weight), places: d.ints(s.Places)[:s.Latents],
		of: s.Pairs, kept: s.Kept,
	}
	d.needScratch(j.parts.count * (j.rows*j.width() + stackRows*s.Latents))
	return d.job(j.parts, j)
}

// stackJob: cost = Σ_dropped KL − Σ_kept ½(1 + ln 2π + logvar) and its gradients; see
// engine/ref/stack.go.
type stackJob struct {
	normals
	costs, dstats                            []float32
	decoder, classifier, encoder, likelihood []float32 // gradients in z1
	weight                                   []float32
	places                                   []int32
	of                                       engine.Pairs // M2's
	kept                                     int
}

// stackRows is how many rows of latents a part needs beside its normals.
const stackRows = 4

func (j *stackJob) Run(part int) {
	first, last := j.parts.at(part)
	stats, dstats, weight, places, at := j.stats, j.dstats, j.weight, j.places, j.address(j.noise)
	// A kept latent counts as mean 0 and logvar 0, whose KL and its gradient are exactly 0.
	rows := j.scratch[j.parts.count*j.rows*j.width()+part*stackRows*j.latents:]
	dropped, g, inputs := row(rows, 0, 2*j.latents), row(rows, 2, j.latents), row(rows, 3, j.latents)[:j.kept]
	for from := first; from < last; from += j.rows {
		to := min(last, from+j.rows)
		var eps []float32
		if dstats != nil {
			eps = j.draw(part, from, to, at)
		}
		for b := from; b < to; b++ {
			mean, logvar := halves(stats, b, j.latents)
			entropy := j.divide(dropped, mean, logvar, places)
			m, v := halves(dropped, 0, j.latents)
			j.costs[b] = float32(float64(j.kernels.KL(m, v)) - entropy)
			if dstats == nil {
				continue
			}
			dmean, dlogvar := halves(dstats, b, j.latents)
			j.kernels.KLGrad(dmean, dlogvar, m, v, weight[b])
			for i, place := range places {
				if place >= 0 {
					dlogvar[i] = -weight[b] / 2
				}
			}
			j.gather(g, inputs, b, places)
			j.kernels.GaussianSampleGrad(dmean, dlogvar, g, row(eps, b-from, j.width())[:j.latents], logvar)
		}
	}
}

// divide copies an example's dropped latents out of its stats, and gives the entropy of
// the kept ones, in nats. Their sum is of both signs, so it is taken in float64.
func (j *stackJob) divide(dropped, mean, logvar []float32, places []int32) (entropy float64) {
	m, v := halves(dropped, 0, j.latents)
	kept := 0 // a replica may have fewer than j.kept, see engine.WidthClass
	for _, place := range places {
		if place >= 0 {
			kept++
		}
	}
	sum := float64(kept) * (1 + math.Log(2*math.Pi))
	for i, place := range places {
		if place < 0 {
			m[i], v[i] = mean[i], logvar[i]
			continue
		}
		m[i], v[i] = 0, 0
		sum += float64(logvar[i])
	}
	return sum / 2
}

// gather sums up the gradient in an example's z1. inputs is memory for that in M2's input.
func (j *stackJob) gather(g, inputs []float32, example int, places []int32) {
	copy(g, row(j.decoder, example, j.latents))
	classifier, encoder := row(j.classifier, example, j.kept), row(j.encoder, example, j.kept)
	for i := range inputs {
		inputs[i] = classifier[i] + encoder[i]
	}
	first, end := j.of.RowsOf(example)
	for r := first; r < end; r++ {
		dmean, _ := halves(j.likelihood, r, j.kept)
		for i := range inputs {
			inputs[i] -= dmean[i]
		}
	}
	for i, place := range places {
		if place >= 0 {
			g[i] += inputs[place]
		}
	}
}
