package trained

import (
	"math"
	"slices"

	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/model/trained/infer"
)

// noiseOf gives the random words of four values of a row, of which this is one.
type noiseOf func(element int) [4]uint32

// statsWidth is how many numbers a head gives for so many values.
func statsWidth(output model.Output, width int) int {
	if output == model.Gaussian {
		return 2 * width
	}
	return width
}

// drawX draws what a model sees of an example from p(x|z), by what its head gives: logits, or [mean | logvar].
func (m *Model) drawX(output model.Output, x, out []float32, words noiseOf) {
	if output == model.Gaussian {
		drawGaussian(x, out, words)
		return
	}
	drawBernoulli(x, out, words)
	m.oneOf(x, out, words)
}

func drawGaussian(x, stats []float32, words noiseOf) {
	for j := 0; j < len(x); j += 4 {
		for k, v := range noise.Normals(words(j)) {
			if at := j + k; at < len(x) {
				x[at] = stats[at] + float32(math.Exp(float64(stats[len(x)+at])/2)*v)
			}
		}
	}
}

func drawBernoulli(x, logits []float32, words noiseOf) {
	for j := 0; j < len(x); j += 4 {
		for k, word := range words(j) {
			if at := j + k; at < len(x) {
				x[at] = 0
				if noise.Uniform(word) < 1/(1+math.Exp(-float64(logits[at]))) {
					x[at] = 1
				}
			}
		}
	}
}

// oneOf draws one category of each feature that is one-hot: that of independent Bernoullis of which exactly one is 1,
// which is the softmax of their logits.
func (m *Model) oneOf(x, logits []float32, words noiseOf) {
	if m.Input.PCA != nil {
		return
	}
	at := 0
	for _, f := range m.Input.Features {
		first, last := at, at+f.Width()
		at = last
		if len(f.Categories) < 2 || m.shifted(first, last) {
			continue
		}
		clear(x[first:last])
		x[first+infer.Draw(logits[first:last], noise.Uniform(words(first)[first%4]))] = 1
	}
}

// shifted tells whether 0 and 1 of some columns are not what the networks see of them.
func (m *Model) shifted(first, last int) bool {
	t := m.Input
	return t.Shift != nil && slices.ContainsFunc(t.Shift[first:last], func(v float32) bool { return v != 0 })
}
