package configs

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ssdgm/train/allocated"
)

// small is a configuration that loads: what the tests below change in one place.
const small = `model = "m2"
[m2]
latents = 5
[m2.train]
steps = 10
`

func TestEveryBuiltInFileLoads(t *testing.T) {
	if len(BuiltIn()) != 18 {
		t.Errorf("found %d built-in configurations, wanted 18: %v", len(BuiltIn()), BuiltIn())
	}
	for _, name := range BuiltIn() {
		if _, _, err := Load(name, nil); err != nil {
			t.Error(err)
		}
	}
}

func TestPathPicksFileThenBuiltIn(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"", "default", "configs/default", "default.toml", "configs/default.toml", "./configs/default.toml"} {
		_, origins, err := Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := origins.Of("model"); got != "built-in/default.toml:4" {
			t.Errorf("Load(%q): model comes from %s", path, got)
		}
	}
	if err := os.WriteFile("default.toml", []byte(small), 0o644); err != nil {
		t.Fatal(err)
	}
	c, origins, err := Load("default.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Model != "m2" || origins.Of("model") != "default.toml:1" {
		t.Errorf("the file on disk did not come first: model = %s (%s)", c.Model, origins.Of("model"))
	}
}

func TestMissingFileNamesTheBuiltInOnes(t *testing.T) {
	t.Chdir(t.TempDir())
	_, _, err := Load("configs/mnist-m1m2-10.toml", nil)
	want := "open configs/mnist-m1m2-10.toml: no such file; did you mean mnist-m1m2-100?; built-in configurations: default.toml, "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v\nwanted %s…", err, want)
	}
	if _, _, err := Load("confgis/default.toml", nil); err == nil {
		t.Error("a built-in configuration was loaded under a folder that is not there")
	}
	folder := t.TempDir()
	_, _, err = Load(folder, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "open "+folder+": wanted a TOML file: ") {
		t.Errorf("a folder as a file: got %v", err)
	}
}

