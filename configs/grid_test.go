package configs

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// table is a grid over labels and seeds in the way a person would write it.
const table = small + `[grid]
seed = [0, 1, 2]
"data.labels" = [100, 600]
`

func namesOf(g *Grid) string {
	names := make([]string, len(g.Members))
	for i, m := range g.Members {
		names[i] = m.Name
	}
	return strings.Join(names, " ")
}

func TestGridCombinesEveryValueWithEveryOther(t *testing.T) {
	const want = "labels100-seed0 labels100-seed1 labels100-seed2 labels600-seed0 labels600-seed1 labels600-seed2"
	for form, text := range map[string]string{
		"quoted":    table,
		"tables":    small + "[grid.data]\nlabels = [100, 600]\n[grid]\nseed = [0, 1, 2]\n",
		"inline":    "grid = {data = {labels = [100, 600]}, seed = [0, 1, 2]}\n" + small,
		"shorthand": "seeds = [0, 1, 2]\n" + small + "[grid.data]\nlabels = [100, 600]\n",
	} {
		g, _, err := ParseGrid("f.toml", []byte(text), nil)
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		if got := namesOf(g); got != want {
			t.Errorf("%s: got %s, wanted %s", form, got, want)
		}
		axes := []Axis{{"data.labels", []any{Labels(100), Labels(600)}}, {"seed", []any{uint64(0), uint64(1), uint64(2)}}}
		if !reflect.DeepEqual(g.Axes, axes) {
			t.Errorf("%s: axes are %v, wanted %v", form, g.Axes, axes)
		}
		if last := g.Members[5].Values; !reflect.DeepEqual(last, []any{Labels(600), uint64(2)}) {
			t.Errorf("%s: the last member has %v", form, last)
		}
	}
}

func TestMemberIsWhatItWouldBeAlone(t *testing.T) {
	text := "seed = 7\n" + small + "[m1.train]\nsteps = 5\n"
	grid := []string{
		"seeds=[0, 1]", "grid.m2.hidden=[[200], [500, 300]]", "grid.m2.alpha=[1, 0.5]",
		"grid.data.label_counts=[[1, 2], [3]]", `grid.model=["m2", "m1m2"]`, "yardstick=false",
	}
	g, _, err := ParseGrid("f.toml", []byte(text), grid)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Members) != 32 {
		t.Fatalf("found %d members, wanted 32", len(g.Members))
	}
	for _, m := range g.Members {
		sets := []string{"yardstick=false"}
		for i, axis := range g.Axes {
			value := strings.ReplaceAll(written(reflect.ValueOf(m.Values[i])), `"`, "")
			sets = append(sets, axis.Key+"="+value)
		}
		alone, _, err := Parse("f.toml", []byte(text), sets)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(m.Config, alone) {
			t.Errorf("%s is\n%s\nalone it is\n%s", m.Name, m.Config.TOML(), alone.TOML())
		}
	}
	if got, want := g.Members[31].Name, "m1m2-label_counts3-hidden500x300-alpha0.5-seed1"; got != want {
		t.Errorf("the last member is called %s, wanted %s", got, want)
	}
}

func TestFileWithoutGridIsOneMemberWithoutName(t *testing.T) {
	g, origins, err := ParseGrid("f.toml", []byte(small), nil)
	if err != nil {
		t.Fatal(err)
	}
	alone, _, err := Parse("f.toml", []byte(small), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Axes) != 0 || len(g.Members) != 1 || g.Members[0].Name != "" || !reflect.DeepEqual(g.Members[0].Config, alone) {
		t.Errorf("got %+v", g)
	}
	if got := origins.Of("model"); got != "f.toml:1" {
		t.Errorf("model comes from %s", got)
	}
}

