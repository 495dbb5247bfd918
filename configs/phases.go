package configs

import "slices"

// phase is what configurations know of a part of a run.
type phase struct {
	name string
	of   func(c *Config) bool // whether a run has it
	// table is the key of what all phases that take steps along a gradient have, and training its value; nil for a
	// baseline.
	table    string
	training func(c *Config) *Training
	// parts is how many parts a baseline tells of while it learns, nil where it is one, and enough how many tell how
	// long one more takes.
	parts   func(c *Config) *int
	enough  int
	batches func(c *Config) []*int     // sizes of its minibatches
	rates   func(c *Config) []*float64 // beside that of training; nil: none
	m1      bool                       // it trains M1 alone, without labels
}

// phases are all phases in the order in which they are trained. M2 comes after the M1 that it works on.
var phases = []phase{
	{
		name: SharedPhase, of: (*Config).TrainsM1, m1: true,
		table: "m1.train", training: func(c *Config) *Training { return &c.M1.Train.Training },
		batches: func(c *Config) []*int { return []*int{&c.M1.Train.BatchSize} },
	},
	{
		name: "m2", of: (*Config).HasM2,
		table: "m2.train", training: func(c *Config) *Training { return &c.M2.Train.Training },
		batches: func(c *Config) []*int { return []*int{&c.M2.Train.LabelledBatch, &c.M2.Train.UnlabelledBatch} },
	},
	{
		name: "joint", of: (*Config).TrainsStack,
		table: "joint", training: func(c *Config) *Training { return &c.Joint.Training },
		batches: func(c *Config) []*int { return []*int{&c.Joint.LabelledBatch, &c.Joint.UnlabelledBatch} },
		rates:   func(c *Config) []*float64 { return []*float64{&c.Joint.M2Rate} },
	},
	{name: "knn", of: isBaseline("knn")},
	{name: "tsvm", of: isBaseline("tsvm"), parts: func(c *Config) *int { return &c.TSVM.Stages }, enough: 2},
	{name: "cnn", of: isBaseline("cnn"), parts: func(c *Config) *int { return &c.CNN.Train.Steps }, enough: 100},
	{
		name: yardstickPhase, of: (*Config).HasSupervised,
		table: "supervised.train", training: func(c *Config) *Training { return &c.Supervised.Train.Training },
		batches: func(c *Config) []*int { return []*int{&c.Supervised.Train.BatchSize} },
	},
}

func isBaseline(name string) func(c *Config) bool {
	return func(c *Config) bool { return c.Baseline() == name }
}

const (
	// SharedPhase is the phase whose result runs may share: see m1.from.
	SharedPhase = "m1"
	// yardstickPhase trains the network that stands beside a model.
	yardstickPhase = "supervised"
)

// PhaseNames lists all phases in the order in which they are trained.
func PhaseNames() []string {
	names := make([]string, len(phases))
	for i, p := range phases {
		names[i] = p.name
	}
	return names
}

// own are a configuration's phases in their order.
func (c *Config) own() []phase {
	return slices.DeleteFunc(slices.Clone(phases), func(p phase) bool { return !p.of(c) })
}

// Phases names the parts of the run in the order in which they are trained. An M1 that is taken from elsewhere is not
// trained.
func (c *Config) Phases() []string {
	var names []string
	for _, p := range c.own() {
		names = append(names, p.name)
	}
	return names
}

// ResultPhase is the phase whose result is the run's model: the last but for a yardstick.
func (c *Config) ResultPhase() string {
	names := c.Phases()
	if n := len(names); n > 1 && c.Yardstick && names[n-1] == yardstickPhase {
		names = names[:n-1]
	}
	return names[len(names)-1]
}

// TrainsClassifier tells whether one of the run's phases trains the classifier that is its result: neither M1
// alone, nor the yardstick.
func (c *Config) TrainsClassifier(name string) bool {
	at := slices.IndexFunc(phases, func(p phase) bool { return p.name == name })
	return at >= 0 && !phases[at].m1 && !(c.Yardstick && name == yardstickPhase)
}

// ForAnyReplica is the configuration without what replicas of one device may differ in: their seed, their labels, α and
// the rates.
func (c *Config) ForAnyReplica() *Config {
	same := *c
	same.Seed, same.Data.Labels, same.Data.LabelCounts, same.M2.Alpha = 0, 0, nil, 0
	for _, p := range phases {
		if p.training != nil {
			p.training(&same).Optimiser.Rate = 0
		}
		if p.rates != nil {
			for _, rate := range p.rates(&same) {
				*rate = 0
			}
		}
	}
	return &same
}

// WithMinibatches is the configuration with so many examples in each minibatch, of every kind that a phase draws, and
// in those of an evaluation.
func (c *Config) WithMinibatches(size int) *Config {
	small := *c
	small.Eval.BatchSize = size
	for _, p := range phases {
		if p.batches == nil {
			continue
		}
		for _, batch := range p.batches(&small) {
			*batch = size
		}
	}
	return &small
}

// Lengthened is the configuration with a phase of so many steps, if its length is still that of epochs or steps. A
// cosine of its rate has fallen in the steps that it had, from, and does not fall anew.
func (c *Config) Lengthened(phase string, epochs, steps, from, to int) *Config {
	if t := c.TrainingOf(phase); t == nil || t.Epochs != epochs || t.Steps != steps {
		return c
	}
	longer := *c
	t := longer.TrainingOf(phase)
	t.Epochs, t.Steps = 0, to
	if o := &t.Optimiser; o.Schedule == "cosine" && o.ScheduleSteps == 0 {
		o.ScheduleSteps = from
	}
	return &longer
}

// TrainingOf is how a phase takes steps along a gradient; nil for a baseline.
func (c *Config) TrainingOf(name string) *Training {
	at := slices.IndexFunc(phases, func(p phase) bool { return p.name == name })
	if at < 0 || phases[at].training == nil {
		return nil
	}
	return phases[at].training(c)
}
