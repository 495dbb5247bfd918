//go:build !cuda

package oracle

import (
	"math"
	"slices"
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

// nll is −ln N(x; μ, σ²) = ½(ln 2π + ln σ² + (x−μ)²/σ²) of each element.
func (d normal) nll(x *node) *node {
	quadratic := mul(square(sub(x, d.mean)), exp(scale(-1, d.logvar)))
	return scale(0.5, shift(math.Log(2*math.Pi), add(d.logvar, quadratic)))
}

// bernoulliNLL is −(x ln p + (1−x) ln(1−p)) = softplus(l) − x·l of each
// element, where p is the sigmoid of the logits l.
func bernoulliNLL(logits, x *node) *node { return sub(softplus(logits), mul(x, logits)) }

// data is examples of which values may be missing.
type data struct {
	x     *node // 0 in place of what is missing
	there *node // 1, and 0 where a value is missing; nil where none is
}

// observe makes nodes of examples, in which NaN is a missing value.
func (n network) observe(name string, m Matrix) data {
	there := Matrix{Rows: m.Rows, Cols: m.Cols, Data: make([]float64, len(m.Data))}
	m.Data = slices.Clone(m.Data)
	missing := false
	for i, v := range m.Data {
		if there.Data[i] = 1; v != v {
			m.Data[i], there.Data[i], missing = 0, 0, true
		}
	}
	d := data{x: n.input(name, m)}
	if missing {
		d.there = n.input(name+".there", there)
	}
	return d
}

// outputNLL is −ln p(x|h) of each row's values that are there, for the last hidden layer h of
// the decoder.
func (n network) outputNLL(d data, h *node, prefix, output string) *node {
	var terms *node
	if output == Gaussian {
		terms = n.normal(h, prefix).nll(d.x)
	} else {
		terms = bernoulliNLL(n.dense(h, prefix+".out"), d.x)
	}
	if d.there != nil {
		terms = mul(d.there, terms)
	}
	return rowSums(terms)
}
