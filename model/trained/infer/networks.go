package infer

import (
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
)

// Networks are a model's networks on a device of one replica, with their parameters, for many calls on rows. Programs are
// compiled when they are first wanted, for minibatches of a few sizes. Rows are those that the networks see. No row's
// results hang on which rows stand beside it, or on how many they are: to the bit where a product's sums are taken in
// one order whatever its number of rows, as on engine/ref and engine/cpu, else to rounding.
type Networks struct {
	dev    engine.Device
	parts  Parts
	values engine.Floats  // M1's and then M2's, or the supervised network's
	joint  *model.Joint   // where M2 stands on M1
	one    engine.Doubles // the weight on the KL
	seed   engine.Ints
	clock  engine.Ints

	graphs *bySize[*graph]
	bounds *bySize[*bound]
	host   struct{ stats, z, out []float32 }
}

// Parts are the networks that there are, with their parameters on the host.
type Parts struct {
	Stack
	Supervised       *model.Supervised // nil, unless it is what classifies
	SupervisedValues []float32
	Seed             uint64 // of the noise
	Size             int    // of the largest minibatch
}

// mostPairs is how many rows an example for each label may come to in a minibatch of bounds.
const mostPairs = 5120

// NewNetworks uploads the parameters.
func NewNetworks(dev engine.Device, p Parts) *Networks {
	n := &Networks{dev: dev, parts: p}
	var all []float32
	labels := 1
	if p.M1 != nil {
		all = append(all, p.M1Values...)
	}
	if p.M2 != nil {
		all, labels = append(all, p.M2Values...), p.M2.Labels
	}
	if p.M1 != nil && p.M2 != nil {
		n.joint = model.NewJoint(p.M1, p.M2)
	}
	if p.Supervised != nil {
		all = append(all, p.SupervisedValues...)
	}
	n.values = Upload(dev, all)
	n.one, n.seed, n.clock = dev.NewDoubles(1), dev.NewInts(2), dev.NewSharedInts(1)
	dev.WriteDoubles(n.one, 0, []float64{1})
	n.graphs = newBySize(SizesUpTo(p.Size), n.graph)
	n.bounds = newBySize(SizesUpTo(min(p.Size, mostPairs/labels)), n.bound)
	return n
}

// SeenRows gives the rows from first to end as the networks see them, good until the next call.
type SeenRows func(first, end int) []float32

// m2Values are M2's parameters.
func (n *Networks) m2Values() engine.Floats {
	return n.values.Slice(n.values.Len-n.parts.M2.Size, n.parts.M2.Size)
}

// graph is the networks for a minibatch whose examples have one label each.
type graph struct {
	size       int
	x          engine.Floats
	m1         *model.M1Graph
	m2         *model.M2Graph
	joint      *model.JointGraph
	supervised *model.SupervisedGraph

	classifier, encoder, styles, m1Decoder, m2Decoder engine.Program // nil until they are wanted
}

func (n *Networks) graph(size int) *graph {
	g, p := &graph{size: size}, n.parts
	pairs := engine.Pairs{Labelled: size, Samples: 1}
	switch {
	case n.joint != nil:
		g.joint = n.joint.Graph(n.dev, pairs, false)
		g.joint.SetKept(0, p.Kept)
		g.m1, g.m2, g.x = g.joint.M1, g.joint.M2, g.joint.M1.X
	case p.M1 != nil:
		g.m1 = p.M1.Graph(n.dev, size, 1, false)
		g.x = g.m1.X
	case p.M2 != nil:
		g.m2 = p.M2.Graph(n.dev, pairs, false)
		g.x = g.m2.X
	default:
		g.supervised = p.Supervised.Graph(n.dev, size, false)
		g.x = g.supervised.X
	}
	return g
}

// run runs a program, which is compiled where it is not there yet.
func (n *Networks) run(program *engine.Program, steps func(l *engine.List)) {
	if *program == nil {
		*program = engine.Recorded(steps).Compile(n.dev)
	}
	(*program).Run(1)
}

// Logits gives the classifier's logits of rows, [rows, K].
func (n *Networks) Logits(x SeenRows, rows int, stopped func() bool) []float32 {
	var all []float32
	n.graphs.each(rows, stopped, func(g *graph, first, count int) {
		feed(n.dev, g.x, x(first, first+count))
		logits := n.classify(g)
		classes := logits.Len / g.size
		if all == nil {
			all = make([]float32, rows*classes)
		}
		n.dev.ReadFloats(all[first*classes:][:count*classes], logits.Slice(0, count*classes), 0)
	})
	return all
}

// classify runs the classifier on what was fed.
func (n *Networks) classify(g *graph) (logits engine.Floats) {
	n.run(&g.classifier, func(l *engine.List) {
		switch {
		case g.joint != nil:
			g.joint.Classify(l, n.values)
		case g.m2 != nil:
			g.m2.Classify(l, n.values)
		default:
			g.supervised.Classify(l, n.values)
		}
	})
	if g.m2 != nil {
		return g.m2.Logits
	}
	return g.supervised.Logits
}

// Stats gives rows [mean | logvar] of q(z1|x), [rows, 2·latents].
func (n *Networks) Stats(x SeenRows, rows int, stopped func() bool) []float32 {
	width := 2 * n.parts.M1.Latents
	all := make([]float32, rows*width)
	n.graphs.each(rows, stopped, func(g *graph, first, count int) {
		feed(n.dev, g.x, x(first, first+count))
		n.encode(g)
		n.dev.ReadFloats(all[first*width:][:count*width], g.m1.Stats().Slice(0, count*width), 0)
	})
	return all
}

// encode runs M1's encoder on what was fed.
func (n *Networks) encode(g *graph) {
	n.run(&g.encoder, func(l *engine.List) { g.m1.Encode(l, n.values) })
}

// Styles gives rows [mean | logvar] of q(z|x,y) with y = argmax q(y|x), [rows, 2·latents], and these y. Of a stack, x is
// the mean of M1's kept latents.
func (n *Networks) Styles(x SeenRows, rows int, stopped func() bool) (stats []float32, labels []int32) {
	m := n.parts.M2
	width := 2 * m.Latents
	stats, labels = make([]float32, rows*width), make([]int32, rows)
	n.graphs.each(rows, stopped, func(g *graph, first, count int) {
		feed(n.dev, g.x, x(first, first+count))
		logits := fetch(n.dev, &n.host.out, n.classify(g), count*m.Labels)
		own := labels[first:][:count]
		for i := range own {
			own[i] = int32(Argmax(logits[i*m.Labels:][:m.Labels]))
		}
		n.dev.WriteInts(g.m2.Labels.Slice(0, count), 0, own)
		n.style(g)
		n.dev.ReadFloats(stats[first*width:][:count*width], g.m2.Stats().Slice(0, count*width), 0)
	})
	return stats, labels
}

// style runs M2's encoder on what was fed, or of a stack on what its classifier has left, and on the labels.
func (n *Networks) style(g *graph) {
	n.run(&g.styles, func(l *engine.List) { g.m2.Encode(l, n.m2Values()) })
}

// noise is such as a sample's step asks for. What it draws is of no use, see bound.
func (n *Networks) noise() engine.Noise {
	return engine.Noise{Seed: n.seed, Clock: n.clock, Stream: noise.StreamEvaluation}
}
