package configs

import (
	"slices"
	"testing"
)

// TestEveryPhaseIsTrainedByAConfiguration holds that each phase is one of some configuration, and that what replicas may
// differ in is gone from it.
func TestEveryPhaseIsTrainedByAConfiguration(t *testing.T) {
	var trained []string
	for _, sets := range [][]string{
		{"model=m1m2", "yardstick=true", "joint.steps=1"}, {"model=m2"}, {"model=knn"}, {"model=tsvm"}, {"model=cnn"}, {"model=supervised"},
	} {
		c, _, err := Parse("test", nil, append([]string{"m1.train.steps=1", "m2.train.steps=1", "supervised.train.steps=1"}, sets...))
		if err != nil {
			t.Fatal(err)
		}
		trained = append(trained, c.Phases()...)
		for _, p := range c.own() {
			if p.training != nil && p.training(c.ForAnyReplica()).Optimiser.Rate != 0 {
				t.Errorf("%v: replicas of %s have one rate", sets, p.name)
			}
			if p.training == nil {
				continue
			}
			for _, size := range p.batches(c.WithMinibatches(3)) {
				if *size != 3 {
					t.Errorf("%v: want minibatches of 3 of %s, found %d", sets, p.name, *size)
				}
			}
		}
	}
	for _, name := range PhaseNames() {
		if !slices.Contains(trained, name) {
			t.Errorf("no configuration trains %s", name)
		}
	}
}

func TestALengthIsExtendedOnce(t *testing.T) {
	c, _, err := Parse("f.toml", []byte(small), []string{"m2.train.epochs=3", "m2.train.optimiser.schedule=cosine"})
	if err != nil {
		t.Fatal(err)
	}
	longer := c.Lengthened("m2", 3, 0, 30, 40)
	if u := longer.M2.Train; u.Epochs != 0 || u.Steps != 40 || u.Optimiser.ScheduleSteps != 30 || c.M2.Train.Epochs != 3 {
		t.Errorf("found %+v", u)
	}
	if again := longer.Lengthened("m2", 3, 0, 30, 40); again != longer {
		t.Error("the same extension counted twice")
	}
	if u := longer.Lengthened("m2", 0, 40, 40, 60).M2.Train; u.Steps != 60 || u.Optimiser.ScheduleSteps != 30 {
		t.Errorf("found %+v", u)
	}
	if c.Lengthened("knn", 3, 0, 30, 40) != c {
		t.Error("a baseline has no length")
	}
}
