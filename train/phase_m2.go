package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/train/run"
)

// m2Phase trains M2 on labelled and unlabelled examples together (algorithm 2).
func (g *group) m2Phase() *phase {
	first, dev, in := g.replicas[0], g.dev, g.m2Input
	c, m := first.config, first.trained.M2
	t := c.M2.Train
	p := newPhase("m2", g, t.Training, t.LabelledBatch+t.UnlabelledBatch)
	p.warmup = t.KLWarmupSteps
	p.learner = g.learner(&m.Layout,
		options(t.Training, p.steps, len(first.ds.everyone), t.KLWarmupSteps, c.M2.WeightPrior),
		func(c *configs.Config) float64 { return c.M2.Train.Optimiser.Rate })

	pairs := engine.Pairs{Labelled: t.LabelledBatch, Unlabelled: t.UnlabelledBatch, Samples: c.M2.Samples}
	l, graph := p.learner, m.Graph(dev, pairs, true)
	for i, r := range g.replicas {
		graph.SetWeights(i, model.LossWeights(pairs, r.ds.labelled, r.ds.unlabelled, r.config.M2.Alpha))
	}
	pools := g.pools(pairs)
	inputStream := noise.StreamM2Feature
	if in.stats.IsNil() {
		inputStream = first.pixelStream(noise.StreamM2Pixels)
	}

	p.addTerm(graph.Cost.Slice(0, pairs.Labelled), engine.Floats{}, float64(pairs.Labelled))
	p.addTerm(graph.U, engine.Floats{}, float64(pairs.Unlabelled))
	p.addTerm(graph.CE, engine.Floats{}, float64(pairs.Labelled))
	p.addTerm(graph.KL, graph.Weight, 1) // the weights of a step sum to one
	p.index, p.rows = pools.index, rowsOfPairs(pairs, first.ds.classes)
	p.draw = func(steps *engine.List) {
		pools.draw(steps, graph.Labels, l.Noise(noise.StreamM2Labelled), l.Noise(noise.StreamM2Unlabelled))
	}
	p.step = func(steps *engine.List) {
		l.Begin(steps)
		p.draw(steps)
		in.gather(steps, graph.X, pools.index, true, first.binarise, l.Noise(inputStream))
		graph.Gradients(steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM2Latent))
		l.Watch(steps, "cost of pair", graph.Cost)
		l.Watch(steps, "bound of unlabelled example", graph.U)
		l.Watch(steps, "classifier's loss of labelled example", graph.CE)
		p.accumulate(steps)
		l.Apply(steps)
	}
	p.report = reportM2
	p.epochs = func(m *member) float64 { return float64(m.ds.unlabelled) / float64(t.UnlabelledBatch) }
	p.validate = g.judge(newM2Classifier(dev, first.trained, in, g.seeds()...), l)
	return p
}

// pools are the labelled and the unlabelled examples of every replica, and a minibatch of them.
type pools struct {
	dev                  engine.Device
	index                engine.Ints // of the minibatch, the labelled ones first
	labelled, unlabelled pool
	labels               engine.Ints // of all examples
}

// pool is what a part of a minibatch is drawn from.
type pool struct{ index, examples, sizes engine.Ints }

func (g *group) pools(pairs engine.Pairs) *pools {
	p := &pools{dev: g.dev, index: g.dev.NewInts(pairs.Examples())}
	p.labelled.index, p.unlabelled.index = p.index.Slice(0, pairs.Labelled), p.index.Slice(pairs.Labelled, pairs.Unlabelled)
	p.labelled.examples, p.labelled.sizes = g.ints(func(r *replica) []int32 { return r.ds.split.Labelled })
	p.unlabelled.examples, p.unlabelled.sizes = g.ints(func(r *replica) []int32 { return r.ds.split.Unlabelled })
	p.labels, _ = g.ints(func(r *replica) []int32 { return r.ds.labels })
	return p
}

// draw chooses a minibatch and writes its labels.
func (p *pools) draw(steps *engine.List, labels engine.Ints, labelled, unlabelled engine.Noise) {
	l, u := &p.labelled, &p.unlabelled
	steps.Add(engine.Minibatch{Index: l.index, Pool: l.examples, Sizes: l.sizes, Noise: labelled})
	steps.Add(engine.Minibatch{Index: u.index, Pool: u.examples, Sizes: u.sizes, Noise: unlabelled})
	steps.Add(engine.GatherLabels{Dst: labels, Labels: p.labels, Index: l.index})
}