func TestOverridesComeBeforeFileBeforeDefaults(t *testing.T) {
	c, origins, err := Parse("f.toml", []byte(small), []string{
		"m2.alpha = 3", "m2.alpha=0.5", "data.name=mnist", `data.dir="a = b"`, "m2.hidden=[7, 8]", "yardstick=false", "data.labels=1_000",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Data.Name != "mnist" || c.Data.Dir != "a = b" || c.Data.Labels != 1000 {
		t.Errorf("overrides were not taken: %+v", c.Data)
	}
	if c.M2.Alpha != 0.5 || !reflect.DeepEqual(c.M2.Hidden, []int{7, 8}) {
		t.Errorf("overrides were not taken: %+v", c.M2)
	}
	if c.M2.Latents != 5 || c.M2.Samples != 1 {
		t.Errorf("m2.latents = %d, m2.samples = %d, wanted the file's 5 and the default 1", c.M2.Latents, c.M2.Samples)
	}
	for key, want := range map[string]string{
		"m2.alpha": "--set", "m2.latents": "f.toml:3", "m2.samples": "default", "m2.train.steps": "f.toml:5",
	} {
		if got := origins.Of(key); got != want {
			t.Errorf("%s comes from %s, wanted %s", key, got, want)
		}
	}
}

func TestStringKeysTakeBareWords(t *testing.T) {
	for _, dir := range []string{"2024", "true", "/data/sets", `C:\data`, "a b", "[x]", ""} {
		c, _, err := Parse("f.toml", []byte(small), []string{"data.dir=" + dir})
		if err != nil {
			t.Errorf("data.dir=%s: %v", dir, err)
		} else if c.Data.Dir != dir {
			t.Errorf("data.dir = %q, wanted %q", c.Data.Dir, dir)
		}
	}
}

func TestLabelCountsReplaceLabels(t *testing.T) {
	c, origins, err := Parse("f.toml", []byte(small), []string{"data.label_counts=[1, 2, 30]"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Data.Labels != 33 || origins.Of("data.labels") != "sum of data.label_counts" {
		t.Errorf("labels = %d (%s), wanted 33", c.Data.Labels, origins.Of("data.labels"))
	}
}

func TestResolvedConfigurationLoadsAsItself(t *testing.T) {
	t.Chdir(t.TempDir())
	sets := []string{
		`data.dir="quote \" backslash \\ tab \t rubout \u007f ü"`, "data.label_counts=[3, 4]", "supervised.hidden=[]", "m2.alpha=1e-8",
	}
	for _, name := range BuiltIn() {
		c, origins, err := Load(name, sets)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{c.TOML(), c.Show(origins)} {
			again, _, err := Parse("config.toml", text, nil)
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, text)
			}
			if !reflect.DeepEqual(c, again) {
				t.Errorf("%s: read back as\n%s\nwanted\n%s", name, again.TOML(), c.TOML())
			}
		}
	}
}

func TestResolvedConfigurationStatesEveryKey(t *testing.T) {
	c, _, err := Parse("f.toml", []byte(small), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, origins, err := Parse("config.toml", c.TOML(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fieldsOf(c) {
		if origins.Of(f.key) == "default" {
			t.Errorf("%s is missing", f.key)
		}
	}
}

func TestShowNamesOrigins(t *testing.T) {
	c, origins, err := Parse("f.toml", []byte(small), []string{"m2.alpha=3"})
	if err != nil {
		t.Fatal(err)
	}
	got := string(c.Show(origins))
	for _, want := range []string{
		"model = \"m2\"                # f.toml:1\n",
		"[m2]\nhidden = [500]             # default\n",
		"alpha = 3.0                # --set\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestDiffNamesKeysThatChangeNumbers(t *testing.T) {
	a, _, err := Parse("f.toml", []byte(small), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := Parse("f.toml", []byte(small), []string{
		"m2.alpha=3", "m2.hidden=[7]", "data.dir=elsewhere", "checkpoint.keep=9", "checkpoint.every_steps=9", "pictures.grid=4", "m2.train.optimiser.rate=3e-4",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"m2.hidden: [500] → [7]", "m2.alpha: 0.1 → 3.0", "m2.train.optimiser.rate: 0.001 → 0.0003"}
	if got := Diff(a, b); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, wanted %q", got, want)
	}
	if got := Diff(a, a); len(got) != 0 {
		t.Errorf("a configuration differs from itself: %q", got)
	}
}

func TestPhasesFollowTheModel(t *testing.T) {
	for want, c := range map[string]*Config{
		"m1":               {Model: "m1"},
		"m2":               {Model: "m2"},
		"m1 m2":            {Model: "m1m2"},
		"m1 m2 supervised": {Model: "m1m2", Yardstick: true},
		"supervised":       {Model: "supervised", Yardstick: true},
		"m2 supervised":    {Model: "m1m2", Yardstick: true, M1: M1{From: "runs/m1"}},
	} {
		if got := strings.Join(c.Phases(), " "); got != want {
			t.Errorf("%s: phases are %q, wanted %q", c.Model, got, want)
		}
	}
}

func TestValidationIntervalIsTenLinesUnlessGiven(t *testing.T) {
	if got := (Training{LogEvery: 50}).ValidationInterval(); got != 500 {
		t.Errorf("got %d, wanted 500", got)
	}
	if got := (Training{LogEvery: 50, ValidateEvery: 7}).ValidationInterval(); got != 7 {
		t.Errorf("got %d, wanted 7", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range BuiltIn() {
		text, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "m2.alpha=3")
	}
	f.Add(small, "data.label_counts=[1,2]")
	f.Add("a.\"b\".'c' = [ # x\n '''y''''' ]\n[[t]]\n", `data.dir="x`)
	f.Fuzz(func(t *testing.T, text, set string) {
		var c *Config
		var origins *Origins
		var err error
		used := allocated.Bytes(func() { c, origins, err = Parse("f.toml", []byte(text), []string{set}) })
		if most := uint64(4<<20 + 4096*(len(text)+len(set))); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(text)+len(set), used, most)
		}
		if err != nil {
			if c != nil || origins != nil || err.Error() == "" {
				t.Fatalf("half a success: %v", err)
			}
			return
		}
		again, _, err := Parse("f.toml", c.TOML(), nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, c.TOML())
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("read back as\n%s\nwanted\n%s", again.TOML(), c.TOML())
		}
	})
}
