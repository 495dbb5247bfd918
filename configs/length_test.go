package configs

import (
	"strings"
	"testing"
)

func TestAnOverridesLengthTakesThePlaceOfTheFiles(t *testing.T) {
	const inEpochs = "model = \"m2\"\n[m2.train]\nepochs = 7\n"
	for _, c := range []struct {
		text          string
		sets          []string
		epochs, steps int
		origin        string // of the length that gave way
	}{
		{inEpochs, []string{"m2.train.steps=600"}, 0, 600, "--set"},
		{small, []string{"m2.train.epochs=3"}, 3, 0, "--set"},
		{small, []string{"m2.train.epochs=0"}, 0, 10, "--set"},
		{inEpochs, []string{"m2.train.epochs=0", "m2.train.steps=5"}, 0, 5, "--set"},
		{inEpochs + "[grid]\n\"m2.train.epochs\" = [1, 2]\n", []string{"m2.train.steps=5"}, 0, 5, "--set"},
		{inEpochs, nil, 7, 0, "default"},
	} {
		config, origins, err := Parse("f.toml", []byte(c.text), c.sets)
		if err != nil {
			t.Errorf("%v: %v", c.sets, err)
			continue
		}
		if got := config.M2.Train.Training; got.Epochs != c.epochs || got.Steps != c.steps {
			t.Errorf("%v: want %d epochs, %d steps, found %d, %d", c.sets, c.epochs, c.steps, got.Epochs, got.Steps)
		}
		gone := "m2.train.epochs"
		if c.steps == 0 {
			gone = "m2.train.steps"
		}
		if got := origins.Of(gone); got != c.origin {
			t.Errorf("%v: %s comes from %s, want %s", c.sets, gone, got, c.origin)
		}
	}
}

func TestAListOfLengthsTakesThePlaceOfTheFiles(t *testing.T) {
	g, _, err := ParseGrid("f.toml", []byte(small), []string{"grid.m2.train.epochs=[1, 2]"})
	if err != nil {
		t.Fatal(err)
	}
	if got := namesOf(g); got != "epochs1 epochs2" {
		t.Errorf("found %s", got)
	}
	if l := g.Members[1].Config.M2.Train; l.Epochs != 2 || l.Steps != 0 {
		t.Errorf("found %d epochs, %d steps", l.Epochs, l.Steps)
	}
	_, _, err = ParseGrid("f.toml", []byte(small+"[grid]\n\"m2.train.epochs\" = [1, 2]\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "must be 0 where") {
		t.Errorf("want a value and a list of one file refused, found %v", err)
	}
}
