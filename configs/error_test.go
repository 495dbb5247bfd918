package configs

import (
	"errors"
	"strings"
	"testing"
)

// TestMistakesAreNamed holds the exact words of every message.
func TestMistakesAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, text string
		sets       []string
		want       []string
	}{
		{name: "unknown key", text: small + "[m1]\nlatent = 5",
			want: []string{"f.toml:7: unknown key m1.latent; did you mean m1.latents?"}},
		{name: "swapped letters", text: small + "[m1]\nhiddne = [5]",
			want: []string{"f.toml:7: unknown key m1.hiddne; did you mean m1.hidden?"}},
		{name: "unknown key like no other", text: small + "[m1]\nzzzzzzzz = 5",
			want: []string{"f.toml:7: unknown key m1.zzzzzzzz"}},
		{name: "key in the wrong table", text: small + "alpha = 5",
			want: []string{"f.toml:6: unknown key m2.train.alpha; use m2.alpha"}},
		{name: "unknown table", text: small + "[m3]\nlatents = 5",
			want: []string{"f.toml:6: unknown key m3; did you mean m1?"}},
		{name: "quoted dots", text: "\"m1.latents\" = 5\n" + small,
			want: []string{`f.toml:1: unknown key "m1.latents"; did you mean m1.latents?`}},
		{name: "wrong type", text: small + "[m1]\nlatents = \"50\"",
			want: []string{`f.toml:7: m1.latents: wanted an integer, found the string "50"`}},
		{name: "number for integer", text: small + "[m1]\nlatents = 50.0",
			want: []string{"f.toml:7: m1.latents: wanted an integer, found the number 50.0"}},
		{name: "table for value", text: small + "[m1.latents]\nx = 1",
			want: []string{"f.toml:6: m1.latents: wanted an integer, found a table"}},
		{name: "value for table", text: "m1 = true\n" + small,
			want: []string{"f.toml:1: m1: wanted a table of keys, found true"}},
		{name: "list of tables", text: small + "[[m1]]\nlatents = 5",
			want: []string{"f.toml:6: m1: wanted a table of keys, found a list of tables"}},
		{name: "wrong element", text: small + "[m1]\nhidden = [\n 600,\n 'x',\n]",
			want: []string{`f.toml:7: m1.hidden: wanted a list of integers such as [600, 600], found the string "x" in it`}},
		{name: "text without quotes", text: small + "\n[data]\nname = glyphs",
			want: []string{`f.toml:8: expected value but found "glyphs" instead; text stands in quotes, as in model = "m1m2", and true and false in small letters`}},
		{name: "date", text: "seed = 2024-01-01\n" + small,
			want: []string{"f.toml:1: seed: wanted an integer ≥ 0, found a date or time"}},
		{name: "string for boolean", text: "yardstick = \"yes\"\n" + small,
			want: []string{`f.toml:1: yardstick: wanted true or false, found the string "yes"`}},
		{name: "integer for string", text: "precision = 32\n" + small,
			want: []string{"f.toml:1: precision: wanted a string, found the integer 32"}},
		{name: "negative seed", text: "seed = -1\n" + small,
			want: []string{"f.toml:1: seed = -1: must be ≥ 0"}},
		{name: "integer beyond bounds", text: small + "[m1]\nlatents = 5000000000",
			want: []string{"f.toml:7: m1.latents = 5000000000: must be ≥ 1 and ≤ 16384"}},
		{name: "integer beyond bounds, in a list", text: small + "[m1]\nhidden = [600, 1000000000000]",
			want: []string{"f.toml:7: m1.hidden = [1000000000000]: each must be ≥ 1 and ≤ 65536"}},
		{name: "impossible number", text: small, sets: []string{"m2.alpha=-1"},
			want: []string{"--set: m2.alpha = -1: must be ≥ 0"}},
		{name: "no number", text: small, sets: []string{"m2.alpha=nan", "m2.weight_prior=inf"},
			want: []string{"--set: m2.alpha = nan: must be a number that single precision can hold",
				"--set: m2.weight_prior = +inf: must be a number that single precision can hold"}},
		{name: "one in single precision", text: small, sets: []string{"m2.train.optimiser.beta1=0.9999999999"},
			want: []string{"--set: m2.train.optimiser.beta1 = 0.9999999999: must be ≥ 0 and < 1 in single precision, where it is 1.0"}},
		{name: "zero in single precision", text: small, sets: []string{"m2.train.optimiser.rate=1e-50"},
			want: []string{"--set: m2.train.optimiser.rate = 1e-50: must be a number that single precision can hold"}},
		{name: "impossible element", text: small, sets: []string{"m2.hidden=[500, 0]"},
			want: []string{"--set: m2.hidden = [500, 0]: each must be ≥ 1 and ≤ 65536"}},
		{name: "unknown word", text: small, sets: []string{"m2.activation=softpuls"},
			want: []string{"--set: m2.activation = \"softpuls\": must be one of softplus, relu, tanh, gelu, silu; " +
				"did you mean softplus?"}},
		{name: "no layer", text: small, sets: []string{"m2.hidden=[]"},
			want: []string{"--set: m2.hidden = []: wanted one hidden layer or more"}},
		{name: "neither epochs nor steps", text: "model = \"m1\"",
			want: []string{"f.toml: m1.train: wanted epochs or steps above 0, found neither"}},
		{name: "epochs and steps", text: small + "epochs = 3",
			want: []string{"f.toml:5: m2.train.steps = 10: must be 0 where m2.train.epochs = 3 (f.toml:6); set one of them to 0"}},
		{name: "epochs and steps, both overrides", text: small, sets: []string{"m2.train.epochs=3", "m2.train.steps=4"},
			want: []string{"--set: m2.train.steps = 4: must be 0 where m2.train.epochs = 3 (--set); set one of them to 0"}},
		{name: "step schedule", text: small, sets: []string{"m2.train.optimiser.schedule=step"},
			want: []string{`--set: m2.train.optimiser.step_every = 0: must be ≥ 1 where schedule = "step"`}},
		{name: "no labels", text: small, sets: []string{"data.labels=0"},
			want: []string{"--set: data.labels = 0: must be ≥ 1, since m2 learns from labelled examples"}},
		{name: "more labels than examples", text: small + "[data]\ntrain = 50",
			want: []string{"f.toml: data.labels = 100: must be ≤ data.train = 50 (f.toml:7)"}},
		{name: "too many label counts", text: small, sets: []string{"data.label_counts=[2000000000, 2000000000]"},
			want: []string{"--set: data.label_counts: must sum to < 2^31, found 4000000000"}},
		{name: "no validation data", text: small, sets: []string{"select=validation", "data.validation=0"},
			want: []string{`--set: data.validation = 0: must be ≥ 1 where select = "validation"`}},
		{name: "no class probabilities", text: small, sets: []string{"m2.class_prior=given"},
			want: []string{`--set: m2.class_probabilities = []: wanted one for each class where m2.class_prior = "given"`}},
		{name: "class probabilities that are not used", text: small, sets: []string{"m2.class_probabilities=[0.5, 0.5]"},
			want: []string{`--set: m2.class_probabilities: used only where m2.class_prior = "given", found "uniform"`}},
		{name: "class probabilities that are none", text: small,
			sets: []string{"m2.class_prior=given", "m2.class_probabilities=[0.5, 0.25]"},
			want: []string{"--set: m2.class_probabilities: must sum to 1, found 0.75"}},
		{name: "set without value", text: small, sets: []string{"m2.alpha"},
			want: []string{`--set: wanted key=value, as in m1.latents=50, found "m2.alpha"`}},
		{name: "set of an unknown key", text: small, sets: []string{"m1.latent=5"},
			want: []string{"--set: unknown key m1.latent; did you mean m1.latents?"}},
		{name: "set of a table", text: small, sets: []string{"m1={latents=5}"},
			want: []string{"--set: m1: wanted a table of keys, found a table"}},
		{name: "bare word for an integer", text: small, sets: []string{"m1.latents=many"},
			want: []string{`--set: m1.latents: wanted an integer, found the string "many"`}},
		{name: "set of several lines", text: small, sets: []string{"m1.latents=5\nseed = 1"},
			want: []string{`--set: m1.latents: wanted an integer, found the string "5\u000Aseed = 1"`}},
		{name: "syntax", text: "seed = 1\nmodel = \n",
			want: []string{`f.toml:2: expected value but found '\n' instead`}},
		{name: "key given twice", text: "seed = 1\nseed = 2\n",
			want: []string{"f.toml:2: seed: wanted it once, found it on line 1 too; remove one"}},
		{name: "table given twice", text: small + "[m1]\nlatents = 5\n[m1]\n",
			want: []string{"f.toml:8: m1: wanted it once, found it on line 6 too; remove one"}},
		{name: "list given twice", text: "seeds = [0, 1]\nseeds = [\n7]\n" + small,
			want: []string{"f.toml:2: seeds: wanted it once, found it on line 1 too; remove one"}},
		{name: "list of a grid given twice", text: small + "[grid]\n\"m2.alpha\" = [0.1]\n'm2.alpha' = [10.0]\n",
			want: []string{`f.toml:8: grid."m2.alpha": wanted it once, found it on line 7 too; remove one`}},
		{name: "dotted key of a table", text: "[m1.train.optimiser]\nrate = 0.1\n[m1]\ntrain.optimiser.beta1 = 0.5\n" + small,
			want: []string{"f.toml:4: m1.train.optimiser.beta1: wanted all keys of m1.train in one place, " +
				"found some on line 1; put this one there"}},
		{name: "table of dotted keys", text: "[m1]\ntrain.steps = 1\n[m1.train]\nepochs = 2\n" + small,
			want: []string{"f.toml:3: m1.train: wanted it once, found it on line 2 too; remove one"}},
		{name: "table of an inline table", text: "m1 = {}\n" + small + "[m1.train]\nsteps = 10\n",
			want: []string{"f.toml:7: m1.train: wanted nothing more of m1, which line 1 gives as a whole; put this one there"}},
		{name: "inline table that adds to one", text: "m1 = {train = {steps = 10}, train.ema = 0.5}\n" + small,
			want: []string{"f.toml:1: m1.train.ema: wanted nothing more of m1.train, which line 1 gives as a whole; put this one there"}},
		{name: "inline table of TOML 1.1", text: "m1 = {\n latents = 5,\n}\n" + small,
			want: []string{"f.toml:1: wanted an inline table {…} on one line, without a comma at its end"}},
		{name: "escape of TOML 1.1", text: "precision = \"\\x66p32\"\n" + small,
			want: []string{"f.toml:1: wanted one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX in a string, found \"\\\\x\""}},
		{name: "time of TOML 1.1", text: "seed = 07:32\n" + small,
			want: []string{`f.toml:1: wanted a date or a time with its seconds, as RFC 3339 has it, found "07:32"`}},
		{name: "bytes that are no text", text: "seed = 1 # \xff",
			want: []string{"f.toml: wanted a TOML file in UTF-8, found other bytes"}},
		{name: "several mistakes in their order", text: small + "[m1]\nlatents = 0\nlatent = 5\nhidden = 7\n",
			sets: []string{"m1.samples=0", "x=1"},
			want: []string{
				"f.toml:7: m1.latents = 0: must be ≥ 1 and ≤ 16384",
				"f.toml:8: unknown key m1.latent; did you mean m1.latents?",
				"f.toml:9: m1.hidden: wanted a list of integers such as [600, 600], found the integer 7",
				"--set: m1.samples = 0: must be ≥ 1 and ≤ 1024",
				"--set: unknown key x",
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, origins, err := Parse("f.toml", []byte(c.text), c.sets)
			var mistakes *Error
			if !errors.As(err, &mistakes) {
				t.Fatalf("got error %v, wanted an *Error", err)
			}
			if config != nil || origins != nil {
				t.Error("an error came with a configuration")
			}
			if got, want := err.Error(), strings.Join(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwanted\n%s", got, want)
			}
		})
	}
}

