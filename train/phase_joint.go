package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
)

// jointPhase goes on with M1 and M2 as one model, on the bound of their stack. M2 keeps the latents that it has.
type jointPhase struct{ ordinary }

func init() { register(descent{jointPhase{}}) }

// Name implements Phase.
func (jointPhase) Name() string { return "joint" }

func (jointPhase) steps(m *member) int {
	t := m.config.Joint
	return stepsOf(t.Training, m.ds.unlabelled, t.UnlabelledBatch)
}

func (jointPhase) shape(m *member) any {
	s := struct {
		m1    m1Shape
		m2    m2Shape
		train configs.Joint
	}{m1Architecture(&m.config.M1), m2Architecture(m, m.config.Joint.Training), m.config.Joint}
	s.train.Optimiser.Rate, s.train.M2Rate = 0, 0
	return s
}

func (jointPhase) parts(t *trained.Model) []parameters {
	return []parameters{{&t.M1.Layout, &t.M1Values}, {&t.M2.Layout, &t.M2Values}}
}

func (jointPhase) batch(c *configs.Config) (key string, size *int) {
	return "joint.unlabelled_batch", &c.Joint.UnlabelledBatch
}

func (p jointPhase) build(g *group) *training {
	first, dev := g.replicas[0], g.dev
	c := first.config
	rule := c.Joint
	m := model.NewJoint(first.trained.M1, g.m2())
	t := newTraining(p, g, rule.Training, rule.LabelledBatch+rule.UnlabelledBatch)
	t.learner = g.jointLearner(m, t.length)
	t.learner.Own(g.layouts(t))
	t.begin = func() {
		for _, r := range g.replicas {
			for _, member := range r.members {
				member.trained.M1Before = M1Digest(member.trained)
			}
		}
		t.takeParts(g)
	}

	pairs := engine.Pairs{Labelled: rule.LabelledBatch, Unlabelled: rule.UnlabelledBatch, Samples: c.M2.Samples}
	l, graph, pools := t.learner, m.Graph(dev, pairs, true), g.pools(pairs)
	t.fill = func() {
		for i, r := range g.replicas {
			graph.SetKept(i, r.trained.Kept)
			graph.SetWeights(i, model.LossWeights(pairs, r.ds.labelled, r.ds.unlabelled, r.config.M2.Alpha))
		}
	}
	t.index = pools.index
	t.draw = func(steps *engine.List) {
		pools.draw(steps, graph.M2.Labels, l.Noise(noise.StreamJointLabelled), l.Noise(noise.StreamJointUnlabelled))
	}
	t.gather = g.gather(graph.M1.X, t, first.pixelStream(noise.StreamJointPixels))
	t.gradients = func(steps *engine.List) {
		graph.Gradients(steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamJointZ1), l.Noise(noise.StreamJointZ2))
	}
	t.watched = append([]watched{
		{"nll of example", graph.M1.NLL, identity},
		{"cost of latents of example", graph.Posterior, identity},
	}, watchedOfPairs(graph.M2, pairs, first.ds.classes)...)
	t.addTerm(graph.M1.NLL, graph.Weight(), 1)
	t.addTerm(graph.Posterior, graph.Weight(), 1)
	t.addTerms(graph.M2, pairs)
	t.report = reportJoint
	t.epochs = func(m *member) float64 { return float64(m.ds.unlabelled) / float64(rule.UnlabelledBatch) }
	t.judge = func() judge { return g.judgeJoint(m, l) }
	return t
}

// jointLearner makes the learner of both models' parameters, each with a rate and a weight prior of its own.
func (g *group) jointLearner(m *model.Joint, steps int) *model.Learner {
	c, n := g.replicas[0].config, len(g.replicas[0].ds.everyone)
	rule := func(weightPrior float64) engine.OptimiserOptions {
		return options(c.Joint.Training, steps, n, 0, weightPrior)
	}
	l := g.learner(&m.Layout, rule(c.M1.WeightPrior), func(c *configs.Config) float64 { return c.Joint.Optimiser.Rate })
	l.Split(m.M1.Size, rule(c.M2.WeightPrior), g.rates(func(c *configs.Config) float64 { return c.Joint.M2Rate }))
	return l
}

// reportJoint gives the bound of the stack, weighted by how many examples each part is of.
func reportJoint(m *member, means []float64) Metrics {
	line := reportM2(m, means[2:])
	line.LabelledBound, line.UnlabelledBound = nil, nil // M2's alone are no bounds on log p(x)
	line.Bound, line.NLL = number(float64(*line.Bound)-means[0]-means[1]), number(means[0])
	return line
}

// judgeJoint looks at each replica's error, and at the bound of its stack on the validation examples.
func (g *group) judgeJoint(m *model.Joint, l *model.Learner) judge {
	e := infer.NewStackEvaluator(g.dev, m, g.examples, g.seeds()...)
	errors := g.judgeErrors(e.Classifier, l)
	fill := func() {
		for i, r := range g.replicas {
			e.SetKept(i, r.trained.Kept)
		}
	}
	return judge{fill: fill, look: func() ([]Validation, error) {
		looks, err := errors.look()
		validation := each(g, func(r *replica) []int32 { return r.ds.split.Validation })
		if err != nil || len(validation[0]) == 0 {
			return looks, err
		}
		for r, bound := range e.Bounds(l.Result(), validation) {
			looks[r].ValidationBound = number(bound)
		}
		return looks, g.dev.Sync()
	}}
}
