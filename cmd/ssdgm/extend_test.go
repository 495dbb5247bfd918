//go:build unix && !cuda

package main

import (
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"ssdgm/train"
	"strings"
	"testing"
	"time"
)

// TestAKilledExtensionEndsAsTheRunThatHadItsLengthFromTheStart kills an extension at random moments, the first of them
// before it has begun. It goes on by the same command and by the first one in turn.
func TestAKilledExtensionEndsAsTheRunThatHadItsLengthFromTheStart(t *testing.T) {
	t.Parallel()
	const steps, schedule = "--set=m2.train.steps=", "--set=m2.train.optimiser."
	first := []string{steps + "180", schedule + "schedule=cosine", schedule + "final_rate_fraction=0.1"}
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "extended")
	finish := func(dir string, more ...string) time.Duration {
		began := time.Now()
		if d := disturb(t, dir, time.Hour, killed, more...); !d.ended {
			t.Fatal(d.output)
		}
		return time.Since(began)
	}
	took := finish(whole, append(first, steps+"480", schedule+"schedule_steps=180")...)
	finish(dir, first...)
	random := rand.New(rand.NewPCG(3, 4))
	kills := 0
	for attempt, ended := 0, false; !ended; attempt++ {
		delay := time.Duration(random.Int64N(int64(took) / 4))
		again := first
		if attempt%3 != 2 {
			again = append(first[:len(first):len(first)], "--extend=300")
		}
		if attempt >= 8 {
			delay = time.Hour
		}
		if ended = disturb(t, dir, delay, killed, again...).ended; !ended {
			kills++
		}
		// That the command which ended the run was not yet the one that extends it shows in the length.
		ended = ended && strings.Contains(read(t, dir, "config.toml"), "steps = 480\n")
	}
	requireSameRun(t, whole, dir)
	if kills < 2 {
		t.Errorf("want the extension killed, found that %d times", kills)
	}
}

// The sums of the metrics begin anew at what was the end: a line covers the steps since then, and no others.
func TestTheFirstLineOfAnExtensionIsOfItsOwnSteps(t *testing.T) {
	t.Parallel()
	bounds := map[string]float64{}
	for name, lines := range map[string][][]string{
		"extended": {{"--set=m2.train.steps=50", "--set=m2.train.log_every=20"}, {"--extend=30"}},
		"fine":     {{"--set=m2.train.steps=80", "--set=m2.train.log_every=10"}},
	} {
		dir := filepath.Join(t.TempDir(), name)
		var given []string
		for _, more := range lines {
			given = append(given, more...)
			settings := append([]string{"--set=select=last", "--set=yardstick=false", "--set=m1.train.steps=20"}, given...)
			if d := disturb(t, dir, time.Hour, killed, settings...); !d.ended {
				t.Fatal(d.output)
			}
		}
		for line := range strings.Lines(read(t, dir, "metrics.jsonl")) {
			var m train.Metrics
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			if m.Phase == "m2" && m.Step == 60 {
				bounds[name] = float64(*m.Bound)
			}
		}
	}
	if bounds["fine"] == 0 || bounds["extended"] != bounds["fine"] {
		t.Errorf("want the mean over steps 51 to 60 in both, found %v", bounds)
	}
}
