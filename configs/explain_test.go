package configs

import (
	"regexp"
	"strings"
	"testing"
)

func TestEveryKeyIsExplained(t *testing.T) {
	all, err := Explain()
	if err != nil || len(all) != len(fieldsOf(Default())) {
		t.Fatalf("found %d explanations, %v", len(all), err)
	}
	goName := regexp.MustCompile(`[a-z][A-Z]|RunConfig|Load\b|ValidationInterval|registered`)
	for _, e := range all {
		if e.Type == "" || e.Default == "" || len(e.Text) < 15 || !strings.HasSuffix(e.Text, ".") {
			t.Errorf("want a type, a default and a sentence, found %+v", e)
		}
		if goName.MatchString(strings.ReplaceAll(e.Text, "AdaGrad", "")) {
			t.Errorf("%s: want TOML's words, found %q", e.Key, e.Text)
		}
	}
}

func TestAKeyIsExplainedInTOMLsNames(t *testing.T) {
	for key, want := range map[string]Explanation{
		"m1.train.batch_size": {Type: "an integer", Range: "≥ 1 and ≤ 1048576", Default: "200",
			Text: "batch_size is the number of examples in a minibatch."},
		"m2.class_probabilities": {Type: "a list of numbers such as [0.5, 0.5]", Range: "each > 0 and ≤ 1", Default: "[]",
			Text: "class_probabilities are p(y) of each class where class_prior is given. They sum to 1."},
		"on_nan": {Type: "a string", Range: "stop, rollback", Default: `"stop"`,
			Text: "on_nan says what follows a bound or a gradient that is not finite: stop, or rollback, which goes back to the last step " +
				"before it that is a multiple of checkpoint.every_steps, or where that does not help to the one before, and on from there with a smaller rate."},
	} {
		want.Key = key
		if found, err := Explain(key); err != nil || len(found) != 1 || found[0] != want {
			t.Errorf("want %+v, found %+v, %v", want, found, err)
		}
	}
	if found, err := Explain("checkpoint", "seed"); err != nil || len(found) != 4 || found[0].Key != "seed" {
		t.Errorf("a table and a key: found %+v, %v", found, err)
	}
	if _, err := Explain("m1.latent"); err == nil || err.Error() != "unknown key m1.latent; did you mean m1.latents?" {
		t.Errorf("found %v", err)
	}
}
