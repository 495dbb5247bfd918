package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// m1Phase trains M1 on the images of all training examples (algorithm 1).
func (g *group) m1Phase() *phase {
	first, dev := g.replicas[0], g.dev
	c, everyone := first.config, first.ds.everyone
	t := c.M1.Train
	p := newPhase("m1", g, t.Training, t.BatchSize)
	p.warmup = t.KLWarmupSteps
	perEpoch := float64(len(everyone)) / float64(t.BatchSize)
	m := first.trained.M1
	p.learner = g.learner(&m.Layout,
		options(t.Training, p.steps, len(everyone), t.KLWarmupSteps, c.M1.WeightPrior),
		func(c *configs.Config) float64 { return c.M1.Train.Optimiser.Rate })
	l, graph := p.learner, m.Graph(dev, t.BatchSize, c.M1.Samples, true)
	pool, index := upload(dev, everyone), dev.NewInts(t.BatchSize)
	p.index = index
	p.draw = func(steps *engine.List) {
		steps.Add(engine.Minibatch{
			Index: index, Pool: pool, Noise: l.Noise(noise.StreamM1Minibatch),
		})
	}
	p.rows = map[string]func(row int) int{
		"nll of sample row": func(row int) int { return row / c.M1.Samples },
		"kl of example":     func(row int) int { return row },
	}
	p.addTerm(graph.NLL, engine.Floats{}, float64(graph.NLL.Len))
	p.addTerm(graph.KL, engine.Floats{}, float64(graph.KL.Len))
	p.step = func(steps *engine.List) {
		l.Begin(steps)
		p.draw(steps)
		steps.Add(engine.GatherPixels{
			Dst: graph.X, Images: g.images, Index: index, Width: first.ds.d, Binarise: first.binarise,
			Noise: l.Noise(first.pixelStream(noise.StreamM1Pixels)),
		})
		graph.Gradients(steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM1Latent))
		l.Watch(steps, "nll of sample row", graph.NLL)
		l.Watch(steps, "kl of example", graph.KL)
		p.accumulate(steps)
		l.Apply(steps)
	}
	p.report = func(_ *member, means []float64) Metrics {
		return Metrics{Bound: number(-means[0] - means[1]), NLL: number(means[0]), KL: number(means[1])}
	}
	p.epochs = func(*member) float64 { return perEpoch }
	if len(first.ds.split.Validation) > 0 {
		e := newM1Evaluator(dev, first.trained, g.pixels(), g.seeds()...)
		e.batches.asked = g.asked
		p.validate = func() ([]Validation, error) {
			looks := make([]Validation, len(g.replicas))
			for r, b := range e.bound(l.Result(), first.ds.split.Validation, 1) {
				active := len(b.means.above(activeThreshold))
				looks[r] = Validation{ValidationBound: number(-b.nll - b.kl), ActiveLatents: &active}
			}
			return looks, dev.Sync()
		}
	}
	return p
}

// pixelStream is the noise that makes pixels binary: its own at every phase where
// they are resampled, one for all where they are fixed.
func (m *member) pixelStream(stream uint32) uint32 {
	if m.binarise == engine.BinariseFixed {
		return noise.StreamFixedPixels
	}
	return stream
}
