package infer

import (
	"math"

	"ssdgm/engine"
	"ssdgm/model"
)

// Styles gives, for the first n examples, the label that the classifier thinks most
// probable, y = argmax q(y|x), and the mean of q(z|x,y), [n, M2's latents].
func (s Stack) Styles(dev engine.Device, in Input, n int, w Walk) (labels []int32, means []float32) {
	m, size := s.M2, w.Size
	classes, latents := m.Labels, m.Latents
	graph := m.Graph(dev, engine.Pairs{Labelled: size, Samples: 1}, false)
	b, uploaded, picked := NewBatches(dev, in, graph.X, w.Seed), Upload(dev, s.M2Values), make([]int32, size)
	b.Stopped = w.Stopped
	logits, stats := make([]float32, graph.Logits.Len), make([]float32, 2*size*latents)
	labels, means = make([]int32, n), make([]float32, n*latents)
	classify := engine.Recorded(func(steps *engine.List) {
		b.Gather(steps)
		graph.Classify(steps, uploaded)
	}).Compile(dev)
	var encoded engine.Floats
	encode := engine.Recorded(func(steps *engine.List) { encoded = graph.Encode(steps, uploaded) }).Compile(dev)
	b.Each([][]int32{Sequence(n)}, 0, func(first int, counts []int) {
		classify.Run(1)
		dev.ReadFloats(logits, graph.Logits, 0)
		for i := range picked {
			picked[i] = int32(Argmax(logits[i*classes:][:classes]))
		}
		dev.WriteInts(graph.Labels, 0, picked)
		encode.Run(1)
		dev.ReadFloats(stats, encoded, 0)
		copy(labels[first:], picked[:counts[0]])
		FirstHalves(means[first*latents:][:counts[0]*latents], stats, latents)
	})
	return labels, means
}

// decodeRows is how many latents are decoded at once.
const decodeRows = 100

// Head makes values of what a decoder's head gives for rows, from the first on: logits, or rows [mean | logvar]. It
// writes a row's values to dst, [rows, width].
type Head func(first int, dst, out []float32)

// MeanOf gives the mean of p(x|z), for rows of width values.
func MeanOf(output model.Output, width int) Head {
	return func(_ int, dst, out []float32) {
		if output == model.Gaussian {
			FirstHalves(dst, out, width)
			return
		}
		for i := range dst {
			dst[i] = float32(1 / (1 + math.Exp(-float64(out[i]))))
		}
	}
}

// DecodeM1 gives what head makes of p(x|z1) for rows of M1's latents, [rows, Inputs].
func DecodeM1(dev engine.Device, m *model.M1, values, z []float32, head Head, stopped func() bool) []float32 {
	mark := dev.Mark()
	defer dev.Release(mark)
	graph, uploaded := m.Graph(dev, decodeRows, 1, false), Upload(dev, values)
	d := decoder{dev: dev, z: graph.Z(), out: graph.Out, latents: m.Latents, width: m.Inputs, head: head}
	d.stopped = stopped
	program := engine.Recorded(func(steps *engine.List) { graph.Decode(steps, uploaded) }).Compile(dev)
	return d.decode(z, func(int) { program.Run(1) })
}

// DecodeM2 gives what head makes of p(x|y,z) for rows of M2's latents with a label each, [rows, M2's Inputs].
func (s Stack) DecodeM2(dev engine.Device, z []float32, labels []int32, head Head, stopped func() bool) []float32 {
	mark := dev.Mark()
	defer dev.Release(mark)
	m := s.M2
	graph, values := m.Graph(dev, engine.Pairs{Labelled: decodeRows, Samples: 1}, false), Upload(dev, s.M2Values)
	d := decoder{dev: dev, z: graph.Z(), out: graph.Out, latents: m.Latents, width: m.Inputs, head: head}
	d.stopped = stopped
	picked := make([]int32, decodeRows)
	program := engine.Recorded(func(steps *engine.List) { graph.Decode(steps, values) }).Compile(dev)
	return d.decode(z, func(first int) {
		copy(picked, labels[first:])
		dev.WriteInts(graph.Labels, 0, picked)
		program.Run(1)
	})
}

// Decode gives the mean image of p(x|y,z) for rows of M2's latents with a label
// each, [rows, Inputs]. Where M2 is stacked, its mean is M1's kept latents, the others
// are 0, the mean of their prior, and M1 decodes them.
func (s Stack) Decode(dev engine.Device, z []float32, labels []int32, stopped func() bool) []float32 {
	means := s.DecodeM2(dev, z, labels, MeanOf(s.M2.Output, s.M2.Inputs), stopped)
	if s.M1 == nil {
		return means
	}
	z1 := make([]float32, len(labels)*s.M1.Latents)
	s.Widen(z1, means)
	return DecodeM1(dev, s.M1, s.M1Values, z1, MeanOf(s.M1.Output, s.M1.Inputs), stopped)
}

// Widen puts rows of M1's kept latents into their places among all of them, in dst.
func (s Stack) Widen(dst, rows []float32) {
	for i := range len(rows) / len(s.Kept) {
		for k, j := range s.Kept {
			dst[i*s.M1.Latents+j] = rows[i*len(s.Kept)+k]
		}
	}
}

// decoder runs a model's decoder over latents on the host, some rows at a time.
type decoder struct {
	dev            engine.Device
	z, out         engine.Floats
	latents, width int // of a row of z, and of one of values
	head           Head
	stopped        func() bool
}

// decode gives the values of all rows; run decodes those from first on.
func (d *decoder) decode(z []float32, run func(first int)) []float32 {
	rows := len(z) / d.latents
	values := make([]float32, rows*d.width)
	part, out := make([]float32, d.z.Len), make([]float32, d.out.Len)
	for first := 0; first < rows; first += decodeRows {
		if d.stopped != nil && d.stopped() {
			break
		}
		count := copy(part, z[first*d.latents:]) / d.latents
		d.dev.WriteFloats(d.z, 0, part)
		run(first)
		d.dev.ReadFloats(out, d.out, 0)
		d.head(first, values[first*d.width:][:count*d.width], out)
	}
	return values
}
