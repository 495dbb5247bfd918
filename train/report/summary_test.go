package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/run"
)

// TestASummaryHasEveryKeyOfTheRecords holds that Summary reads what every version has written, and forgets nothing.
func TestASummaryHasEveryKeyOfTheRecords(t *testing.T) {
	for _, path := range records(t) {
		text, err := readFile(path, summaryName)
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		var s Summary
		if err := decoder.Decode(&s); err != nil || s.Test == nil {
			t.Errorf("%s: %v, test figures: %v", path, err, s.Test)
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

func TestHealthIsThatOfEachRunsLastSignOfLife(t *testing.T) {
	t.Chdir(t.TempDir())
	now, dirs := time.Now(), []string{"seed0", "seed1"}
	ask := func(at time.Time, want string) {
		t.Helper()
		lines, err := Health(dirs, time.Minute, at)
		if err != nil {
			lines = append(lines, "error", err.Error())
		}
		if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" {
			t.Error(diff)
		}
	}
	ask(now, "error\nseed0: want a sign of life, found none yet\nseed1: want a sign of life, found none yet")
	var runs []*run.Run
	for i, d := range dirs {
		r, err := run.Open(d, load(t).TOML(), run.Options{Phases: load(t).Phases(), Keep: 1})
		if err != nil {
			t.Fatal(err)
		}
		r.Beat(run.Heartbeat{Time: now.Add(time.Duration(i) * time.Minute), Process: 7, Phase: "m1", Step: 10 + i, Steps: 20})
		runs = append(runs, r)
	}
	later := now.Add(time.Minute)
	ask(later, "seed0: m1 step 10 of 20\nseed1: m1 step 11 of 20")
	ask(later.Add(time.Second), "seed1: m1 step 11 of 20\nerror\n"+
		"seed0: want a sign of life within 1m0s, found one of process 7 from 1 min 01 s ago, in m1 step 10 of 20")
	ask(now.Add(-50*time.Second), "seed0: m1 step 10 of 20\nerror\n"+
		"seed1: want a sign of life within 1m0s, found one of process 7 from 1 min 50 s ago, in m1 step 11 of 20")
	// The process of the first is over, however fresh its sign of life is; then that of both, and the second is finished.
	if err := runs[0].Close(); err != nil {
		t.Fatal(err)
	}
	gone := "error\nseed0: want a process at work, found process 7 gone, last seen 1 min 00 s ago in m1 step 10 of 20: it has ended"
	ask(later, "seed1: m1 step 11 of 20\n"+gone)
	if err := runs[1].Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join("seed1", summaryName), "{}")
	ask(later, "seed1: finished\n"+gone)
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
