package check

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
)

// M1 is a minibatch for the latent-feature model.
type M1 struct {
	Spec     model.M1Spec
	Examples int
	Samples  int
}

// M2 is a minibatch for the semi-supervised model. The totals are numbers of
// examples in the data set; with Alpha they weight the loss's terms (equation 9).
type M2 struct {
	Spec                           model.M2Spec
	Labelled, Unlabelled           int
	Samples                        int
	TotalLabelled, TotalUnlabelled int
	Alpha                          float64
}

// Joint is a minibatch for the stack of an M1 and an M2 on some of its latents. M2's Spec.Inputs
// is their number and its Output Gaussian.
type Joint struct {
	M1   model.M1Spec
	M2   M2
	Kept []int
}

// Supervised is a minibatch for the yardstick network.
type Supervised struct {
	Spec     model.SupervisedSpec
	Examples int
}

// input is one part of a minibatch.
type input struct {
	name  string
	shape []int
	value func(w [4]uint32) float64 // a random element of it
}

// examples are pixels, or any real numbers where the output is Gaussian. Where values may be missing,
// a third is.
func examples(rows, width int, output model.Output, missing bool) input {
	in := input{name: "x", shape: []int{rows, width}}
	in.value = func(w [4]uint32) float64 { return noise.Uniform(w[0]) }
	if output == model.Gaussian {
		in.value = func(w [4]uint32) float64 { return noise.Normals(w)[0] }
	}
	if there := in.value; missing {
		in.value = func(w [4]uint32) float64 {
			if w[3]%3 == 0 {
				return math.NaN()
			}
			return there(w)
		}
	}
	return in
}

func labels(rows, classes int) input {
	return input{name: "labels", shape: []int{rows}, value: func(w [4]uint32) float64 {
		return float64(w[0] % uint32(classes))
	}}
}

func (p M1) layout() *model.Layout { return &model.NewM1(p.Spec).Layout }

func (p M1) inputs() []input {
	return []input{examples(p.Examples, p.Spec.Inputs, p.Spec.Output, p.Spec.Missing)}
}

func (p M1) run(dev engine.Device, l *model.Learner, batch map[string]Tensor) float64 {
	g := model.NewM1(p.Spec).Graph(dev, p.Examples, p.Samples, true)
	writeFloats(dev, g.X, batch["x"])
	var steps engine.List
	g.Gradients(&steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM1Latent))
	steps.Do(dev)
	return mean(dev, g.NLL) + mean(dev, g.KL)
}

func (p M2) pairs() engine.Pairs {
	return engine.Pairs{Labelled: p.Labelled, Unlabelled: p.Unlabelled, Labels: p.Spec.Labels, Samples: p.Samples}
}

func (p M2) layout() *model.Layout { return &model.NewM2(p.Spec).Layout }

func (p M2) inputs() []input {
	return []input{
		examples(p.Labelled+p.Unlabelled, p.Spec.Inputs, p.Spec.Output, p.Spec.Missing),
		labels(p.Labelled, p.Spec.Labels),
	}
}

func (p M2) run(dev engine.Device, l *model.Learner, batch map[string]Tensor) float64 {
	g := model.NewM2(p.Spec).Graph(dev, p.pairs(), true)
	w := model.LossWeights(p.pairs(), p.TotalLabelled, p.TotalUnlabelled, p.Alpha)
	for r := range dev.Replicas() {
		g.SetWeights(r, w)
	}
	writeFloats(dev, g.X, batch["x"])
	writeLabels(dev, g.Labels.Slice(0, p.Labelled), batch["labels"])
	var steps engine.List
	g.Gradients(&steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM2Latent))
	steps.Do(dev)
	return w.Labelled*sum(dev, g.Cost.Slice(0, p.Labelled)) +
		w.Unlabelled*sum(dev, g.U) + w.Classifier*sum(dev, g.CE)
}

func (p Joint) joint() *model.Joint { return model.NewJoint(model.NewM1(p.M1), model.NewM2(p.M2.Spec)) }

func (p Joint) layout() *model.Layout { return &p.joint().Layout }

func (p Joint) inputs() []input {
	return []input{
		examples(p.M2.Labelled+p.M2.Unlabelled, p.M1.Inputs, p.M1.Output, p.M1.Missing),
		labels(p.M2.Labelled, p.M2.Spec.Labels),
	}
}

func (p Joint) run(dev engine.Device, l *model.Learner, batch map[string]Tensor) float64 {
	pairs := p.M2.pairs()
	g := p.joint().Graph(dev, pairs, true)
	w := model.LossWeights(pairs, p.M2.TotalLabelled, p.M2.TotalUnlabelled, p.M2.Alpha)
	for r := range dev.Replicas() {
		g.SetKept(r, p.Kept)
		g.SetWeights(r, w)
	}
	writeFloats(dev, g.M1.X, batch["x"])
	writeLabels(dev, g.M2.Labels.Slice(0, p.M2.Labelled), batch["labels"])
	var steps engine.List
	g.Gradients(&steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM1Latent), l.Noise(noise.StreamM2Latent))
	steps.Do(dev)
	of := func(from, n int) float64 {
		return sum(dev, g.M1.NLL.Slice(from, n)) + sum(dev, g.Posterior.Slice(from, n))
	}
	return w.Labelled*(of(0, pairs.Labelled)+sum(dev, g.M2.Cost.Slice(0, pairs.Labelled))) +
		w.Unlabelled*(of(pairs.Labelled, pairs.Unlabelled)+sum(dev, g.M2.U)) + w.Classifier*sum(dev, g.M2.CE)
}

func (p Supervised) layout() *model.Layout { return &model.NewSupervised(p.Spec).Layout }

func (p Supervised) inputs() []input {
	return []input{
		examples(p.Examples, p.Spec.Inputs, model.Bernoulli, p.Spec.Missing),
		labels(p.Examples, p.Spec.Labels),
	}
}

func (p Supervised) run(dev engine.Device, l *model.Learner, batch map[string]Tensor) float64 {
	g := model.NewSupervised(p.Spec).Graph(dev, p.Examples, true)
	writeFloats(dev, g.X, batch["x"])
	writeLabels(dev, g.Labels, batch["labels"])
	var steps engine.List
	g.Gradients(&steps, l.Params.Values, l.Params.Grads)
	steps.Do(dev)
	return mean(dev, g.CE)
}

// writeFloats gives every replica the same values.
func writeFloats(dev engine.Device, dst engine.Floats, src Tensor) {
	for r := range dev.Replicas() {
		dev.WriteFloats(dst, r, narrow(src.Data))
	}
}

func writeLabels(dev engine.Device, dst engine.Ints, src Tensor) {
	host := make([]int32, len(src.Data))
	for i, v := range src.Data {
		host[i] = int32(v)
	}
	for r := range dev.Replicas() {
		dev.WriteInts(dst, r, host)
	}
}

// sum adds the elements of replica 0 on the host.
func sum(dev engine.Device, a engine.Floats) float64 {
	host := make([]float32, a.Len)
	dev.ReadFloats(host, a, 0)
	total := 0.0
	for _, v := range host {
		total += float64(v)
	}
	return total
}

func mean(dev engine.Device, a engine.Floats) float64 { return sum(dev, a) / float64(a.Len) }
