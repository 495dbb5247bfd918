//go:build !cuda

package oracle

import (
	"math"
	"strconv"

	"gorgonia.org/gorgonia"
)

// network builds the layers that all objectives are made of.
type network struct {
	*graph
	activation Activation
}

// dense is x·Wᵀ + b.
func (n network) dense(x *node, name string) *node {
	product := matmulT(x, n.params[name+".weight"])
	return gorgonia.Must(gorgonia.BroadcastAdd(product, n.params[name+".bias"], nil, []byte{0}))
}

func (n network) activate(a *node) *node { return activations[n.activation](a) }

// stack is hidden layers from to layers−1 of the network at prefix.
func (n network) stack(x *node, prefix string, from, layers int) *node {
	for i := from; i < layers; i++ {
		x = n.activate(n.dense(x, prefix+"."+strconv.Itoa(i)))
	}
	return x
}

// stackWithLabel is stack for a network that also sees a label y (one-hot).
// Its first layer is act(x·Wᵀ + b + y·W_yᵀ).
func (n network) stackWithLabel(x, y *node, prefix string, layers int) *node {
	label := matmulT(y, n.params[prefix+".0.label.weight"])
	first := n.activate(add(n.dense(x, prefix+".0"), label))
	return n.stack(first, prefix, 1, layers)
}

// normal is a diagonal normal distribution, one a row.
type normal struct {
	mean, logvar *node
}

func (n network) normal(h *node, prefix string) normal {
	return normal{mean: n.dense(h, prefix+".mean"), logvar: n.dense(h, prefix+".logvar")}
}

// sample is μ + σ∘ε.
func (d normal) sample(eps *node) *node {
	return add(d.mean, mul(exp(scale(0.5, d.logvar)), eps))
}

// kl is KL(q ‖ N(0, I)) = ½Σ(μ² + σ² − 1 − ln σ²) of each row.
func (d normal) kl() *node {
	return scale(0.5, rowSums(shift(-1, sub(add(square(d.mean), exp(d.logvar)), d.logvar))))
}

// nll is −ln N(x; μ, σ²) = ½Σ(ln 2π + ln σ² + (x−μ)²/σ²) of each row.
func (d normal) nll(x *node) *node {
	quadratic := mul(square(sub(x, d.mean)), exp(scale(-1, d.logvar)))
	return scale(0.5, rowSums(shift(math.Log(2*math.Pi), add(d.logvar, quadratic))))
}

// bernoulliNLL is −Σ(x ln p + (1−x) ln(1−p)) = Σ(softplus(l) − x·l) of each
// row, where p is the sigmoid of the logits l.
func bernoulliNLL(logits, x *node) *node {
	return rowSums(sub(softplus(logits), mul(x, logits)))
}

// outputNLL is −ln p(x|h) of each row, for the last hidden layer h of the decoder.
func (n network) outputNLL(x, h *node, prefix, output string) *node {
	if output == Gaussian {
		return n.normal(h, prefix).nll(x)
	}
	return bernoulliNLL(n.dense(h, prefix+".out"), x)
}
