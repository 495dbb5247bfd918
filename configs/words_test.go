package configs

import (
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
