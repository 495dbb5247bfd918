package run

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/safetensors"
)

func TestCheckpointComesBackWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "a")
	r, c, warnings := start(t, dir, 3)
	if c != nil || warnings != nil {
		t.Errorf("a new run: want no checkpoint and no warnings, found %v, %q", c, warnings)
	}
	saved := state("m1", 7)
	saved.Tensors = append(saved.Tensors,
		safetensors.Tensor{Name: "step", Shape: []int{}, Data: []int64{-7}},
		safetensors.Tensor{Name: "seed", Shape: []int{}, Data: []uint64{math.MaxUint64}},
		safetensors.Tensor{Name: "sum", Shape: []int{1}, Data: []float64{0.1}})
	save(t, r, saved, true)
	stop(t, r)

	_, found, _ := start(t, dir, 3)
	if found.Phase != "m1" || found.Step != 7 {
		t.Errorf("want m1 step 7, found %s step %d", found.Phase, found.Step)
	}
	if diff := cmp.Diff(saved.Metadata, found.Metadata); diff != "" {
		t.Error(diff)
	}
	for _, want := range saved.Tensors {
		got, _ := found.Lookup(want.Name)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	view, err := View(dir)
	if err != nil {
		t.Fatal(err)
	}
	best, err := view.Best("m1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(found.File, best.File); diff != "" {
		t.Error(diff)
	}
	if string(view.Config()) != "seed = 1\n" || view.Dir() != dir {
		t.Errorf("found %q in %s", view.Config(), view.Dir())
	}
}

func TestTheLastFewAndTheBestAreKept(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 2)
	for step := range int64(4) {
		save(t, r, state("m1", step), step == 1)
	}
	save(t, r, state("m2", 1), false)
	want := []string{"m1-000000003.safetensors", "m1-best.safetensors", "m2-000000001.safetensors"}
	if diff := cmp.Diff(want, names(t, dir, checkpointsName)); diff != "" {
		t.Error(diff)
	}
	best, err := r.Best("m1")
	if err != nil || best.Step != 1 {
		t.Errorf("want the best of step 1, found %v, %v", best, err)
	}
}

func TestLaterPhasesAreNewer(t *testing.T) {
	phases := []string{"m2", "m1"} // Not the order of the alphabet.
	for _, p := range [][2]position{
		{{"m2", 900}, {"m1", 1}},
		{{"m1", 9}, {"m1", 10}},
		{{"m1", 999_999_999}, {"m1", 1_000_000_000}}, // One more digit than names are padded to.
	} {
		if compare(phases, p[0], p[1]) >= 0 {
			t.Errorf("want %v before %v", p[0], p[1])
		}
		for _, q := range p {
			if back, ok := parsePosition(q.String()); !ok || back != q {
				t.Errorf("%v was read as %v, %v", q, back, ok)
			}
		}
	}
	for _, name := range []string{"m1-best.safetensors", "m1-1.safetensors", "m1-000000001.safetensors.tmp", "m1--00000001.safetensors", "m1-00000000x.safetensors", "notes.txt"} {
		if p, ok := parsePosition(name); ok {
			t.Errorf("%s was taken for %v", name, p)
		}
	}
}

