//go:build !cuda

package oracle

// Supervised is the loss of a classifier on one minibatch, in nats, and its
// gradient in every parameter:
//
//	loss = (1/B) Σ_b −ln q(y_b|x_b) + WeightPrior/(2·NTotal) · ‖θ‖²
//
// x is [B, inputs]. Parameters: classifier.{i}.*, classifier.out.*. Missing,
// unknown or misshapen ones are errors.
func Supervised(spec SupervisedSpec, params Params, x Matrix, labels []int) (loss float64, grads Params, err error) {
	if err := spec.check(params, x, labels); err != nil {
		return 0, nil, err
	}
	n := network{graph: newGraph(params), activation: spec.Activation}
	h := n.stack(n.observe("x", x).x, "classifier", 0, len(spec.Hidden))
	logq := logSoftmax(n.dense(h, "classifier.out"))
	y := n.input("y", oneHot(labels, spec.Labels))
	crossEntropy := scale(-1/float64(x.Rows), total(mul(y, logq)))
	return n.gradients(add(crossEntropy, n.weightPrior(spec.WeightPrior/spec.NTotal)))
}
