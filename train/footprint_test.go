package train

import (
	"strings"
	"testing"

	"ssdgm/configs"
)

// TestTooLargeSizesAreRefused holds that every size which a configuration allows but no
// small machine has memory for is refused before anything is allocated.
func TestTooLargeSizesAreRefused(t *testing.T) {
	const memory = 8 << 30
	load := func(sets ...string) *configs.Config {
		c, _, err := configs.Parse("test", nil, append([]string{
			"m1.train.steps=1", "m2.train.steps=1", "supervised.train.steps=1", "yardstick=true",
		}, sets...))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if err := checkMemory(load(), 60000, 784, 10, memory); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for _, c := range []struct{ phase, set string }{
		{"m1", "m1.hidden=[65536, 65536]"},
		{"m1", "m1.train.batch_size=1048576"},
		{"m1", "eval.batch_size=1048576"},
		{"m2", "m2.hidden=[65536, 65536]"},
		{"m2", "m2.classifier_hidden=[65536, 65536]"},
		{"m2", "m2.train.unlabelled_batch=1048576"},
		{"m2", "m2.samples=1024"},
		{"supervised", "supervised.hidden=[65536, 65536]"},
		{"supervised", "supervised.train.batch_size=1048576"},
	} {
		sets := []string{c.set}
		if c.set == "m2.samples=1024" {
			sets = append(sets, "m2.train.unlabelled_batch=1000")
		}
		if strings.HasPrefix(c.set, "supervised.train") {
			sets = append(sets, "supervised.hidden=[2000]")
		}
		err := checkMemory(load(sets...), 60000, 784, 10, memory)
		if err == nil || !strings.HasPrefix(err.Error(), c.phase+": want at least ") {
			t.Errorf("%s: want a refusal of %s, found %v", c.set, c.phase, err)
		}
		if err := checkMemory(load(sets...), 60000, 784, 10, 0); err != nil {
			t.Errorf("%s where the memory is not known: %v", c.set, err)
		}
	}
}

// TestTooLargeEvaluationsAreRefused is the same for a trained model.
func TestTooLargeEvaluationsAreRefused(t *testing.T) {
	trained := tinyTrained(t)
	trained.Config.Eval.BatchSize = 1 << 20
	if err := trained.checkEvaluation(1 << 20); err == nil || !strings.Contains(err.Error(), "evaluation of m1: ") {
		t.Errorf("want a refusal, found %v", err)
	}
	if err := trained.checkEvaluation(1 << 40); err != nil {
		t.Error(err)
	}
}
