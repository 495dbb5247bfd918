package run

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fourSaved is a closed run with the checkpoints of four steps, the second one the best.
func fourSaved(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	r, _, _ := start(t, dir, 9)
	for step := range int64(4) {
		save(t, r, state("m1", step), step == 1)
	}
	stop(t, r)
	return dir
}

func TestPruneKeepsTheLastSoundOnesAndTheBest(t *testing.T) {
	dir := fourSaved(t)
	corrupt(t, filepath.Join(dir, checkpointsName, "m1-000000003.safetensors"))
	r, err := Open(dir, nil, Options{Phases: []string{"m1"}, Keep: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	planned, err := r.Surplus(2, "", "m1")
	if err != nil {
		t.Fatal(err)
	}
	removed, err := r.Prune()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(planned, removed); diff != "" {
		t.Error(diff)
	}
	want := []string{"m1-000000001.safetensors", "m1-000000002.safetensors", "m1-best.safetensors"}
	if diff := cmp.Diff(want, names(t, dir, checkpointsName)); diff != "" {
		t.Error(diff)
	}
	files, err := r.Files("m1")
	if err != nil || len(files) != 3 || IsBest(files[1]) || !IsBest(files[2]) {
		t.Errorf("want the best behind the others, found %v, %v", files, err)
	}
}

func TestPruneRemovesNothingWhereNoneIsSound(t *testing.T) {
	dir := fourSaved(t)
	for _, name := range names(t, dir, checkpointsName) {
		corrupt(t, filepath.Join(dir, checkpointsName, name))
	}
	r, err := Open(dir, nil, Options{Phases: []string{"m1"}, Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.Prune()
	requireError(t, err, false, "none of 4 checkpoints is sound; nothing is removed")
	if found := names(t, dir, checkpointsName); len(found) != 5 {
		t.Errorf("want all of them there, found %v", found)
	}
}
