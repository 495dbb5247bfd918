package infer

import (
	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// bound is a lower bound on log p(x) of a minibatch, cut where latents are drawn: the host draws them by the rows' own
// values, in place of those that the device has drawn by their places.
type bound struct {
	x     engine.Floats
	draws []draw
	last  engine.Program  // from the last latents on
	costs []engine.Floats // whose sum, by examples, is minus the bound
}

// draw is a place where latents are drawn.
type draw struct {
	before          engine.Program // leaves the stats
	stats, z        engine.Floats
	labels, latents int // rows of an example, and their width
	stream          uint32
}

func (n *Networks) bound(size int) *bound {
	b, p := &bound{}, n.parts
	compile := func(steps func(l *engine.List)) engine.Program { return engine.Recorded(steps).Compile(n.dev) }
	pairs := engine.Pairs{Unlabelled: size, Samples: 1}
	switch {
	case n.joint != nil:
		g := n.joint.Graph(n.dev, pairs, false)
		g.SetKept(0, p.Kept)
		b.x, b.costs = g.M1.X, []engine.Floats{g.M1.NLL, g.Posterior, g.M2.U}
		b.draws = []draw{
			{compile(func(l *engine.List) { g.Infer(l, n.values, n.noise()) }),
				g.M1.Stats(), g.M1.Z(), 1, p.M1.Latents, noise.StreamContentZ1},
			{compile(func(l *engine.List) { g.InferM2(l, n.values, n.noise(), n.noise()) }),
				g.M2.Stats(), g.M2.Z(), p.M2.Labels, p.M2.Latents, noise.StreamContentZ2},
		}
		b.last = compile(func(l *engine.List) { g.Score(l, n.values, n.one) })
	case p.M1 != nil:
		g := p.M1.Graph(n.dev, size, 1, false)
		b.x, b.costs = g.X, []engine.Floats{g.NLL, g.KL}
		b.draws = []draw{{compile(func(l *engine.List) { g.Infer(l, n.values, n.noise()) }),
			g.Stats(), g.Z(), 1, p.M1.Latents, noise.StreamContentZ1}}
		b.last = compile(func(l *engine.List) { g.Score(l, n.values) })
	default:
		g := p.M2.Graph(n.dev, pairs, false)
		b.x, b.costs = g.X, []engine.Floats{g.U}
		b.draws = []draw{{compile(func(l *engine.List) { g.Infer(l, n.values, n.noise()) }),
			g.Stats(), g.Z(), p.M2.Labels, p.M2.Latents, noise.StreamContentZ2}}
		b.last = compile(func(l *engine.List) { g.Score(l, n.values, n.one) })
	}
	return b
}

// Bounds gives lower bounds on log p(x) in nats, [rows], each the mean of so many noise samples by the row's key.
func (n *Networks) Bounds(x SeenRows, keys []Key, samples int, stopped func() bool) []float32 {
	sums := make([]float64, len(keys))
	own := make([]Key, 0, mostPairs)
	n.bounds.each(len(keys), stopped, func(b *bound, first, count int) {
		feed(n.dev, b.x, x(first, first+count))
		for sample := range samples {
			own = own[:0]
			for _, key := range keys[first : first+count] {
				own = append(own, key.At(sample))
			}
			n.draw(b, own, sample == 0)
			b.last.Run(1)
			for _, cost := range b.costs {
				for i, v := range fetch(n.dev, &n.host.out, cost, count) {
					sums[first+i] -= float64(v)
				}
			}
		}
	})
	bounds := make([]float32, len(sums))
	for i, sum := range sums {
		bounds[i] = float32(sum / float64(samples))
	}
	return bounds
}

// draw draws a sample of all latents. The first place's stats hang on no latents: they stay from the first sample on.
func (n *Networks) draw(b *bound, keys []Key, first bool) {
	for place, d := range b.draws {
		if first || place > 0 {
			d.before.Run(1)
		}
		values := len(keys) * d.labels * d.latents
		stats := fetch(n.dev, &n.host.stats, d.stats, 2*values)
		z := resized(&n.host.z, values)
		Sample(z, stats, keys, d.labels, d.latents, d.stream, n.parts.Seed)
		n.dev.WriteFloats(d.z.Slice(0, values), 0, z)
	}
}
