package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssdgm/train/run"
)

// TestASummaryHasEveryKeyOfTheRecords holds that Summary reads what every version has written, and forgets nothing.
func TestASummaryHasEveryKeyOfTheRecords(t *testing.T) {
	for _, pattern := range []string{"../records/*/summary.json", "../../cmd/ssdgm/testdata/golden/*/summary.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.DisallowUnknownFields()
			var s Summary
			if err := decoder.Decode(&s); err != nil || s.Test == nil {
				t.Errorf("%s: %v, test figures: %v", name, err, s.Test)
			}
		}
	}
}

// TestTheOrderOfASummaryStays holds that the figures stand where people look for them.
func TestTheOrderOfASummaryStays(t *testing.T) {
	text, err := json.Marshal(&Summary{})
	if err != nil {
		t.Fatal(err)
	}
	want := `"model" "data" "labels" "seed" "step" "selected_by" "validation_labels_used" "test" "device" "seconds" ` +
		`"peak_memory_bytes" "build"`
	at := -1
	for key := range strings.FieldsSeq(want) {
		next := strings.Index(string(text), key+":")
		if next <= at {
			t.Errorf("want the keys in the order %s, found %s", want, text)
		}
		at = next
	}
}

func TestHealthIsThatOfTheLastSignOfLife(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	first, second := filepath.Join(dir, "seed0"), filepath.Join(dir, "seed1")
	dirs := []string{first, second}
	ask := func(at time.Time, want string) {
		t.Helper()
		line, err := Health("grid", dirs, time.Minute, at)
		if err != nil {
			line = "error: " + err.Error()
		}
		if !strings.HasPrefix(line, want) {
			t.Errorf("want %s, found %s", want, line)
		}
	}
	ask(now, "error: grid: want a sign of life, found none yet")
	for i, d := range dirs {
		r, err := run.Open(d, load(t).TOML(), run.Options{Phases: load(t).Phases(), Keep: 1})
		if err != nil {
			t.Fatal(err)
		}
		r.Beat(run.Heartbeat{Time: now.Add(time.Duration(i) * time.Minute), Process: 7, Phase: "m1", Step: 10 + i, Steps: 20})
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ask(now.Add(2*time.Minute), "grid: m1 step 11 of 20")
	ask(now.Add(2*time.Minute+time.Second), "error: grid: want a sign of life within 1m0s, found one of process 7 from 1 min 01 s ago, in m1 step 11 of 20")
	ask(now.Add(-time.Hour), "error: grid: want a sign of life within 1m0s")
	for _, d := range dirs {
		write(t, filepath.Join(d, summaryName), "{}")
	}
	ask(now.Add(time.Hour), "grid: finished")
}

func TestTimesAndCountsAreThoseThatPeopleSay(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1500 * time.Millisecond: "1.5 s", 42 * time.Second: "42 s", 61 * time.Second: "1 min 01 s", 2*time.Hour + 5*time.Minute: "2 h 05 min",
	} {
		if found := Duration(d); found != want {
			t.Errorf("%v: want %s, found %s", d, want, found)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if found := Thousands(n); found != want {
			t.Errorf("want %s, found %s", want, found)
		}
	}
}
