package infer

import (
	"math"

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

// StackRows are the parts of a stack's bound for some examples, from the first on. Whoever sees them must not keep
// them.
type StackRows struct {
	First int
	// M1 is log p(x|z1) + H(q) of the kept latents − KL of the others, of each row, and M1Sum their sum in float64; 0
	// without an M1.
	M1    []float64
	M1Sum float64
	U     []float32 // U(z1) of each row, or U(x)
}

// EachBound calls f for minibatches of the examples, in as many rounds as there are to be noise samples, with the parts
// of a lower bound on log p(x). M2 on pixels: −U(x). M1+M2: the
// stack's, E_q(z1|x)[log p(x|z1) − U(z1)] + H(q(z1|x)), where the latents that M2 does
// not model keep M1's prior, so that they count −KL.
func (s Stack) EachBound(dev engine.Device, in Input, w Walk, examples []int32, samples int, f func(StackRows)) {
	const size = StackBatch
	mark := dev.Mark()
	defer dev.Release(mark)
	m2 := s.M2.Graph(dev, engine.Pairs{Unlabelled: size, Samples: 1}, false)
	values, one := Upload(dev, s.M2Values), dev.NewDoubles(1)
	dev.WriteDoubles(one, 0, []float64{1})
	u, zero := make([]float32, size), make([]float64, size)
	var b *Batches
	var stacked *stackedInput
	if s.M1 != nil {
		stacked = newStackedInput(dev, s, in, w.Seed)
		b = stacked.Batches
	} else {
		b = NewBatches(dev, in, m2.X, w.Seed)
	}
	b.Stopped = w.Stopped
	// z1 and z2 are independent: the stack's two models must not share noise.
	m2Noise := b.Noise
	m2Noise.Stream = noise.StreamEvaluationM2
	bound := engine.Recorded(func(steps *engine.List) {
		if s.M1 == nil {
			b.Gather(steps)
		}
		m2.Bound(steps, values, one, m2Noise)
	}).Compile(dev)
	for round := range samples {
		b.Each([][]int32{examples}, round, func(first int, counts []int) {
			count := counts[0]
			rows := StackRows{First: first, M1: zero[:count], U: u[:count]}
			if stacked != nil {
				rows.M1Sum, rows.M1 = stacked.fill(m2.X, count), stacked.rows[:count]
			}
			bound.Run(1)
			dev.ReadFloats(u, m2.U, 0)
			f(rows)
		})
	}
}

// Bound is the mean lower bound on log p(x), see EachBound.
func (s Stack) Bound(dev engine.Device, in Input, w Walk, examples []int32, samples int) float64 {
	total := 0.0
	s.EachBound(dev, in, w, examples, samples, func(rows StackRows) {
		total += rows.M1Sum
		total -= Sum(rows.U)
	})
	return total / float64(samples*len(examples))
}

// stackedInput draws z1 ~ q(z1|x) for M2.
type stackedInput struct {
	*Batches
	kept              []int
	latents           int
	dev               engine.Device
	graph             *model.M1Graph
	program           engine.Program // fills the graph for a minibatch
	nll, z, stats, x2 []float32
	rows              []float64 // StackRows.M1
}

func newStackedInput(dev engine.Device, of Stack, in Input, seed uint64) *stackedInput {
	const size = StackBatch
	s := &stackedInput{kept: of.Kept, latents: of.M1.Latents, dev: dev, graph: of.M1.Graph(dev, size, 1, false)}
	s.Batches = NewBatches(dev, in, s.graph.X, seed)
	values := Upload(dev, of.M1Values)
	s.program = engine.Recorded(func(steps *engine.List) {
		s.Gather(steps)
		s.graph.Bound(steps, values, s.Noise)
	}).Compile(dev)
	s.nll, s.z, s.rows = make([]float32, size), make([]float32, size*s.latents), make([]float64, size)
	s.stats, s.x2 = make([]float32, 2*len(s.z)), make([]float32, size*len(s.kept))
	return s
}

// fill writes the kept part of z1 to x and returns the sum over the rows of
// log p(x|z1) + H(q) of the kept latents − KL of the others, which it leaves in rows.
func (s *stackedInput) fill(x engine.Floats, count int) float64 {
	s.program.Run(1)
	s.dev.ReadFloats(s.nll, s.graph.NLL, 0)
	s.dev.ReadFloats(s.z, s.graph.Z(), 0)
	s.dev.ReadFloats(s.stats, s.graph.Stats(), 0)
	kept := make(map[int]bool)
	for k, j := range s.kept {
		kept[j] = true
		for i := range len(s.nll) {
			s.x2[i*len(s.kept)+k] = s.z[i*s.latents+j]
		}
	}
	s.dev.WriteFloats(x, 0, s.x2)
	total := -Sum(s.nll[:count])
	for i := range count {
		row := -float64(s.nll[i])
		for j := range s.latents {
			mean, logvar := float64(s.stats[2*i*s.latents+j]), float64(s.stats[(2*i+1)*s.latents+j])
			var term float64
			if kept[j] {
				term = 0.5 * (1 + math.Log(2*math.Pi) + logvar)
			} else {
				term = -0.5 * (mean*mean + math.Exp(logvar) - 1 - logvar)
			}
			total += term
			row += term
		}
		s.rows[i] = row
	}
	return total
}
