package infer

import (
	"math"
	"slices"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
)

// Chain takes rows to latents and back, again and again: x to a draw of the latents, and these to p(x|z).
type Chain struct {
	n *Networks
	g *graph
	// The latents that the chain is at, what the decoder makes of them, and of M2 alone their labels.
	z, out []float32
	labels []int32
	prior  []float64 // log p(y) but for a constant, of M2 alone
}

// Chains calls f with a chain for pieces of so many rows, from the first on.
func (n *Networks) Chains(rows int, stopped func() bool, f func(c *Chain, first, count int)) {
	n.graphs.each(rows, stopped, func(g *graph, first, count int) { f(&Chain{n: n, g: g}, first, count) })
}

// Step proposes new latents of rows by their keys, of M1, also below an M2, z from q(z|x), of M2 alone y from q(y|x) and z
// from q(z|x,y). It gives what the decoder makes of those that the chain is at then, logits or [mean | logvar] of p(x|z) a
// row, good until the next call. Rows are such as the networks see.
//
// Uncorrected, every proposal is taken, as if q were the posterior. Corrected, it is taken by the rule of Metropolis and
// Hastings, so that the chain's latents are draws from the posterior itself however near q is to it (Mattei and Frellsen
// 2018, "Leveraging the exact likelihood of deep latent variable models", algorithm 1). The first step of a chain has
// nothing to compare with.
func (c *Chain) Step(x []float32, keys []Key, seed uint64, corrected bool) (out []float32) {
	p := c.propose(x, keys, seed, corrected && c.out != nil)
	if !corrected || c.out == nil {
		c.z, c.out, c.labels = append(c.z[:0], p.z...), append(c.out[:0], p.out...), append(c.labels[:0], p.labels...)
		return c.out
	}
	latents, stats, width := len(p.z)/len(keys), len(p.out)/len(keys), len(x)/len(keys)
	Parallel(len(keys), stats, func(first, end int) {
		for i := first; i < end; i++ {
			z, out, row := p.z[i*latents:][:latents], p.out[i*stats:][:stats], x[i*width:][:width]
			at, own := c.z[i*latents:][:latents], c.out[i*stats:][:stats]
			ratio := weight(row, out, z, p.stats[2*i*latents:][:2*latents]) + p.labelWeight(i, p.labels, c.prior) -
				weight(row, own, at, p.before[2*i*latents:][:2*latents]) - p.labelWeight(i, c.labels, c.prior)
			// The first of these words draws y.
			if math.Log(noise.Uniform(keys[i].Words(0, 0, noise.StreamContentY, seed)[1])) < ratio {
				copy(at, z)
				copy(own, out)
				if p.labels != nil {
					c.labels[i] = p.labels[i]
				}
			}
		}
	})
	return c.out
}

// proposal is latents of rows, with the distributions that they and those of before come from.
type proposal struct {
	z, out        []float32
	stats, before []float32 // [mean | logvar] of q at x: for the new labels, and for those that the chain is at
	labels        []int32   // of M2 alone
	logits        []float32 // of q(y|x)
}