func TestTheOrderOfPhasesIsTheRunsOwn(t *testing.T) {
	r, err := Open(t.TempDir(), nil, Options{Phases: []string{"m2", "m1"}, Keep: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, _, err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	save(t, r, state("m2", 900), false)
	save(t, r, state("m1", 1), false)
	c, _, err := r.Latest("m2", "m1")
	if err != nil || c.Phase != "m1" {
		t.Errorf("want m1 step 1, found %v, %v", c, err)
	}
}

func TestBestIsNilBeforeThereIsOne(t *testing.T) {
	r, _, _ := start(t, t.TempDir(), 1)
	if c, err := r.Best("m1"); c != nil || err != nil {
		t.Errorf("found %v, %v", c, err)
	}
}

// corrupt flips one bit in the middle of a file.
func corrupt(t *testing.T, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-3] ^= 1
	if err := os.WriteFile(name, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	c := state("m1", 12)
	write, err := c.writeTo()
	if err != nil {
		t.Fatal(err)
	}
	var sound bytes.Buffer
	if err := write(&sound); err != nil {
		t.Fatal(err)
	}
	fsys := newMemFS()
	node := &inode{}
	fsys.live["c"] = node
	data := sound.Len() - 12 // of the one tensor
	for i := range sound.Len() {
		for bit := range 8 {
			node.data = bytes.Clone(sound.Bytes())
			node.data[i] ^= 1 << bit
			found, err := readCheckpoint(fsys, "c")
			if err == nil && !cmp.Equal(c.File, found.File) {
				t.Errorf("bit %d of byte %d was flipped and the checkpoint taken", bit, i)
			}
			if err != nil && strings.HasSuffix(err.Error(), "; tensor m1.weight is damaged") != (i >= data) {
				t.Errorf("bit %d of byte %d was flipped: the region is not the one that %v names", bit, i, err)
			}
			if errors.Is(err, ErrUser) {
				t.Errorf("bit %d of byte %d made it a newer version: %v", bit, i, err)
			}
		}
	}
}

func TestACorruptCheckpointIsSkippedWithAWarning(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	for step := range int64(3) {
		if err := r.Metrics(map[string]int64{"step": step}); err != nil {
			t.Fatal(err)
		}
		save(t, r, state("m1", step), false)
	}
	stop(t, r)
	corrupt(t, filepath.Join(dir, checkpointsName, "m1-000000002.safetensors"))
	if err := os.Truncate(filepath.Join(dir, checkpointsName, "m1-000000001.safetensors"), 100); err != nil {
		t.Fatal(err)
	}

	r, c, warnings := start(t, dir, 2)
	if c.Step != 0 {
		t.Errorf("want step 0, found %d", c.Step)
	}
	wants := []string{
		`m1-000000002\.safetensors: corrupt: want checksum [0-9a-f]{12}…, found [0-9a-f]{12}…; tensor m1\.weight is damaged; going on from m1-000000000\.safetensors$`,
		`m1-000000001\.safetensors: truncated: .*; going on from m1-000000000\.safetensors$`,
	}
	for i, want := range wants {
		if len(warnings) != len(wants) || !regexp.MustCompile(want).MatchString(warnings[i]) {
			t.Errorf("want warning %s, found %q", want, warnings)
		}
	}
	if b, _ := os.ReadFile(filepath.Join(dir, metricsName)); string(b) != "{\"step\":0}\n" {
		t.Errorf("want the metrics cut to step 0, found %q", b)
	}

	// Going on replaces the one, passes the other, and counts no corrupt file among those kept.
	save(t, r, state("m1", 1), false)
	want := []string{"m1-000000000.safetensors", "m1-000000001.safetensors", "m1-000000002.safetensors"}
	if diff := cmp.Diff(want, names(t, dir, checkpointsName)); diff != "" {
		t.Error(diff)
	}
	save(t, r, state("m1", 3), false)
	want = []string{"m1-000000001.safetensors", "m1-000000003.safetensors"}
	if diff := cmp.Diff(want, names(t, dir, checkpointsName)); diff != "" {
		t.Error(diff)
	}
}

func TestNoUsableCheckpointIsAnError(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	save(t, r, state("m1", 1), false)
	save(t, r, state("m1", 2), false)
	for _, name := range names(t, dir, checkpointsName) {
		corrupt(t, filepath.Join(dir, checkpointsName, name))
	}
	_, _, err := r.Resume()
	requireError(t, err, false, "m1-000000002.safetensors: corrupt", "none of 2 checkpoints can be used", "train into another folder")
}

func TestARenamedCheckpointIsSkipped(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	save(t, r, state("m1", 1), false)
	save(t, r, state("m1", 2), false)
	if err := os.Rename(r.path(checkpointsName, "m1-000000002.safetensors"), r.path(checkpointsName, "m1-000000009.safetensors")); err != nil {
		t.Fatal(err)
	}
	c, warnings, err := r.Latest("m1", "m2")
	if err != nil || c.Step != 1 || len(warnings) != 1 || !strings.Contains(warnings[0], "want what its name says, found m1-000000002.safetensors; going on from m1-000000001.safetensors") {
		t.Errorf("found %v, %q, %v", c, warnings, err)
	}
}

func TestANewerFormatIsRefused(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	save(t, r, state("m1", 1), false)
	newer := map[string]string{keyVersion: "2", keyPhase: "m1", keyStep: "2"}
	sum, err := checksum(nil, newer)
	if err != nil {
		t.Fatal(err)
	}
	newer[keyChecksum] = sum
	name := r.path(checkpointsName, "m1-000000002.safetensors")
	err = writeAtomic(disk{}, name, func(w io.Writer) error { return safetensors.Write(w, nil, newer) })
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = r.Latest("m1", "m2")
	requireError(t, err, true, name, "want checkpoint format 1, found 2", "a newer ssdgm wrote it")
}

func TestAFileOfAnotherProgramIsNoCheckpoint(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	err := writeAtomic(disk{}, r.path(checkpointsName, bestOf("m1")), func(w io.Writer) error { return safetensors.Write(w, nil, nil) })
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Best("m1")
	requireError(t, err, false, "want a checkpoint of ssdgm")
}

// BenchmarkSave is a checkpoint of 20 MB, with the disk.
func BenchmarkSave(b *testing.B) {
	r, _, _ := start(b, b.TempDir(), 2)
	c := state("m1", 0)
	c.Tensors = []safetensors.Tensor{{Name: "weight", Shape: []int{5_000_000}, Data: make([]float32, 5_000_000)}}
	b.SetBytes(20_000_000)
	b.ReportAllocs()
	for b.Loop() {
		c.Step++
		save(b, r, c, false)
	}
}
