package train

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wideSets are seeds whose M1 keep different numbers of latents, with a joint phase.
var wideSets = []string{
	"seeds=[3, 4, 5, 6]", "m1.latents=20", "m1.keep_above=0.06", "m1.train.steps=40", "joint.steps=20", "joint.log_every=5",
	"joint.labelled_batch=6", "joint.unlabelled_batch=7", "joint.ema=0.9", "yardstick=false",
}

// requireWideAsAlone holds that runs which keep different numbers of M1's latents train as one group, and come to the bit
// to what they come to alone, interrupted or not.
func requireWideAsAlone(t *testing.T, open opener, sets ...string) {
	t.Helper()
	sets = append(slices.Clone(wideSets), sets...)
	dir := t.TempDir()
	together := filepath.Join(dir, "together")
	var kept []int
	for _, at := range []string{"m2 10", "joint 10", ""} {
		results, h, err := trainGridUntil(t, at, open, together, sets...)
		if at != "" {
			if !errors.Is(err, ErrStopped) {
				t.Fatalf("want it stopped, found %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("joint %d", len(results)); strings.Join(h.groups, ", ") != want {
			t.Errorf("want one group, found %q", h.groups)
		}
		for _, r := range results {
			kept = append(kept, len(r.Trained.Kept))
		}
	}
	if slices.Min(kept) == slices.Max(kept) {
		t.Errorf("want different numbers of latents, found %v", kept)
	}
	t.Logf("kept %v latents", kept)
	for i := range kept {
		seed := strconv.Itoa(3 + i)
		alone := filepath.Join(dir, seed)
		own := slices.DeleteFunc(slices.Clone(sets), func(s string) bool { return strings.HasPrefix(s, "seeds=") })
		trainGrid(t, open, alone, append(own, "seed="+seed)...)
		requireSame(t, "seed "+seed, filepath.Join(together, "seed"+seed), alone)
	}
}

func TestRunsThatKeepDifferentLatentsTrainTogether(t *testing.T) {
	requireWideAsAlone(t, openCPUs)
	t.Run("validation chooses", func(t *testing.T) {
		requireWideAsAlone(t, openCPUs, "select=validation", "m2.train.validate_every=10", "joint.validate_every=5")
	})
}
