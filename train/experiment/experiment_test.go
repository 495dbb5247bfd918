package experiment

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/train"
	"ssdgm/train/report"
)

// quiet shows nothing.
type quiet struct{}

func (quiet) Phase(string, int, int, int) {}
func (quiet) Step(int)                    {}
func (quiet) Metrics([]train.Metrics)     {}
func (quiet) Note(string)                 {}
func (quiet) Close()                      {}

func newLab(t *testing.T) *Lab {
	t.Helper()
	end := func(err error) { t.Errorf("the process would end: %v", err) }
	open := func(replicas int) (engine.Device, error) { return cpu.New(cpu.Options{Replicas: replicas, Threads: 1}) }
	return &Lab{
		Locate: train.Whereabouts{}.Locate, Hung: end, Stopped: end,
		Open: func(context.Context, *configs.Config) (Device, error) {
			dev, err := open(1)
			return Device{Device: dev, More: open, Threads: 1}, err
		},
		Show: func() Progress { return quiet{} },
		Note: func(line string) { t.Log(line) },
	}
}

func load(t *testing.T, sets ...string) *configs.Grid {
	t.Helper()
	text, err := os.ReadFile("../../cmd/ssdgm/testdata/tiny.toml")
	if err != nil {
		t.Fatal(err)
	}
	grid, _, err := configs.ParseGrid("tiny.toml", text, sets)
	if err != nil {
		t.Fatal(err)
	}
	return grid
}

// A run of the last step tells beside its result what the step that validation chooses would have given.
func TestTheErrorChosenByValidationIsThatOfARunThatSelectsByIt(t *testing.T) {
	found := map[string]*report.Summary{}
	for _, selection := range []string{"last", "validation"} {
		dir := filepath.Join(t.TempDir(), selection)
		grid := load(t, "select="+selection, "model=m2", "yardstick=false",
			"m2.train.steps=200", "m2.train.validate_every=10")
		all, err := newLab(t).Run(t.Context(), t.Context(), dir, grid.Members, "the same command")
		if err != nil || all[0].Fault != nil {
			t.Fatal(err, all)
		}
		if found[selection], err = report.ReadSummary(dir); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all[0].Summary, found[selection]); diff != "" {
			t.Errorf("the summary that was returned is not the one in the folder: %s", diff)
		}
	}
	if found["last"].Test.Step == found["last"].ByValidation.Step {
		t.Error("the last step was chosen: this test shows nothing")
	}
	chosen := *found["validation"].Test
	if chosen.TemperedNLL == nil {
		t.Error("a result has no temperature")
	}
	chosen.TemperedNLL, chosen.TemperedCalibration = nil, nil // A temperature is fitted to a result alone.
	if diff := cmp.Diff(&chosen, found["last"].ByValidation); diff != "" {
		t.Error(diff)
	}
	if more := found["validation"].ByValidation; more != nil {
		t.Errorf("want nothing beside a step that validation chose, found %+v", more)
	}
}

func TestAFinishedRunOfAGridIsNotEvaluatedAgain(t *testing.T) {
	dir := t.TempDir()
	grid := load(t, "seeds=[0, 1]", "model=m2", "yardstick=false", "m2.train.steps=20")
	var first []Outcome
	for range 2 {
		all, err := newLab(t).Run(t.Context(), t.Context(), dir, grid.Members, "the same command")
		if err != nil {
			t.Fatal(err)
		}
		done, _, failed := Failures(all, func(err error) { t.Error(err) })
		if failed != nil || len(done) != 2 {
			t.Fatalf("want 2 runs done, found %d, %v", len(done), failed)
		}
		if first == nil {
			first = all
		} else if diff := cmp.Diff(first[1].Summary, all[1].Summary); diff != "" {
			t.Errorf("a finished run was evaluated again: %s", diff)
		}
	}
}
