package run

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/safetensors"
)

// start opens a run on the machine's disk and resumes it.
func start(t testing.TB, dir string, keep int) (*Run, *Checkpoint, []string) {
	t.Helper()
	r, err := Open(dir, []byte("seed = 1\n"), Options{Phases: []string{"m1", "m2"}, Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.unlock != nil {
			r.Close()
		}
	})
	c, warnings, err := r.Resume()
	if err != nil {
		t.Fatal(err)
	}
	return r, c, warnings
}

// stop closes a run so that the same test can open it again.
func stop(t testing.TB, r *Run) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.unlock = nil
}

func save(t testing.TB, r *Run, c *Checkpoint, best bool) {
	t.Helper()
	if err := r.Save(c, best); err != nil {
		t.Fatal(err)
	}
}

// requireError holds that err is one line with these words, and the user's mistake or not.
func requireError(t *testing.T, err error, user bool, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want an error with %q, found none", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("want %q in the error, found %q", w, err)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("want one line, found %q", err)
	}
	if errors.Is(err, ErrUser) != user {
		t.Errorf("the user's mistake: want %v for %q", user, err)
	}
}

// names lists a folder.
func names(t *testing.T, elem ...string) []string {
	t.Helper()
	found, err := disk{}.ReadDir(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

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
	best, err := view.Best()
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
	want := []string{"best.safetensors", "m1-000000003.safetensors", "m2-000000001.safetensors"}
	if diff := cmp.Diff(want, names(t, dir, checkpointsName)); diff != "" {
		t.Error(diff)
	}
	best, err := r.Best()
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
	for _, name := range []string{"best.safetensors", "m1-1.safetensors", "m1-000000001.safetensors.tmp", "m1--00000001.safetensors", "m1-00000000x.safetensors", "notes.txt"} {
		if p, ok := parsePosition(name); ok {
			t.Errorf("%s was taken for %v", name, p)
		}
	}
}

func TestBestIsNilBeforeThereIsOne(t *testing.T) {
	r, _, _ := start(t, t.TempDir(), 1)
	if c, err := r.Best(); c != nil || err != nil {
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
	for i := range sound.Len() {
		for bit := range 8 {
			node.data = bytes.Clone(sound.Bytes())
			node.data[i] ^= 1 << bit
			found, err := readCheckpoint(fsys, "c")
			if err == nil && !cmp.Equal(c.File, found.File) {
				t.Errorf("bit %d of byte %d was flipped and the checkpoint taken", bit, i)
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
		`m1-000000002\.safetensors: corrupt: want checksum [0-9a-f]{12}…, found [0-9a-f]{12}…; going on from m1-000000000\.safetensors$`,
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
	err := writeAtomic(disk{}, r.path(checkpointsName, bestName), func(w io.Writer) error { return safetensors.Write(w, nil, nil) })
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Best()
	requireError(t, err, false, "want a checkpoint of ssdgm")
}

func TestResumeCutsTheJournals(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	line := func(step int) {
		t.Helper()
		if err := r.Metrics(map[string]int{"step": step}); err != nil {
			t.Fatal(err)
		}
		if err := r.Timing(map[string]Float{"seconds": Float(step)}); err != nil {
			t.Fatal(err)
		}
	}
	line(1)
	save(t, r, state("m1", 1), false)
	line(2)
	stop(t, r)
	r, _, _ = start(t, dir, 3)
	line(3)
	stop(t, r)
	for name, want := range map[string]string{metricsName: "{\"step\":1}\n{\"step\":3}\n", timingName: "{\"seconds\":1}\n{\"seconds\":3}\n"} {
		if b, _ := os.ReadFile(filepath.Join(dir, name)); string(b) != want {
			t.Errorf("%s: want %q, found %q", name, want, b)
		}
	}
}

func TestJournalsOfARunWithoutACheckpointStartAnew(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	if err := r.Metrics(map[string]int{"step": 1}); err != nil {
		t.Fatal(err)
	}
	stop(t, r)
	start(t, dir, 3)
	if b, err := os.ReadFile(filepath.Join(dir, metricsName)); err != nil || len(b) > 0 {
		t.Errorf("found %q, %v", b, err)
	}
}

func TestAJournalShorterThanTheCheckpointKnowsIsAnError(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	if err := r.Metrics(map[string]int{"step": 1}); err != nil {
		t.Fatal(err)
	}
	save(t, r, state("m1", 1), false)
	if err := os.Truncate(r.path(metricsName), 4); err != nil {
		t.Fatal(err)
	}
	_, _, err := r.Resume()
	requireError(t, err, false, metricsName, "want at least the 11 bytes that stood in it at m1-000000001.safetensors, found 4")
}

func TestNumbersThatAreNotFiniteAreNull(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	type metrics struct {
		Step   int64 `json:"step"`
		Bound  Float `json:"bound_nats"`
		KL     Float `json:"kl_nats"`
		Error  Float `json:"error_percent"`
		Rate   Float `json:"rate"`
		Active Float `json:"active_latents"`
	}
	if err := r.Metrics(metrics{1, Float(math.NaN()), Float(math.Inf(-1)), 0.1, 1e-7, 20}); err != nil {
		t.Fatal(err)
	}
	want := `{"step":1,"bound_nats":null,"kl_nats":null,"error_percent":0.1,"rate":1e-7,"active_latents":20}` + "\n"
	if b, _ := os.ReadFile(filepath.Join(dir, metricsName)); string(b) != want {
		t.Errorf("want %s, found %s", want, b)
	}
}

func TestOneWriterAtATime(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	opts := Options{Phases: []string{"m1"}, Keep: 1}
	_, err := Open(dir, nil, opts)
	requireError(t, err, true, "open "+dir+": process ", " on ", "trains in it", "choose another folder with --out")
	if _, err := View(dir); err != nil {
		t.Errorf("a reader needs no lock, found %v", err)
	}
	stop(t, r)
	again, err := Open(dir, nil, opts)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, again)
}

func TestTheFirstConfigurationStays(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	stop(t, r)
	r, err := Open(dir, []byte("seed = 2\n"), Options{Phases: []string{"m1"}, Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if string(r.Config()) != "seed = 1\n" {
		t.Errorf("found %q", r.Config())
	}
}

func TestAFolderThatIsNoRunIsLeftAlone(t *testing.T) {
	opts := Options{Phases: []string{"m1"}, Keep: 1}
	home := t.TempDir()
	letter := filepath.Join(home, "letter.txt")
	if err := os.WriteFile(letter, []byte("dear"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Open(home, nil, opts)
	requireError(t, err, true, "found letter.txt and no config.toml", "--out")
	if found := names(t, home); !slices.Equal(found, []string{"letter.txt"}) {
		t.Errorf("found %v", found)
	}
	_, err = Open(letter, nil, opts)
	requireError(t, err, true, "want a folder, found a file")
	_, err = Open(filepath.Join(letter, "a"), nil, opts)
	requireError(t, err, true, "want a folder, found a file")
	for _, dir := range []string{home, letter, filepath.Join(home, "no")} {
		_, err = View(dir)
		requireError(t, err, true, "want a run folder", "ssdgm train --out "+dir)
	}
}

func TestCheckpointsWithoutAConfigurationAreRefused(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	save(t, r, state("m1", 1), false)
	stop(t, r)
	for _, name := range []string{configName, metricsName, timingName} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(dir, nil, Options{Phases: []string{"m1"}, Keep: 1})
	requireError(t, err, true, "found 1 checkpoints and no config.toml")
}

func TestLeftoversOfACrashAreRemoved(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	stop(t, r)
	left := []string{
		filepath.Join(dir, summaryName+tmpSuffix),
		filepath.Join(dir, checkpointsName, "m1-000000001.safetensors.tmp"),
		filepath.Join(dir, picturesName, "grid.png.tmp"),
	}
	for _, name := range left {
		if err := os.WriteFile(name, []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	start(t, dir, 3)
	for _, name := range left {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
}

func TestSummaryAndPicturesAreReplacedWhole(t *testing.T) {
	dir := t.TempDir()
	r, _, _ := start(t, dir, 3)
	if err := r.WriteSummary(map[string]Float{"error_percent": 3.25}); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, summaryName)); string(b) != "{\n  \"error_percent\": 3.25\n}\n" {
		t.Errorf("found %q", b)
	}
	write := func(content string, fail error) (string, error) {
		return r.Picture("grid", func(w io.Writer) error {
			if _, err := io.WriteString(w, content); err != nil {
				return err
			}
			return fail
		})
	}
	if _, err := write("old", nil); err != nil {
		t.Fatal(err)
	}
	path, err := write("half of the new", io.ErrClosedPipe)
	if !errors.Is(err, io.ErrClosedPipe) || path != filepath.Join(dir, picturesName, "grid.png") {
		t.Errorf("found %s, %v", path, err)
	}
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Errorf("found %q", b)
	}
}

func TestMisusePanics(t *testing.T) {
	r, _, _ := start(t, t.TempDir(), 3)
	own := state("m1", 1)
	own.Metadata = map[string]string{keyStep: "2"}
	for name, misuse := range map[string]func(){
		"a phase that the run does not have": func() { _ = r.Save(state("m3", 1), false) },
		"a key of this package's own":        func() { _ = r.Save(own, false) },
		"a line before Resume":               func() { _ = (&Run{}).Metrics(1) },
		"no checkpoint to keep":              func() { _, _ = Open("a", nil, Options{Phases: []string{"m1"}}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: want a panic", name)
				}
			}()
			misuse()
		}()
	}
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