// rowsOfPairs says to which example of the minibatch a row belongs of what is watched.
func rowsOfPairs(pairs engine.Pairs, classes int) map[string]func(row int) int {
	pairs.Labels = classes
	return map[string]func(row int) int{
		"cost of pair":                          func(row int) int { example, _ := pairs.Example(row); return example },
		"bound of unlabelled example":           func(row int) int { return pairs.Labelled + row },
		"classifier's loss of labelled example": func(row int) int { return row },
	}
}

// reportM2 weights the bounds by how many examples they are of.
func reportM2(m *member, means []float64) Metrics {
	labelled, unlabelled := float64(m.ds.labelled), float64(m.ds.unlabelled)
	return Metrics{
		Bound:         number(-(means[0]*labelled + means[1]*unlabelled) / (labelled + unlabelled)),
		LabelledBound: number(-means[0]), UnlabelledBound: number(-means[1]),
		ClassifierLoss: number(means[2]), KL: number(means[3]),
	}
}

// supervisedPhase trains the yardstick on the labelled examples alone.
func (g *group) supervisedPhase() *phase {
	first, dev, in := g.replicas[0], g.dev, g.pixels()
	c, m := first.config, first.trained.Supervised
	t := c.Supervised.Train
	p := newPhase("supervised", g, t.Training, t.BatchSize)
	p.learner = g.learner(&m.Layout,
		options(t.Training, p.steps, first.ds.labelled, 0, c.Supervised.WeightPrior),
		func(c *configs.Config) float64 { return c.Supervised.Train.Optimiser.Rate })

	l, graph := p.learner, m.Graph(dev, t.BatchSize, true)
	pool, sizes := g.ints(func(r *replica) []int32 { return r.ds.split.Labelled })
	labels, _ := g.ints(func(r *replica) []int32 { return r.ds.labels })
	index := dev.NewInts(t.BatchSize)
	p.addTerm(graph.CE, engine.Floats{}, float64(t.BatchSize))
	p.index, p.rows = index, map[string]func(row int) int{"classifier's loss of labelled example": func(row int) int { return row }}
	p.draw = func(steps *engine.List) {
		steps.Add(engine.Minibatch{
			Index: index, Pool: pool, Sizes: sizes, Noise: l.Noise(noise.StreamSupervised),
		})
	}
	p.step = func(steps *engine.List) {
		l.Begin(steps)
		p.draw(steps)
		in.gather(steps, graph.X, index, true, first.binarise, l.Noise(first.pixelStream(noise.StreamSupervisedPixels)))
		steps.Add(engine.GatherLabels{Dst: graph.Labels, Labels: labels, Index: index})
		graph.Gradients(steps, l.Params.Values, l.Params.Grads)
		l.Watch(steps, "classifier's loss of labelled example", graph.CE)
		p.accumulate(steps)
		l.Apply(steps)
	}
	p.report = func(_ *member, means []float64) Metrics { return Metrics{ClassifierLoss: number(means[0])} }
	p.epochs = func(m *member) float64 { return float64(m.ds.labelled) / float64(t.BatchSize) }
	p.validate = g.judge(newSupervisedClassifier(dev, first.trained, in, g.seeds()...), l)
	return p
}

// judge looks at each replica's error on its labelled and the validation examples.
func (g *group) judge(c *classifier, l *model.Learner) func() ([]Validation, error) {
	c.batches.asked = g.asked
	errorsOn := func(of func(r *replica) []int32) []*run.Float {
		examples := each(g, of)
		found := make([]*run.Float, len(examples))
		for i, logits := range c.logits(l.Result(), examples) {
			ds := g.replicas[i].ds
			found[i] = number(errorPercent(logits, ds.labelsOf(examples[i]), ds.classes))
		}
		return found
	}
	labelled := func(r *replica) []int32 { return r.ds.split.Labelled }
	validation := func(r *replica) []int32 { return r.ds.split.Validation }
	return func() ([]Validation, error) {
		looks := make([]Validation, len(g.replicas))
		for i, found := range errorsOn(labelled) {
			looks[i].LabelledError = found
		}
		if len(validation(g.replicas[0])) > 0 {
			for i, found := range errorsOn(validation) {
				looks[i].ValidationError = found
			}
		}
		return looks, g.dev.Sync()
	}
}
