//go:build !cuda

package check

import (
	"math"
	"strings"

	"ssdgm/engine/noise"
	"ssdgm/model"
)

// streamInput is for a stand-in of data, which package noise has no stream of its own for.
const streamInput = noise.StreamInit - 1

// draw makes parameters and a minibatch from a seed. No parameter is zero, where a
// gradient may be special, and logvars are small, so that variances stay tame.
func draw(p Problem, seed uint64) *Answer {
	a := &Answer{Seed: seed, Parameters: map[string]Tensor{}, Batch: map[string]Tensor{}}
	for i, t := range p.layout().Tensors {
		values := make([]float32, t.Len())
		noise.Fill(values, seed, i)
		for j := range values {
			values[j] *= initialScale(&t)
		}
		a.Parameters[t.Name] = Tensor{Shape: t.Shape, Data: wide(values)}
	}
	for i, in := range p.inputs() {
		values := make([]float64, size(in.shape))
		for j := range values {
			w := noise.Philox(uint32(j), uint32(i), 0, streamInput, seed)
			values[j] = float64(float32(in.value(w)))
		}
		a.Batch[in.name] = Tensor{Shape: in.shape, Data: values}
	}
	return a
}

// initialScale is the standard deviation of a tensor's random values.
func initialScale(t *model.Tensor) float32 {
	scale := 0.3
	if len(t.Shape) == 2 {
		scale = 1 / math.Sqrt(float64(t.Shape[1]))
	}
	if strings.Contains(t.Name, ".logvar.") {
		scale *= 0.3
	}
	return float32(scale)
}
