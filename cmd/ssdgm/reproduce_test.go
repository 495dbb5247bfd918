//go:build unix && !cuda

package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train"
	"ssdgm/train/report"
)

// tinyTable is what scripts reproduce in seconds, from configurations of their own.
var tinyTable = report.Table{
	Name: "tiny", Title: "test error in % on a few digits", Source: "nowhere", Data: "glyphs", Labels: []int{20, 30},
	Rows: []report.Row{
		{Key: "stack", Title: "M1+M2", Model: "m1m2", Config: "tiny.toml", Seconds: 2, Published: map[int]string{20: "3.33 ± 0.14"}},
		{Key: "pixels", Title: "M2", Model: "m2", Config: "pixels-{labels}.toml", Seconds: 1},
		{Key: "lost", Title: "LOST", Model: "lost", Config: "lost.toml"},
		{Key: "other", Title: "OTHER", Published: map[int]string{20: "8.1", 30: "7"}},
	},
}

func init() { tables = append(tables, &tinyTable) }

// A run of the last step tells beside its result what the step that validation chooses would have given.
func TestTheErrorChosenByValidationIsThatOfARunThatSelectsByIt(t *testing.T) {
	figures := map[string]map[string]*train.Evaluation{}
	for _, selection := range []string{"last", "validation"} {
		dir := filepath.Join(t.TempDir(), selection)
		command := exec.Command("ssdgm", "train", "testdata/tiny.toml", "--device", "cpu", "--out", dir, "--set", "select="+selection,
			"--set", "model=m2", "--set", "yardstick=false", "--set", "m2.train.steps=200", "--set", "m2.train.validate_every=10")
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		found := struct {
			Test         *train.Evaluation
			ByValidation *train.Evaluation `json:"test_by_validation"`
		}{}
		if err := json.Unmarshal([]byte(read(t, dir, "summary.json")), &found); err != nil {
			t.Fatal(err)
		}
		figures[selection] = map[string]*train.Evaluation{"test": found.Test, "by validation": found.ByValidation}
	}
	if figures["last"]["test"].Step == figures["last"]["by validation"].Step {
		t.Error("the last step was chosen: this test shows nothing")
	}
	if diff := cmp.Diff(figures["validation"]["test"], figures["last"]["by validation"]); diff != "" {
		t.Error(diff)
	}
	if more := figures["validation"]["by validation"]; more != nil {
		t.Errorf("want nothing beside a step that validation chose, found %+v", more)
	}
}
