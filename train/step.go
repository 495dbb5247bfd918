package train

import (
	"fmt"
	"strings"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/train/data"
)

// Step is one training step as a run takes it, on stand-in data, so that it can be
// timed.
type Step struct {
	FLOP float64 // multiplications and additions of the matrix products in a step

	dev     engine.Device
	program engine.Program
}

// Run takes one step and waits for its end.
func (s *Step) Run() error {
	s.program.Run(1)
	return s.dev.Sync()
}

// stepCase is a training step of the paper's sizes.
type stepCase struct {
	name      string
	configure func(c *configs.Config)
}

var stepCases = []stepCase{
	{"m1-b100", func(c *configs.Config) { c.Model, c.M1.Train.BatchSize = "m1", 100 }},
	{"m1-b1000", func(c *configs.Config) { c.Model, c.M1.Train.BatchSize = "m1", 1000 }},
	{"m2-100-100", func(c *configs.Config) {
		c.Model, c.M2.Train.LabelledBatch, c.M2.Train.UnlabelledBatch = "m1m2", 100, 100
	}},
}

// StepNames lists what NewStep knows: M1 (784-600-600-50) with minibatches of 100 and of
// 1000, and M2 on 50 features with 100 labelled and 100 unlabelled examples.
func StepNames() []string {
	var names []string
	for _, c := range stepCases {
		names = append(names, c.name)
	}
	return names
}

// NewStep makes the training step of that name.
func NewStep(dev engine.Device, name string) (*Step, error) {
	for _, known := range stepCases {
		if known.name == name {
			return newStep(dev, known)
		}
	}
	return nil, data.InputErrorf("want a training step of %s, found %q", strings.Join(StepNames(), ", "), name)
}

func newStep(dev engine.Device, known stepCase) (*Step, error) {
	c := configs.Default()
	c.Data.Validation = 0
	known.configure(c)
	counting := &counter{Device: dev}
	s := &session{config: c, dev: counting, binarise: binarises[c.Data.Binarise]}
	var err error
	if s.ds, err = loadDataset(c, standIn{}, counting); err != nil {
		return nil, err
	}
	s.trained = newTrained(c, s.ds.d, s.ds.height, s.ds.width, s.ds.classes)
	p := s.m1Phase
	if c.Model != "m1" {
		s.standInFeatures()
		p = s.m2Phase
	}
	step := &Step{dev: counting, program: dev.Record(p().step)}
	if err := step.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", known.name, err)
	}
	step.FLOP = counting.flop
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
func (s *session) standInFeatures() {
	latents := s.config.M1.Latents
	s.trained.keep(pickAll(latents))
	table := make([]float32, 2*s.ds.n*latents)
	noise.Fill(table, s.config.Seed, 0)
	s.m2Input = input{stats: s.dev.NewSharedFloats(len(table)), width: latents}
	s.dev.WriteFloats(s.m2Input.stats, 0, table)
}

func pickAll(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// counter counts the work of the matrix products that a device is asked for.
type counter struct {
	engine.Device
	flop float64
}

// Dense implements engine.LayerSteps.
func (c *counter) Dense(y, x engine.Floats, rows int, layer engine.Layer) {
	c.count(rows, layer)
	c.Device.Dense(y, x, rows, layer)
}

// DenseGrad implements engine.LayerSteps: one product for the weights, one for dx.
func (c *counter) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, layer engine.Layer) {
	c.count(rows, layer)
	if !dx.IsNil() {
		c.count(rows, layer)
	}
	c.Device.DenseGrad(dx, grad, dy, y, x, rows, layer)
}

func (c *counter) count(rows int, layer engine.Layer) {
	c.flop += 2 * float64(rows) * float64(layer.In) * float64(layer.Out)
}
