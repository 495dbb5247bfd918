package configs

import (
	"strings"
	"testing"
)

// TestSizesHaveUpperBounds holds that no size can ask for more than an int, or an address of
// the noise, can count.
func TestSizesHaveUpperBounds(t *testing.T) {
	for _, set := range []string{
		"m1.latents=16385", "m2.latents=16385", "m1.samples=1025", "m2.samples=1025", "eval.samples=4097",
		"m1.hidden=[600, 65537]", "m2.hidden=[65537]", "m2.classifier_hidden=[65537]", "supervised.hidden=[65537]",
		"m1.train.batch_size=1048577", "m2.train.labelled_batch=1048577", "m2.train.unlabelled_batch=1048577",
		"supervised.train.batch_size=1048577", "eval.batch_size=1048577",
		"data.train=1048577", "data.validation=1048577", "data.test=1048577",
		"pictures.samples_per_class=201", "pictures.grid=201", "pictures.analogies=1001",
	} {
		key, _, _ := strings.Cut(set, "=")
		if _, _, err := Parse("f.toml", []byte(small), []string{set}); err == nil || !strings.Contains(err.Error(), "--set: "+key) || !strings.Contains(err.Error(), "≤") {
			t.Errorf("--set %s: want a refusal that names the bound, found %v", set, err)
		}
	}
}

// TestTrainedM1IsNamedWhereItIsUsed holds that m1.from is refused where nothing takes it up, or
// where nothing is left to train.
func TestTrainedM1IsNamedWhereItIsUsed(t *testing.T) {
	for _, c := range []struct{ model, want string }{
		{"m1", `--set: m1.from = "REF": nothing is left to train; use 'ssdgm eval REF', or unset m1.from`},
		{"m2", `--set: m1.from: used only where the model has an M1, such as "m1m2", found "m2"`},
	} {
		_, _, err := Parse("f.toml", []byte(small), []string{"model=" + c.model, "yardstick=false", "m1.from=REF"})
		if err == nil || err.Error() != c.want {
			t.Errorf("model = %s: want %s, found %v", c.model, c.want, err)
		}
	}
	if _, _, err := Parse("f.toml", []byte(small), []string{"model=m1m2", "m1.from=REF"}); err != nil {
		t.Errorf("model = m1m2: want a configuration, found %v", err)
	}
}
