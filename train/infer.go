package train

import (
	"math"

	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/train/data"
)

// firstHalves copies the means out of rows [mean | logvar], as many as dst holds.
func firstHalves(dst, rows []float32, width int) {
	for i := 0; i*width < len(dst); i++ {
		copy(dst[i*width:][:width], rows[2*i*width:])
	}
}

// EncodeM1 gives the means of q(z1|x) for a set, [N, M1's latents].
func EncodeM1(dev engine.Device, t *Trained, set *data.Set) ([]float32, error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	latents := t.M1.Latents
	means := make([]float32, set.N*latents)
	eachEncoded(dev, t, uploadPixels(dev, set), sequence(set.N), nil, func(first int, stats []float32) {
		firstHalves(means[first*latents:][:len(stats)/2], stats, latents)
	})
	return means, dev.Sync()
}

// EncodeM2 gives, for each example of a set, the label that the classifier thinks most
// probable, y = argmax q(y|x), and the mean of q(z|x,y), [N, M2's latents].
func EncodeM2(dev engine.Device, t *Trained, set *data.Set) (labels []int32, means []float32, err error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	in, size, latents := features(dev, t, uploadPixels(dev, set), set.N), t.Config.Eval.BatchSize, t.M2.Latents
	graph, b := t.M2.Graph(dev, engine.Pairs{Labelled: size, Samples: 1}, false), newBatches(dev, size, t.Config.Seed)
	values, picked := uploadValues(dev, t.M2Values), make([]int32, size)
	logits, stats := make([]float32, graph.Logits.Len), make([]float32, 2*size*latents)
	labels, means = make([]int32, set.N), make([]float32, set.N*latents)
	classify := engine.Recorded(func(steps *engine.List) {
		in.gather(steps, graph.X, b.index, false, engine.BinariseNone, b.noise)
		graph.Classify(steps, values)
	}).Compile(dev)
	var encoded engine.Floats
	encode := engine.Recorded(func(steps *engine.List) { encoded = graph.Encode(steps, values) }).Compile(dev)
	b.each([][]int32{sequence(set.N)}, 0, func(first int, counts []int) {
		classify.Run(1)
		dev.ReadFloats(logits, graph.Logits, 0)
		for i := range picked {
			picked[i] = int32(argmax(logits[i*t.Classes:][:t.Classes]))
		}
		dev.WriteInts(graph.Labels, 0, picked)
		encode.Run(1)
		dev.ReadFloats(stats, encoded, 0)
		copy(labels[first:], picked[:counts[0]])
		firstHalves(means[first*latents:][:counts[0]*latents], stats, latents)
	})
	return labels, means, dev.Sync()
}

// decodeRows is how many latents are decoded at once.
const decodeRows = 100

// DecodeM1 gives the mean of p(x|z1) for rows of M1's latents, [rows, Inputs].
func DecodeM1(dev engine.Device, t *Trained, z []float32) ([]float32, error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	graph, values := t.M1.Graph(dev, decodeRows, 1, false), uploadValues(dev, t.M1Values)
	d := decoder{dev: dev, z: graph.Z(), out: graph.Out, output: t.M1.Output, latents: t.M1.Latents, width: t.Inputs}
	program := engine.Recorded(func(steps *engine.List) { graph.Decode(steps, values) }).Compile(dev)
	return d.decode(z, func(int) { program.Run(1) }), dev.Sync()
}

// DecodeM2 gives the mean image of p(x|y,z) for rows of M2's latents with a label
// each, [rows, Inputs]. Where M2 is stacked, its mean is M1's kept latents, the others
// are 0, the mean of their prior, and M1 decodes them.
func DecodeM2(dev engine.Device, t *Trained, z []float32, labels []int32) ([]float32, error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	m := t.M2
	graph, values := m.Graph(dev, engine.Pairs{Labelled: decodeRows, Samples: 1}, false), uploadValues(dev, t.M2Values)
	d := decoder{dev: dev, z: graph.Z(), out: graph.Out, output: m.Output, latents: m.Latents, width: m.Inputs}
	picked, program := make([]int32, decodeRows), engine.Recorded(func(steps *engine.List) { graph.Decode(steps, values) }).Compile(dev)
	means := d.decode(z, func(first int) {
		copy(picked, labels[first:])
		dev.WriteInts(graph.Labels, 0, picked)
		program.Run(1)
	})
	if t.M1 == nil {
		return means, dev.Sync()
	}
	return DecodeM1(dev, t, widen(means, t.Kept, t.M1.Latents))
}

// widen puts M1's kept latents into their places among all of them.
func widen(rows []float32, kept []int, latents int) []float32 {
	n := len(rows) / len(kept)
	all := make([]float32, n*latents)
	for i := range n {
		for k, j := range kept {
			all[i*latents+j] = rows[i*len(kept)+k]
		}
	}
	return all
}

// decoder runs a model's decoder over latents on the host, some rows at a time.
type decoder struct {
	dev            engine.Device
	z, out         engine.Floats
	output         model.Output
	latents, width int // of a row of z, and of a mean
}

// decode gives the means of all rows; run decodes those from first on.
func (d *decoder) decode(z []float32, run func(first int)) []float32 {
	rows := len(z) / d.latents
	means := make([]float32, rows*d.width)
	part, out := make([]float32, d.z.Len), make([]float32, d.out.Len)
	for first := 0; first < rows; first += decodeRows {
		count := copy(part, z[first*d.latents:]) / d.latents
		d.dev.WriteFloats(d.z, 0, part)
		run(first)
		d.dev.ReadFloats(out, d.out, 0)
		d.mean(means[first*d.width:][:count*d.width], out)
	}
	return means
}

// mean takes p(x|z)'s mean from what its head gives: logits, or rows [mean | logvar].
func (d *decoder) mean(dst, out []float32) {
	if d.output == model.Gaussian {
		firstHalves(dst, out, d.width)
		return
	}
	for i := range dst {
		dst[i] = float32(1 / (1 + math.Exp(-float64(out[i]))))
	}
}
