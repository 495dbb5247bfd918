package train

import (
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/train/run"
)

// m2Phase trains M2 on labelled and unlabelled examples together (algorithm 2).
func (s *session) m2Phase() *phase {
	c, ds, dev := s.config, s.ds, s.dev
	t, in, m := c.M2.Train, s.input, s.trained.M2
	p := &phase{name: "m2", training: t.Training, dev: dev, batch: t.LabelledBatch + t.UnlabelledBatch}
	p.steps = stepsOf(t.Training, ds.unlabelled, t.UnlabelledBatch)
	p.perEpoch = float64(ds.unlabelled) / float64(t.UnlabelledBatch)
	p.learner = model.NewLearner(dev, &m.Layout,
		options(t.Training, p.steps, ds.labelled+ds.unlabelled, t.KLWarmupSteps, c.M2.WeightPrior),
		[]float64{t.Optimiser.Rate}, []uint64{c.Seed})

	pairs := engine.Pairs{Labelled: t.LabelledBatch, Unlabelled: t.UnlabelledBatch, Samples: c.M2.Samples}
	l, graph := p.learner, m.Graph(dev, pairs, true)
	graph.SetWeights(0, model.LossWeights(pairs, ds.labelled, ds.unlabelled, c.M2.Alpha))
	poolL, poolU := upload(dev, ds.split.Labelled), upload(dev, ds.split.Unlabelled)
	labels := upload(dev, ds.labels)
	index := dev.NewInts(pairs.Examples())
	indexL, indexU := index.Slice(0, pairs.Labelled), index.Slice(pairs.Labelled, pairs.Unlabelled)
	inputStream := noise.StreamM2Feature
	if in.stats.IsNil() {
		inputStream = s.pixelStream(noise.StreamM2Pixels)
	}

	p.addTerm(graph.Cost.Slice(0, pairs.Labelled), engine.Floats{}, float64(pairs.Labelled))
	p.addTerm(graph.U, engine.Floats{}, float64(pairs.Unlabelled))
	p.addTerm(graph.CE, engine.Floats{}, float64(pairs.Labelled))
	p.addTerm(graph.KL, graph.Weight, 1) // the weights of a step sum to one
	p.step = func() {
		l.Begin()
		dev.Minibatch(indexL, poolL, engine.Ints{}, l.Noise(noise.StreamM2Labelled))
		dev.Minibatch(indexU, poolU, engine.Ints{}, l.Noise(noise.StreamM2Unlabelled))
		in.gather(dev, graph.X, index, true, s.binarise, l.Noise(inputStream))
		dev.GatherLabels(graph.Labels, labels, indexL)
		graph.Gradients(l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM2Latent))
		l.Watch("cost of pair", graph.Cost)
		l.Watch("bound of unlabelled example", graph.U)
		l.Watch("classifier's loss of labelled example", graph.CE)
		p.accumulate()
		l.Apply()
	}
	total := float64(ds.labelled + ds.unlabelled)
	p.report = func(means []float64) Metrics {
		bound := -(means[0]*float64(ds.labelled) + means[1]*float64(ds.unlabelled)) / total
		return Metrics{
			Bound: number(bound), LabelledBound: number(-means[0]), UnlabelledBound: number(-means[1]),
			ClassifierLoss: number(means[2]), KL: number(means[3]),
		}
	}
	p.validate = s.judge(newM2Classifier(dev, s.trained, in), l)
	return p
}

// supervisedPhase trains the yardstick on the labelled examples alone.
func (s *session) supervisedPhase() *phase {
	c, ds, dev := s.config, s.ds, s.dev
	t, in, m := c.Supervised.Train, input{images: ds.images, width: ds.d}, s.trained.Supervised
	p := &phase{name: "supervised", training: t.Training, dev: dev, batch: t.BatchSize}
	p.steps = stepsOf(t.Training, ds.labelled, t.BatchSize)
	p.perEpoch = float64(ds.labelled) / float64(t.BatchSize)
	p.learner = model.NewLearner(dev, &m.Layout,
		options(t.Training, p.steps, ds.labelled, 0, c.Supervised.WeightPrior),
		[]float64{t.Optimiser.Rate}, []uint64{c.Seed})

	l, graph := p.learner, m.Graph(dev, t.BatchSize, true)
	pool, labels, index := upload(dev, ds.split.Labelled), upload(dev, ds.labels), dev.NewInts(t.BatchSize)
	p.addTerm(graph.CE, engine.Floats{}, float64(t.BatchSize))
	p.step = func() {
		l.Begin()
		dev.Minibatch(index, pool, engine.Ints{}, l.Noise(noise.StreamSupervised))
		in.gather(dev, graph.X, index, true, s.binarise, l.Noise(s.pixelStream(noise.StreamSupervisedPixels)))
		dev.GatherLabels(graph.Labels, labels, index)
		graph.Gradients(l.Params.Values, l.Params.Grads)
		l.Watch("classifier's loss of labelled example", graph.CE)
		p.accumulate()
		l.Apply()
	}
	p.report = func(means []float64) Metrics { return Metrics{ClassifierLoss: number(means[0])} }
	p.validate = s.judge(newSupervisedClassifier(dev, s.trained, in), l)
	return p
}

// judge looks at a classifier's error on the labelled and the validation examples.
func (s *session) judge(c *classifier, l *model.Learner) func() (Validation, error) {
	ds := s.ds
	errorOn := func(examples []int32) *run.Float {
		return number(errorPercent(c.logits(l.Result(), examples), ds.labelsOf(examples), ds.classes))
	}
	return func() (Validation, error) {
		v := Validation{LabelledError: errorOn(ds.split.Labelled)}
		if len(ds.split.Validation) > 0 {
			v.ValidationError = errorOn(ds.split.Validation)
		}
		return v, s.dev.Sync()
	}
}
