//go:build !cuda

package oracle

import "strconv"

// M1 is the loss of the latent-feature model on one minibatch, in nats, and
// its gradient in every parameter (section 2.1 and equation 3 of the paper):
//
//	loss = (1/B) Σ_b [ (1/S) Σ_s −ln p(x_b|z_bs) + KLWeight·KL(q(z|x_b) ‖ N(0, I)) ]
//	     + WeightPrior/(2·NTotal) · ‖θ‖²,    z_bs = μ(x_b) + σ(x_b)∘ε_bs
//
// Parameters: m1.encoder.{i}.*, m1.encoder.mean.*, m1.encoder.logvar.*,
// m1.decoder.{i}.*, and m1.decoder.out.* (Bernoulli) or m1.decoder.mean.* and
// m1.decoder.logvar.* (Gaussian). Missing, unknown or misshapen ones are errors.
func M1(spec M1Spec, params Params, batch M1Batch) (loss float64, grads Params, err error) {
	if err := spec.check(params, batch); err != nil {
		return 0, nil, err
	}
	n := network{graph: newGraph(params), activation: spec.Activation}
	layers := len(spec.Hidden)

	d := n.observe("x", batch.X)
	q := n.normal(n.stack(d.x, "m1.encoder", 0, layers), "m1.encoder")
	cost := scale(spec.KLWeight, q.kl())
	for s := range spec.Samples {
		z := q.sample(n.input("eps."+strconv.Itoa(s), everyNth(batch.Eps, s, spec.Samples)))
		h := n.stack(z, "m1.decoder", 0, layers)
		cost = add(cost, scale(1/float64(spec.Samples), n.outputNLL(d, h, "m1.decoder", spec.Output)))
	}
	meanCost := scale(1/float64(batch.X.Rows), total(cost))
	return n.gradients(add(meanCost, n.weightPrior(spec.WeightPrior/spec.NTotal)))
}
