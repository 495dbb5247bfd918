package baseline

import (
	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// network is a CNN at work on a fixed number of examples.
type network struct {
	*CNN
	examples     int
	x            []float32
	convolved    []*convolved
	top          engine.Floats // what the convolutions give, or the pixels
	h            engine.Floats
	logits, loss engine.Floats
	labels       engine.Ints
	scale        engine.Doubles
	host         []float32 // of the hidden layer
	keep         []bool    // the hidden units that a step does not leave out

	dtop, dh, dlogits engine.Floats
}

func (c *CNN) network(examples int, gradients bool) *network {
	dev := c.Device
	n := &network{CNN: c, examples: examples, x: make([]float32, examples*c.Inputs)}
	for i, layer := range c.convolutions {
		n.convolved = append(n.convolved, newConvolved(dev, layer, examples, i == 0, gradients))
	}
	n.top, n.h = dev.NewFloats(examples*c.hidden.In()), dev.NewFloats(examples*c.Hidden)
	n.logits, n.loss = dev.NewFloats(examples*c.Classes), dev.NewFloats(examples)
	n.labels, n.host, n.keep = dev.NewInts(examples), make([]float32, examples*c.Hidden), make([]bool, examples*c.Hidden)
	if gradients {
		n.dh, n.dlogits = dev.NewFloats(n.h.Len), dev.NewFloats(n.logits.Len)
		if len(c.convolutions) > 0 {
			n.dtop = dev.NewFloats(n.top.Len)
		}
	}
	return n
}

// forward computes the logits of x. A step above 0 leaves out hidden units at random.
func (n *network) forward(values engine.Floats, step uint32) {
	image := n.x
	for _, w := range n.convolved {
		w.forward(values, image)
		image = w.out
	}
	dev := n.Device
	dev.WriteFloats(n.top, 0, image)
	engine.Do(dev, engine.Dense{Y: n.h, X: n.top, Rows: n.examples, Layer: n.hidden.Layer(values)})
	if step > 0 && n.Dropout > 0 {
		n.choose(step)
		n.drop(n.h)
	}
	engine.Do(dev, engine.Dense{Y: n.logits, X: n.h, Rows: n.examples, Layer: n.CNN.logits.Layer(values)})
}

// choose draws the units that a step keeps.
func (n *network) choose(step uint32) {
	for row := range n.examples {
		keep := n.keep[row*n.Hidden:][:n.Hidden]
		for j := range keep {
			w := noise.Philox(uint32(row), noise.Address(j, 0, 0), step, noise.StreamDropout, n.Seed)
			keep[j] = noise.Uniform(w[j%4]) >= n.Dropout
		}
	}
}

// drop makes what is left out 0, and the rest as much larger as keeps the mean.
func (n *network) drop(h engine.Floats) {
	n.Device.ReadFloats(n.host, h, 0)
	scale := float32(1 / (1 - n.Dropout))
	for i, kept := range n.keep {
		if kept {
			n.host[i] *= scale
		} else {
			n.host[i] = 0
		}
	}
	n.Device.WriteFloats(h, 0, n.host)
}

// gradients computes the loss of each example, −log p(y|x), and the gradient of their mean.
func (n *network) gradients(values, grads engine.Floats, step uint32) {
	n.forward(values, step)
	dev := n.Device
	engine.Do(dev, engine.CrossEntropy{
		CE: n.loss, DLogits: n.dlogits, Logits: n.logits, Labels: n.labels, Scale: n.scale,
		Examples: n.examples, Classes: n.Classes,
	})
	engine.Do(dev, engine.DenseGrad{
		DX: n.dh, Grad: n.CNN.logits.Grad(grads), DY: n.dlogits, X: n.h,
		Rows: n.examples, Layer: n.CNN.logits.Layer(values),
	})
	if n.Dropout > 0 {
		n.drop(n.dh)
	}
	// A unit that was left out is 0, so that the rectifier passes no gradient either.
	engine.Do(dev, engine.DenseGrad{
		DX: n.dtop, Grad: n.hidden.Grad(grads), DY: n.dh, From: n.h, X: n.top, Rows: n.examples,
		Layer: n.hidden.Layer(values),
	})
	if len(n.convolved) == 0 {
		return
	}
	last := len(n.convolved) - 1
	dev.ReadFloats(n.convolved[last].dout, n.dtop, 0)
	for i := last; i >= 0; i-- {
		var dimages []float32
		if i > 0 {
			dimages = n.convolved[i-1].dout
		}
		n.convolved[i].backward(values, grads, dimages)
	}
}
