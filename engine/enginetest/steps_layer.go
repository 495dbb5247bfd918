package enginetest

import (
	"fmt"

	"ssdgm/engine"
)

// denseShapes are rows, inputs and outputs. Each is long in turn.
var denseShapes = [][3]int{
	{1, 1, 1}, {1, 1025, 31}, {31, 257, 1}, {31, 1, 257}, {1025, 31, 1},
	{3, 5, 7}, {64, 128, 96}, {1025, 31, 33}, {31, 1025, 33}, {31, 33, 1025}, {100, 257, 65},
}

func denseCases() []stepCase {
	var cases []stepCase
	for i, s := range denseShapes {
		cases = append(cases, dense(s[0], s[1], s[2], i%len(activations)))
	}
	for a := range activations {
		cases = append(cases, dense(31, 17, 257, a))
	}
	return cases
}

func denseTraining() []stepCase {
	return []stepCase{
		dense(100, trainPixels, trainHidden, 1), dense(1000, trainPixels, trainHidden, 1),
		dense(100, trainHidden, trainPixels, 0), dense(1000, trainHidden, trainPixels, 0),
		dense(1100, trainLatents, trainHidden2, 0), dense(1100, trainHidden2, 2*trainLatents, 0),
	}
}

func dense(rows, in, out, activation int) stepCase {
	return stepCase{
		name:  fmt.Sprintf("%dx%dx%d %s", rows, in, out, activations[activation].name),
		flops: 2 * rows * in * out,
		set: func(r *rig) func() {
			l := r.layer(in, out, activations[activation].value)
			x := r.in("x", rows*in, normal(1))
			y := r.out("y", rows*out)
			return func() { r.dev.Dense(y, x, rows, l) }
		},
	}
}

func denseGradCases() []stepCase {
	var cases []stepCase
	for i, s := range denseShapes {
		cases = append(cases, denseGrad(s[0], s[1], s[2], i%len(activations), i%3 != 2, 0.5))
	}
	for a := range activations {
		cases = append(cases, denseGrad(31, 17, 257, a, true, 0.5))
	}
	return cases
}

// The benchmark's outputs are large, so that dy, which the step multiplies in
// place, does not fade away over its repetitions.
func denseGradTraining() []stepCase {
	return []stepCase{
		denseGrad(100, trainPixels, trainHidden, 1, false, 20), denseGrad(1000, trainPixels, trainHidden, 1, false, 20),
		denseGrad(100, trainHidden, trainHidden, 1, true, 20), denseGrad(1000, trainHidden, trainHidden, 1, true, 20),
		denseGrad(1100, trainLatents, trainHidden2, 0, true, 20),
	}
}

func denseGrad(rows, in, out, activation int, wantDX bool, centre float64) stepCase {
	name, products := activations[activation].name, 1
	if wantDX {
		name, products = name+" with dx", 2
	}
	return stepCase{
		name:  fmt.Sprintf("%dx%dx%d %s", rows, in, out, name),
		flops: products * 2 * rows * in * out,
		set: func(r *rig) func() {
			l := r.layer(in, out, activations[activation].value)
			x := r.in("x", rows*in, normal(1))
			y := r.in("y", rows*out, outputOf(l.Activation, centre, 2))
			dy := r.inout("dy", rows*out, false, normal(1))
			grad := engine.LayerGrad{Weight: r.out("grad.Weight", in*out), Bias: r.out("grad.Bias", out)}
			var dx engine.Floats
			if wantDX {
				dx = r.out("dx", rows*in)
			}
			return func() { r.dev.DenseGrad(dx, grad, dy, y, x, rows, l) }
		},
	}
}
