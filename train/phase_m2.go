package train

import (
	"fmt"
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
	"ssdgm/train/data"
	"ssdgm/train/run"
)

// m2Phase trains M2 on labelled and unlabelled examples together (algorithm 2): on pixels, or on M1's features of
// them.
type m2Phase struct{ ordinary }

func init() { register(descent{m2Phase{}}) }

// Name implements Phase.
func (m2Phase) Name() string { return "m2" }

func (m2Phase) steps(m *member) int {
	t := m.config.M2.Train
	return stepsOf(t.Training, m.ds.unlabelled, t.UnlabelledBatch)
}

// m2Shape is M2's part of a shape. Replicas may differ in α.
type m2Shape struct {
	inputs                   any // nil until it is known which latents are kept; see inputsOf
	hidden, classifierHidden words
	latents                  int
	units                    configs.Units
	samples                  int
	classPrior               string
	probabilities            words
	weightPrior              float64
	train                    configs.M2Train
}

// inputsOf is what replicas must agree in of M2's inputs: latents of M1 may be more or fewer where that changes no bit of
// any. A norm that clips is a sum over all parameters.
func inputsOf(m *member, t configs.Training) any {
	if m.config.HasM1() && t.ClipNorm == 0 {
		return engine.WidthClassOf(m.trained.M2.Inputs)
	}
	return m.trained.M2.Inputs
}

// m2Architecture is what decides M2's numbers beside the training under way.
func m2Architecture(m *member, t configs.Training) m2Shape {
	c := &m.config.M2
	s := m2Shape{
		hidden: wordsOf(c.Hidden), classifierHidden: wordsOf(c.ClassifierHidden), latents: c.Latents, units: c.Units,
		samples: c.Samples, classPrior: c.ClassPrior, probabilities: wordsOf(c.ClassProbabilities), weightPrior: c.WeightPrior,
	}
	if m.trained.M2 != nil {
		s.inputs = inputsOf(m, t)
	}
	return s
}

func (m2Phase) shape(m *member) any {
	s := struct {
		m2Shape
		stacked bool
	}{m2Architecture(m, m.config.M2.Train.Training), m.config.HasM1()}
	s.train = m.config.M2.Train
	s.train.Optimiser.Rate = 0
	return s
}

func (m2Phase) onLatents() bool { return true }

// check implements Phase.
func (m2Phase) check(m *member) error {
	if m.ds.unlabelled == 0 {
		lower := ""
		if half := m.ds.half(); half < int(m.config.Data.Labels) {
			lower = fmt.Sprintf("lower it, as in data.labels = %d, or ", half)
		}
		return data.InputErrorf("data.labels = %v leaves no unlabelled example of %s, which m2 learns from; %s"+
			"choose model = \"supervised\", which learns from labels alone", m.config.Data.Labels, m.ds.name, lower)
	}
	if n := len(m.config.M2.ClassProbabilities); n > 0 && n != m.ds.classes {
		return data.InputErrorf("m2.class_probabilities: want one for each of the %d classes of %s, found %d", m.ds.classes, m.ds.name, n)
	}
	return nil
}

func (m2Phase) parts(t *trained.Model) []parameters { return []parameters{{&t.M2.Layout, &t.M2Values}} }

func (m2Phase) batch(c *configs.Config) (key string, size *int) {
	return "m2.train.unlabelled_batch", &c.M2.Train.UnlabelledBatch
}

// prepare computes the features of all examples.
func (m2Phase) prepare(s *Session, g *group) error {
	if !g.replicas[0].config.HasM1() {
		return nil
	}
	return s.features(g)
}

