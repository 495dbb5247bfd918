package trained

import (
	"context"
	"slices"

	"gorgonia.org/tensor"

	"ssdgm/engine"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
)

// Classify gives the probabilities of the classes, q(y|x), of examples x, [n, d], a row an example: [n, K], in the
// order of Classes, by its Temperature where it has one. M1+M2 classifies the mean of q(z1|x) (Kingma et al. 2014,
// section 2). An M1 alone does not classify: that is an error, ErrInput.
func (m *Model) Classify(ctx context.Context, x *tensor.Dense) (*tensor.Dense, error) {
	if err := m.wantClasses(); err != nil {
		return nil, err
	}
	in, n, err := m.examples("classify", x)
	if err != nil {
		return nil, err
	}
	var logits []float32
	err = m.use(ctx, func(dev engine.Device, stopped func() bool) (err error) {
		logits, err = m.logits(dev, in, n, m.walk(stopped))
		return err
	})
	if err != nil {
		return nil, err
	}
	m.tempered(logits)
	return dense(logits, n, m.K), nil
}

// Encode gives the means of the latents of examples x, [n, d]: of M1, also of M1+M2, that of q(z1|x), [n, M1.Latents];
// of M2 alone that of q(z|x,y) with the most probable label, [n, M2.Latents]. ONNX's encoder computes the same. A
// supervised network, and a baseline on pixels, has no latents: that is an error, ErrInput.
func (m *Model) Encode(ctx context.Context, x *tensor.Dense) (*tensor.Dense, error) {
	if m.M1 == nil && m.M2 != nil {
		z, _, err := m.Styles(ctx, x)
		return z, err
	}
	if err := m.wantLatents(); err != nil {
		return nil, err
	}
	in, n, err := m.examples("encode", x)
	if err != nil {
		return nil, err
	}
	var means []float32
	err = m.use(ctx, func(dev engine.Device, stopped func() bool) error {
		means = m.means(dev, in, n, stopped)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dense(means, n, m.M1.Latents), nil
}

// means are those of q(z1|x).
func (m *Model) means(dev engine.Device, in infer.Input, n int, stopped func() bool) []float32 {
	latents := m.M1.Latents
	means := make([]float32, n*latents)
	e := infer.NewEncoder(dev, m.M1, m.M1Values, in, m.Config.Eval.BatchSize)
	e.Stopped = stopped
	e.Each(infer.Sequence(n), func(first int, stats []float32) {
		infer.FirstHalves(means[first*latents:][:len(stats)/2], stats, latents)
	})
	return means
}

// wantClasses holds that there is a q(y|x).
func (m *Model) wantClasses() error {
	if !m.classifies() {
		return format.Errorf("classify: want a model with a classifier, found model = %q; "+
			"train m2, m1m2 or a supervised network", m.Config.Model)
	}
	return nil
}

// wantLatents holds that there are latents to encode.
func (m *Model) wantLatents() error {
	if m.M2 != nil {
		return nil
	}
	return m.wantM1("encode", "m1, m2 or m1m2")
}

// wantDensity holds that there is a model of x.
func (m *Model) wantDensity(what string) error {
	if !m.HasBound() {
		return format.Errorf("%s: want a model of x (m1, m2 or m1m2), found model = %q; train one of those",
			what, m.Config.Model)
	}
	return nil
}

// wantM1 holds that there is an M1.
func (m *Model) wantM1(what, models string) error {
	if m.M1 == nil {
		return format.Errorf("%s: want a model with latents (%s), found model = %q; train one of those",
			what, models, m.Config.Model)
	}
	return nil
}

// wantM2 holds that the model draws examples of a given class.
func (m *Model) wantM2(what string) error {
	if m.M2 == nil {
		return format.Errorf("%s: want a model with classes to draw (m2 or m1m2), found model = %q; train one of those",
			what, m.Config.Model)
	}
	return nil
}

// Styles gives, of examples x, [n, d], the means of q(z|x,y) with y = argmax q(y|x), [n, M2.Latents], and these y: what
// M2 knows of an example beside its class (Kingma et al. 2014, section 4.2). It needs an M2.
func (m *Model) Styles(ctx context.Context, x *tensor.Dense) (z *tensor.Dense, classes []int, err error) {
	if err := m.wantM2("infer styles"); err != nil {
		return nil, nil, err
	}
	in, n, err := m.examples("infer styles", x)
	if err != nil {
		return nil, nil, err
	}
	var means []float32
	err = m.use(ctx, func(dev engine.Device, stopped func() bool) error {
		w := m.walk(stopped)
		labels, found := m.stack().Styles(dev, m.features(dev, in, w.Size), n, w)
		means, classes = found, wide(labels)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return dense(means, n, m.M2.Latents), classes, nil
}

func wide(labels []int32) []int {
	all := make([]int, len(labels))
	for i, y := range labels {
		all[i] = int(y)
	}
	return all
}

// Decode gives the means of p(x|y,z) for styles z, [n, M2.Latents], with a class each: [n, d]. M1+M2 goes by way of M1:
// M2's mean is the kept latents z1, the others are 0, the mean of their prior, and p(x|z1) has the mean that is given.
func (m *Model) Decode(ctx context.Context, z *tensor.Dense, classes []int) (*tensor.Dense, error) {
	if err := m.wantM2("decode"); err != nil {
		return nil, err
	}
	values, n, err := matrix("decode", "the latents of M2", z, m.M2.Latents)
	if err != nil {
		return nil, err
	}
	if len(classes) != n {
		return nil, format.Errorf("decode: want a class for each of %d rows of latents, found %d", n, len(classes))
	}
	labels := make([]int32, n)
	for i, class := range classes {
		if err := m.wantClass("decode", class); err != nil {
			return nil, err
		}
		labels[i] = int32(class)
	}
	var images []float32
	err = m.use(ctx, func(dev engine.Device, stopped func() bool) error {
		images = m.raw(m.stack().Decode(dev, values, labels, stopped))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dense(images, n, m.Inputs), nil
}

// Reconstruct gives the means of p(x|z1) at the means of q(z1|x), of examples x, [n, d]: [n, d], also in place of values
// that are missing. It needs an M1.
func (m *Model) Reconstruct(ctx context.Context, x *tensor.Dense) (*tensor.Dense, error) {
	if err := m.wantM1("reconstruct", "m1 or m1m2"); err != nil {
		return nil, err
	}
	in, n, err := m.examples("reconstruct", x)
	if err != nil {
		return nil, err
	}
	var images []float32
	err = m.use(ctx, func(dev engine.Device, stopped func() bool) error {
		means := m.means(dev, in, n, stopped)
		images = m.raw(infer.DecodeM1(dev, m.M1, m.M1Values, means, infer.MeanOf(m.M1.Output, m.M1.Inputs), stopped))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dense(images, n, m.Inputs), nil
}

// Analogy draws examples x, [n, d], as other classes: their styles, see Styles, decoded with each of the given classes,
// [n, len(classes), d]; without any, with all classes in turn, [n, K, d] (Kingma et al. 2014, figure 1b).
func (m *Model) Analogy(ctx context.Context, x *tensor.Dense, classes ...int) (*tensor.Dense, error) {
	if err := m.wantM2("draw analogies"); err != nil {
		return nil, err
	}
	if len(classes) == 0 {
		classes = wide(infer.Sequence(m.K))
	}
	styles, _, err := m.Styles(ctx, x)
	if err != nil {
		return nil, err
	}
	n, latents := styles.Shape()[0], m.M2.Latents
	z := make([]float32, 0, n*len(classes)*latents)
	for style := range slices.Chunk(styles.Data().([]float32), latents) {
		z = append(z, slices.Repeat(style, len(classes))...)
	}
	drawn, err := m.Decode(ctx, dense(z, n*len(classes), latents), slices.Repeat(classes, n))
	if err != nil {
		return nil, err
	}
	return drawn, drawn.Reshape(n, len(classes), m.Inputs)
}

// Bound gives a lower bound on log p(x) of each of the examples x, [n, d], in nats: [n]. Of M1 it is −J(x), equation 5
// of Kingma et al. 2014 without the label; of M2 −U(x), equation 7; of M1+M2 the stack's,
// E_q(z1|x)[log p(x|z1) − U(z1)] + H(q(z1|x)), where the latents that M2 does not model count −KL. The expectation over
// latents is the mean of eval.samples noise samples, of the configuration's seed and the example's place in x: the mean
// of the bounds of a whole set is Evaluate's. Where a model takes missing values, it is a bound on log p of those that are
// there. A supervised network or a baseline has no bound: that is an error, ErrInput.
func (m *Model) Bound(ctx context.Context, x *tensor.Dense) (*tensor.Dense, error) {
	if err := m.wantDensity("bound"); err != nil {
		return nil, err
	}
	in, n, err := m.examples("bound", x)
	if err != nil {
		return nil, err
	}
	sums, samples := make([]float64, n), m.Config.Eval.Samples
	err = m.use(ctx, func(dev engine.Device, stopped func() bool) error {
		w := m.walk(stopped)
		if m.M2 != nil {
			m.stack().EachBound(dev, in, w, infer.Sequence(n), samples, func(first int, costs [][]float32) {
				for _, part := range costs {
					for i, cost := range part {
						sums[first+i] -= float64(cost)
					}
				}
			})
			return nil
		}
		e := infer.NewM1Evaluator(dev, m.M1, in, w.Size, w.Seed)
		e.Stopped = stopped
		e.Each(infer.Upload(dev, m.M1Values), infer.Sequence(n), samples, func(rows infer.M1Rows) {
			for i, nll := range rows.NLL {
				sums[rows.First+i] -= float64(nll) + float64(rows.KL[i])
			}
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	bounds := make([]float32, n)
	for i, sum := range sums {
		bounds[i] = float32(sum / float64(samples))
	}
	return dense(bounds, n), nil
}
