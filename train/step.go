package train

import (
	"fmt"
	"math"
	"strings"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/train/data"
)

// Step is one training step as a run takes it, on stand-in data, so that it can be
// timed.
type Step struct {
	Steps []engine.Step // of the contract

	dev     engine.Device
	program engine.Program
}

// Cost is the least that a step costs, for all replicas.
func (s *Step) Cost() engine.Cost { return engine.CostOf(s.Steps, s.dev.Replicas()) }

// Run takes so many steps and waits for their end.
func (s *Step) Run(times int) error {
	s.program.Run(times)
	return s.dev.Sync()
}

// stepCase is a training step of the paper's sizes.
type stepCase struct {
	name      string
	replicas  int
	phase     stepwise
	configure func(c *configs.Config)
	standIn   func(g *group) // for what the phases before come to; nil: nothing
}

func m1Case(batch int) func(*configs.Config) {
	return func(c *configs.Config) { c.Model, c.M1.Train.BatchSize = "m1", batch }
}

func m2Case(labelled, unlabelled int) func(*configs.Config) {
	return func(c *configs.Config) {
		c.Model, c.M2.Train.LabelledBatch, c.M2.Train.UnlabelledBatch = "m1m2", labelled, unlabelled
	}
}

// jointCase is the stack of a fast recipe's sizes.
func jointCase(c *configs.Config) {
	c.Joint.Steps, c.M2.Hidden, c.M2.ClassifierHidden, c.M2.Latents = 1, []int{300}, []int{300}, 10
}

var stepCases = []stepCase{
	{"m1-b100", 1, m1Phase{}, m1Case(100), nil},
	{"m1-b1000", 1, m1Phase{}, m1Case(1000), nil},
	{"m2-100-100", 1, m2Phase{}, m2Case(100, 100), (*group).standInFeatures},
	{"m2-100-500", 1, m2Phase{}, m2Case(100, 500), (*group).standInFeatures},
	{"joint-50-200", 1, jointPhase{}, jointCase, (*group).standInStack},
	{"m1-b1000-r40", 40, m1Phase{}, m1Case(1000), nil},
}

// StepNames lists what NewStep knows and takes so many replicas at most: M1
// (784-600-600-50) with minibatches of 100 and of 1000, and M2 on 50 features with 100
// labelled and 100 or 500 unlabelled examples, and both as one; -rN are N replicas at once.
func StepNames(replicas int) []string {
	var names []string
	for _, c := range stepCases {
		if c.replicas <= replicas {
			names = append(names, c.name)
		}
	}
	return names
}

// StepReplicas is how many replicas the device of a step must have.
func StepReplicas(name string) (int, error) {
	known, err := findStep(name)
	return known.replicas, err
}

func findStep(name string) (stepCase, error) {
	for _, known := range stepCases {
		if known.name == name {
			return known, nil
		}
	}
	names := strings.Join(StepNames(math.MaxInt), ", ")
	return stepCase{}, data.InputErrorf("want a training step of %s, found %q", names, name)
}

// NewStep makes the training step of that name on a device with StepReplicas.
func NewStep(dev engine.Device, name string) (*Step, error) {
	known, err := findStep(name)
	if err != nil {
		return nil, err
	}
	if dev.Replicas() != known.replicas {
		return nil, fmt.Errorf("%s: want a device of %d replicas, found one of %d", name, known.replicas, dev.Replicas())
	}
	return newStep(dev, known)
}

func newStep(dev engine.Device, known stepCase) (*Step, error) {
	c := configs.Default()
	c.Data.Validation = 0
	known.configure(c)
	k, set, err := loadCorpus(c, standIn{}, fitter{})
	if err != nil {
		return nil, err
	}
	ds, err := newDataset(c, k, set)
	if err != nil {
		return nil, err
	}
	examples, err := k.upload(dev)
	if err != nil {
		return nil, err
	}
	var replicas []*replica
	for range known.replicas {
		m := newMember(Member{Config: c}, ds)
		replicas = append(replicas, &replica{m, []*member{m}})
	}
	g := newGroup(&station{dev: dev, corpus: k, examples: examples}, replicas, nil)
	if known.standIn != nil {
		known.standIn(g)
	}
	t := known.phase.build(g)
	t.start()
	steps := engine.Recorded(t.step)
	step := &Step{Steps: steps.Steps(), dev: dev, program: steps.Compile(dev)}
	if err := step.Run(1); err != nil {
		return nil, fmt.Errorf("%s: %w", known.name, err)
	}
	return step, nil
}

// standIn is a training part of random pixels, none of which is 0: no device gains from
// the empty corners of real images.
type standIn struct{}

// Load implements data.Part.
func (standIn) Load() (*data.Set, error) {
	const n, side, classes = 2000, 28, 10
	set := &data.Set{
		Name: "stand-in", Images: make([]uint8, n*side*side), Labels: make([]uint8, n), N: n,
		Height: side, Width: side, Channels: 1, Classes: classes,
	}
	for i := range set.Images {
		set.Images[i] = 1 + uint8(noise.Philox(uint32(i), 0, 0, noise.StreamInit, 0)[0]%255)
	}
	for i := range set.Labels {
		set.Labels[i] = uint8(i % classes)
	}
	return set, nil
}

// standInFeatures takes random rows [mean | logvar] for M1's features, of all latents.
func (g *group) standInFeatures() {
	first := g.replicas[0]
	latents := first.config.M1.Latents
	for _, r := range g.replicas {
		r.trained.Keep(picked(latents))
	}
	table := make([]float32, 2*g.corpus.n*latents)
	noise.Fill(table, first.config.Seed, 0)
	g.reserveFeatures(latents, true)
	g.dev.WriteFloats(g.input.Stats, 0, table)
}

// standInStack takes an M1 and an M2 that no phase has trained, M2 on two latents of five.
func (g *group) standInStack() {
	for _, r := range g.replicas {
		t := r.trained
		t.Keep(picked(2 * t.M1.Latents / 5))
		t.M1Values, t.M2Values = t.M1.Init(r.config.Seed), t.M2.Init(r.config.Seed)
	}
}

// picked are the first n latents.
func picked(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
