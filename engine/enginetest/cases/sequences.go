package cases

import (
	"math/rand/v2"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// Sequence is steps that follow one another in models, of which a device may make fewer.
type Sequence struct {
	Name string
	Set  func(r *Rig) []engine.Step
}

// Sequences are enough of them that each rule of a compiler fires, and each is kept from firing.
func Sequences() []Sequence {
	all := append(beginnings(), Sequence{"a training step", trainingStep},
		Sequence{"layers that share no arrays", strangers})
	for _, a := range engine.Activations() {
		all = append(all,
			Sequence{"layers of " + a.String(), func(r *Rig) []engine.Step { return network(r, 33, a, false) }},
			Sequence{"wide layers of " + a.String() + ", to the input", func(r *Rig) []engine.Step {
				return network(r, 129, a, true)
			}},
			Sequence{"labelled layers of " + a.String(), func(r *Rig) []engine.Step { return labelled(r, a) }})
	}
	return all
}

// network is three layers forward and back.
func network(r *Rig, rows int, a engine.Activation, input bool) []engine.Step {
	widths := []int{31, 17, 40, 9}
	x := r.in("x", rows*widths[0], normal(1))
	var forward, backward []engine.Step
	var below engine.Floats // the gradient in the layer's input
	if input {
		below = r.out("dx", x.Len)
	}
	for i, in := range widths[:len(widths)-1] {
		out := widths[i+1]
		l := r.layer(in, out, a)
		if i == len(widths)-2 {
			l.Activation = engine.Identity
		}
		y, pre, dy := r.out("y", rows*out), r.pre(l.Activation, rows*out), r.inout("dy", rows*out, false, normal(1))
		grad := engine.LayerGrad{Weight: r.out("grad.weight", in*out), Bias: r.out("grad.bias", out)}
		forward = append(forward, engine.Dense{Y: y, Pre: pre, X: x, Rows: rows, Layer: l})
		backward = append([]engine.Step{engine.DenseGrad{
			DX: below, Grad: grad, DY: dy, From: l.Activation.From(y, pre), X: x, Rows: rows, Layer: l,
		}}, backward...)
		x, below = y, dy
	}
	return append(forward, backward...)
}

// labelled is a layer whose output has labels added, forward, and the gradients of two such layers: one whose rows
// have their labels, and one of which a row stands for all labels.
func labelled(r *Rig, a engine.Activation) []engine.Step {
	const in, width, out = 13, 37, 9
	pairs := engine.Pairs{Labelled: 9, Unlabelled: 7, Labels: 10, Samples: 2}
	rows, labels := pairs.SampleRows(), r.labels("labels", pairs.Labelled, pairs.Labels)
	lower, upper := r.layer(in, width, engine.Identity), r.layer(width, out, engine.Identity)
	h, pre := r.out("h", rows*width), r.pre(a, rows*width)
	dense := engine.Dense{Y: h, X: r.in("x", rows*in, normal(1)), Rows: rows, Layer: lower}
	add := engine.AddLabels{
		H: h, Pre: pre, Table: r.in("table", pairs.Labels*width, normal(1)), Labels: labels, Pairs: pairs,
		Width: width, Activation: a,
	}
	grad := func(rows int) (engine.DenseGrad, engine.Floats) {
		g := engine.LayerGrad{Weight: r.out("grad.weight", width*out), Bias: r.out("grad.bias", out)}
		dh := r.out("dh", rows*width)
		return engine.DenseGrad{
			DX: dh, Grad: g, DY: r.in("dy", rows*out, normal(1)), X: r.in("x", rows*width, normal(1)), Rows: rows, Layer: upper,
		}, dh
	}
	own, downOwn := grad(rows)
	all, downAll := grad(pairs.Rows())
	_, allFrom := r.derived("unused", pairs.Rows()*width, a, derivedFrom(a, 0.5, 1))
	return []engine.Step{
		dense, add, own,
		engine.AddLabelsGrad{
			DTable: r.out("dtable", pairs.Labels*width), DH: downOwn, From: a.From(h, pre),
			Labels: labels, Pairs: pairs, Width: width, Activation: a,
		},
		all,
		engine.ExpandLabelsGrad{
			DU: r.out("du", pairs.Examples()*width), DTable: r.out("dtable", pairs.Labels*width), DH: downAll, From: allFrom,
			Labels: labels, Pairs: pairs, Width: width, Activation: a,
		},
	}
}

// strangers are the gradients of two layers of which neither is the other's input.
func strangers(r *Rig) []engine.Step {
	const rows, width = 33, 17
	var all []engine.Step
	for range 2 {
		l := r.layer(width, width, engine.Tanh)
		grad := engine.LayerGrad{Weight: r.out("grad.weight", width*width), Bias: r.out("grad.bias", width)}
		dy, from := r.derived("dy", rows*width, l.Activation, derivedFrom(l.Activation, 0.5, 1))
		all = append(all, engine.DenseGrad{
			DX: r.out("dx", rows*width), Grad: grad, DY: dy, From: from, X: r.in("x", rows*width, normal(1)), Rows: rows, Layer: l,
		})
	}
	return all
}

// trainingStep is a classifier's, with sums for the metrics and a watch over the loss.
func trainingStep(r *Rig) []engine.Step {
	const examples, batch, width, classes = 41, 33, 101, 10
	o := Rules[engine.Adam].Options
	o.ClipNorm, o.EMA = 1.5, 0.99
	at := r.noise(noise.StreamSupervised)
	at.Clock = r.clock(inout)
	index := add(r, &r.ints, "index", output, batch, place{}, nil)
	labels := add(r, &r.ints, "labels of batch", output, batch, place{}, nil)
	scalars := add(r, &r.doubles, "scalars", output, engine.ScalarLen, place{}, nil)
	norm := add(r, &r.doubles, "norm", output, 1, place{}, nil)
	sum := add(r, &r.doubles, "sum", inout, 1, place{}, constant(2.5).fill)
	x, logits, dlogits := r.out("x", batch*width), r.out("logits", batch*classes), r.out("dlogits", batch*classes)
	ce, n := r.out("ce", batch), (width+1)*classes
	p := engine.Parameters{
		Values: r.inout("values", n, true, normal(0.1)), Grads: r.out("grads", n),
		States:  [2]engine.Floats{r.inout("states[0]", n, true, normal(0.1)), r.inout("states[1]", n, true, positive(0.1))},
		Average: r.inout("average", n, true, normal(0.1)),
	}
	p.Grads = p.Grads.Slice(0, n)
	layer := engine.Layer{Weight: p.Values.Slice(0, width*classes), Bias: p.Values.Slice(width*classes, classes), In: width, Out: classes}
	grad := engine.LayerGrad{Weight: p.Grads.Slice(0, width*classes), Bias: p.Grads.Slice(width*classes, classes)}
	fault, weight := r.fault(), r.in("weight", batch, uniform(0, 2))
	return []engine.Step{
		engine.BeginStep{Clock: at.Clock, Scalars: scalars, BaseRate: r.double("baseRate", 3e-4), Options: o},
		engine.Minibatch{Index: index, Pool: r.order(examples), Noise: at},
		engine.GatherPixels{Dst: x, Images: r.pixels(examples * width), Index: index, Width: width, Binarise: engine.BinariseResample, Noise: at},
		engine.GatherLabels{Dst: labels, Labels: r.labels("labels", examples, classes), Index: index},
		engine.Dense{Y: logits, X: x, Rows: batch, Layer: layer},
		engine.CrossEntropy{CE: ce, DLogits: dlogits, Logits: logits, Labels: labels, Scale: r.double("scale", 1.0/batch), Examples: batch, Classes: classes},
		engine.DenseGrad{Grad: grad, DY: dlogits, X: x, Rows: batch, Layer: layer},
		engine.CheckFinite{Fault: fault, Values: ce, Clock: at.Clock, Site: engine.SiteRows},
		engine.AddSum{Sum: sum, X: ce},
		engine.AddSum{Sum: sum, X: ce, Weight: weight},
		engine.GradientNorm{Norm: norm, Fault: fault, Grads: p.Grads, Clock: at.Clock},
		engine.Update{Params: p, Scalars: scalars, Norm: norm, Fault: fault, Options: o},
	}
}

// order is a pool of all examples.
func (r *Rig) order(examples int) engine.Ints {
	return add(r, &r.ints, "pool", input, examples, place{}, func(dst []int32, _ uint64, rng *rand.Rand) {
		for i, j := range rng.Perm(len(dst)) {
			dst[i] = int32(j)
		}
	})
}

// Outputs sets a sequence up, runs it as a program so many times, and gives what it wrote.
func (s *Sequence) Outputs(dev engine.Device, seeds []uint64, times int) ([]Tensor, error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	r := New(dev, seeds, Layout{})
	dev.Compile(s.Set(r)).Run(times)
	return r.Outputs()
}