// propose draws latents. compared tells that they are to be compared with those that the chain is at.
func (c *Chain) propose(x []float32, keys []Key, seed uint64, compared bool) (p proposal) {
	n, g := c.n, c.g
	feed(n.dev, g.x, x)
	if g.m1 != nil {
		n.encode(g)
		n.redraw(g.m1.Stats(), g.m1.Z(), keys, n.parts.M1.Latents, noise.StreamContentZ1, seed)
		n.run(&g.m1Decoder, func(l *engine.List) { g.m1.Decode(l, n.values) })
		out := fetch(n.dev, &n.host.out, g.m1.Out, len(keys)*(g.m1.Out.Len/g.size))
		return proposal{z: n.host.z, out: out, stats: n.host.stats, before: n.host.stats}
	}
	m := n.parts.M2
	p.logits = slices.Clone(fetch(n.dev, &n.host.out, n.classify(g), len(keys)*m.Labels))
	for i, key := range keys {
		u := noise.Uniform(key.Words(0, 0, noise.StreamContentY, seed)[0])
		p.labels = append(p.labels, int32(Draw(p.logits[i*m.Labels:][:m.Labels], u)))
	}
	if compared {
		if c.prior == nil {
			c.prior = n.logPrior()
		}
		n.dev.WriteInts(g.m2.Labels.Slice(0, len(keys)), 0, c.labels)
		n.style(g)
		p.before = slices.Clone(fetch(n.dev, &n.host.stats, g.m2.Stats(), 2*len(keys)*m.Latents))
	}
	n.dev.WriteInts(g.m2.Labels.Slice(0, len(keys)), 0, p.labels)
	n.style(g)
	n.redraw(g.m2.Stats(), g.m2.Z(), keys, m.Latents, noise.StreamContentZ2, seed)
	n.run(&g.m2Decoder, func(l *engine.List) { g.m2.Decode(l, n.m2Values()) })
	p.out = fetch(n.dev, &n.host.out, g.m2.Out, len(keys)*(g.m2.Out.Len/g.size))
	p.z, p.stats = n.host.z, n.host.stats
	return p
}

// weight is log p(x|z) + log p(z) − log q(z|x), but for a constant, where out is what the decoder makes of z, and stats
// are those of q.
func weight(x, out, z, stats []float32) (sum float64) {
	for j, v := range z {
		mean, logvar := float64(stats[j]), float64(stats[len(z)+j])
		from := float64(v) - mean
		sum += 0.5 * (float64(from*from)*math.Exp(-logvar) + logvar - float64(v)*float64(v))
	}
	if len(out) == len(x) {
		for j, v := range x { // x·l − ln(1 + eˡ)
			l := float64(out[j])
			sum += float64(v)*l - max(0, l) - math.Log1p(math.Exp(-math.Abs(l)))
		}
		return sum
	}
	for j, v := range x {
		from, logvar := float64(v)-float64(out[j]), float64(out[len(x)+j])
		sum -= 0.5 * (from*from*math.Exp(-logvar) + logvar)
	}
	return sum
}

// labelWeight is log p(y) − log q(y|x) of row i, but for a constant; 0 of M1.
func (p *proposal) labelWeight(i int, labels []int32, prior []float64) float64 {
	if labels == nil {
		return 0
	}
	return prior[labels[i]] - float64(p.logits[i*len(prior)+int(labels[i])])
}

// logPrior is log p(y) of M2, but for a constant.
func (n *Networks) logPrior() []float64 {
	m := n.parts.M2
	all := make([]float64, m.Labels)
	switch m.ClassPrior {
	case model.GivenPrior:
		for k, p := range m.Probabilities {
			all[k] = math.Log(p)
		}
	case model.LearnedPrior:
		for _, t := range m.Tensors {
			if t.Name == "m2.class_prior.logits" {
				for k := range all {
					all[k] = float64(n.parts.M2Values[t.Offset+k])
				}
			}
		}
	}
	return all
}

// redraw draws latents by rows' keys, from stats on the device, in place of those there.
func (n *Networks) redraw(stats, z engine.Floats, keys []Key, latents int, stream uint32, seed uint64) {
	rows := fetch(n.dev, &n.host.stats, stats, 2*len(keys)*latents)
	drawn := resized(&n.host.z, len(keys)*latents)
	Sample(drawn, rows, keys, 1, latents, stream, seed)
	n.dev.WriteFloats(z.Slice(0, len(drawn)), 0, drawn)
}

// Draw is the class that u, from 0 to 1, falls into, by the softmax of logits.
func Draw(logits []float32, u float64) int {
	norm := LogSumExp(logits)
	for k, v := range logits {
		if u -= math.Exp(float64(v) - norm); u < 0 {
			return k
		}
	}
	return len(logits) - 1
}
