package model

import (
	"math"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// subject is a model of any kind at work on a device, as a training loop holds it.
type subject struct {
	*Learner
	x      engine.Floats
	labels engine.Ints // nil for M1

	klWeight engine.Doubles
	take     func(l *engine.List)      // the bounds and the gradient
	loss     func(replica int) float64 // of the last take, without the weight prior
	watch    func(l *engine.List)

	m1         *M1Graph
	m2         *M2Graph
	supervised *SupervisedGraph
	joint      *JointGraph
}

// step is one step of training on the minibatch that is there.
func (s *subject) step(l *engine.List) {
	s.Begin(l)
	s.take(l)
	s.watch(l)
	s.Apply(l)
}

// compiled is a program of what is recorded.
func compiled(dev engine.Device, record func(l *engine.List)) engine.Program {
	var l engine.List
	record(&l)
	return l.Compile(dev)
}

// now takes what is recorded at once.
func now(dev engine.Device, record func(l *engine.List)) { compiled(dev, record).Run(1) }

// adam is the rule of subjects that no test chooses a rule for.
var adam = engine.OptimiserOptions{Rule: engine.Adam, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}

func newLearner(dev engine.Device, layout *Layout, o engine.OptimiserOptions, seeds []uint64) *Learner {
	rates := make([]float64, len(seeds))
	for r := range rates {
		rates[r] = 1e-2
	}
	l := NewLearner(dev, layout, o, rates, seeds)
	l.Initialise()
	return l
}

func newM1Subject(dev engine.Device, spec M1Spec, examples, samples int, o engine.OptimiserOptions, seeds ...uint64) *subject {
	m := NewM1(spec)
	s := &subject{Learner: newLearner(dev, &m.Layout, o, seeds)}
	g := m.Graph(dev, examples, samples, true)
	s.x, s.m1, s.klWeight = g.X, g, s.KLWeight()
	s.take = func(l *engine.List) {
		g.Gradients(l, s.Params.Values, s.Params.Grads, s.klWeight, s.Noise(noise.StreamM1Latent))
	}
	s.watch = func(l *engine.List) { s.Watch(l, "nll of sample row", g.NLL); s.Watch(l, "kl of example", g.KL) }
	s.loss = func(r int) float64 {
		return mean(read(dev, g.NLL, r)) + scalar(dev, s.klWeight, r)*mean(read(dev, g.KL, r))
	}
	return s
}

func newM2Subject(dev engine.Device, spec M2Spec, pairs engine.Pairs, w M2Weights, o engine.OptimiserOptions, seeds ...uint64) *subject {
	m := NewM2(spec)
	s := &subject{Learner: newLearner(dev, &m.Layout, o, seeds)}
	g := m.Graph(dev, pairs, true)
	for r := range seeds {
		g.SetWeights(r, w)
	}
	s.x, s.labels, s.m2, s.klWeight = g.X, g.Labels.Slice(0, pairs.Labelled), g, s.KLWeight()
	s.take = func(l *engine.List) {
		g.Gradients(l, s.Params.Values, s.Params.Grads, s.klWeight, s.Noise(noise.StreamM2Latent))
	}
	s.watch = func(l *engine.List) {
		s.Watch(l, "cost of pair", g.Cost)
		s.Watch(l, "bound of unlabelled example", g.U)
		s.Watch(l, "classifier's loss of labelled example", g.CE)
	}
	s.loss = func(r int) float64 {
		labelled := read(dev, g.Cost, r)[:pairs.Labelled]
		return w.Labelled*sum(labelled) + w.Unlabelled*sum(read(dev, g.U, r)) + w.Classifier*sum(read(dev, g.CE, r))
	}
	return s
}

// newJointSubject is a stack on all of M1's latents but one, which the seed decides.
func newJointSubject(dev engine.Device, spec M1Spec, spec2 M2Spec, pairs engine.Pairs, w M2Weights, o engine.OptimiserOptions, seeds ...uint64) *subject {
	spec2.Inputs, spec2.Output = spec.Latents-1, Gaussian
	m := NewJoint(NewM1(spec), NewM2(spec2))
	s := &subject{Learner: newLearner(dev, &m.Layout, o, seeds)}
	s.Split(m.M1.Size, o, []float64{3e-2, 3e-2, 3e-2}[:len(seeds)])
	g := m.Graph(dev, pairs, true)
	for r, seed := range seeds {
		g.SetKept(r, allBut(int(seed)%spec.Latents, spec.Latents))
		g.SetWeights(r, w)
	}
	s.x, s.labels, s.joint, s.klWeight = g.M1.X, g.M2.Labels.Slice(0, pairs.Labelled), g, s.KLWeight()
	s.take = func(l *engine.List) {
		g.Gradients(l, s.Params.Values, s.Params.Grads, s.klWeight, s.Noise(noise.StreamM1Latent), s.Noise(noise.StreamM2Latent))
	}
	s.watch = func(l *engine.List) {
		s.Watch(l, "nll of sample row", g.M1.NLL)
		s.Watch(l, "cost of example's latents", g.Posterior)
		s.Watch(l, "cost of pair", g.M2.Cost)
		s.Watch(l, "bound of unlabelled example", g.M2.U)
		s.Watch(l, "classifier's loss of labelled example", g.M2.CE)
	}
	s.loss = func(r int) float64 {
		total := w.Classifier * sum(read(dev, g.M2.CE, r))
		nll, posterior, cost, u := read(dev, g.M1.NLL, r), read(dev, g.Posterior, r), read(dev, g.M2.Cost, r), read(dev, g.M2.U, r)
		for b := range nll {
			if b < pairs.Labelled {
				total += w.Labelled * (nll[b] + posterior[b] + cost[b])
			} else {
				total += w.Unlabelled * (nll[b] + posterior[b] + u[b-pairs.Labelled])
			}
		}
		return total
	}
	return s
}

// allBut is the numbers below n without one of them.
func allBut(one, n int) []int {
	var others []int
	for i := range n {
		if i != one {
			others = append(others, i)
		}
	}
	return others
}

func newSupervisedSubject(dev engine.Device, spec SupervisedSpec, examples int, o engine.OptimiserOptions, seeds ...uint64) *subject {
	m := NewSupervised(spec)
	s := &subject{Learner: newLearner(dev, &m.Layout, o, seeds)}
	g := m.Graph(dev, examples, true)
	s.x, s.labels, s.supervised = g.X, g.Labels, g
	s.take = func(l *engine.List) { g.Gradients(l, s.Params.Values, s.Params.Grads) }
	s.watch = func(l *engine.List) { s.Watch(l, "classifier's loss of labelled example", g.CE) }
	s.loss = func(r int) float64 { return mean(read(dev, g.CE, r)) }
	return s
}

// draw fills the minibatch of every replica: pixels from [0, 1), or normals, by the
// replica's seed alone.
func (s *subject) draw(normal bool, classes int, seeds ...uint64) {
	for r, seed := range seeds {
		x := make([]float64, s.x.Len)
		for i := range x {
			w := noise.Philox(uint32(i), 0, 0, 0, seed)
			if x[i] = noise.Uniform(w[0]); normal {
				x[i] = noise.Normals(w)[0]
			}
		}
		write(s.dev, s.x, r, x)
		labels := make([]int32, s.labels.Len)
		for i := range labels {
			labels[i] = int32(noise.Philox(uint32(i), 1, 0, 0, seed)[0] % uint32(classes))
		}
		s.dev.WriteInts(s.labels, r, labels)
	}
}

// perturb moves every parameter away from its initial value, so that no bias and no
// logvar is zero, where a gradient may be special.
func (s *subject) perturb(seeds ...uint64) {
	for r, seed := range seeds {
		values, shift := read(s.dev, s.Params.Values, r), make([]float32, s.Params.Values.Len)
		noise.Fill(shift, seed, 1<<20)
		for i := range values {
			values[i] += 0.1 * float64(shift[i])
		}
		write(s.dev, s.Params.Values, r, values)
	}
}

// ready gives a subject of one replica data and parameters and begins step 1.
func (s *subject) ready(normal bool, classes int) {
	s.draw(normal, classes, 2)
	s.perturb(9)
	now(s.dev, s.Begin)
}

// smallSubjects are subjects of each kind, a replica for each seed, with data for a
// step. One is wide enough for a device to share its rows out. The last take their
// derivatives from the pre-activations.
func smallSubjects(dev engine.Device, o engine.OptimiserOptions, seeds ...uint64) map[string]*subject {
	pairs := engine.Pairs{Labelled: 3, Unlabelled: 4, Labels: 3, Samples: 2}
	m2 := M2Spec{
		Inputs: 6, Labels: 3, Hidden: []int{7, 5}, ClassifierHidden: []int{5}, Latents: 3,
		Activation: engine.Softplus, Output: Gaussian, ClassPrior: LearnedPrior,
	}
	silu := m2
	silu.Activation = engine.SiLU
	subjects := map[string]*subject{
		"m1": newM1Subject(dev, M1Spec{Inputs: 9, Hidden: []int{7, 6}, Latents: 3, Activation: engine.Softplus}, 5, 2, o, seeds...),
		"m1 wide": newM1Subject(dev,
			M1Spec{Inputs: 130, Hidden: []int{70, 33}, Latents: 9, Activation: engine.Tanh, Output: Gaussian}, 37, 1, o, seeds...),
		"m2": newM2Subject(dev, m2, pairs, LossWeights(pairs, 10, 70, 0.3), o, seeds...),
		"joint": newJointSubject(dev,
			M1Spec{Inputs: 9, Hidden: []int{7, 6}, Latents: 7, Activation: engine.Softplus}, m2, pairs, LossWeights(pairs, 10, 70, 0.3), o, seeds...),
		"supervised": newSupervisedSubject(dev,
			SupervisedSpec{Inputs: 8, Labels: 3, Hidden: []int{7, 6}, Activation: engine.ReLU}, 6, o, seeds...),
		"m1 gelu": newM1Subject(dev,
			M1Spec{Inputs: 9, Hidden: []int{7, 6}, Latents: 3, Activation: engine.GELU}, 5, 2, o, seeds...),
		"m2 silu": newM2Subject(dev, silu, pairs, LossWeights(pairs, 10, 70, 0.3), o, seeds...),
		"joint gelu": newJointSubject(dev,
			M1Spec{Inputs: 9, Hidden: []int{7, 6}, Latents: 7, Activation: engine.GELU}, silu,
			pairs, LossWeights(pairs, 10, 70, 0.3), o, seeds...),
		"supervised silu": newSupervisedSubject(dev,
			SupervisedSpec{Inputs: 8, Labels: 3, Hidden: []int{7, 6}, Activation: engine.SiLU}, 6, o, seeds...),
	}
	for _, s := range subjects {
		s.draw(s.m2 != nil, 3, seeds...) // the stack's x are pixels
	}
	return subjects
}

// devices are the single-precision devices of this machine.
func devices(t testing.TB, replicas int) []engine.Device {
	t.Helper()
	all := []engine.Device{ref.New[float32](replicas)}
	for level := simd.Portable; level <= simd.Best(); level++ {
		d, err := cpu.New(cpu.Options{Replicas: replicas, Threads: 2, Level: level.String()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		all = append(all, d)
	}
	return all
}

// doubles gives access to the memory of a double-precision device, which the
// contract reads and writes as float32 only.
type doubles interface {
	Floats(a engine.Floats, replica int) []float64
}

// read copies an array of one replica to the host, with all the digits it has.
func read(dev engine.Device, a engine.Floats, replica int) []float64 {
	if a.Len == 0 {
		return nil
	}
	if d, ok := unwrap(dev).(doubles); ok {
		return slices.Clone(d.Floats(a, replica))
	}
	host, wide := make([]float32, a.Len), make([]float64, a.Len)
	dev.ReadFloats(host, a, replica)
	for i, v := range host {
		wide[i] = float64(v)
	}
	return wide
}

// write is the opposite of read.
func write(dev engine.Device, a engine.Floats, replica int, values []float64) {
	if d, ok := unwrap(dev).(doubles); ok {
		copy(d.Floats(a, replica), values)
		return
	}
	host := make([]float32, a.Len)
	for i := range host {
		host[i] = float32(values[i])
	}
	dev.WriteFloats(a, replica, host)
}

func scalar(dev engine.Device, a engine.Doubles, replica int) float64 {
	var value [1]float64
	dev.ReadDoubles(value[:], a, replica)
	return value[0]
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

func mean(x []float64) float64 { return sum(x) / float64(len(x)) }

// distance is ‖got − want‖₂ / ‖want‖₂, or ‖got‖₂ where all of want is zero.
func distance(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	difference, norm := 0.0, 0.0
	for i, w := range want {
		difference += (got[i] - w) * (got[i] - w)
		norm += w * w
	}
	if norm == 0 {
		return math.Sqrt(difference)
	}
	return math.Sqrt(difference / norm)
}