func TestLinesAreFoundPastEveryKindOfValue(t *testing.T) {
	lines, _ := scan("\ufeff# comment\r\n" + `a = 1 # [x]
"b" . 'c' = '''
d = 1
'''''
e = """\""" x
"y" \""""
f = [ # ]
  "]", [1, 2],
]
g = {h = 1, i = [2]}
[ j.k ] # table
l = "\\"
[[m]]
n = 'it\'
[[m]]
n = 1`)
	want := map[string]int{"a": 2, "b.c": 3, "e": 6, "f": 8, "g": 11, "j.k": 12, "j.k.l": 13, "m": 14, "m.n": 15}
	for key, line := range want {
		if lines[key] != line {
			t.Errorf("%s is on line %d, found on %d", key, line, lines[key])
		}
	}
	if len(lines) != len(want) {
		t.Errorf("found %v, wanted %v", lines, want)
	}
	if got := lineOf(lines, "g.h"); got != 11 {
		t.Errorf("a key of an inline table is on line 11, found on %d", got)
	}
}

// FuzzLines holds that every key of a valid text has a line.
func FuzzLines(f *testing.F) {
	f.Add("a.\"b\".'c' = [ # x\n '''y''''' ]\n[[t]]\n")
	f.Add("[x.'\"']\r\n\"\\u0041 \\\"\" = \"\"\"\\\"\"\"\"\n\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		decoded, lines, wrong := decode(text)
		if wrong != nil {
			return
		}
		last := 1 + strings.Count(text, "\n")
		for name := range decoded {
			found := false
			for key, line := range lines {
				top := joinKey("", name)
				found = found || (key == top || strings.HasPrefix(key, top+".")) && 1 <= line && line <= last
			}
			if !found {
				t.Errorf("key %q has no line in %v", name, lines)
			}
		}
	})
}

func TestEditDistanceCountsSwapsOnce(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"latent", "latents", 1}, {"rate", "beta", 3}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: got %d, wanted %d", c.a, c.b, got, c.want)
		}
	}
}
