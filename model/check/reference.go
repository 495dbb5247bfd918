//go:build !cuda

package check

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/model/oracle"
)

// Compare draws parameters and a minibatch and measures the device's gradients
// against Gorgonia's.
func Compare(dev engine.Device, p Problem, seed uint64) ([]Row, error) {
	a, err := Reference(p, seed)
	if err != nil {
		return nil, err
	}
	return a.Compare(dev, p)
}

// Reference draws parameters and a minibatch from a seed and asks Gorgonia for the
// loss and its gradients.
func Reference(p Problem, seed uint64) (*Answer, error) {
	a := draw(p, seed)
	var grads oracle.Params
	var err error
	switch p := p.(type) {
	case M1:
		a.Loss, grads, err = p.ask(a)
	case M2:
		a.Loss, grads, err = p.ask(a)
	case Joint:
		a.Loss, grads, err = p.ask(a)
	case Supervised:
		a.Loss, grads, err = p.ask(a)
	default:
		panic(fmt.Sprintf("check: no oracle for %T", p))
	}
	if err != nil {
		return nil, err
	}
	a.Gradients = map[string]Tensor{}
	for name, t := range a.Parameters {
		a.Gradients[name] = Tensor{Shape: t.Shape, Data: grads[name].Data}
	}
	return a, nil
}

// Words of the engine and the models in the oracle's language.
var (
	outputs = map[model.Output]string{model.Bernoulli: oracle.Bernoulli, model.Gaussian: oracle.Gaussian}
	priors  = map[model.ClassPrior]string{
		model.UniformPrior: oracle.Uniform, model.GivenPrior: oracle.Given, model.LearnedPrior: oracle.Learned,
	}
)

func activation(a engine.Activation) oracle.Activation { return oracle.Activation(a.String()) }

func (p M1) ask(a *Answer) (float64, oracle.Params, error) {
	spec := m1Spec(p.Spec)
	spec.Samples = p.Samples
	pairs := engine.Pairs{Labelled: p.Examples, Labels: 1, Samples: p.Samples}
	eps := normals(a.Seed, noise.StreamM1Latent, pairs, p.Spec.Latents)
	return oracle.M1(spec, a.params(), oracle.M1Batch{X: matrix(a.Batch["x"]), Eps: eps})
}

func m1Spec(s model.M1Spec) oracle.M1Spec {
	return oracle.M1Spec{
		Inputs: s.Inputs, Hidden: s.Hidden, Latents: s.Latents,
		Activation: activation(s.Activation), Output: outputs[s.Output], NTotal: 1, KLWeight: 1,
	}
}

func (p M2) oracleSpec() oracle.M2Spec {
	s := p.Spec
	return oracle.M2Spec{
		Inputs: s.Inputs, Labels: s.Labels, Hidden: s.Hidden, ClassifierHidden: s.ClassifierHidden,
		Latents: s.Latents, Activation: activation(s.Activation), Output: outputs[s.Output],
		Samples: p.Samples, Alpha: p.Alpha, KLWeight: 1,
		NLabelled: float64(p.TotalLabelled), NTotal: float64(p.TotalLabelled + p.TotalUnlabelled),
		ClassPrior: priors[s.ClassPrior], ClassProbabilities: s.Probabilities,
	}
}

// halves are the labelled and the unlabelled examples of a minibatch.
func (p M2) halves(a *Answer) (labelled, unlabelled oracle.Matrix) {
	x := matrix(a.Batch["x"])
	split := p.Labelled * x.Cols
	return oracle.Matrix{Rows: p.Labelled, Cols: x.Cols, Data: x.Data[:split]},
		oracle.Matrix{Rows: p.Unlabelled, Cols: x.Cols, Data: x.Data[split:]}
}

func (p M2) ask(a *Answer) (float64, oracle.Params, error) {
	batch := oracle.M2Batch{YL: classes(a.Batch["labels"]), Eps: normals(a.Seed, noise.StreamM2Latent, p.pairs(), p.Spec.Latents)}
	batch.XL, batch.XU = p.halves(a)
	return oracle.M2(p.oracleSpec(), a.params(), batch)
}

func (p Joint) ask(a *Answer) (float64, oracle.Params, error) {
	batch := oracle.JointBatch{YL: classes(a.Batch["labels"])}
	batch.XL, batch.XU = p.M2.halves(a)
	own := engine.Pairs{Labelled: p.M2.Labelled + p.M2.Unlabelled, Labels: 1, Samples: 1}
	batch.Eps1 = normals(a.Seed, noise.StreamM1Latent, own, p.M1.Latents)
	batch.Eps2 = normals(a.Seed, noise.StreamM2Latent, p.M2.pairs(), p.M2.Spec.Latents)
	return oracle.Joint(oracle.JointSpec{M1: m1Spec(p.M1), M2: p.M2.oracleSpec(), Kept: p.Kept}, a.params(), batch)
}

func (p Supervised) ask(a *Answer) (float64, oracle.Params, error) {
	spec := oracle.SupervisedSpec{
		Inputs: p.Spec.Inputs, Labels: p.Spec.Labels, Hidden: p.Spec.Hidden,
		Activation: activation(p.Spec.Activation), NTotal: 1,
	}
	return oracle.Supervised(spec, a.params(), matrix(a.Batch["x"]), classes(a.Batch["labels"]))
}

// normals are the ε of every sample row, from the addresses that a device draws
// them at.
func normals(seed uint64, stream uint32, pairs engine.Pairs, latents int) oracle.Matrix {
	eps := oracle.Matrix{Rows: pairs.SampleRows(), Cols: latents}
	for row := range eps.Rows {
		example, label := pairs.Example(row / pairs.Samples)
		for j := range latents {
			at := noise.Address(j, label, row%pairs.Samples)
			w := noise.Philox(uint32(example), at, 1, stream, seed)
			eps.Data = append(eps.Data, noise.Normals(w)[j%4])
		}
	}
	return eps
}

func (a *Answer) params() oracle.Params {
	params := oracle.Params{}
	for name, t := range a.Parameters {
		m := matrix(t)
		params[name] = &m
	}
	return params
}

// matrix is a tensor as the oracle has it: a bias is one row.
func matrix(t Tensor) oracle.Matrix {
	m := oracle.Matrix{Rows: 1, Cols: t.Shape[0], Data: t.Data}
	if len(t.Shape) == 2 {
		m.Rows, m.Cols = t.Shape[0], t.Shape[1]
	}
	return m
}

func classes(t Tensor) []int {
	y := make([]int, len(t.Data))
	for i, v := range t.Data {
		y[i] = int(v)
	}
	return y
}
