//go:build !cuda

package oracle

import (
	"math"
	"strconv"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// M2 is the loss of the semi-supervised model on one minibatch, in nats, and
// its gradient in every parameter (equations 6 to 9 of the paper):
//
//	L(x,y) = (1/S) Σ_s −ln p(x|y,z_s) − ln p(y) + KLWeight·KL(q(z|x,y) ‖ N(0, I))
//	U(x)   = Σ_k q(k|x)·(L(x,k) + ln q(k|x))
//	loss   = (1/N) [ (N_l/B_l) ΣL + (N_u/B_u) ΣU + (α·N/B_l) Σ −ln q(y|x) + (WeightPrior/2)·‖θ‖² ]
//
// with N = NTotal, N_l = NLabelled and N_u = N − N_l. The sum over labels is
// exact; every pair of an example and a label has noise of its own. Terms of
// an empty half of the minibatch are left out.
//
// Parameters: m2.encoder.{i}.*, m2.encoder.mean.*, m2.encoder.logvar.*;
// m2.decoder.{i}.*, and m2.decoder.out.* (Bernoulli) or m2.decoder.mean.* and
// m2.decoder.logvar.* (Gaussian); m2.classifier.{i}.*, m2.classifier.out.*; the
// label's columns of the first layers are m2.encoder.0.label.weight and
// m2.decoder.0.label.weight, [units, K]; a learned prior is
// m2.class_prior.logits, [1, K]. Missing, unknown or misshapen ones are errors.
func M2(spec M2Spec, params Params, batch M2Batch) (loss float64, grads Params, err error) {
	if err := spec.check(params, batch); err != nil {
		return 0, nil, err
	}
	m := m2{network: network{graph: newGraph(params), activation: spec.Activation}, M2Spec: spec}
	m.logPrior = m.classPrior()

	split := batch.XL.Rows * spec.Samples
	terms := []*node{m.weightPrior(spec.WeightPrior / spec.NTotal)}
	if batch.XL.Rows > 0 {
		x := m.observe("labelled.x", batch.XL)
		terms = append(terms, m.labelled(x, batch.YL, rowRange(batch.Eps, 0, split)))
	}
	if batch.XU.Rows > 0 {
		pairs, x := m.observe("pairs.x", repeatRows(batch.XU, spec.Labels)), m.observe("unlabelled.x", batch.XU)
		terms = append(terms, m.unlabelled(x, pairs, batch.XU.Rows, rowRange(batch.Eps, split, batch.Eps.Rows)))
	}
	return m.gradients(add(terms...))
}

// m2 is an M2 under construction.
type m2 struct {
	network
	M2Spec
	logPrior *node // ln p(y), [1, K]
}

// labelled is (N_l/(N·B_l)) ΣL(x,y) + (α/B_l) Σ −ln q(y|x).
func (m m2) labelled(x data, labels []int, eps Matrix) *node {
	y := m.input("labelled.y", oneHot(labels, m.Labels))
	perExample := 1 / float64(len(labels))
	costs := total(m.pairCosts("labelled", x, y, eps))
	crossEntropy := scale(-1, total(mul(y, m.logClassifier(x.x))))
	return add(
		scale(perExample*m.NLabelled/m.NTotal, costs),
		scale(perExample*m.Alpha, crossEntropy),
	)
}

// unlabelled is (N_u/(N·B_u)) ΣU(x); pairs is x with each row K times.
func (m m2) unlabelled(x, pairs data, examples int, eps Matrix) *node {
	labels := make([]int, examples*m.Labels)
	for p := range labels {
		labels[p] = p % m.Labels
	}
	y := m.input("pairs.y", oneHot(labels, m.Labels))
	shape := tensor.Shape{examples, m.Labels}
	costs := gorgonia.Must(gorgonia.Reshape(m.pairCosts("pairs", pairs, y, eps), shape))

	logq := m.logClassifier(x.x)
	u := total(mul(exp(logq), add(costs, logq)))
	return scale(m.unlabelledWeight()/float64(examples), u)
}

func (m m2) unlabelledWeight() float64 { return (m.NTotal - m.NLabelled) / m.NTotal }

// pairCosts is the vector of L(x,y) of each pair. The name tells its noise
// from that of the other half of the minibatch.
func (m m2) pairCosts(name string, x data, y *node, eps Matrix) *node {
	layers := len(m.Hidden)
	q := m.normal(m.stackWithLabel(x.x, y, "m2.encoder", layers), "m2.encoder")
	logPrior := rowSums(matmulT(y, m.logPrior))
	cost := sub(scale(m.KLWeight, q.kl()), logPrior)
	for s := range m.Samples {
		z := q.sample(m.input(name+".eps."+strconv.Itoa(s), everyNth(eps, s, m.Samples)))
		h := m.stackWithLabel(z, y, "m2.decoder", layers)
		cost = add(cost, scale(1/float64(m.Samples), m.outputNLL(x, h, "m2.decoder", m.Output)))
	}
	return cost
}

// logClassifier is ln q(y|x), a row of K for each example.
func (m m2) logClassifier(x *node) *node {
	h := m.stack(x, "m2.classifier", 0, len(m.ClassifierHidden))
	return logSoftmax(m.dense(h, "m2.classifier.out"))
}

// classPrior is ln p(y) for every label, [1, K].
func (m m2) classPrior() *node {
	if m.ClassPrior == Learned {
		return logSoftmax(m.params["m2.class_prior.logits"])
	}
	prior := Matrix{Rows: 1, Cols: m.Labels, Data: make([]float64, m.Labels)}
	for k := range prior.Data {
		prior.Data[k] = -math.Log(float64(m.Labels))
		if m.ClassPrior == Given {
			prior.Data[k] = math.Log(m.ClassProbabilities[k])
		}
	}
	return m.input("class_prior", prior)
}
