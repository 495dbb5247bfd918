package train

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/model/trained"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/train/run"
)

// m1Phase trains M1 on the images of all training examples (algorithm 1).
type m1Phase struct{ ordinary }

func init() { register(descent{m1Phase{}}) }

// Name implements Phase.
func (m1Phase) Name() string { return "m1" }

func (m1Phase) steps(m *member) int {
	t := m.config.M1.Train
	return stepsOf(t.Training, len(m.ds.everyone), t.BatchSize)
}

// m1Shape is M1's part of a shape.
type m1Shape struct {
	hidden      words
	latents     int
	units       configs.Units
	output      string
	samples     int
	weightPrior float64
	train       configs.M1Train
}

// m1Architecture is what decides M1's numbers beside its training.
func m1Architecture(c *configs.M1) m1Shape {
	return m1Shape{hidden: wordsOf(c.Hidden), latents: c.Latents, units: c.Units, output: c.Output, weightPrior: c.WeightPrior}
}

func (m1Phase) shape(m *member) any {
	c := &m.config.M1
	s := m1Architecture(c)
	s.samples, s.train = c.Samples, c.Train
	s.train.Optimiser.Rate = 0
	return s
}

// twin lets runs share an M1: it is made without labels.
func (m1Phase) twin(m *member) any {
	return struct {
		seed uint64
		rate float64
		cuts words
	}{m.config.Seed, m.config.M1.Train.Optimiser.Rate, wordsOf(m.cuts)}
}

func (m1Phase) parts(t *trained.Model) []parameters { return []parameters{{&t.M1.Layout, &t.M1Values}} }

func (m1Phase) batch(c *configs.Config) (key string, size *int) {
	return "m1.train.batch_size", &c.M1.Train.BatchSize
}

func (p m1Phase) build(g *group) *training {
	first, dev := g.replicas[0], g.dev
	c, everyone := first.config, first.ds.everyone
	rule := c.M1.Train
	t := newTraining(p, g, rule.Training, rule.BatchSize)
	t.warmup = rule.KLWarmupSteps
	m := first.trained.M1
	t.learner = g.learner(&m.Layout,
		options(rule.Training, t.length, len(everyone), rule.KLWarmupSteps, c.M1.WeightPrior),
		func(c *configs.Config) float64 { return c.M1.Train.Optimiser.Rate })
	l, graph := t.learner, m.Graph(dev, rule.BatchSize, c.M1.Samples, true)
	pool := upload(dev, everyone)
	t.index = dev.NewInts(rule.BatchSize)
	t.begin = t.learner.Initialise
	t.draw = func(steps *engine.List) {
		steps.Add(engine.Minibatch{
			Index: t.index, Pool: pool, Noise: l.Noise(noise.StreamM1Minibatch),
		})
	}
	t.gather = g.gather(graph.X, t, first.pixelStream(noise.StreamM1Pixels))
	t.gradients = func(steps *engine.List) {
		graph.Gradients(steps, l.Params.Values, l.Params.Grads, l.KLWeight(), l.Noise(noise.StreamM1Latent))
	}
	t.watched = []watched{
		{"nll of sample row", graph.NLL, func(row int) int { return row / c.M1.Samples }},
		{"kl of example", graph.KL, identity},
	}
	t.addTerm(graph.NLL, engine.Floats{}, float64(graph.NLL.Len))
	t.addTerm(graph.KL, engine.Floats{}, float64(graph.KL.Len))
	t.report = func(_ *member, means []float64) Metrics {
		return Metrics{Bound: number(-means[0] - means[1]), NLL: number(means[0]), KL: number(means[1])}
	}
	perEpoch := float64(len(everyone)) / float64(rule.BatchSize)
	t.epochs = func(*member) float64 { return perEpoch }
	if len(first.ds.split.Validation) > 0 {
		t.judge = func() judge { return g.judgeM1(t.learner) }
	}
	return t
}

// judgeM1 looks at each replica's bound on the validation examples.
func (g *group) judgeM1(l *model.Learner) judge {
	first := g.replicas[0]
	e := infer.NewM1Evaluator(g.dev, first.trained.M1, g.examples, first.config.Eval.BatchSize, g.seeds()...)
	e.Stopped = g.asked
	return judge{look: func() ([]Validation, error) {
		looks := make([]Validation, len(g.replicas))
		for r, b := range e.Bounds(l.Result(), first.ds.split.Validation, 1) {
			active := len(b.Means.Above(infer.ActiveThreshold))
			looks[r] = Validation{ValidationBound: number(-b.NLL - b.KL), ActiveLatents: &active}
		}
		return looks, g.dev.Sync()
	}}
}

// unfinishedM1 reads the M1 of a run folder that has no result yet, if the run has come to
// the end of M1's training; nil where it has not, and where there is no such folder.
func unfinishedM1(c *configs.Config, m *model.M1, on adoption) ([]float32, error) {
	dir, name := c.M1.From, m1Phase{}.Name()
	if _, err := os.Stat(filepath.Join(dir, run.ModelName)); !errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	theirs, err := RunConfig(dir, nil)
	if err != nil || theirs == nil || !theirs.TrainsM1() {
		return nil, err
	}
	folder, err := run.View(dir)
	if err != nil {
		return nil, err
	}
	newest, _, err := folder.Latest(theirs.Phases()...)
	if err != nil || newest == nil || newest.Phase == name && !finished(newest) {
		return nil, err
	}
	if err := sameM1(theirs, c); err != nil {
		return nil, err
	}
	if err := on(theirs.Data.Name, &newest.File); err != nil {
		return nil, err
	}
	if newest.Phase != name {
		return format.Import(&m.Layout, &newest.File)
	}
	if theirs.Select == "validation" {
		best, err := folder.Best(name)
		if err != nil {
			return nil, err
		}
		if best != nil {
			newest = best
		}
	}
	return resultOf(newest, &m.Layout)
}