func (p m2Phase) build(g *group) *training {
	first, dev, in := g.replicas[0], g.dev, g.input
	c, m := first.config, g.m2()
	rule := c.M2.Train
	t := newTraining(p, g, rule.Training, rule.LabelledBatch+rule.UnlabelledBatch)
	t.warmup = rule.KLWarmupSteps
	t.learner = g.learner(&m.Layout,
		options(rule.Training, t.length, len(first.ds.everyone), rule.KLWarmupSteps, c.M2.WeightPrior),
		func(c *configs.Config) float64 { return c.M2.Train.Optimiser.Rate })
	t.learner.Own(g.layouts(t))

	pairs := engine.Pairs{Labelled: rule.LabelledBatch, Unlabelled: rule.UnlabelledBatch, Samples: c.M2.Samples}
	l, graph, pools := t.learner, m.Graph(dev, pairs, true), g.pools(pairs)
	t.fill = func() {
		for i, r := range g.replicas {
			graph.SetWeights(i, model.LossWeights(pairs, r.ds.labelled, r.ds.unlabelled, r.config.M2.Alpha))
		}
	}
	t.index = pools.index
	t.begin = t.learner.Initialise
	t.draw = func(steps *engine.List) {
		pools.draw(steps, graph.Labels, l.Noise(noise.StreamM2Labelled), l.Noise(noise.StreamM2Unlabelled))
	}
	stream := noise.StreamM2Feature
	if in.Stats.IsNil() {
		stream = first.pixelStream(noise.StreamM2Pixels)
	}
	t.gather = g.gather(graph.X, t, stream)
	t.gradients = func(steps *engine.List) {
		graph.Gradients(steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM2Latent))
	}
	t.watched = watchedOfPairs(graph, pairs, first.ds.classes)
	t.addTerms(graph, pairs)
	t.report = reportM2
	t.epochs = func(m *member) float64 { return float64(m.ds.unlabelled) / float64(rule.UnlabelledBatch) }
	t.judge = func() judge {
		return g.judgeErrors(infer.NewM2Classifier(dev, m, in, c.Eval.BatchSize, g.seeds()...), l)
	}
	return t
}

// addTerms makes M2's terms, which reportM2 takes.
func (t *training) addTerms(graph *model.M2Graph, pairs engine.Pairs) {
	t.addTerm(graph.Cost.Slice(0, pairs.Labelled), engine.Floats{}, float64(pairs.Labelled))
	t.addTerm(graph.U, engine.Floats{}, float64(pairs.Unlabelled))
	t.addTerm(graph.CE, engine.Floats{}, float64(pairs.Labelled))
	t.addTerm(graph.KL, graph.Weight, 1) // the weights of a step sum to one
}

// watchedOfPairs is what is watched of M2.
func watchedOfPairs(graph *model.M2Graph, pairs engine.Pairs, classes int) []watched {
	pairs.Labels = classes
	return []watched{
		{"cost of pair", graph.Cost, func(row int) int { example, _ := pairs.Example(row); return example }},
		{"bound of unlabelled example", graph.U, func(row int) int { return pairs.Labelled + row }},
		{"classifier's loss of labelled example", graph.CE, identity},
	}
}

// pools are the labelled and the unlabelled examples of every replica, and a minibatch of them.
type pools struct {
	index                engine.Ints // of the minibatch, the labelled ones first
	labelled, unlabelled pool
	labels               engine.Ints // of all examples
}

// pool is what a part of a minibatch is drawn from.
type pool struct{ index, examples, sizes engine.Ints }

func (g *group) pools(pairs engine.Pairs) *pools {
	p := &pools{index: g.dev.NewInts(pairs.Examples())}
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

// reportM2 weights the bounds by how many examples they are of.
func reportM2(m *member, means []float64) Metrics {
	labelled, unlabelled := float64(m.ds.labelled), float64(m.ds.unlabelled)
	return Metrics{
		Bound:         number(-(means[0]*labelled + means[1]*unlabelled) / (labelled + unlabelled)),
		LabelledBound: number(-means[0]), UnlabelledBound: number(-means[1]),
		ClassifierLoss: number(means[2]), KL: number(means[3]),
	}
}

// judgeErrors looks at each replica's error on its labelled and the validation examples.
func (g *group) judgeErrors(c *infer.Classifier, l *model.Learner) judge {
	c.Stopped = g.asked
	errorsOn := func(of func(r *replica) []int32) []*run.Float {
		examples := each(g, of)
		found := make([]*run.Float, len(examples))
		for i, logits := range c.Logits(l.Result(), examples) {
			ds := g.replicas[i].ds
			found[i] = number(infer.ErrorPercent(logits, ds.labelsOf(examples[i]), ds.classes))
		}
		return found
	}
	labelled := func(r *replica) []int32 { return r.ds.split.Labelled }
	validation := func(r *replica) []int32 { return r.ds.split.Validation }
	return judge{look: func() ([]Validation, error) {
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
	}}
}
