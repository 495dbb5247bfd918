package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
)

// jointPhase goes on with M1 and M2 as one model, on the bound of their stack. M2 keeps the latents that it has.
func (g *group) jointPhase() *phase {
	first, dev := g.replicas[0], g.dev
	c := first.config
	t := c.Joint
	m := model.NewJoint(first.trained.M1, first.trained.M2)
	p := newPhase("joint", g, t.Training, t.LabelledBatch+t.UnlabelledBatch)
	p.learner = g.jointLearner(m, p.steps)

	pairs := engine.Pairs{Labelled: t.LabelledBatch, Unlabelled: t.UnlabelledBatch, Samples: c.M2.Samples}
	l, graph, pools := p.learner, m.Graph(dev, pairs, true), g.pools(pairs)
	for i, r := range g.replicas {
		graph.SetKept(i, r.trained.Kept)
		graph.SetWeights(i, model.LossWeights(pairs, r.ds.labelled, r.ds.unlabelled, r.config.M2.Alpha))
	}
	p.addTerm(graph.M1.NLL, graph.Weight(), 1)
	p.addTerm(graph.Posterior, graph.Weight(), 1)
	p.addTerm(graph.M2.Cost.Slice(0, pairs.Labelled), engine.Floats{}, float64(pairs.Labelled))
	p.addTerm(graph.M2.U, engine.Floats{}, float64(pairs.Unlabelled))
	p.addTerm(graph.M2.CE, engine.Floats{}, float64(pairs.Labelled))
	p.addTerm(graph.M2.KL, graph.M2.Weight, 1)
	p.index, p.rows = pools.index, rowsOfPairs(pairs, first.ds.classes)
	p.rows["nll of example"] = func(row int) int { return row }
	p.rows["cost of latents of example"] = p.rows["nll of example"]
	p.draw = func(steps *engine.List) {
		pools.draw(steps, graph.M2.Labels, l.Noise(noise.StreamJointLabelled), l.Noise(noise.StreamJointUnlabelled))
	}
	p.step = func(steps *engine.List) {
		l.Begin(steps)
		p.draw(steps)
		steps.Add(engine.GatherPixels{
			Dst: graph.M1.X, Images: g.images, Index: pools.index, Width: first.ds.d,
			Binarise: first.binarise, Noise: l.Noise(first.pixelStream(noise.StreamJointPixels)),
		})
		graph.Gradients(steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamJointZ1), l.Noise(noise.StreamJointZ2))
		l.Watch(steps, "nll of example", graph.M1.NLL)
		l.Watch(steps, "cost of latents of example", graph.Posterior)
		l.Watch(steps, "cost of pair", graph.M2.Cost)
		l.Watch(steps, "bound of unlabelled example", graph.M2.U)
		l.Watch(steps, "classifier's loss of labelled example", graph.M2.CE)
		p.accumulate(steps)
		l.Apply(steps)
	}
	p.report = reportJoint
	p.epochs = func(m *member) float64 { return float64(m.ds.unlabelled) / float64(t.UnlabelledBatch) }
	p.validate = g.judgeJoint(m, l)
	return p
}

// jointLearner makes the learner of both models' parameters, each with a rate and a weight prior of its own, and
// gives them what the phases before have come to.
func (g *group) jointLearner(m *model.Joint, steps int) *model.Learner {
	c, n := g.replicas[0].config, len(g.replicas[0].ds.everyone)
	rule := func(weightPrior float64) engine.OptimiserOptions {
		return options(c.Joint.Training, steps, n, 0, weightPrior)
	}
	l := g.learner(&m.Layout, rule(c.M1.WeightPrior), func(c *configs.Config) float64 { return c.Joint.Optimiser.Rate })
	l.Split(m.M1.Size, rule(c.M2.WeightPrior), g.rates(func(c *configs.Config) float64 { return c.Joint.M2Rate }))
	for i, r := range g.replicas {
		for _, member := range r.members {
			member.trained.alone = member.trained.M1Digest()
		}
		values := r.trained.values("joint")
		g.dev.WriteFloats(l.Params.Values, i, values)
		if !l.Params.Average.IsNil() {
			g.dev.WriteFloats(l.Params.Average, i, values)
		}
	}
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
func (g *group) judgeJoint(m *model.Joint, l *model.Learner) func() ([]Validation, error) {
	e := newJointEvaluator(g, m)
	errors := g.judge(e.classifier, l)
	return func() ([]Validation, error) {
		looks, err := errors()
		validation := each(g, func(r *replica) []int32 { return r.ds.split.Validation })
		if err != nil || len(validation[0]) == 0 {
			return looks, err
		}
		for r, bound := range e.bounds(l.Result(), validation) {
			looks[r].ValidationBound = number(bound)
		}
		return looks, g.dev.Sync()
	}
}

// jointEvaluator evaluates the stacks of a group.
type jointEvaluator struct {
	*classifier
	graph *model.JointGraph
	one   engine.Doubles
}

func newJointEvaluator(g *group, m *model.Joint) *jointEvaluator {
	graph := m.Graph(g.dev, engine.Pairs{Unlabelled: stackBatch, Samples: 1}, false)
	e := &jointEvaluator{graph: graph, one: g.dev.NewDoubles(1)}
	e.classifier = newClassifier(g.dev, g.pixels(), graph.M1.X, graph.M2.Logits, graph.Classify, g.seeds())
	for i, r := range g.replicas {
		graph.SetKept(i, r.trained.Kept)
		g.dev.WriteDoubles(e.one, i, []float64{1})
	}
	return e
}

// bounds are the mean lower bounds on log p(x) of each replica's examples, as stackBound has them.
func (e *jointEvaluator) bounds(values engine.Floats, examples [][]int32) []float64 {
	bounds, host := make([]float64, len(examples)), make([]float32, stackBatch)
	z1 := e.batches.noise
	z2 := z1
	z2.Stream = noise.StreamEvaluationM2
	program := engine.Recorded(func(steps *engine.List) {
		e.in.gather(steps, e.x, e.batches.index, false, engine.BinariseNone, z1)
		e.graph.Bound(steps, values, e.one, z1, z2)
	}).Compile(e.dev)
	e.batches.each(examples, 0, func(_ int, counts []int) {
		program.Run(1)
		for r, count := range counts {
			for _, part := range []engine.Floats{e.graph.M1.NLL, e.graph.Posterior, e.graph.M2.U} {
				e.dev.ReadFloats(host, part, r)
				bounds[r] -= sum(host[:count])
			}
		}
	})
	for r := range bounds {
		bounds[r] /= float64(len(examples[r]))
	}
	return bounds
}
