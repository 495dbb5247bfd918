package model

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

type goldenOptimiser struct {
	Name    string
	Options struct {
		Rate, Beta1, Beta2, Epsilon, Momentum, Decay float64
	}
	Prior      float64
	MaxNorm    *float64 `json:"max_norm"`
	EMADecay   float64  `json:"ema_decay"`
	Parameters []goldenMatrix
	Steps      []struct {
		Gradients, Parameters, EMA []goldenMatrix
		Norm, Clip                 float64
	}
}

func goldenOptimisers(t *testing.T) []*goldenOptimiser {
	t.Helper()
	var file struct {
		Case, Torch string
		Cases       []*goldenOptimiser
	}
	readGolden(t, "testdata/golden/optimisers.json", &file)
	if len(file.Cases) == 0 {
		t.Fatal("no optimisers in the golden file")
	}
	return file.Cases
}

func (c *goldenOptimiser) options() engine.OptimiserOptions {
	rule, ok := engine.ParseRule(c.Name)
	if !ok {
		panic("want a rule of the engine's, found " + c.Name)
	}
	o := engine.OptimiserOptions{
		Rule:  rule,
		Beta1: c.Options.Beta1, Beta2: c.Options.Beta2, Epsilon: c.Options.Epsilon,
		Momentum: c.Options.Momentum, RMSDecay: c.Options.Decay,
		WeightPrior: c.Prior, EMA: c.EMADecay,
	}
	if c.MaxNorm != nil {
		o.ClipNorm = *c.MaxNorm
	}
	return o
}

// title tells the plain case of a rule from the one with prior, clipping and averages.
func (c *goldenOptimiser) title() string {
	if c.MaxNorm != nil {
		return c.Name + " with prior, clipping and averages"
	}
	return c.Name
}

func joined(matrices []goldenMatrix) []float64 {
	var flat []float64
	for _, m := range matrices {
		flat = append(flat, m.Data...)
	}
	return flat
}

// distances are the largest distances from PyTorch over the six steps.
func (c *goldenOptimiser) distances(dev engine.Device) map[string]float64 {
	layout := &Layout{}
	layout.add("matrix", 0, 3, 4)
	layout.add("vector", 0, 5)
	l := NewLearner(dev, layout, c.options(), []float64{c.Options.Rate}, []uint64{1})
	l.Initialise()
	write(dev, l.Params.Values, 0, joined(c.Parameters))
	worst := map[string]float64{}
	see := func(name string, got, want []float64) { worst[name] = max(worst[name], distance(got, want)) }
	for _, step := range c.Steps {
		now(l.dev, l.Begin)
		write(dev, l.Params.Grads, 0, joined(step.Gradients))
		now(l.dev, l.Apply)
		norm := scalar(dev, l.norm, 0)
		see("norm", []float64{norm}, []float64{step.Norm})
		see("clip", []float64{ref.Clip(norm, c.options().ClipNorm)}, []float64{step.Clip})
		see("parameters", read(dev, l.Params.Values, 0), joined(step.Parameters))
		see("result", read(dev, l.Result(), 0), joined(step.EMA))
	}
	return worst
}

func TestGradientRulesEqualPyTorchs(t *testing.T) {
	for _, c := range goldenOptimisers(t) {
		for name, d := range c.distances(ref.New[float64](1)) {
			if !(d <= exact) {
				t.Errorf("%s: %s is off by %.2g", c.title(), name, d)
			}
		}
	}
}

func TestGradientRulesOfSingleDevicesFollowPyTorch(t *testing.T) {
	for _, d := range devices(t, 1) {
		for _, c := range goldenOptimisers(t) {
			plain := c.distances(ref.New[float32](1))
			for name, e := range c.distances(d) {
				if limit := 2*plain[name] + 1e-6; !(e <= limit) {
					t.Errorf("%s, %s: %s is off by %.2g, limit %.2g", d.Name(), c.title(), name, e, limit)
				}
			}
		}
	}
}

func TestResultIsTheInitialParametersBeforeTheFirstStep(t *testing.T) {
	o := adam
	o.EMA = 0.999
	for name, s := range smallSubjects(ref.New[float64](1), o, 1) {
		if d := distance(read(s.dev, s.Result(), 0), read(s.dev, s.Params.Values, 0)); d != 0 {
			t.Errorf("%s: the averaged parameters are off by %g", name, d)
		}
	}
}
