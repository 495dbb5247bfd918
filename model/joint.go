package model

import (
	"math"

	"ssdgm/engine"
)

// Joint is the stack M1+M2 as one model, whose parameters are M1's and then M2's. M2 works
// on latents of M1 that each replica names; the others keep the prior N(0, I). With z1 a
// sample of q(z1|x), Gaussian with mean and logvar, an example costs
//
//	A(x) + U(z1),  or with a label A(x) + L(z1, y) − β·log q(y|z1)
//	A(x) = −log p(x|z1) − H(q(z1 kept|x)) + KL(q(z1 dropped|x) ‖ N(0, I))
//
// which is minus a lower bound on log p(x), or on log p(x, y). Where M1 stands still, M2's
// gradients are those of M2 alone.
type Joint struct {
	M1 *M1
	M2 *M2
	Layout
}

// NewJoint lays the two models' parameters out as one array.
func NewJoint(m1 *M1, m2 *M2) *Joint {
	if m2.Output != Gaussian {
		panic("model: M2 on M1's latents has a Gaussian output")
	}
	return &Joint{M1: m1, M2: m2, Layout: *Concat(&m1.Layout, &m2.Layout)}
}

// split gives M1's and M2's part of a flat array.
func (j *Joint) split(flat engine.Floats) (m1, m2 engine.Floats) {
	return flat.Slice(0, j.M1.Size), flat.Slice(j.M1.Size, j.M2.Size)
}

// JointGraph is the stack on a device for fixed numbers of labelled and unlabelled examples.
// What a caller fills in and reads lies in the two models' own graphs: M1's X; M2's Labels,
// Cost, U and CE, of the sample z1.
type JointGraph struct {
	M1 *M1Graph
	M2 *M2Graph
	// Posterior is KL(q ‖ N(0, I)) of the dropped latents − H(q) of the kept ones, of each
	// example, nats: with M1's NLL it is A(x).
	Posterior engine.Floats

	joint  *Joint
	dev    engine.Device
	pairs  engine.Pairs
	places engine.Ints  // of M1's latents among the kept ones
	pick   engine.Layer // a row of z1 to the kept of it
	means  engine.Layer // a row [mean | logvar] to the means of the kept
	logits engine.Floats
}

// Graph allocates what the pairs need; without gradients it can only evaluate. SetKept must
// follow.
func (j *Joint) Graph(dev engine.Device, pairs engine.Pairs, gradients bool) *JointGraph {
	n, latents, kept := pairs.Examples(), j.M1.Latents, j.M2.Inputs
	g := &JointGraph{joint: j, dev: dev, M1: j.M1.Graph(dev, n, 1, gradients), M2: j.M2.Graph(dev, pairs, gradients)}
	g.pairs = g.M2.pairs
	g.Posterior, g.places = dev.NewFloats(n), dev.NewInts(latents)
	g.pick = engine.Layer{Weight: dev.NewFloats(kept * latents), Bias: dev.NewFloats(kept), In: latents, Out: kept}
	g.means = engine.Layer{Weight: dev.NewFloats(2 * kept * latents), Bias: g.pick.Bias, In: 2 * latents, Out: kept}
	if gradients {
		g.M2.dxClassifier, g.M2.dxEncoder = dev.NewFloats(n*kept), dev.NewFloats(n*kept)
		g.logits = dev.NewFloats(pairs.Unlabelled)
	}
	return g
}

// SetKept says which of M1's latents are a replica's inputs of M2, as many as it has. Where values may be missing, they
// may be fewer: the other inputs are missing.
func (g *JointGraph) SetKept(replica int, kept []int) {
	if len(kept) > g.pick.Out || len(kept) < g.pick.Out && !g.joint.M2.Missing {
		panic("model: want a kept latent for each input of M2")
	}
	bias := make([]float32, g.pick.Out)
	for place := len(kept); place < len(bias); place++ {
		bias[place] = float32(math.NaN())
	}
	g.dev.WriteFloats(g.pick.Bias, replica, bias)
	places := make([]int32, g.pick.In)
	for j := range places {
		places[j] = -1
	}
	for place, j := range kept {
		places[j] = int32(place)
	}
	g.dev.WriteInts(g.places, replica, places)
	for _, l := range []engine.Layer{g.pick, g.means} {
		weight := make([]float32, l.In*l.Out)
		for place, j := range kept {
			weight[place*l.In+j] = 1
		}
		g.dev.WriteFloats(l.Weight, replica, weight)
	}
}

