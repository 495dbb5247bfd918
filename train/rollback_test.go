package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// wild is a rate that rises until M2's bound is not finite, at step 21. What stands at step 20
// is past help, so that it takes two rollbacks.
var wild = []string{
	"m2.train.optimiser.rate=8", "m2.train.optimiser.warmup_steps=30", "rollback_rate_factor=1e-3", "checkpoint.every_steps=4",
	"select=validation", "m1.train.validate_every=5", "m2.train.log_every=5", "m2.train.validate_every=5",
}

func wildAnd(sets ...string) []string { return append(slices.Clone(wild), sets...) }

// rollbackNotes are what was said of rollbacks.
func rollbackNotes(h *heard) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(h.notes), func(n string) bool { return !strings.Contains(n, "rollback") }), "\n")
}

func requireMetrics(t *testing.T, dir, want string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	if err != nil || !strings.Contains(string(text), want) {
		t.Errorf("want %s in metrics.jsonl, found %v\n%s", want, err, text)
	}
}

// TestRollbacksEndAsTheSameRunWhereverItIsStopped stops runs before and after the fault, at
// looks at the validation data, and with checkpoints that are not regular.
func TestRollbacksEndAsTheSameRunWhereverItIsStopped(t *testing.T) {
	dir := t.TempDir()
	undisturbed := filepath.Join(dir, "undisturbed")
	results, h := trainGrid(t, openCPUs, undisturbed, wildAnd("on_nan=rollback")...)
	if results[0].Fault != nil {
		t.Fatal(results[0].Fault)
	}
	const fault = "m2: step 21: the cost of pair 23 of the minibatch of seed 3 is not finite; back to step "
	want := fault + "20, and on with 0.001 times the rate: rollback 1 of 3\n" + fault + "16, and on with 1e-06 times the rate: rollback 2 of 3"
	if found := rollbackNotes(h); found != want {
		t.Errorf("want\n%s\nfound\n%s", want, found)
	}
	requireMetrics(t, undisturbed, `,"rollback":1,"rate_factor":0.001}`+"\n"+`{"phase":"m2","step":16,`)
	for _, stops := range [][]string{{"m1 20", "m2 7", "m2 22"}, {"m2 17", "m2 18", "m2 19"}, {"m2 10", "m2 30"}} {
		stopped := filepath.Join(dir, strings.Join(stops, ","))
		for _, at := range stops {
			if _, _, err := trainGridUntil(t, at, openCPUs, stopped, wildAnd("on_nan=rollback")...); !errors.Is(err, ErrStopped) {
				t.Fatalf("%s: want it stopped, found %v", at, err)
			}
		}
		trainGrid(t, openCPUs, stopped, wildAnd("on_nan=rollback")...)
		requireSame(t, "stopped at "+strings.Join(stops, ", "), stopped, undisturbed)
	}
}

func TestARollbackOfOneReplicaLeavesTheOthersAlone(t *testing.T) {
	dir := t.TempDir()
	together := filepath.Join(dir, "together")
	_, h := trainGrid(t, openCPUs, together, wildAnd("on_nan=rollback", "grid.m2.train.optimiser.rate=[1e-3, 8]")...)
	if found := strings.Join(h.groups, ", "); found != "m1 1, m2 2, m2 1, m2 1, supervised 2" {
		t.Errorf("trained in other groups: %s", found)
	}
	for _, rate := range []string{"0.001", "8"} {
		alone := filepath.Join(dir, rate)
		trainGrid(t, openCPUs, alone, wildAnd("on_nan=rollback", "m2.train.optimiser.rate="+rate)...)
		requireSame(t, rate, filepath.Join(together, "rate"+rate), alone)
	}
}

func TestAFaultStopsWhereRollbacksAreOverOrNotWanted(t *testing.T) {
	for _, set := range []string{"on_nan=stop", "rollbacks=1"} {
		_, _, err := trainGridUntil(t, "", openCPUs, t.TempDir(), wildAnd("on_nan=rollback", set)...)
		fault := fmt.Sprint(err)
		if !strings.HasPrefix(fault, "m2: step 21: the cost of pair 23 of the minibatch of seed 3 (training example ") ||
			!strings.HasSuffix(fault, ") is not finite; try a smaller rate or clip_norm, with another --out; the checkpoint of step 20 stands") {
			t.Errorf("%s: found %s", set, fault)
		}
	}
}

// TestCheckpointsByTimeChangeNoNumber has one after nearly every step.
func TestCheckpointsByTimeChangeNoNumber(t *testing.T) {
	dir := t.TempDir()
	trainGrid(t, openCPUs, filepath.Join(dir, "by step"))
	trainGrid(t, openCPUs, filepath.Join(dir, "by time"), "checkpoint.every_seconds=1e-9")
	for _, name := range []string{"metrics.jsonl", "model.safetensors"} {
		a, errA := os.ReadFile(filepath.Join(dir, "by step", name))
		b, errB := os.ReadFile(filepath.Join(dir, "by time", name))
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		if name == "metrics.jsonl" && string(a) != string(b) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestPaceKeepsTheHostASecondAheadAtMost(t *testing.T) {
	p := &pace{}
	p.restart()
	if p.room() != 1 || !p.over() {
		t.Error("want one step before anything is known of them")
	}
	p.asked, p.since = 10, time.Now().Add(-time.Second)
	p.waited()
	if room := p.room(); room < 8 || room > 10 || p.over() {
		t.Errorf("want room for about 10 steps of 0.1 s, found %d", room)
	}
	if p.asked = 9; p.room() != 1 || !p.over() {
		t.Errorf("want the device waited for after 9 more, found room for %d", p.room())
	}
}

func TestOnlyALastingFallIsWarnedOf(t *testing.T) {
	warned := func(figures ...float64) (at []int) {
		var bound trend
		for i, f := range figures {
			if bound.add(f) {
				at = append(at, i)
			}
		}
		return at
	}
	rising := []float64{-500, -300, -200, -150, -120, -110, -105}
	if at := warned(rising...); at != nil {
		t.Errorf("a rising bound was warned of at %v", at)
	}
	if at := warned(append(rising, -130, -104, -103, -140, -101)...); at != nil {
		t.Errorf("noise was warned of at %v", at)
	}
	if at := warned(append(rising, -200, -400, -600, -800, -900, -1000, -1100)...); len(at) != 1 {
		t.Errorf("want one warning of a fall, found %v", at)
	}
}
