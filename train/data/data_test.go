package data

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDigestTellsOneDatumApart(t *testing.T) {
	set := &Set{Images: []uint8{1, 2}, Labels: []uint8{0}}
	const want = "d7b3d4012540102c40a23acdeee417e06a42a74a5d66c7efe59f4e4aa0537c5c"
	if got := set.Digest(); got != want {
		t.Errorf("digest of 1, 2, 0 = %s, want %s", got, want)
	}
	set.Labels[0] = 1
	if set.Digest() == want {
		t.Error("another label, the same digest")
	}
}

func TestInfoCountsClassesAndPixels(t *testing.T) {
	set := &Set{Name: "toy", Images: []uint8{0, 10, 20, 30}, Labels: []uint8{2, 2}, N: 2, Height: 1, Width: 2, Channels: 1, Classes: 3}
	mean := 15.0
	want := Info{
		Name: "toy", N: 2, Height: 1, Width: 2, Channels: 1, ClassCounts: []int{0, 0, 2}, MeanPixel: &mean, Digest: set.Digest(),
	}
	if diff := cmp.Diff(want, set.Info()); diff != "" {
		t.Error(diff)
	}
}

// slowPart takes three minutes to be read.
type slowPart struct{ Part }

func (slowPart) Load() (*Set, error) {
	time.Sleep(3 * time.Minute)
	return &Set{Notes: []string{"read"}}, nil
}

func (slowPart) Files() ([]string, error) { return []string{"photographs"}, nil }

func TestReadingThatTakesLongIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []string
		if _, err := Load(slowPart{}, func(line string) { lines = append(lines, line) }); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"photographs is being read, for 10 s so far", "photographs is being read, for 1 min 10 s so far",
			"photographs is being read, for 2 min 10 s so far", "read",
		}
		if !slices.Equal(lines, want) {
			t.Errorf("lines %q, want %q", lines, want)
		}
	})
}
