package train

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/train/data"
)

// sharedPart is examples in files: one value, however many of them a configuration uses.
type sharedPart struct{ data.Part }

// Runs of one data set that use different numbers of its examples must not be given each other's.
func TestEachRunOfAGridUsesItsOwnExamples(t *testing.T) {
	sets := append([]string{"model=supervised", "data.labels=20"}, small[3:]...)
	sets = append(sets, "yardstick=false", "data.validation=40")
	grid, _, err := configs.ParseGrid("small", nil, append(sets, "grid.data.train=[100, 200]"))
	if err != nil {
		t.Fatal(err)
	}
	whole, _, err := data.Open(data.Options{Name: "glyphs", Train: 240})
	if err != nil {
		t.Fatal(err)
	}
	members := membersOf(t, grid)
	for i := range members {
		members[i].Train = sharedPart{whole}
	}
	dev, err := openCPUs(1)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	s, err := Open(t.TempDir(), Options{Members: members, Device: dev, Open: openCPUs, Observer: &heard{}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i, want := range []int{140, 240} {
		if found := s.members[i].ds.n; found != want {
			t.Errorf("%s: want %d examples with those for validation, found %d", members[i].Name, want, found)
		}
	}
}

// What is found before a run begins ends that one alone, and to the bit nothing of the others.
func TestARunThatCannotBeginLeavesTheOthersAlone(t *testing.T) {
	dir, alone := t.TempDir(), t.TempDir()
	results, _ := trainGrid(t, openCPUs, dir, "grid.data.labels=[25, 20]", "seeds=[3, 4]")
	for i, name := range []string{"labels25-seed3", "labels25-seed4"} {
		if r := results[i]; r.Fault == nil || r.Run != nil || !errors.Is(r.Fault, data.ErrInput) {
			t.Errorf("%s: want a mistake of the user's, found %v", name, r.Fault)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s: want no folder", name)
		}
	}
	trainGrid(t, openCPUs, alone, "seeds=[3, 4]")
	for i, seed := range []string{"seed3", "seed4"} {
		if fault := results[2+i].Fault; fault != nil {
			t.Fatal(fault)
		}
		requireSame(t, seed, filepath.Join(dir, "labels20-"+seed), filepath.Join(alone, seed))
	}
}

func TestWhatNoRunCanDoIsSaidOnce(t *testing.T) {
	_, _, err := trainGridUntil(t, "", openCPUs, t.TempDir(), "data.labels=25", "seeds=[3, 4]")
	if !errors.Is(err, data.ErrInput) || strings.Count(err.Error(), "25 labels") != 1 {
		t.Errorf("want one mistake of the user's, found %v", err)
	}
	results, _ := trainGrid(t, openCPUs, t.TempDir(), "grid.data.labels=[25, 35]")
	for _, r := range results {
		if r.Fault == nil {
			t.Errorf("want a fault for each of them, found %v", results)
		}
	}
}

// A run whose files are of other data than before ends alone, too.
func TestARunThatCannotGoOnLeavesTheOthersAlone(t *testing.T) {
	dir := t.TempDir()
	_, _, err := trainGridUntil(t, "m2 16", openCPUs, dir, "seeds=[3, 4]")
	if !errors.Is(err, ErrStopped) {
		t.Fatalf("want %v, found %v", ErrStopped, err)
	}
	grid, _, err := configs.ParseGrid("small", nil, append(slices.Clone(small), "seeds=[3, 4]"))
	if err != nil {
		t.Fatal(err)
	}
	members := membersOf(t, grid)
	if members[0].Train, _, err = data.Open(data.Options{Name: "glyphs", Train: 240, Seed: 7}); err != nil {
		t.Fatal(err)
	}
	dev, err := openCPUs(1)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	s, err := Open(dir, Options{Members: members, Device: dev, Open: openCPUs, Observer: &heard{}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	results, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(results[0].Fault, data.ErrInput) || results[1].Fault != nil {
		t.Errorf("want the first to fail alone, found %v and %v", results[0].Fault, results[1].Fault)
	}
}
