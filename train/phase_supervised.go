package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
)

// supervisedPhase trains the yardstick on the labelled examples alone.
type supervisedPhase struct{ ordinary }

func init() { register(descent{supervisedPhase{}}) }

// Name implements Phase.
func (supervisedPhase) Name() string { return "supervised" }

func (supervisedPhase) steps(m *member) int {
	t := m.config.Supervised.Train
	return stepsOf(t.Training, m.ds.labelled, t.BatchSize)
}

func (supervisedPhase) shape(m *member) any {
	c := &m.config.Supervised
	s := struct {
		hidden      words
		units       configs.Units
		weightPrior float64
		train       configs.SupervisedTrain
		labelled    int // the weights' prior is scaled by how many labels there are
	}{wordsOf(c.Hidden), c.Units, c.WeightPrior, c.Train, m.ds.labelled}
	s.train.Optimiser.Rate = 0
	return s
}

func (supervisedPhase) parts(t *trained.Model) []parameters {
	return []parameters{{&t.Supervised.Layout, &t.SupervisedValues}}
}

// finish implements Phase: beside a model, the yardstick is another result.
func (supervisedPhase) finish(t *trained.Model, step int) {
	if t.Config.OnlySupervised() {
		t.Step = step
	} else {
		t.SupervisedStep = step
	}
}

func (supervisedPhase) batch(c *configs.Config) (key string, size *int) {
	return "supervised.train.batch_size", &c.Supervised.Train.BatchSize
}

func (p supervisedPhase) build(g *group) *training {
	first, dev := g.replicas[0], g.dev
	c, m := first.config, first.trained.Supervised
	rule := c.Supervised.Train
	t := newTraining(p, g, rule.Training, rule.BatchSize)
	t.learner = g.learner(&m.Layout,
		options(rule.Training, t.length, first.ds.labelled, 0, c.Supervised.WeightPrior),
		func(c *configs.Config) float64 { return c.Supervised.Train.Optimiser.Rate })

	l, graph := t.learner, m.Graph(dev, rule.BatchSize, true)
	pool, sizes := g.ints(func(r *replica) []int32 { return r.ds.split.Labelled })
	labels, _ := g.ints(func(r *replica) []int32 { return r.ds.labels })
	t.index = dev.NewInts(rule.BatchSize)
	t.begin = t.learner.Initialise
	t.draw = func(steps *engine.List) {
		steps.Add(engine.Minibatch{
			Index: t.index, Pool: pool, Sizes: sizes, Noise: l.Noise(noise.StreamSupervised),
		})
		steps.Add(engine.GatherLabels{Dst: graph.Labels, Labels: labels, Index: t.index})
	}
	t.gather = g.gather(graph.X, t, first.pixelStream(noise.StreamSupervisedPixels))
	t.gradients = func(steps *engine.List) { graph.Gradients(steps, l.Params.Values, l.Params.Grads) }
	t.watched = []watched{{"classifier's loss of labelled example", graph.CE, identity}}
	t.addTerm(graph.CE, engine.Floats{}, float64(rule.BatchSize))
	t.report = func(_ *member, means []float64) Metrics { return Metrics{ClassifierLoss: number(means[0])} }
	t.epochs = func(m *member) float64 { return float64(m.ds.labelled) / float64(rule.BatchSize) }
	t.judge = func() judge {
		return g.judgeErrors(infer.NewSupervisedClassifier(dev, m, g.examples, c.Eval.BatchSize, g.seeds()...), l)
	}
	return t
}
