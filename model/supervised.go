package model

import "ssdgm/engine"

// SupervisedSpec is the architecture of the yardstick: a network that sees the
// labelled examples alone.
type SupervisedSpec struct {
	Inputs     int
	Labels     int
	Hidden     []int
	Activation engine.Activation
	Missing    bool // values of x may be missing: the network reads 0 in their place, see missing.go
}

// Supervised is p(y|x) = softmax(network(x)).
type Supervised struct {
	SupervisedSpec
	Layout
	layers []Dense
	logits Dense
}

// NewSupervised lays out the parameters classifier.*.
func NewSupervised(spec SupervisedSpec) *Supervised {
	m := &Supervised{SupervisedSpec: spec}
	var width int
	m.layers, width = m.hidden("classifier", 0, spec.Inputs, spec.Hidden, spec.Activation)
	m.logits = m.Dense("classifier.out", width, spec.Labels, engine.Identity)
	return m
}

// SupervisedGraph is the network on a device for a fixed number of examples.
type SupervisedGraph struct {
	model    *Supervised
	examples int

	X      engine.Floats
	Labels engine.Ints
	Logits engine.Floats
	CE     engine.Floats // −log p(y|x) of each example, nats

	seen    engine.Floats // what the network reads of X
	layers  stack
	dlogits engine.Floats
	scale   engine.Doubles // 1/examples
	scratch *scratch
}

// Graph allocates what examples need; without gradients it can only evaluate.
func (m *Supervised) Graph(dev engine.Device, examples int, gradients bool) *SupervisedGraph {
	g := &SupervisedGraph{model: m, examples: examples}
	g.X, g.Labels = dev.NewFloats(examples*m.Inputs), dev.NewInts(examples)
	g.seen = seenOf(dev, g.X, m.Missing)
	g.Logits, g.CE = dev.NewFloats(examples*m.SupervisedSpec.Labels), dev.NewFloats(examples)
	g.layers = newStack(dev, examples, m.layers, gradients)
	g.scale = dev.NewDoubles(1)
	for r := range dev.Replicas() {
		dev.WriteDoubles(g.scale, r, []float64{1 / float64(examples)})
	}
	if gradients {
		g.dlogits = dev.NewFloats(g.Logits.Len)
		g.scratch = newScratch(dev, g.layers)
	}
	return g
}

// Classify computes the logits of the examples in X.
func (g *SupervisedGraph) Classify(l *engine.List, values engine.Floats) {
	observe(l, g.seen, g.X)
	top := g.layers.forward(l, values, g.seen)
	l.Add(engine.Dense{Y: g.Logits, X: top, Rows: g.examples, Layer: g.model.logits.Layer(values)})
}

// Loss computes each example's cross-entropy.
func (g *SupervisedGraph) Loss(l *engine.List, values engine.Floats) {
	g.Classify(l, values)
	g.loss(l, engine.Floats{})
}

func (g *SupervisedGraph) loss(l *engine.List, dlogits engine.Floats) {
	l.Add(engine.CrossEntropy{
		CE: g.CE, DLogits: dlogits, Logits: g.Logits, Labels: g.Labels, Scale: g.scale,
		Examples: g.examples, Classes: g.model.SupervisedSpec.Labels,
	})
}

// Gradients computes the mean cross-entropy's gradient in every parameter.
func (g *SupervisedGraph) Gradients(l *engine.List, values, grads engine.Floats) {
	g.Classify(l, values)
	g.loss(l, g.dlogits)
	dtop := g.layers.target(engine.Floats{}, g.scratch)
	l.Add(engine.DenseGrad{
		DX: dtop, Grad: g.model.logits.Grad(grads), DY: g.dlogits,
		X: g.layers.top(g.seen), Rows: g.examples, Layer: g.model.logits.Layer(values),
	})
	g.layers.backward(l, values, grads, engine.Floats{}, dtop, g.seen, g.scratch)
}
