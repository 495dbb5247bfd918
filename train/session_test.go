package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/cpu"
)

// small are keys of a configuration whose three phases take a moment.
var small = []string{
	"seed=3", "yardstick=true", "data.labels=20", "data.train=200", "data.validation=40", "data.test=30",
	"m1.hidden=[12]", "m1.latents=5", "m1.keep_above=0", "m1.train.batch_size=10", "m1.train.steps=20", "m1.train.log_every=5",
	"m2.hidden=[10]", "m2.classifier_hidden=[8]", "m2.latents=3", "m2.train.labelled_batch=6", "m2.train.unlabelled_batch=7",
	"m2.train.steps=30", "m2.train.log_every=10", "m2.train.ema=0.9", "supervised.hidden=[8]", "supervised.train.batch_size=10",
	"supervised.train.steps=10", "supervised.train.log_every=5", "checkpoint.every_steps=8", "eval.batch_size=25",
}

// opener opens devices of one kind for a test.
type opener func(replicas int) (engine.Device, error)

func openCPUs(replicas int) (engine.Device, error) {
	return cpu.New(cpu.Options{Replicas: replicas, Threads: 2})
}

// heard keeps what a session has to say, and may stop it at a step of a phase.
type heard struct {
	groups []string
	notes  []string
	phase  string
	at     string // as in "m2 20"
	stop   context.CancelFunc
}

func (h *heard) Phase(name string, replicas, _, _ int) {
	h.phase = name
	h.groups = append(h.groups, fmt.Sprintf("%s %d", name, replicas))
}

func (h *heard) Step(step int) {
	if fmt.Sprintf("%s %d", h.phase, step) == h.at {
		h.stop()
	}
}

func (h *heard) Metrics([]Metrics) {}
func (h *heard) Note(line string)  { h.notes = append(h.notes, line) }

// trainGrid trains a grid of small configurations in dir.
func trainGrid(t *testing.T, open opener, dir string, sets ...string) ([]Result, *heard) {
	t.Helper()
	results, h, err := trainGridUntil(t, "", open, dir, sets...)
	if err != nil {
		t.Fatal(err)
	}
	return results, h
}

// trainGridUntil is trainGrid up to a step of a phase, as in "m2 20".
func trainGridUntil(t *testing.T, at string, open opener, dir string, sets ...string) ([]Result, *heard, error) {
	t.Helper()
	grid, _, err := configs.ParseGrid("small", nil, append(slices.Clone(small), sets...))
	if err != nil {
		t.Fatal(err)
	}
	one, err := open(1)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	h := &heard{at: at, stop: stop}
	s, err := Open(dir, Options{Members: membersOf(t, grid), Device: one, Open: open, Observer: h})
	if err != nil {
		return nil, h, err
	}
	defer s.Close()
	results, err := s.Run(ctx)
	return results, h, err
}

// membersOf are a grid's members with their data.
func membersOf(t *testing.T, grid *configs.Grid) []Member {
	t.Helper()
	var members []Member
	for _, m := range grid.Members {
		part, _, err := Parts(m.Config)
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, Member{Name: m.Name, Config: m.Config, Train: part})
	}
	return members
}

// requireSame holds that two run folders hold the same result and have come to it in the same way.
func requireSame(t *testing.T, what, dir, alone string) {
	t.Helper()
	for _, name := range []string{"config.toml", "metrics.jsonl", "model.safetensors"} {
		mine, err := os.ReadFile(filepath.Join(dir, name))
		theirs, errAlone := os.ReadFile(filepath.Join(alone, name))
		if err := errors.Join(err, errAlone); err != nil {
			t.Fatal(err)
		}
		if string(mine) != string(theirs) {
			t.Errorf("%s: %s is not what it is alone", what, name)
		}
	}
}

// gridSets are two numbers of labels, two weights of the classifier and two seeds.
var gridSets = []string{"seeds=[3, 4]", "grid.data.labels=[20, 30]", "grid.m2.alpha=[0.1, 2]"}

