package train

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/model/trained"
	"ssdgm/train/data"
	"ssdgm/train/run"
)

// jointSets add a phase in which a small stack is trained as one.
var jointSets = []string{
	"joint.steps=30", "joint.labelled_batch=6", "joint.unlabelled_batch=7", "joint.log_every=10", "joint.ema=0.9", "joint.optimiser.warmup_steps=5",
}

func TestStacksOfAGridComeToTheBitToWhatEachComesToAlone(t *testing.T) {
	dir := t.TempDir()
	together := filepath.Join(dir, "together")
	rates := []string{"m2.alpha=2", "joint.m2_rate=1e-2", "select=validation", "joint.validate_every=10"}
	sets := slices.Concat(jointSets, rates)
	results, h := trainGrid(t, openCPUs, together, append(slices.Clone(sets), "seeds=[3, 4]", "grid.joint.optimiser.rate=[1e-3, 1e-4]")...)
	if found := strings.Join(h.groups, ", "); found != "m1 2, m2 4, joint 4, supervised 4" {
		t.Errorf("trained in other groups: %s", found)
	}
	alone := filepath.Join(dir, "alone")
	trainGrid(t, openCPUs, alone, append(slices.Clone(sets), "seed=4", "joint.optimiser.rate=1e-4")...)
	requireSame(t, "the last", results[len(results)-1].Run.Dir(), alone)
}

func TestAStackGoesOnToTheBit(t *testing.T) {
	dir := t.TempDir()
	undisturbed := filepath.Join(dir, "undisturbed")
	trainGrid(t, openCPUs, undisturbed, jointSets...)
	apart, _ := trainGrid(t, openCPUs, filepath.Join(dir, "apart"))
	digest := M1Digest(apart[0].Trained)
	// At its first step, between two checkpoints, at one, and at its end.
	for _, at := range []string{"m2 30", "joint 1", "joint 13", "joint 16", "joint 30"} {
		stopped := filepath.Join(dir, at)
		if _, _, err := trainGridUntil(t, at, openCPUs, stopped, jointSets...); err != nil && !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		results, _ := trainGrid(t, openCPUs, stopped, jointSets...)
		requireSame(t, at, stopped, undisturbed)
		if M1Digest(results[0].Trained) != digest {
			t.Errorf("%s: the digest of M1 as it was before is another", at)
		}
	}
}

// lastOf is the last line of a phase in a run's metrics.
func lastOf(t *testing.T, dir, phase string) Metrics {
	t.Helper()
	folder, err := run.View(dir)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Validations(folder)
	if err != nil {
		t.Fatal(err)
	}
	var last Metrics
	for at, v := range found {
		if at.Phase == phase && at.Step >= last.Step {
			last = Metrics{Phase: phase, Step: at.Step, Validation: &v}
		}
	}
	return last
}

// choose is some examples of a set.
func choose(set *data.Set, examples []int32) *data.Set {
	chosen := *set
	chosen.N, chosen.Images, chosen.Labels = len(examples), nil, nil
	for _, i := range examples {
		chosen.Images = append(chosen.Images, set.Images[int(i)*set.D():][:set.D()]...)
		chosen.Labels = append(chosen.Labels, set.Labels[i])
	}
	return &chosen
}

// What a look at the validation data finds is what the finished model is worth on them.
func TestALookAtAStackFindsWhatItsEvaluationFinds(t *testing.T) {
	dir := t.TempDir()
	results, _ := trainGrid(t, openCPUs, dir, append(slices.Clone(jointSets), "yardstick=false", "m1.keep_above=0.25")...)
	model := results[0].Trained
	if len(model.Kept) == model.M1.Latents {
		t.Fatal("all latents are kept: want some that are not")
	}
	part, _, err := Parts(model.Config)
	if err != nil {
		t.Fatal(err)
	}
	all, err := part.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := limited(model.Config.Data.Train, model.Config.Data.Validation, all)
	if err != nil {
		t.Fatal(err)
	}
	split, err := divide(model.Config, set)
	if err != nil {
		t.Fatal(err)
	}
	validation := ExamplesOf(choose(set, split.Validation), "validation")
	m := *model
	c := *m.Config
	c.Eval.Samples, m.Config = 1, &c
	e, err := m.On(openCPU(t)).Evaluate(t.Context(), validation)
	if err != nil {
		t.Fatal(err)
	}
	look := lastOf(t, dir, "joint")
	if found, want := float64(*look.ValidationError), *e.ErrorPercent; found != want {
		t.Errorf("an error of %g %%, want %g %%", found, want)
	}
	bound := *e.Bound
	if found := float64(*look.ValidationBound); math.Abs(found-bound) > 1e-6*math.Abs(bound) {
		t.Errorf("a bound of %.9g nats, want %.9g", found, bound)
	}
}

