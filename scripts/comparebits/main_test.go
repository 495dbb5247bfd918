package main

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/train/safetensors"
)

// TestCasesHaveEveryWordOfAConfiguration holds that a word which a configuration may use is in a case, whatever is
// added: a number that no case computes is not compared.
func TestCasesHaveEveryWordOfAConfiguration(t *testing.T) {
	seen := map[string]bool{}
	names := map[string]bool{}
	for _, cuda := range []bool{false, true} {
		for _, c := range chosen(cuda, "") {
			grid, _, err := configs.ParseGrid("base.toml", baseTOML, c.sets)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			for _, m := range grid.Members {
				walkWords(reflect.ValueOf(*m.Config), "", func(key, word string, _ []string) { seen[key+" "+word] = true })
			}
			if names[c.name] && !cuda {
				t.Errorf("two cases are called %s", c.name)
			}
			names[c.name] = true
		}
	}
	// What a CPU does not have, what lies in no repository, and what a7293de does not know.
	apart := []string{"precision tf32", "matmul cublas", "m1.output auto"}
	for _, table := range []string{"m1", "m2", "supervised"} {
		apart = append(apart, table+".activation gelu", table+".activation silu")
	}
	own := []string{"data.decimal", "data.heading", "data.channels", "data.resize", "data.scale", "data.missing", "data.storage"}
	walkWords(reflect.ValueOf(*configs.Default()), "", func(key, _ string, choices []string) {
		for _, word := range choices {
			place := key + " " + word
			if !seen[place] && !slices.Contains(apart, place) && !slices.Contains(own, key) {
				t.Errorf("no case has %s = %q", key, word)
			}
		}
	})
}

// walkWords calls f for every key of a configuration whose value is one of several words.
func walkWords(v reflect.Value, table string, f func(key, word string, choices []string)) {
	for i := range v.NumField() {
		field, key := v.Type().Field(i), table+v.Type().Field(i).Tag.Get("toml")
		switch {
		case field.Anonymous:
			walkWords(v.Field(i), table, f)
		case field.Type.Kind() == reflect.Struct:
			walkWords(v.Field(i), key+".", f)
		case field.Tag.Get("choices") != "":
			f(key, v.Field(i).String(), strings.Split(field.Tag.Get("choices"), "|"))
		}
	}
}

