package engine

import "fmt"

// Lens says how long an array must be: what a device's step checks before it
// touches memory. Misuse is a programmer's mistake, so it panics.
func Lens[E any](step, name string, a Array[E], want int) {
	if a.Len < want {
		panic(fmt.Sprintf("engine: %s: len(%s) = %d, want %d", step, name, a.Len, want))
	}
}

// CheckDense panics unless the arrays fit the layer.
func CheckDense(y, x Floats, rows int, l Layer) {
	Lens("Dense", "y", y, rows*l.Out)
	Lens("Dense", "x", x, rows*l.In)
	l.check("Dense")
}

// CheckDenseGrad panics unless the arrays fit the layer.
func CheckDenseGrad(dx Floats, grad LayerGrad, dy, y, x Floats, rows int, l Layer) {
	const step = "DenseGrad"
	if !dx.IsNil() {
		Lens(step, "dx", dx, rows*l.In)
	}
	Lens(step, "grad.Weight", grad.Weight, l.In*l.Out)
	Lens(step, "grad.Bias", grad.Bias, l.Out)
	Lens(step, "dy", dy, rows*l.Out)
	Lens(step, "y", y, rows*l.Out)
	Lens(step, "x", x, rows*l.In)
	l.check(step)
}

func (l *Layer) check(step string) {
	Lens(step, "weight", l.Weight, l.In*l.Out)
	Lens(step, "bias", l.Bias, l.Out)
}

// CheckExpand panics unless the arrays fit ExpandLabels or its gradient.
func CheckExpand(step string, h, u, table Floats, labels Ints, p Pairs, width int) {
	Lens(step, "h", h, p.Rows()*width)
	Lens(step, "u", u, p.Examples()*width)
	Lens(step, "table", table, p.Labels*width)
	checkLabels(step, labels, p)
}

// CheckAdd panics unless the arrays fit AddLabels or its gradient.
func CheckAdd(step string, h, table Floats, labels Ints, p Pairs, width int) {
	Lens(step, "h", h, p.SampleRows()*width)
	Lens(step, "table", table, p.Labels*width)
	checkLabels(step, labels, p)
}

func checkLabels(step string, labels Ints, p Pairs) {
	if p.Labels > 1 || !labels.IsNil() {
		Lens(step, "labels", labels, p.Labelled)
	}
}

// CheckSample panics unless the arrays fit GaussianSample.
func CheckSample(z, kl, stats Floats, p Pairs, latents int) {
	const step = "GaussianSample"
	Lens(step, "z", z, p.SampleRows()*latents)
	Lens(step, "kl", kl, p.Rows())
	Lens(step, "stats", stats, 2*p.Rows()*latents)
}

// CheckSampleGrad panics unless the arrays fit GaussianSampleGrad.
func CheckSampleGrad(dstats, dz, stats, weight Floats, p Pairs, latents int) {
	const step = "GaussianSampleGrad"
	Lens(step, "dstats", dstats, 2*p.Rows()*latents)
	Lens(step, "dz", dz, p.SampleRows()*latents)
	Lens(step, "stats", stats, 2*p.Rows()*latents)
	Lens(step, "weight", weight, p.Rows())
}

// CheckStack panics unless the arrays fit StackPosterior.
func CheckStack(cost, dstats, stats Floats, g StackGrads, weight Floats, places Ints, p Pairs, latents, kept int) {
	const step = "StackPosterior"
	n := p.Examples()
	Lens(step, "cost", cost, n)
	Lens(step, "stats", stats, 2*n*latents)
	Lens(step, "places", places, latents)
	if dstats.IsNil() {
		return
	}
	Lens(step, "dstats", dstats, 2*n*latents)
	Lens(step, "the decoder's gradient", g.Decoder, n*latents)
	Lens(step, "the classifier's gradient", g.Classifier, n*kept)
	Lens(step, "the encoder's gradient", g.Encoder, n*kept)
	Lens(step, "the likelihood's gradient", g.Likelihood, 2*p.SampleRows()*kept)
	Lens(step, "weight", weight, n)
}

// CheckNLL panics unless the arrays fit a likelihood; columns is the number of
// elements in a row of out, which holds logits or stats.
func CheckNLL(step string, nll, dout, out, x, weight Floats, p Pairs, width, columns int) {
	Lens(step, "nll", nll, p.SampleRows())
	Lens(step, "logits or stats", out, p.SampleRows()*columns)
	Lens(step, "x", x, p.Examples()*width)
	if !dout.IsNil() {
		Lens(step, "its gradient", dout, p.SampleRows()*columns)
		Lens(step, "weight", weight, p.Rows())
	}
}