func TestOverrideTakesThePlaceOfAList(t *testing.T) {
	for set, want := range map[string]string{
		"seed=5":             "labels100 labels600",
		"seeds=[5]":          "labels100-seed5 labels600-seed5",
		"grid.seed=[8, 9]":   "labels100-seed8 labels100-seed9 labels600-seed8 labels600-seed9",
		"data.labels=50":     "seed0 seed1 seed2",
		"grid.m2.alpha=[.1]": "",
	} {
		g, _, err := ParseGrid("f.toml", []byte(table), []string{set})
		if want == "" {
			if err == nil {
				t.Errorf("%s: wanted an error", set)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", set, err)
		} else if got := namesOf(g); got != want {
			t.Errorf("%s: got %s, wanted %s", set, got, want)
		}
	}
	c, _, err := Parse("f.toml", []byte(table), []string{"data.labels=50", "seed=5"})
	if err != nil || c.Data.Labels != 50 || c.Seed != 5 {
		t.Errorf("one value for each key is one configuration: got %v", err)
	}
	g, _, err := ParseGrid("f.toml", []byte("seed = 7\n"+table), nil)
	if err != nil || len(g.Members) != 6 {
		t.Errorf("a list counts beside a value in the same file: got %v", err)
	}
}

func TestNamesAreSafeFolders(t *testing.T) {
	sets := []string{`grid.m1.from=["runs/a b", '..\c..', "é"]`, "grid.m2.train.optimiser.rate=[1e-9, 3]", "grid.m1.train.optimiser.rate=[2]",
		"model=m1m2", "grid.m2.classifier_hidden=[[], [3, 4]]"}
	g, _, err := ParseGrid("f.toml", []byte(small), sets)
	if err != nil {
		t.Fatal(err)
	}
	const first = "fromruns_a_b-m1.rate2-classifier_hiddennone-m2.rate1e-09"
	const last = "from_-m1.rate2-classifier_hidden3x4-m2.rate3"
	if got := g.Members[0].Name; got != first {
		t.Errorf("got %s, wanted %s", got, first)
	}
	if got := g.Members[len(g.Members)-1].Name; got != last {
		t.Errorf("got %s, wanted %s", got, last)
	}
}

// TestKeysThatShareTheirLastNameDifferInTheFirst holds that names of members tell any two axes apart.
func TestKeysThatShareTheirLastNameDifferInTheFirst(t *testing.T) {
	seen := map[string]string{}
	for _, f := range fieldsOf(Default()) {
		first, _, _ := strings.Cut(f.key, ".")
		name := first + "." + lastName(f.key)
		if other := seen[name]; other != "" {
			t.Errorf("%s and %s are both called %s", other, f.key, name)
		}
		seen[name] = f.key
	}
}

func TestMistakesInGridsAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, text string
		sets       []string
		want       string
	}{
		{name: "unknown key", text: small + "[grid]\n\"data.lables\" = [1]",
			want: "f.toml:7: unknown key grid.data.lables; did you mean data.labels?"},
		{name: "unknown table", text: small + "[grid.m3]\nlatents = [1]",
			want: "f.toml:6: unknown key grid.m3"},
		{name: "no list", text: small + "[grid]\nseed = 3",
			want: "f.toml:7: grid.seed: wanted a list with an integer ≥ 0 for each run, found the integer 3"},
		{name: "no table", text: "grid = 3\n" + small,
			want: "f.toml:1: grid: wanted a table of keys with lists of values, found the integer 3"},
		{name: "empty", text: small, sets: []string{"seeds=[]"},
			want: "--set: seeds = []: wanted one value or more"},
		{name: "type", text: small, sets: []string{"grid.m2.alpha=[1, 'x']"},
			want: `--set: grid.m2.alpha: wanted a number for each run, found the string "x"`},
		{name: "bare words", text: small, sets: []string{"grid.model=[m1, m2]"},
			want: `--set: grid.model: wanted a list with a string for each run, found the string "[m1, m2]"`},
		{name: "value", text: small + "[grid]\n\"m2.alpha\" = [1, -1]",
			want: "f.toml:7: grid.m2.alpha = -1: must be ≥ 0"},
		{name: "word", text: small + "[grid]\nmodel = [\"m2\", \"m3\"]",
			want: `f.toml:7: grid.model = "m3": must be one of m1, m2, m1m2, supervised, knn, tsvm, cnn, m1knn, m1tsvm; did you mean m1?`},
		{name: "twice", text: "seeds = [0, 1, 0]\n" + small,
			want: "f.toml:1: seeds: wanted each value once, found 0 again, or one whose folder would have the same name"},
		{name: "two lists", text: "seeds = [0]\n" + small + "[grid]\nseed = [1]",
			want: "f.toml:8: grid.seed: wanted one list for seed, found another (f.toml:1)"},
		{name: "list for a value", text: "seed = [0, 1]\n" + small,
			want: "f.toml:1: seed: wanted an integer ≥ 0, found a list; several values, for several runs, go into [grid]"},
		{name: "members that are one", text: small + "[data]\nlabel_counts = [3, 4]\n[grid]\n\"data.labels\" = [100, 600]",
			want: "f.toml:9: grid: wanted different runs, found labels100 and labels600 to be the same one (run labels600)"},
		{name: "impossible in one", text: small + "[data]\ntrain = 500\n[grid]\n\"data.labels\" = [100, 600]\nseed = [0, 1]",
			want: "f.toml:9: data.labels = 600: must be ≤ data.train = 500 (f.toml:7) (run labels600-seed0 and 1 more)"},
		{name: "impossible in all", text: table, sets: []string{"m2.train.steps=0"},
			want: "f.toml: m2.train: wanted epochs or steps above 0, found neither"},
		{name: "too many", text: table, sets: []string{"grid.m2.latents=[" + numbers(200) + "]"},
			want: "f.toml:7: grid: wanted at most 1024 runs, found more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, origins, err := ParseGrid("f.toml", []byte(c.text), c.sets)
			var mistakes *Error
			if !errors.As(err, &mistakes) || g != nil || origins != nil {
				t.Fatalf("got error %v and %v, wanted an *Error alone", err, g)
			}
			if err.Error() != c.want {
				t.Errorf("got\n%s\nwanted\n%s", err, c.want)
			}
		})
	}
}

