package model

import "ssdgm/engine"

// stack is hidden layers one after another, with memory for their outputs.
type stack struct {
	rows   int
	layers []Dense
	h      []engine.Floats
	pre    []engine.Floats // what the derivatives are taken from, where h does not give them
}

// newStack allocates the outputs; with gradients, also what those need.
func newStack(dev engine.Device, rows int, layers []Dense, gradients bool) stack {
	s := stack{rows: rows, layers: layers}
	for _, l := range layers {
		s.h = append(s.h, dev.NewFloats(rows*l.out))
		s.pre = append(s.pre, preActivations(dev, rows*l.out, l.activation, gradients))
	}
	return s
}

// preActivations are where n inputs of an activation are kept; absent where its derivative is
// taken from the output, or is not wanted.
func preActivations(dev engine.Device, n int, activation engine.Activation, gradients bool) engine.Floats {
	if !gradients || !activation.FromInput() {
		return engine.Floats{}
	}
	return dev.NewFloats(n)
}

// top is the last layer's output, or the input where there are no layers.
func (s *stack) top(x engine.Floats) engine.Floats {
	if len(s.h) == 0 {
		return x
	}
	return s.h[len(s.h)-1]
}

// forward computes every layer's output and returns the last. A normalisation of a layer would
// stand here, see engine.Layer.
func (s *stack) forward(l *engine.List, values, x engine.Floats) engine.Floats {
	for i := range s.layers {
		l.Add(engine.Dense{Y: s.h[i], Pre: s.pre[i], X: x, Rows: s.rows, Layer: s.layers[i].Layer(values)})
		x = s.h[i]
	}
	return x
}

// target is where the layer above writes the gradient in the last output: dx where
// there are no layers.
func (s *stack) target(dx engine.Floats, scratch *scratch) engine.Floats {
	if len(s.layers) == 0 {
		return dx
	}
	return scratch.next(s.rows * s.layers[len(s.layers)-1].out)
}

// backward takes the gradient in the last output, sets the parameters' gradients
// and, unless dx is nil, the gradient in x.
func (s *stack) backward(l *engine.List, values, grads, dx, dtop, x engine.Floats, scratch *scratch) {
	for i := len(s.layers) - 1; i >= 0; i-- {
		input, dinput := x, dx
		if i > 0 {
			input, dinput = s.h[i-1], scratch.next(s.rows*s.layers[i].in)
		}
		layer := s.layers[i].Layer(values)
		l.Add(engine.DenseGrad{
			DX: dinput, Grad: s.layers[i].Grad(grads), DY: dtop, From: layer.Activation.From(s.h[i], s.pre[i]),
			X: input, Rows: s.rows, Layer: layer,
		})
		dtop = dinput
	}
}

// scratch is two buffers for gradients in the outputs of hidden layers, used in
// turn: a layer reads the one that the layer above wrote, and writes the other.
type scratch struct {
	buffers [2]engine.Floats
	turn    int
}

// newScratch makes buffers that hold any layer's output of the given stacks.
func newScratch(dev engine.Device, stacks ...stack) *scratch {
	most := 1
	for _, s := range stacks {
		for _, h := range s.h {
			most = max(most, h.Len)
		}
	}
	return &scratch{buffers: [2]engine.Floats{dev.NewFloats(most), dev.NewFloats(most)}}
}

func (s *scratch) next(n int) engine.Floats {
	s.turn = 1 - s.turn
	return s.buffers[s.turn].Slice(0, n)
}