// requireGridAsAlone holds a grid on a kind of device against each of its members alone.
func requireGridAsAlone(t *testing.T, open opener, sets ...string) {
	t.Helper()
	sets = append(sets, "checkpoint.every_steps=100") // to save time
	dir := t.TempDir()
	together := filepath.Join(dir, "together")
	_, h := trainGrid(t, open, together, append(slices.Clone(gridSets), sets...)...)
	// M1 does not depend on labels or α; the yardstick's prior does on how many labels there are.
	if found := strings.Join(h.groups, ", "); found != "m1 2, m2 8, supervised 4, supervised 4" {
		t.Errorf("trained in other groups: %s", found)
	}
	for _, one := range []struct{ name, labels, alpha, seed string }{
		{"labels20-alpha0.1-seed3", "20", "0.1", "3"}, {"labels30-alpha2-seed4", "30", "2", "4"},
	} {
		alone := filepath.Join(dir, one.name)
		trainGrid(t, open, alone, append([]string{"data.labels=" + one.labels, "m2.alpha=" + one.alpha, "seed=" + one.seed}, sets...)...)
		requireSame(t, one.name, filepath.Join(together, one.name), alone)
	}
}

func TestEachOfAGridComesToTheBitToWhatItComesToAlone(t *testing.T) {
	requireGridAsAlone(t, openCPUs)
	t.Run("validation chooses", func(t *testing.T) {
		requireGridAsAlone(t, openCPUs, "select=validation", "data.binarise=fixed", "m2.train.validate_every=10", "m1.train.validate_every=5")
	})
}

// Learning rates differ so much that the second cannot be trained.
func TestAFaultEndsOneReplicaAlone(t *testing.T) {
	dir := t.TempDir()
	results, _ := trainGrid(t, openCPUs, filepath.Join(dir, "together"), "grid.m2.train.optimiser.rate=[1e-3, 1e30]")
	if results[0].Fault != nil || results[0].Trained == nil {
		t.Errorf("the sound one was ended by %v", results[0].Fault)
	}
	if results[1].Fault == nil || results[1].Trained != nil || !strings.Contains(results[1].Fault.Error(), "m2: step ") {
		t.Errorf("want a fault in m2, found %v", results[1].Fault)
	}
	trainGrid(t, openCPUs, filepath.Join(dir, "alone"), "m2.train.optimiser.rate=1e-3")
	requireSame(t, "the sound one", filepath.Join(dir, "together", "rate0.001"), filepath.Join(dir, "alone"))
}

// TestAGridGoesOnTogether stops a grid and takes the newest checkpoint of one of its members
// away, as a crash in the middle of saving would have it.
func TestAGridGoesOnTogether(t *testing.T) {
	dir := t.TempDir()
	const sets = "seeds=[3, 4, 5]"
	undisturbed, stopped := filepath.Join(dir, "undisturbed"), filepath.Join(dir, "stopped")
	trainGrid(t, openCPUs, undisturbed, sets)
	if _, _, err := trainGridUntil(t, "m2 20", openCPUs, stopped, sets); !errors.Is(err, ErrStopped) {
		t.Fatalf("want it stopped, found %v", err)
	}
	if err := os.Remove(filepath.Join(stopped, "seed4", "checkpoints", "m2-000000020.safetensors")); err != nil {
		t.Fatal(err)
	}
	_, h := trainGrid(t, openCPUs, stopped, sets)
	if want := "going on from m2 step 16 of 30 in 3 runs"; !slices.Contains(h.notes, want) {
		t.Errorf("want %q, found %q", want, h.notes)
	}
	if found := strings.Join(h.groups, ", "); found != "m2 3, supervised 3" {
		t.Errorf("trained in other groups: %s", found)
	}
	for _, name := range []string{"seed3", "seed4", "seed5"} {
		requireSame(t, name, filepath.Join(stopped, name), filepath.Join(undisturbed, name))
	}
}

// TestAGridTakesUpWhatIsNew adds a seed to a grid that is trained, and trains one that was
// stopped alone.
func TestAGridTakesUpWhatIsNew(t *testing.T) {
	dir := t.TempDir()
	together := filepath.Join(dir, "together")
	trainGrid(t, openCPUs, together, "seeds=[3]")
	trainGridUntil(t, "m2 20", openCPUs, filepath.Join(together, "seed4"), "seed=4")
	results, h := trainGrid(t, openCPUs, together, "seeds=[3, 4, 5]")
	if found := strings.Join(h.groups, ", "); found != "m1 1, m2 1, m2 1, supervised 2" {
		t.Errorf("trained in other groups: %s", found)
	}
	if !results[0].Before || results[1].Before || results[2].Before {
		t.Error("want the first alone to be trained before")
	}
	for _, seed := range []string{"4", "5"} {
		alone := filepath.Join(dir, seed)
		trainGrid(t, openCPUs, alone, "seed="+seed)
		requireSame(t, seed, filepath.Join(together, "seed"+seed), alone)
	}
}
