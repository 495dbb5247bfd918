package infer

import (
	"ssdgm/engine"
	"ssdgm/model"
)

// M1Bound is the mean of M1's bound over examples, in its parts, and the moments of q(z|x)'s means.
type M1Bound struct {
	NLL, KL float64
	Means   *Moments
}

// M1Evaluator evaluates M1's bound for each replica of a device, one noise sample at a time.
type M1Evaluator struct {
	*Batches
	dev            engine.Device
	latents        int
	graph          *model.M1Graph
	nll, kl, stats []float32
}

// NewM1Evaluator takes so many examples at a time.
func NewM1Evaluator(dev engine.Device, m *model.M1, in Input, size int, seeds ...uint64) *M1Evaluator {
	graph := m.Graph(dev, size, 1, false)
	return &M1Evaluator{
		Batches: NewBatches(dev, in, graph.X, seeds...), dev: dev, latents: m.Latents, graph: graph,
		nll: make([]float32, size), kl: make([]float32, size), stats: make([]float32, 2*size*m.Latents),
	}
}

// M1Rows is what the bound is made of for some examples of one replica, from the first on. Whoever sees it must not
// keep it.
type M1Rows struct {
	Round, Replica, First int
	NLL, KL               []float32 // of each example, nats
	Stats                 []float32 // rows [mean | logvar] of q(z|x), in the first round
}

// Each calls f for minibatches of the examples, in as many rounds as there are to be noise samples.
func (e *M1Evaluator) Each(values engine.Floats, examples []int32, samples int, f func(M1Rows)) {
	same := make([][]int32, e.dev.Replicas())
	for r := range same {
		same[r] = examples
	}
	program := engine.Recorded(func(steps *engine.List) {
		e.Gather(steps)
		e.graph.Bound(steps, values, e.Noise)
	}).Compile(e.dev)
	for round := range samples {
		e.Batches.Each(same, round, func(first int, counts []int) {
			program.Run(1)
			for r, count := range counts {
				f(e.rows(M1Rows{Round: round, Replica: r, First: first}, count))
			}
		})
	}
}

func (e *M1Evaluator) rows(rows M1Rows, count int) M1Rows {
	e.dev.ReadFloats(e.nll, e.graph.NLL, rows.Replica)
	e.dev.ReadFloats(e.kl, e.graph.KL, rows.Replica)
	rows.NLL, rows.KL = e.nll[:count], e.kl[:count]
	if rows.Round == 0 {
		e.dev.ReadFloats(e.stats, e.graph.Stats(), rows.Replica)
		rows.Stats = e.stats[:2*count*e.latents]
	}
	return rows
}

// Bounds gives each replica's mean bound with so many noise samples per example.
func (e *M1Evaluator) Bounds(values engine.Floats, examples []int32, samples int) []M1Bound {
	bounds := make([]M1Bound, e.dev.Replicas())
	for r := range bounds {
		bounds[r].Means = NewMoments(e.latents)
	}
	e.Each(values, examples, samples, func(rows M1Rows) {
		b := &bounds[rows.Replica]
		b.NLL += Sum(rows.NLL)
		b.KL += Sum(rows.KL)
		for stats := rows.Stats; len(stats) > 0; stats = stats[2*e.latents:] {
			b.Means.Add(stats)
		}
	})
	n := float64(samples * len(examples))
	for r := range bounds {
		bounds[r].NLL, bounds[r].KL = bounds[r].NLL/n, bounds[r].KL/n
	}
	return bounds
}

// Sum adds up in float64.
func Sum(x []float32) float64 {
	total := 0.0
	for _, v := range x {
		total += float64(v)
	}
	return total
}

// Encoder gives q(z1|x) of an M1 on a device of one replica.
type Encoder struct {
	*Batches
	dev     engine.Device
	row     int
	stats   engine.Floats
	host    []float32
	program engine.Program
}

// NewEncoder takes so many examples at a time.
func NewEncoder(dev engine.Device, m *model.M1, values []float32, in Input, size int) *Encoder {
	graph, uploaded := m.Graph(dev, size, 1, false), Upload(dev, values)
	e := &Encoder{Batches: NewBatches(dev, in, graph.X, 0), dev: dev, row: 2 * m.Latents, stats: graph.Stats()}
	e.host = make([]float32, e.stats.Len)
	e.program = engine.Recorded(func(steps *engine.List) {
		e.Gather(steps)
		graph.Encode(steps, uploaded)
	}).Compile(dev)
	return e
}

// run encodes the minibatch that was taken; the result is the encoder's own.
func (e *Encoder) run(count int) (stats []float32) {
	e.program.Run(1)
	e.dev.ReadFloats(e.host, e.stats, 0)
	return e.host[:count*e.row]
}

// Each calls f for minibatches of the examples with the stats of them, rows
// [mean | logvar], which f must not keep.
func (e *Encoder) Each(examples []int32, f func(first int, stats []float32)) {
	e.Batches.Each([][]int32{examples}, 0, func(first int, counts []int) { f(first, e.run(counts[0])) })
}

// Means are the means of the latents that are kept, as the input of what works on them. A minibatch of it is one of
// the encoder's.
func (e *Encoder) Means(kept []int) Input {
	return Input{Width: len(kept), Rows: func(dst []float32, examples []int32) {
		stats := e.run(e.take(0, examples, 0))
		Pick(dst[:len(examples)*len(kept)], stats, e.row, kept)
	}}
}

// Pick copies some values of each row, of so many, as many as dst holds.
func Pick(dst, rows []float32, width int, places []int) {
	for i := range len(dst) / len(places) {
		for k, j := range places {
			dst[i*len(places)+k] = rows[i*width+j]
		}
	}
}

// FirstHalves copies the means out of rows [mean | logvar], as many as dst holds.
func FirstHalves(dst, rows []float32, width int) {
	for i := 0; i*width < len(dst); i++ {
		copy(dst[i*width:][:width], rows[2*i*width:])
	}
}
