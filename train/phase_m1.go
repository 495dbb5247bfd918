package train

import (
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
)

// m1Phase trains M1 on the images of all training examples (algorithm 1).
func (s *session) m1Phase() *phase {
	c, ds, dev := s.config, s.ds, s.dev
	t := c.M1.Train
	p := &phase{name: "m1", training: t.Training, dev: dev, batch: t.BatchSize}
	p.steps = stepsOf(t.Training, len(ds.everyone), t.BatchSize)
	p.perEpoch = float64(len(ds.everyone)) / float64(t.BatchSize)
	m := s.trained.M1
	p.learner = model.NewLearner(dev, &m.Layout,
		options(t.Training, p.steps, len(ds.everyone), t.KLWarmupSteps, c.M1.WeightPrior),
		[]float64{t.Optimiser.Rate}, []uint64{c.Seed})
	l, graph := p.learner, m.Graph(dev, t.BatchSize, c.M1.Samples, true)
	pool, index := upload(dev, ds.everyone), dev.NewInts(t.BatchSize)
	p.addTerm(graph.NLL, engine.Floats{}, float64(graph.NLL.Len))
	p.addTerm(graph.KL, engine.Floats{}, float64(graph.KL.Len))
	p.step = func() {
		l.Begin()
		dev.Minibatch(index, pool, engine.Ints{}, l.Noise(noise.StreamM1Minibatch))
		dev.GatherPixels(graph.X, ds.images, index, ds.d, s.binarise, l.Noise(s.pixelStream(noise.StreamM1Pixels)))
		graph.Gradients(l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM1Latent))
		l.Watch("nll of sample row", graph.NLL)
		l.Watch("kl of example", graph.KL)
		p.accumulate()
		l.Apply()
	}
	p.report = func(means []float64) Metrics {
		return Metrics{Bound: number(-means[0] - means[1]), NLL: number(means[0]), KL: number(means[1])}
	}
	if len(ds.split.Validation) > 0 {
		e := newM1Evaluator(dev, s.trained, input{images: ds.images, width: ds.d})
		p.validate = func() (Validation, error) {
			b := e.bound(l.Result(), ds.split.Validation, 1)
			active := len(b.means.above(activeThreshold))
			return Validation{ValidationBound: number(-b.nll - b.kl), ActiveLatents: &active}, dev.Sync()
		}
	}
	return p
}

// pixelStream is the noise that makes pixels binary: its own at every phase where
// they are resampled, one for all where they are fixed.
func (s *session) pixelStream(stream uint32) uint32 {
	if s.binarise == engine.BinariseFixed {
		return noise.StreamFixedPixels
	}
	return stream
}