// numbers lists 1 to n.
func numbers(n int) string {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return strings.Trim(format(reflect.ValueOf(list)), "[]")
}

func TestGridIsRefusedWhereOneConfigurationIsWanted(t *testing.T) {
	const want = "f.toml:8: wanted one configuration, found a grid of 6; choose one, as with --set data.labels=100 --set seed=0"
	if _, _, err := Parse("f.toml", []byte(table), nil); err == nil || err.Error() != want {
		t.Errorf("got %v\nwanted %s", err, want)
	}
}

func TestAShownGridIsTheSameGrid(t *testing.T) {
	sets := []string{"grid.m2.hidden=[[200], [500, 300]]", "grid.data.label_counts=[[1, 2], [3]]", `grid.model=["m2", "supervised"]`,
		"supervised.train.steps=4", "data.labels=5", "grid.m2.alpha=[1, 0.5]"}
	for _, sets := range [][]string{nil, sets} {
		g, origins, err := ParseGrid("f.toml", []byte(table), sets)
		if err != nil {
			t.Fatal(err)
		}
		shown := g.Show(origins)
		again, _, err := ParseGrid("f.toml", shown, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, shown)
		}
		if !reflect.DeepEqual(g, again) {
			t.Errorf("%v is not %v:\n%s", again, g, shown)
		}
	}
}

func TestAGridTellsWhatItsRunsDifferIn(t *testing.T) {
	for set, want := range map[string]string{
		"seed=5":        "2 runs: data.labels of 100, 600",
		"seeds=[5]":     "2 runs: data.labels of 100, 600 with seed of 5",
		"m2.latents=50": "6 runs: data.labels of 100, 600 with seed of 0, 1, 2",
	} {
		g, _, err := ParseGrid("f.toml", []byte(table), []string{set})
		if err != nil || g.String() != want {
			t.Errorf("%s: found %v, %v, want %s", set, g, err, want)
		}
	}
}
