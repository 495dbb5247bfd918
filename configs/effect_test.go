package configs

import (
	"slices"
	"strings"
	"testing"
)

func idleOf(t *testing.T, text string, sets ...string) []string {
	t.Helper()
	_, origins, err := ParseGrid("f.toml", []byte(text), sets)
	if err != nil {
		t.Fatal(err)
	}
	return origins.Idle
}

func TestEveryKeyOfTheBuiltInConfigurationsHasAnEffect(t *testing.T) {
	for _, name := range BuiltIn() {
		_, origins, err := Load(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(origins.Idle) > 0 {
			t.Errorf("%s: %q", name, origins.Idle)
		}
	}
}

func TestKeysWithoutAnEffectAreTold(t *testing.T) {
	const base = "model = \"m2\"\n[m2.train]\nsteps = 10\n"
	for _, c := range []struct {
		text string
		sets []string
		want []string
	}{
		{base, []string{"m1.latents=7"}, []string{"--set: m1.latents has no effect: the model has no M1"}},
		{base + "[m1]\nlatents = 7\nsamples = 2\n[m1.train]\nsteps = 3\nbatch_size = 9\n", nil,
			[]string{"f.toml:5: m1.latents, m1.samples, m1.train.batch_size and 1 more have no effect: the model has no M1"}},
		// What a file says for the model that an override has not chosen is no mistake, nor is a default.
		{base + "[m2]\nalpha = 1\n", []string{"model=knn"}, nil},
		{base, []string{"m1.latents=50", "knn.neighbours=0"}, nil},
		{base, []string{"joint.steps=5"}, []string{`--set: joint.steps has no effect: M1 and M2 are not trained as one, which wants model = "m1m2" and joint.epochs or joint.steps`}},
		{base, []string{"rollbacks=5"}, []string{`--set: rollbacks has no effect: on_nan = "stop"`}},
		{base, []string{"rollbacks=5", "on_nan=rollback"}, nil},
		{base, []string{"m2.train.optimiser.momentum=0.5", "m2.train.optimiser.step_every=3"}, []string{
			`--set: m2.train.optimiser.momentum has no effect: m2.train.optimiser.name = "adam"`,
			`--set: m2.train.optimiser.step_every has no effect: m2.train.optimiser.schedule = "constant"`}},
		{base, []string{"m2.train.optimiser.momentum=0.5", "m2.train.optimiser.name=sgd"}, nil},
		{base, []string{"data.labels=50", "data.label_counts=[1, 2]"}, []string{"--set: data.labels has no effect: data.label_counts says how many there are"}},
		{base, []string{"pictures.grid=4"}, []string{"--set: pictures.grid has no effect: z has not two dimensions"}},
		{base, []string{"pictures.grid=4", "m2.latents=2"}, nil},
		// Of a grid: where it has an effect on no run.
		{base, []string{"grid.m1.latents=[3, 4]"}, []string{"--set: m1.latents has no effect: the model has no M1"}},
		{base, []string{`grid.model=["m2", "m1m2"]`, "m1.latents=7", "m1.train.steps=5"}, nil},
		{"model = \"m1\"\n[m1.train]\nsteps = 10\n", []string{"data.labels=10", "eval.samples=5", "m1.keep_above=1"}, []string{
			"--set: data.labels has no effect: nothing is learnt from labels",
			"--set: m1.keep_above has no effect: nothing works on M1's latents"}},
		{"model = \"knn\"\n", []string{"eval.samples=5", "on_nan=rollback", "pictures.analogies=3"}, []string{
			"--set: on_nan has no effect: nothing is trained along a gradient",
			"--set: eval.samples has no effect: the model has no bound",
			"--set: pictures.analogies has no effect: the model draws no pictures"}},
		{"model = \"supervised\"\nyardstick = true\n[supervised.train]\nsteps = 10\n", nil,
			[]string{"f.toml:2: yardstick has no effect: the model is the supervised network itself"}},
		{"model = \"tsvm\"\n", []string{"tsvm.kernel=linear", "tsvm.gamma=2"}, []string{`--set: tsvm.gamma has no effect: tsvm.kernel = "linear"`}},
	} {
		if found := idleOf(t, c.text, c.sets...); !slices.Equal(found, c.want) {
			t.Errorf("%q %q:\nfound  %q\nwanted %q", c.text, c.sets, found, c.want)
		}
	}
}

// A run's config.toml states every key: what it said without a remark it says so again.
func TestAResolvedConfigurationIsAsQuietAsItsSource(t *testing.T) {
	for _, name := range BuiltIn() {
		c, _, err := Load(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if found := idleOf(t, string(c.TOML())); len(found) > 0 {
			t.Errorf("%s: %q", name, found)
		}
	}
}

func TestEveryUseIsNamedByAField(t *testing.T) {
	fields := fieldsOf(Default())
	named := map[string]bool{}
	for _, f := range fields {
		for _, word := range f.used {
			named[word] = true
			if _, known := uses[word]; !known {
				if !strings.Contains(word, "=") {
					t.Errorf("%s: unknown use %q", f.key, word)
				}
				hasValue(fields, word) // panics where no key has that name
			}
		}
	}
	for word := range uses {
		if !named[word] {
			t.Errorf("no field names %q", word)
		}
	}
}

func TestOverridesThatCountForNothingAreRefused(t *testing.T) {
	if err := Only([]string{"eval.samples=5", " seed = 3"}, "eval", "seed"); err != nil {
		t.Error(err)
	}
	err := Only([]string{"eval.samples=5", "m2.latents=3"}, "eval", "seed")
	if want := "--set: m2.latents has no effect here; what has: eval, seed"; err == nil || err.Error() != want {
		t.Errorf("found %v\nwanted %s", err, want)
	}
}
