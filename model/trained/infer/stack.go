package infer

import (
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
)

// StackBatch is how many examples a stack is evaluated on at a time. It has K times as many rows:
// memory stays small.
const StackBatch = 100

// Stack is an M2 with its parameters on the host, and where it is stacked the M1 on whose kept latents it works.
type Stack struct {
	M2       *model.M2
	M2Values []float32
	M1       *model.M1 // nil: M2 works on x itself
	M1Values []float32
	Kept     []int
}

// EachBound calls f for minibatches of the examples, from the first on, in as many rounds as there are to be noise
// samples, with the parts of a lower bound on log p(x): minus the sum of a row's costs is its bound. f must not keep
// them. M2 on pixels costs U(x); M1+M2 costs A(x) + U(z1), see model.Joint.
func (s Stack) EachBound(
	dev engine.Device, in Input, w Walk, examples []int32, samples int, f func(first int, costs [][]float32),
) {
	mark := dev.Mark()
	defer dev.Release(mark)
	if s.M1 != nil {
		e := NewStackEvaluator(dev, model.NewJoint(s.M1, s.M2), in, w.Seed)
		e.SetKept(0, s.Kept)
		e.Stopped = w.Stopped
		values := dev.NewFloats(s.M1.Size + s.M2.Size)
		dev.WriteFloats(values.Slice(0, s.M1.Size), 0, s.M1Values)
		dev.WriteFloats(values.Slice(s.M1.Size, s.M2.Size), 0, s.M2Values)
		e.EachBound(values, [][]int32{examples}, samples, func(_, first int, costs [][]float32) { f(first, costs) })
		return
	}
	m2 := s.M2.Graph(dev, engine.Pairs{Unlabelled: StackBatch, Samples: 1}, false)
	values, one := Upload(dev, s.M2Values), dev.NewDoubles(1)
	dev.WriteDoubles(one, 0, []float64{1})
	b, u := NewBatches(dev, in, m2.X, w.Seed), make([]float32, StackBatch)
	b.Stopped = w.Stopped
	program := engine.Recorded(func(steps *engine.List) {
		b.Gather(steps)
		m2.Bound(steps, values, one, b.z2())
	}).Compile(dev)
	for round := range samples {
		b.Each([][]int32{examples}, round, func(first int, counts []int) {
			program.Run(1)
			dev.ReadFloats(u, m2.U, 0)
			f(first, [][]float32{u[:counts[0]]})
		})
	}
}

// z2 is the noise of M2's latents: those of M1 and M2 are independent, so the two must not share noise.
func (b *Batches) z2() engine.Noise {
	n := b.Noise
	n.Stream = noise.StreamEvaluationM2
	return n
}

// Bound is the mean lower bound on log p(x), see EachBound.
func (s Stack) Bound(dev engine.Device, in Input, w Walk, examples []int32, samples int) float64 {
	total := 0.0
	s.EachBound(dev, in, w, examples, samples, func(_ int, costs [][]float32) {
		for _, part := range costs {
			total -= Sum(part)
		}
	})
	return total / float64(samples*len(examples))
}

// StackEvaluator evaluates an M1+M2 for each replica of a device: the classifier q(y|z1) at the mean of q(z1|x), and
// the bound.
type StackEvaluator struct {
	*Classifier
	graph *model.JointGraph
	one   engine.Doubles
	costs [][]float32 // of a minibatch
}

// NewStackEvaluator is for the parameters of both models in one array. SetKept must follow for each replica.
func NewStackEvaluator(dev engine.Device, m *model.Joint, in Input, seeds ...uint64) *StackEvaluator {
	graph := m.Graph(dev, engine.Pairs{Unlabelled: StackBatch, Samples: 1}, false)
	e := &StackEvaluator{graph: graph, one: dev.NewDoubles(1)}
	e.Classifier = NewClassifier(dev, in, graph.M1.X, graph.M2.Logits, graph.Classify, seeds...)
	for range 3 {
		e.costs = append(e.costs, make([]float32, StackBatch))
	}
	return e
}

// SetKept says which of M1's latents a replica's M2 works on.
func (e *StackEvaluator) SetKept(replica int, kept []int) {
	e.graph.SetKept(replica, kept)
	e.dev.WriteDoubles(e.one, replica, []float64{1})
}

// EachBound is Stack's, for each replica's examples.
func (e *StackEvaluator) EachBound(
	values engine.Floats, examples [][]int32, samples int, f func(replica, first int, costs [][]float32),
) {
	program := engine.Recorded(func(steps *engine.List) {
		e.Gather(steps)
		e.graph.Bound(steps, values, e.one, e.Noise, e.z2())
	}).Compile(e.dev)
	parts := []engine.Floats{e.graph.M1.NLL, e.graph.Posterior, e.graph.M2.U}
	costs := make([][]float32, len(parts))
	for round := range samples {
		e.Each(examples, round, func(first int, counts []int) {
			program.Run(1)
			for r, count := range counts {
				for i, part := range parts {
					e.dev.ReadFloats(e.costs[i], part, r)
					costs[i] = e.costs[i][:count]
				}
				f(r, first, costs)
			}
		})
	}
}

// Bounds are the mean lower bounds on log p(x) of each replica's examples, by one noise sample.
func (e *StackEvaluator) Bounds(values engine.Floats, examples [][]int32) []float64 {
	bounds := make([]float64, len(examples))
	e.EachBound(values, examples, 1, func(r, _ int, costs [][]float32) {
		for _, part := range costs {
			bounds[r] -= Sum(part)
		}
	})
	for r := range bounds {
		bounds[r] /= float64(len(examples[r]))
	}
	return bounds
}
