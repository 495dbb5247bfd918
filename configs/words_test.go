package configs

import (
	"os"
	"strings"
	"testing"
)

func TestFileOfAnotherNameSuggestsNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	_, _, err := Load("nofile.toml", nil)
	if want := "open nofile.toml: no such file; built-in configurations: "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v\nwanted %s…", err, want)
	}
}

func TestNumberOutOfRangeIsCalledANumber(t *testing.T) {
	const digits = "99999999999999999999"
	for _, key := range []string{"m1.latents", "seed", "m2.alpha", "m2.hidden"} {
		_, _, err := Parse("f.toml", []byte(small), []string{key + "=" + digits})
		if want := "--set: " + key + ": wanted a number below 2^63, found " + digits; err == nil || err.Error() != want {
			t.Errorf("got %v\nwanted %s", err, want)
		}
	}
	if c, _, err := Parse("f.toml", []byte(small), []string{"data.dir=" + digits}); err != nil || c.Data.Dir != digits {
		t.Errorf("a folder of digits: got %v", err)
	}
}

func TestKeyThatAsksForAnotherIsBlamed(t *testing.T) {
	for set, want := range map[string]string{
		"m2.class_prior=given":             "--set: m2.class_probabilities = []: wanted one for each class",
		"m2.train.optimiser.schedule=step": "--set: m2.train.optimiser.step_every = 0: must be ≥ 1",
		"select=validation":                "--set: data.validation = 0: must be ≥ 1",
	} {
		if _, _, err := Load("", []string{"data.validation=0", set}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v\nwanted %s…", set, err, want)
		}
	}
}

func TestNearestIsOneEditInFourLetters(t *testing.T) {
	names := []string{"first", "second", "b", "labels0.5"}
	for name, want := range map[string]string{
		"frist": "first", "fist": "first", "secnod": "second", "third": "", "a": "", "seed": "", "labels0.6": "labels0.5", "x.5": "",
	} {
		if got := Nearest(name, names); got != want {
			t.Errorf("%s: got %q, wanted %q", name, got, want)
		}
	}
}

func TestAKeyOfAnotherProgramIsCalledAsHere(t *testing.T) {
	for key, want := range map[string]string{
		"lr": "lr; use m1.train.optimiser.rate or m2.train.optimiser.rate", "m2.lr": "m2.lr; use m2.train.optimiser.rate",
		"m1.z_dim": "m1.z_dim; use m1.latents", "epochs": "epochs; use m1.train.epochs or m2.train.epochs",
		"device": "device; use --device cuda", "supervised.lr": "supervised.lr", "m1.nothing": "m1.nothing",
	} {
		want = "unknown key " + want
		if _, _, err := Load("", []string{key + "=1"}); err == nil || err.Error() != "--set: "+want {
			t.Errorf("--set %s: got %v, wanted %s", key, err, want)
		}
		if _, err := Explain(key); err == nil || err.Error() != want {
			t.Errorf("explain %s: got %v, wanted %s", key, err, want)
		}
	}
}

func TestWhatIsNoFileMayBeOneBesideOrASetting(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("tiny.toml", []byte(small), 0o666); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"tiny": "did you mean tiny.toml?", "./Tiny.toml": "did you mean ./tiny.toml?", "tiny.tml": "did you mean tiny.toml?",
		"m1.latents=5": "a setting stands behind --set: --set m1.latents=5", "mnist-m1m2": "did you mean mnist-m1m2-100?",
	} {
		_, _, err := Load(path, nil)
		if want = "open " + path + ": no such file; " + want + "; built-in"; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v\nwanted %s…", err, want)
		}
	}
}

func TestSeveralRunsAreExplained(t *testing.T) {
	for name, key := range map[string]string{"seeds": "seeds", "grid": "grid.KEY", "grid.data.labels": "grid.KEY", "grid.m1": "grid.KEY"} {
		if all, err := Explain(name); err != nil || len(all) != 1 || all[0].Key != key || all[0].Text == "" {
			t.Errorf("%s: got %+v, %v", name, all, err)
		}
	}
	if _, err := Explain("grid.nothing"); err == nil {
		t.Error("grid.nothing was explained")
	}
}