// A stack that is trained as one has a better bound than its parts gave it, and classifies no worse.
func TestTrainingAStackAsOneImprovesItsBound(t *testing.T) {
	sets := []string{
		"yardstick=false", "data.labels=50", "data.train=1000", "data.validation=400", "m1.hidden=[60]", "m1.latents=12", "m1.keep_above=0.2",
		"m1.train.steps=400", "m1.train.batch_size=50", "m1.train.optimiser.rate=3e-3", "m2.hidden=[40]", "m2.classifier_hidden=[40]", "m2.alpha=3",
		"m2.train.steps=600", "m2.train.optimiser.rate=5e-3", "m2.train.labelled_batch=25", "m2.train.unlabelled_batch=25",
		"checkpoint.every_steps=1000", "joint.log_every=100", "joint.labelled_batch=25", "joint.unlabelled_batch=50", "joint.ema=0.99",
		"joint.steps=400", "joint.optimiser.rate=1e-3", "data.test=1000",
	}
	evaluated := func(sets ...string) *trained.Evaluation {
		results, _ := trainGrid(t, openCPUs, t.TempDir(), sets...)
		_, part, err := Parts(results[0].Trained.Config)
		if err != nil {
			t.Fatal(err)
		}
		set, err := part.Load()
		if err != nil {
			t.Fatal(err)
		}
		e, err := results[0].Trained.On(openCPU(t)).Evaluate(t.Context(), ExamplesOf(set, "test"))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	parts, stack := evaluated(append(slices.Clone(sets), "joint.steps=0")...), evaluated(sets...)
	t.Logf("error %.2f %% -> %.2f %%, bound %.2f -> %.2f nats", *parts.ErrorPercent, *stack.ErrorPercent, *parts.Bound, *stack.Bound)
	if !(*stack.Bound > *parts.Bound+1) {
		t.Errorf("the bound was %g nats and is %g", *parts.Bound, *stack.Bound)
	}
	if *stack.ErrorPercent > *parts.ErrorPercent {
		t.Errorf("the error was %g %% and is %g %%", *parts.ErrorPercent, *stack.ErrorPercent)
	}
}

// A stack has seen labels, and so has its M1: another seed's labels would leak through it.
func TestAnM1ThatHasSeenLabelsIsRefused(t *testing.T) {
	dir := t.TempDir()
	trainGrid(t, openCPUs, filepath.Join(dir, "stack"), jointSets...)
	_, _, err := trainGridUntil(t, "", openCPUs, filepath.Join(dir, "other"), "m1.from="+filepath.Join(dir, "stack"))
	if !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), "has seen no labels") {
		t.Errorf("want a refusal, found %v", err)
	}
}

// A phase that is begun again begins with the results of the phases before, which here are averages, and not with
// what was trained last, nor with what the checkpoint was saved to go on from.
func TestAStackThatIsBegunAgainBeginsWithTheSameParts(t *testing.T) {
	const tiny, huge = 1.0 / (1 << 10), 1 << 10
	rates := func(rate float64) []string {
		return append(slices.Clone(jointSets), fmt.Sprintf("joint.optimiser.rate=%g", rate), fmt.Sprintf("joint.m2_rate=%g", rate),
			"joint.optimiser.warmup_steps=20", "m1.train.ema=0.9", "checkpoint.every_steps=50", "joint.validate_every=2",
			"on_nan=rollback", fmt.Sprintf("rollback_rate_factor=%g", tiny), "data.train=100")
	}
	again, h := trainGrid(t, openCPUs, t.TempDir(), rates(huge)...)
	if rollbackNotes(h) == "" {
		t.Fatal("want a fault in the first steps")
	}
	factor := 1.0
	for range strings.Split(rollbackNotes(h), "\n") {
		factor *= tiny
	}
	once, _ := trainGrid(t, openCPUs, t.TempDir(), rates(huge*factor)...)
	if again[0].Fault != nil || !slices.Equal(valuesOf(descent{jointPhase{}}, again[0].Trained), valuesOf(descent{jointPhase{}}, once[0].Trained)) {
		t.Errorf("another stack than that of its rate, %g; fault %v", huge*factor, again[0].Fault)
	}
}
