package cases

import (
	"fmt"

	"ssdgm/engine"
)

var layerSteps = []Step{
	{"Dense", denseCases, denseTraining},
	{"DenseGrad", denseGradCases, denseGradTraining},
}

// denseShapes are rows, inputs and outputs. Each is long in turn.
var denseShapes = [][3]int{
	{1, 1, 1}, {1, 1025, 31}, {31, 257, 1}, {31, 1, 257}, {1025, 31, 1},
	{3, 5, 7}, {64, 128, 96}, {1025, 31, 33}, {31, 1025, 33}, {31, 33, 1025}, {100, 257, 65},
}

func denseCases() []Case {
	var cases []Case
	for i, s := range denseShapes {
		cases = append(cases, dense(s[0], s[1], s[2], i%len(activations)))
	}
	for a := range activations {
		cases = append(cases, dense(31, 17, 257, a))
	}
	return append(cases, dense(128, 16, 128, 1)) // what a card's largest tiles are for
}

func denseTraining() []Case {
	return []Case{
		dense(100, trainPixels, trainHidden, 1), dense(1000, trainPixels, trainHidden, 1),
		dense(100, trainHidden, trainPixels, 0), dense(1000, trainHidden, trainPixels, 0),
		dense(1100, trainLatents, trainHidden2, 0), dense(1100, trainHidden2, 2*trainLatents, 0),
	}
}

func dense(rows, in, out, activation int) Case {
	return Case{
		Name: fmt.Sprintf("%dx%dx%d %s", rows, in, out, activations[activation].String()),
		FLOP: 2 * rows * in * out,
		Set: func(r *Rig) engine.Step {
			l := r.layer(in, out, activations[activation])
			x := r.in("x", rows*in, normal(1))
			y := r.out("y", rows*out)
			return engine.Dense{Y: y, Pre: r.pre(l.Activation, rows*out), X: x, Rows: rows, Layer: l}
		},
	}
}

func denseGradCases() []Case {
	var cases []Case
	for i, s := range denseShapes {
		cases = append(cases, denseGrad(s[0], s[1], s[2], i%len(activations), i%3 != 2, 0.5))
	}
	for a := range activations {
		cases = append(cases, denseGrad(31, 17, 257, a, true, 0.5))
	}
	return append(cases, denseGrad(16, 128, 128, 1, false, 0.5))
}

// The benchmark's outputs are large, so that dy, which the step multiplies in
// place, does not fade away over its repetitions.
func denseGradTraining() []Case {
	return []Case{
		denseGrad(100, trainPixels, trainHidden, 1, false, 20), denseGrad(1000, trainPixels, trainHidden, 1, false, 20),
		denseGrad(100, trainHidden, trainHidden, 1, true, 20), denseGrad(1000, trainHidden, trainHidden, 1, true, 20),
		denseGrad(1100, trainLatents, trainHidden2, 0, true, 20),
	}
}

func denseGrad(rows, in, out, activation int, wantDX bool, centre float64) Case {
	name, products := activations[activation].String(), 1
	if wantDX {
		name, products = name+" with dx", 2
	}
	return Case{
		Name: fmt.Sprintf("%dx%dx%d %s", rows, in, out, name),
		FLOP: products * 2 * rows * in * out,
		Set: func(r *Rig) engine.Step {
			l := r.weights(in, out, activations[activation])
			x := r.in("x", rows*in, normal(1))
			dy, from := r.derived("dy", rows*out, l.Activation, derivedFrom(l.Activation, centre, 2))
			grad := engine.LayerGrad{Weight: r.out("grad.Weight", in*out), Bias: r.out("grad.Bias", out)}
			var dx engine.Floats
			if wantDX {
				dx = r.out("dx", rows*in)
			}
			return engine.DenseGrad{DX: dx, Grad: grad, DY: dy, From: from, X: x, Rows: rows, Layer: l}
		},
	}
}
