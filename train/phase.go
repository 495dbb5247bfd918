package train

import (
	"context"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/model/trained"
)

// Phase is one part of a run's training, as the session, the loop, checkpoints and footprints know it. Each is a
// file of this package, which registers it. Which of them a run has, and in which order, is configs' to say.
type Phase interface {
	traits
	// measure is the least memory that it takes.
	measure(c *configs.Config, s sizes, replicas int) footprint
	// train trains some replicas to the phase's end.
	train(ctx context.Context, s *Session, replicas []*replica) error
}

// traits are what distinguishes a phase, however it is trained.
type traits interface {
	// Name is its word in configurations' Phases, in the journal and in the names of checkpoints.
	Name() string
	// steps is its length for a member; 0 where it learns in one go.
	steps(m *member) int
	// shape is what members must agree in to take its steps together, beside what every phase wants (see
	// shape): a value that can be compared. It is asked before any phase is trained. Rates, of which each replica
	// has its own, are 0 in it, and what the phases before have come to need not agree.
	shape(m *member) any
	// twin is what members of one shape must agree in to have one result; nil where each has its own. It is of the
	// configuration alone, too. A phase that begins with what others have left must count in their shape and twin.
	twin(m *member) any
	// onLatents tells whether it works on those of M1's latents that are kept, where there is an M1.
	onLatents() bool
	// parts are the models whose parameters it trains, one after another; none where what it learns is
	// Model.Learnt.
	parts(t *trained.Model) []parameters
	// finish keeps with a model the step of the phase's result.
	finish(t *trained.Model, step int)
	// check refuses a member that it cannot train, before anything is made.
	check(m *member) error
}

// registry is the phases by their names. Their order is that of configs.PhaseNames.
var registry = map[string]Phase{}

// register adds a phase. Its file calls it, in init.
func register(p Phase) { registry[p.Name()] = p }

// allPhases are the phases in the order in which they are trained. A configuration has some of them.
func allPhases() []Phase { return named(configs.PhaseNames()) }

// phaseOf finds the phase of a name that a configuration or a checkpoint has.
func phaseOf(name string) Phase {
	if p := registry[name]; p != nil {
		return p
	}
	panic("train: no phase " + name)
}

func named(names []string) []Phase {
	all := make([]Phase, len(names))
	for i, name := range names {
		all[i] = phaseOf(name)
	}
	return all
}

// phasesOf are a configuration's phases in their order.
func phasesOf(c *configs.Config) []Phase { return named(c.Phases()) }

// ordinary is what most phases have in common.
type ordinary struct{}

func (ordinary) twin(*member) any                  { return nil }
func (ordinary) onLatents() bool                   { return false }
func (ordinary) finish(t *trained.Model, step int) { t.Step = step }
func (ordinary) check(*member) error               { return nil }

// prepare is that of a phase that reads examples alone.
func (ordinary) prepare(*Session, *group) error { return nil }

// stepwise are the traits of a phase that takes steps along a gradient, see descent.
type stepwise interface {
	traits
	// prepare makes what the steps read and no earlier phase has left.
	prepare(s *Session, g *group) error
	// build makes the phase's arrays and says what a step is. What the phases before have come to is not there
	// yet: see training.fill and training.begin.
	build(g *group) *training
	// batch is the key that sets the size of a minibatch, and its place in a configuration.
	batch(c *configs.Config) (key string, size *int)
}

// descent is the Phase that takes such steps: its memory is measured, and its training is Session.train, for all alike.
type descent struct{ stepwise }

func (d descent) measure(c *configs.Config, s sizes, replicas int) footprint {
	return measured(d, c, s, replicas)
}

func (d descent) train(_ context.Context, s *Session, replicas []*replica) error {
	return s.train(d, replicas)
}

// parameters are a model's that a phase trains.
type parameters struct {
	layout *model.Layout
	values *[]float32
}

// valuesOf are a phase's parameters.
func valuesOf(p Phase, t *trained.Model) []float32 {
	parts := p.parts(t)
	if len(parts) == 1 {
		return *parts[0].values
	}
	var all []float32
	for _, part := range parts {
		all = append(all, *part.values...)
	}
	return all
}

// keepValues keeps a phase's parameters.
func keepValues(p Phase, t *trained.Model, values []float32) {
	for _, part := range p.parts(t) {
		n := part.layout.Size
		*part.values, values = values[:n:n], values[n:]
	}
}

