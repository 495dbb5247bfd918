//go:build unix && !cuda

package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssdgm/train"
)

// TestAKilledExtensionEndsAsTheRunThatHadItsLengthFromTheStart kills an extension at random moments, of its start too.
// It goes on by the same command and by the first one in turn.
func TestAKilledExtensionEndsAsTheRunThatHadItsLengthFromTheStart(t *testing.T) {
	t.Parallel()
	const steps, schedule = "--set=m2.train.steps=", "--set=m2.train.optimiser."
	first := []string{steps + "180", schedule + "schedule=cosine", schedule + "final_rate_fraction=0.1"}
	whole, trained := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "trained")
	finish := func(dir string, more ...string) time.Duration {
		began := time.Now()
		if d := disturb(t, dir, time.Hour, killed, more...); !d.ended {
			t.Fatal(d.output)
		}
		return time.Since(began)
	}
	took := finish(whole, append(first, steps+"480", schedule+"schedule_steps=180")...)
	finish(trained, first...)
	random := rand.New(rand.NewPCG(3, 4))
	// A machine that was busy only at first may take less than any of these times: then once more, with shorter ones.
	kills := 0
	for attempt := 0; kills < 2 && attempt < 4; attempt++ {
		dir := filepath.Join(t.TempDir(), "extended")
		if err := os.CopyFS(dir, os.DirFS(trained)); err != nil {
			t.Fatal(err)
		}
		kills = extendUnderKills(t, dir, first, func() time.Duration { return time.Duration(random.Int64N(int64(took)>>attempt) / 4) })
		requireSameRun(t, whole, dir)
	}
	if kills < 2 {
		t.Errorf("want the extension killed, found that %d times", kills)
	}
}

// extendUnderKills trains a run that was made by the given settings on for 300 steps, and tells how often that was killed.
func extendUnderKills(t *testing.T, dir string, first []string, delay func() time.Duration) (kills int) {
	t.Helper()
	for attempt := 0; ; attempt++ {
		after, again := delay(), first
		if attempt%3 != 2 {
			again = append(first[:len(first):len(first)], "--extend=300")
		}
		if attempt >= 8 {
			after = time.Hour
		}
		if !disturb(t, dir, after, killed, again...).ended {
			kills++
		} else if strings.Contains(read(t, dir, "config.toml"), "steps = 480\n") {
			return kills // Otherwise the command that ended the run was not yet the one that extends it.
		}
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
