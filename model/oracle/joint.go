//go:build !cuda

package oracle

import "math"

// JointSpec is a stack M1+M2. The weights of its objective are M2's: the two models have one
// weight prior. M1's Samples, NTotal, WeightPrior and KLWeight count for nothing.
type JointSpec struct {
	M1   M1Spec
	M2   M2Spec // on len(Kept) inputs, Gaussian
	Kept []int  // M1's latents that M2 works on
}

// JointBatch is a minibatch of pixels with the noise of both models.
type JointBatch struct {
	XL   Matrix // [B_l, inputs]
	YL   []int
	XU   Matrix // [B_u, inputs]
	Eps1 Matrix // [B_l + B_u, M1's latents]
	Eps2 Matrix // M2Batch.Eps
}

// Joint is the loss of the stack on one minibatch, in nats, and its gradient in every
// parameter of both models. With z1 ~ q(z1|x), one sample an example, it is M2's loss (see
// M2) on z1's kept latents, and with each bound's own weight the rest of the stack's bound:
//
//	A(x) = −ln p(x|z1) − H(q(z1 kept|x)) + KL(q(z1 dropped|x) ‖ N(0, I))
func Joint(spec JointSpec, params Params, batch JointBatch) (loss float64, grads Params, err error) {
	if err := spec.check(params, batch); err != nil {
		return 0, nil, err
	}
	s := spec.M2
	m := stack{m2: m2{network: network{graph: newGraph(params), activation: s.Activation}, M2Spec: s}, JointSpec: spec}
	m.logPrior = m.classPrior()
	terms := []*node{m.weightPrior(s.WeightPrior / s.NTotal)}
	bl, bu := batch.XL.Rows, batch.XU.Rows
	split := bl * s.Samples
	if bl > 0 {
		z, a := m.sample("labelled", batch.XL, rowRange(batch.Eps1, 0, bl))
		weight := s.NLabelled / s.NTotal / float64(bl)
		terms = append(terms, m.labelled(z, batch.YL, rowRange(batch.Eps2, 0, split)), scale(weight, a))
	}
	if bu > 0 {
		eps := rowRange(batch.Eps1, bl, bl+bu)
		z, a := m.sample("unlabelled", batch.XU, eps)
		// The same samples once for each label: from repeated pixels and repeated noise.
		pairs, _ := m.sample("pairs", repeatRows(batch.XU, s.Labels), repeatRows(eps, s.Labels))
		terms = append(terms, m.unlabelled(z, pairs, bu, rowRange(batch.Eps2, split, batch.Eps2.Rows)),
			scale(m.unlabelledWeight()/float64(bu), a))
	}
	return m.gradients(add(terms...))
}

// stack is a stack under construction.
type stack struct {
	m2
	JointSpec
}

// sample is the kept latents of z1, and ΣA(x) over the rows of x.
func (m stack) sample(name string, x, eps Matrix) (z data, cost *node) {
	n := m.network
	n.activation = m.M1.Activation
	layers := len(m.M1.Hidden)
	pixels := m.observe(name+".pixels", x)
	q := n.normal(n.stack(pixels.x, "m1.encoder", 0, layers), "m1.encoder")
	all := q.sample(m.input(name+".eps1", eps))
	nll := n.outputNLL(pixels, n.stack(all, "m1.decoder", 0, layers), "m1.decoder", m.M1.Output)
	// KL is −H + ½Σ(μ² + σ² + ln 2π), so the kept latents have to lose the sum.
	kept := matmulT(shift(math.Log(2*math.Pi), add(square(q.mean), exp(q.logvar))), m.pick(name+".mask", true))
	cost = sub(add(total(nll), total(q.kl())), scale(0.5, total(kept)))
	return data{x: matmulT(all, m.pick(name+".pick", false))}, cost
}

// pick is the matrix that takes the kept latents out of a row; as a mask, the row that sums
// them up.
func (m stack) pick(name string, mask bool) *node {
	rows := len(m.Kept)
	if mask {
		rows = 1
	}
	p := Matrix{Rows: rows, Cols: m.M1.Latents, Data: make([]float64, rows*m.M1.Latents)}
	for i, j := range m.Kept {
		p.Data[i%rows*p.Cols+j] = 1
	}
	return m.input(name, p)
}

func (s JointSpec) check(params Params, batch JointBatch) error {
	c := newChecker(params)
	c.activation(s.M1.Activation)
	c.m1(s.M1)
	oneOf(c, "output of M2", s.M2.Output, Gaussian)
	s.M2.checkModel(c, M2Batch{XL: batch.XL, YL: batch.YL, XU: batch.XU, Eps: batch.Eps2}, s.M1.Inputs)
	if s.M2.Inputs != len(s.Kept) {
		c.failf("inputs of M2: want one for each of %d kept latents, found %d", len(s.Kept), s.M2.Inputs)
	}
	c.labels("kept latents", s.Kept, len(s.Kept), s.M1.Latents)
	c.matrix("eps of z1", batch.Eps1, batch.XL.Rows+batch.XU.Rows, s.M1.Latents)
	return c.result()
}