// writeRun makes a run folder with one tensor.
func writeRun(t *testing.T, metrics, summary string, values ...float32) string {
	t.Helper()
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tensors := []safetensors.Tensor{{Name: "weight", Shape: []int{len(values)}, Data: values}}
	if err := safetensors.Write(file, tensors, map[string]string{"made_in": dir}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"metrics.jsonl": metrics, "summary.json": summary, "timing.jsonl": dir} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTheFirstDifferenceIsNamed(t *testing.T) {
	const metrics, summary = "{\"step\":1,\"bound\":2}\n", `{"test":{"n":1},"seconds":1}`
	base := writeRun(t, metrics, summary, 1, 0, float32(math.NaN()))
	negative := float32(math.Copysign(0, -1))
	for _, c := range []struct{ present, want string }{
		{writeRun(t, metrics, `{"test": {"n":1},"seconds":2}`, 1, 0, float32(math.NaN())), ""},
		{writeRun(t, metrics, summary, 1, negative, 3), "model.safetensors: weight[1]: -0, was 0"},
		{writeRun(t, metrics, summary, 1, 0), "model.safetensors: weight: F32 [2], was F32 [3]"},
		{writeRun(t, "{\"step\":1,\"bound\":2,\"new\":3}\n", summary, 1, 0, float32(math.NaN())), "metrics.jsonl: line 1: new: 3, was none"},
		{writeRun(t, metrics+"{}\n", summary, 1, 0, float32(math.NaN())), "metrics.jsonl: line 2: other bytes"},
		{writeRun(t, metrics, `{"test":{"n":2}}`, 1, 0, float32(math.NaN())), `summary.json: test: {"n":2}, was {"n":1}`},
	} {
		d, err := compareRuns(base, c.present)
		if err != nil || d.first != c.want || !slices.Equal(d.metadata, []string{"made_in"}) {
			t.Errorf("want %q and other metadata made_in, found %+v, %v", c.want, d, err)
		}
	}
}

func TestAStacksBoundMayRoundAndATableByClassIsNew(t *testing.T) {
	const was = `{"model":"m1m2","bound_nats":-100.5,"error_percent":2}`
	for present, same := range map[string]bool{
		`{"model":"m1m2","bound_nats":-100.50000000001,"error_percent":2}`:     true,
		`{"model":"m1m2","bound_nats":-100.50001,"error_percent":2}`:           false,
		`{"model":"m1m2","bound_nats":-100.50000000001,"error_percent":3}`:     false,
		`{"model":"m1m2","error_percent":2}`:                                   false,
		`{"model":"m1m2","bound_nats":-100.5,"error_percent":2,"classes":[1]}`: true,
		`{"model":"m1m2","bound_nats":-100.5,"error_percent":3,"classes":[1]}`: false,
		`{"model":"m2","bound_nats":-100.50000000001,"error_percent":2}`:       false,
	} {
		if found := sameEvaluation([]byte(was), []byte(present)); found != same {
			t.Errorf("%s: want the same as %s: %v, found %v", present, was, same, found)
		}
	}
	if sameEvaluation([]byte(`{"model":"m2","bound_nats":1}`), []byte(`{"model":"m2","bound_nats":1.0000000000001}`)) {
		t.Error("an M2's bound may not round")
	}
	if sameEvaluation([]byte(`{"classes":[1]}`), []byte(`{"classes":[2]}`)) {
		t.Error("two tables by class are not the same")
	}
	const table = `{"classes":[{"name":"0","wrong":3}]}`
	if !sameEvaluation([]byte(table), []byte(`{"classes":[{"name":"0","wrong":3,"precision":0.5}],"brier_score":0.1}`)) {
		t.Error("figures that the base does not have yet are no difference")
	}
	if sameEvaluation([]byte(table), []byte(`{"classes":[{"name":"0","precision":0.5}]}`)) {
		t.Error("a figure that is gone is a difference")
	}
}

// TestWhatIsFittedAfterTrainingIsNoDifference holds that percentiles which a base does not have are none, but where it
// has them too.
func TestWhatIsFittedAfterTrainingIsNoDifference(t *testing.T) {
	const summary = `{"test":{"n":1}}`
	base := writeRun(t, "", summary, 1)
	fitted := func(bound float32) string {
		dir := writeRun(t, "", summary, 1)
		file, err := os.Create(filepath.Join(dir, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		tensors := []safetensors.Tensor{
			{Name: "weight", Shape: []int{1}, Data: []float32{1}}, {Name: usualBounds, Shape: []int{1}, Data: []float32{bound}},
		}
		if err := safetensors.Write(file, tensors, nil); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	if d, err := compareRuns(base, fitted(1)); err != nil || d.first != "" {
		t.Errorf("found %+v, %v", d, err)
	}
	if d, err := compareRuns(fitted(1), fitted(2)); err != nil || d.first != "model.safetensors: usual.bounds[0]: 2, was 1" {
		t.Errorf("found %+v, %v", d, err)
	}
}

func TestAMissingFileIsADifference(t *testing.T) {
	base, present := writeRun(t, "", `{"test":1}`, 1), writeRun(t, "", `{"test":1}`, 1)
	if err := os.Remove(filepath.Join(present, "metrics.jsonl")); err != nil {
		t.Fatal(err)
	}
	if d, err := compareRuns(base, present); err != nil || d.first != "metrics.jsonl: missing" {
		t.Errorf("found %+v, %v", d, err)
	}
	if d, err := compareRuns(present, base); err != nil || d.first != "metrics.jsonl: new" {
		t.Errorf("found %+v, %v", d, err)
	}
	if _, err := compareRuns(t.TempDir(), t.TempDir()); err == nil {
		t.Error("two empty folders are the same")
	}
}