// SetWeights writes the loss's factors of one replica: M2's are those of its bounds, and so
// of the same examples' A(x).
func (g *JointGraph) SetWeights(replica int, w M2Weights) {
	g.M2.SetWeights(replica, w)
	own := g.pairs
	own.Labels, own.Samples = 1, 1 // q of the only label is 1
	engine.Do(g.dev, engine.LabelWeights{
		Weight: g.M1.weight, Logits: g.logits, ScaleL: g.M2.scales.At(scaleLabelled),
		ScaleU: g.M2.scales.At(scaleUnlabelled), Pairs: own,
	})
}

// Classify computes M2's Logits of q(y|z1) for the examples in M1's X, with z1 the mean of q(z1|x).
func (g *JointGraph) Classify(l *engine.List, values engine.Floats) {
	m1, m2 := g.joint.split(values)
	l.Add(engine.Dense{Y: g.M2.X, X: g.M1.Encode(l, m1), Rows: g.pairs.Examples(), Layer: g.means})
	g.M2.Classify(l, m2)
}

// Weight is the weight of each example's A(x) in the loss. The weights of a minibatch sum to one.
func (g *JointGraph) Weight() engine.Floats { return g.M1.weight }

// Bound computes the parts of the bound for the examples in M1's X, with noise for z1 and
// for z2.
func (g *JointGraph) Bound(l *engine.List, values engine.Floats, klWeight engine.Doubles, z1, z2 engine.Noise) {
	g.Infer(l, values, z1)
	g.InferM2(l, values, z1, z2)
	g.Score(l, values, klWeight)
}

// Infer is the first part of Bound: a sample of q(z1|x) in M1's Z.
func (g *JointGraph) Infer(l *engine.List, values engine.Floats, z1 engine.Noise) {
	m1, _ := g.joint.split(values)
	g.M1.Infer(l, m1, z1)
}

// InferM2 is the second part of Bound, at the latents in M1's Z, whoever wrote them: A(x), q(y|z1), and samples of
// q(z2|z1,y) in M2's Z.
func (g *JointGraph) InferM2(l *engine.List, values engine.Floats, z1, z2 engine.Noise) {
	m1, m2 := g.joint.split(values)
	g.M1.Decode(l, m1)
	g.pickKept(l)
	g.M1.nll(l, engine.Floats{})
	g.posterior(l, engine.Floats{}, z1)
	g.M2.Infer(l, m2, z2)
}

// Score is the rest of Bound, at the latents in M2's Z, whoever wrote them.
func (g *JointGraph) Score(l *engine.List, values engine.Floats, klWeight engine.Doubles) {
	_, m2 := g.joint.split(values)
	g.M2.Score(l, m2, klWeight)
}

// forward is M1, and M2's input.
func (g *JointGraph) forward(l *engine.List, m1 engine.Floats, z1 engine.Noise) {
	g.M1.forward(l, m1, z1)
	g.pickKept(l)
}

// pickKept makes the kept latents in M1's Z M2's input. A product with a matrix of zeros and ones is exact in fp32; tf32
// rounds z1 as it does every input of a product.
func (g *JointGraph) pickKept(l *engine.List) {
	l.Add(engine.Dense{Y: g.M2.X, X: g.M1.z, Rows: g.pairs.Examples(), Layer: g.pick})
}

func (g *JointGraph) posterior(l *engine.List, dstats engine.Floats, z1 engine.Noise) {
	grads := engine.StackGrads{Decoder: g.M1.dz, Classifier: g.M2.dxClassifier, Encoder: g.M2.dxEncoder, Likelihood: g.M2.Out}
	l.Add(engine.StackPosterior{
		Costs: g.Posterior, DStats: dstats, Stats: g.M1.stats, Grads: grads, Weight: g.M1.weight,
		Places: g.places, Pairs: g.pairs, Latents: g.pick.In, Kept: g.pick.Out, Noise: z1,
	})
}

// Gradients computes the parts of the bound and the gradient of the loss in every parameter
// of both models; grads is overwritten. Through z1, M2's gradients reach M1's encoder.
func (g *JointGraph) Gradients(l *engine.List, values, grads engine.Floats, klWeight engine.Doubles, z1, z2 engine.Noise) {
	m1, m2 := g.joint.split(values)
	grads1, grads2 := g.joint.split(grads)
	g.forward(l, m1, z1)
	g.M1.nll(l, g.M1.Out)
	g.M2.Gradients(l, m2, grads2, klWeight, z2)
	g.M1.decoderGradients(l, m1, grads1)
	g.posterior(l, g.M1.dstats, z1)
	g.M1.encoderGradients(l, m1, grads1)
}