// layoutOf is how a phase's parameters lie.
func layoutOf(p Phase, t *trained.Model) *model.Layout {
	parts := p.parts(t)
	layouts := make([]*model.Layout, len(parts))
	for i, part := range parts {
		layouts[i] = part.layout
	}
	return model.Concat(layouts...)
}

// training is a phase of a group under way: what a step does, what it is called in the metrics, and how the
// validation data judge it.
type training struct {
	descent
	rule   configs.Training
	length int // steps
	size   int // examples a step and replica
	warmup int // steps over which the weight of the KL rises

	dev     engine.Device
	learner *model.Learner
	// A step: draw fills index, the examples of the minibatch, gather what is read of them, gradients the bounds
	// and the gradient.
	draw, gather, gradients func(steps *engine.List)
	index                   engine.Ints
	fed                     engine.Floats // what the host writes of the minibatch before a step; nil: nothing, see feed
	watched                 []watched
	terms                   []term

	fill func() // writes what the steps read and never write; nil: nothing
	// begin writes the parameters that step 1 begins with: learner.Initialise, which are the seeds' own, or what the
	// phases before have left (takeParts). These must have had a checkpoint in this run.
	begin func()

	epochs func(m *member) float64 // steps an epoch
	// report turns the terms' means into the line for metrics.jsonl.
	report func(m *member, means []float64) Metrics
	// judge makes what judges each replica's result so far; nil where there is nothing to judge by.
	judge func() judge
	// validate is the judge's look, once the phase has started.
	validate func() ([]Validation, error)
}

// judge looks at each replica's result so far.
type judge struct {
	fill func() // writes what its steps read and never write; nil: nothing
	look func() ([]Validation, error)
}

// watched is what must stay finite in a step.
type watched struct {
	what string // a row of it, as in "bound of unlabelled example"
	rows engine.Floats
	of   func(row int) int // the row's place in the minibatch
}

// identity is where row i belongs to example i.
func identity(row int) int { return row }

// newTraining is a phase of a group, of minibatches of some size.
func newTraining(p stepwise, g *group, rule configs.Training, size int) *training {
	return &training{descent: descent{p}, rule: rule, length: p.steps(g.replicas[0].member), size: size, dev: g.dev}
}

// start makes what judges, and writes what the steps read and what step 1 begins with.
func (t *training) start() {
	var judge judge
	if t.judge != nil {
		judge = t.judge()
	}
	for _, write := range []func(){t.fill, t.begin, judge.fill} {
		if write != nil {
			write()
		}
	}
	t.validate = judge.look
}

// takeParts gives the learner what the phases before have come to.
func (t *training) takeParts(g *group) {
	for i, r := range g.replicas {
		t.learner.SetValues(i, valuesOf(t, r.trained))
	}
}

// step appends one training step.
func (t *training) step(steps *engine.List) {
	t.learner.Begin(steps)
	t.draw(steps)
	t.gather(steps)
	t.gradients(steps)
	for _, w := range t.watched {
		t.learner.Watch(steps, w.what, w.rows)
	}
	for _, term := range t.terms {
		steps.Add(engine.AddSum{Sum: term.sum, X: term.x, Weight: term.w})
	}
	t.learner.Apply(steps)
}

// term is a part of the bound, summed over the minibatches since the last line.
type term struct {
	sum  engine.Doubles
	x    engine.Floats
	w    engine.Floats // nil: every element counts 1
	each float64       // what one step adds in all, to divide by
}

// addTerm makes a term that is the mean of x, or with weights w, whose total over
// a step is each, their weighted mean.
func (t *training) addTerm(x, w engine.Floats, each float64) {
	t.terms = append(t.terms, term{sum: t.dev.NewDoubles(1), x: x, w: w, each: each})
}

// sums reads a replica's running sums of the terms; setSums writes them.
func (t *training) sums(replica int) []float64 {
	sums := make([]float64, len(t.terms))
	for i, term := range t.terms {
		t.dev.ReadDoubles(sums[i:i+1], term.sum, replica)
	}
	return sums
}

func (t *training) setSums(replica int, sums []float64) {
	for i, term := range t.terms {
		t.dev.WriteDoubles(term.sum, replica, sums[i:i+1])
	}
}

// takeMeans gives a replica's means of the terms over the steps since the last call.
func (t *training) takeMeans(replica, steps int) []float64 {
	means := t.sums(replica)
	t.setSums(replica, make([]float64, len(means)))
	for i := range means {
		means[i] /= float64(steps) * t.terms[i].each
	}
	return means
}
