package infer

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// Chain takes rows to latents and back, again and again: x to a draw of the latents, and these to p(x|z).
type Chain struct {
	n      *Networks
	g      *graph
	labels []int32
}

// Chains calls f with a chain for pieces of so many rows, from the first on.
func (n *Networks) Chains(rows int, stopped func() bool, f func(c *Chain, first, count int)) {
	n.graphs.each(rows, stopped, func(g *graph, first, count int) { f(&Chain{n: n, g: g}, first, count) })
}

// Step draws the latents of rows by their keys, of M1, also below an M2, z from q(z|x), of M2 alone y from q(y|x) and z
// from q(z|x,y). It gives what the decoder makes of them, logits or [mean | logvar] of p(x|z) a row, good until the next
// call. Rows are such as the networks see.
func (c *Chain) Step(x []float32, keys []Key, seed uint64) (out []float32) {
	n, g := c.n, c.g
	feed(n.dev, g.x, x)
	if g.m1 != nil {
		n.encode(g)
		n.redraw(g.m1.Stats(), g.m1.Z(), keys, n.parts.M1.Latents, noise.StreamContentZ1, seed)
		n.run(&g.m1Decoder, func(l *engine.List) { g.m1.Decode(l, n.values) })
		return fetch(n.dev, &n.host.out, g.m1.Out, len(keys)*(g.m1.Out.Len/g.size))
	}
	m := n.parts.M2
	logits := fetch(n.dev, &n.host.out, n.classify(g), len(keys)*m.Labels)
	c.labels = c.labels[:0]
	for i, key := range keys {
		u := noise.Uniform(key.Words(0, 0, noise.StreamContentY, seed)[0])
		c.labels = append(c.labels, int32(Draw(logits[i*m.Labels:][:m.Labels], u)))
	}
	n.dev.WriteInts(g.m2.Labels.Slice(0, len(keys)), 0, c.labels)
	n.style(g)
	n.redraw(g.m2.Stats(), g.m2.Z(), keys, m.Latents, noise.StreamContentZ2, seed)
	n.run(&g.m2Decoder, func(l *engine.List) { g.m2.Decode(l, n.m2Values()) })
	return fetch(n.dev, &n.host.out, g.m2.Out, len(keys)*(g.m2.Out.Len/g.size))
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
