package train

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/train/data"
	"ssdgm/train/data/spool"
)

// sparseTable writes a table of 240 examples of 12 values, most of them 0, in two classes.
func sparseTable(t *testing.T) string {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for j := range 12 {
		fmt.Fprintf(&b, "x%d,", j)
	}
	b.WriteString("class\n")
	for i := range 240 {
		for j := range 12 {
			v := 0.0
			if full := i%50 == 0; full || random.IntN(5) == 0 {
				v = random.NormFloat64() + 3*float64(i%2*(j%2))
			}
			fmt.Fprintf(&b, "%.4g,", v)
		}
		fmt.Fprintln(&b, []string{"even", "odd"}[i%2])
	}
	path := filepath.Join(t.TempDir(), "sparse.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// onTable are changes of the small configuration that a table asks for.
func onTable(path string, sets ...string) []string {
	return append([]string{"data.name=table", "data.path=" + path, "data.test=0"}, sets...)
}

// replicaSets are four runs whose M2 is trained at once, on raw values.
var replicaSets = []string{"model=m2", "seeds=[3, 4]", "grid.m2.alpha=[0.1, 2]", "data.validation=0"}

// TestExamplesInAFileTrainToTheBitAsThoseInMemory holds it of every phase, of replicas and of principal components, of
// runs that are stopped in the middle, and that the file stays while somebody is to go on with it, and no longer.
func TestExamplesInAFileTrainToTheBitAsThoseInMemory(t *testing.T) {
	path := sparseTable(t)
	for name, c := range map[string]struct {
		at   string
		sets []string
	}{
		"joint": {"m2 20", append(slices.Clone(jointSets),
			"select=validation", "m1.train.validate_every=5", "joint.validate_every=4")},
		"m2":         {"m2 9", []string{"model=m2", "data.scale=log1p", "data.missing=mean"}},
		"supervised": {"supervised 5", []string{"model=supervised", "yardstick=false", "data.scale=none"}},
		"replicas":   {"m2 8", replicaSets},
		"components": {"m1 8", []string{"data.pca=4", "data.whiten=true"}},
		"knn":        {"", []string{"model=knn", "yardstick=false"}},
		"m1tsvm":     {"m1 7", []string{"model=m1tsvm", "yardstick=false", "tsvm.features=64", "tsvm.stages=2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sets := onTable(path, c.sets...)
			if name == "m2" {
				sets[1] = "data.path=" + positive(t, path)
			}
			requireFileAsMemory(t, openCPUs, c.at, sets...)
		})
	}
}

// A part that may be kept in a file is known by its own files.
func TestAStoredPartHasTheFilesOfThePart(t *testing.T) {
	set := stored{filesPart{}, newStore(t.TempDir())}
	if files, err := data.Files(set); err != nil || !slices.Equal(files, []string{"one.csv"}) {
		t.Errorf("found %q: %v", files, err)
	}
}

// filesPart is a part of one file.
type filesPart struct{ data.Part }

func (filesPart) Files() ([]string, error) { return []string{"one.csv"}, nil }

// requireFileAsMemory trains on examples in a file, stopped at a step and gone on, as on those in memory.
func requireFileAsMemory(t *testing.T, open opener, at string, sets ...string) {
	t.Helper()
	dir := t.TempDir()
	memory, disk := filepath.Join(dir, "memory"), filepath.Join(dir, "disk")
	want, whole := trainGrid(t, open, memory, append(sets, "data.storage=memory")...)
	sets = append(sets, "data.storage=disk")
	verb := "are kept in"
	if at != "" {
		if _, _, err := trainGridUntil(t, at, open, disk, sets...); !errors.Is(err, ErrStopped) {
			t.Fatalf("want it stopped, found %v", err)
		}
		if left := rowsIn(t, disk); len(left) != 1 {
			t.Errorf("a run that goes on: found %q, want one file of rows", left)
		}
		verb = "are in"
	}
	found, h := trainGrid(t, open, disk, sets...)
	if left := rowsIn(t, disk); len(left) > 0 {
		t.Errorf("a run that has ended: found %q", left)
	}
	if all := strings.Join(h.notes, "\n"); !strings.Contains(all, verb+" "+disk) {
		t.Errorf("no word of where the values are in %q", all)
	}
	if !strings.HasSuffix(strings.Join(whole.groups, ", "), strings.Join(h.groups, ", ")) {
		t.Errorf("trained in the groups %q, from memory in %q", h.groups, whole.groups)
	}
	for i := range want {
		requireEqualTensors(t, disk, found[i].Trained, want[i].Trained)
		requireSameMetrics(t, found[i].Run.Dir(), want[i].Run.Dir())
	}
}

// positive is a table without negative values.
func positive(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		path = filepath.Join(t.TempDir(), "positive.csv")
		err = os.WriteFile(path, []byte(strings.NewReplacer(",-", ",", "\n-", "\n").Replace(string(text))), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// rowsIn are the files of rows below a folder, whole or not.
func rowsIn(t *testing.T, dir string) (paths []string) {
	t.Helper()
	for _, pattern := range []string{"*", "*/*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if strings.HasPrefix(filepath.Base(path), spool.Name) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

func requireSameMetrics(t *testing.T, dir, other string) {
	t.Helper()
	mine, err := os.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	theirs, errOther := os.ReadFile(filepath.Join(other, "metrics.jsonl"))
	if err := errors.Join(err, errOther); err != nil {
		t.Fatal(err)
	}
	if string(mine) != string(theirs) {
		t.Errorf("the metrics of %s are not those of %s", dir, other)
	}
}

// TestTheHostDrawsWhatTheDeviceDraws holds it of replicas whose pools differ in length, over more than one round.
func TestTheHostDrawsWhatTheDeviceDraws(t *testing.T) {
	dev, err := openCPUs(2)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	const rows = 5
	index, pool, sizes := dev.NewInts(rows+3), dev.NewInts(9), dev.NewInts(1)
	n := engine.Noise{Seed: dev.NewInts(2), Clock: dev.NewSharedInts(1), Stream: noise.StreamM2Labelled}
	l := &looper{group: &group{station: &station{dev: dev}, replicas: make([]*replica, 2)}, p: &training{index: index}}
	l.p.draw = func(steps *engine.List) {
		steps.Add(engine.Minibatch{Index: index.Slice(3, rows), Pool: pool, Sizes: sizes, Noise: n})
	}
	for r := range 2 {
		dev.WriteInts(pool, r, []int32{9, 8, 7, 6, 5, 4, 3, 2, 1})
		dev.WriteInts(sizes, r, []int32{int32(9 - 2*r)})
		dev.WriteInts(n.Seed, r, noise.SeedWords(1<<40+uint64(r)))
	}
	draws, program := l.draws(), engine.Recorded(l.p.draw).Compile(dev)
	for step := 1; step <= 7; step++ {
		dev.WriteInts(n.Clock, 0, []int32{int32(step)})
		program.Run(1)
		for r := range 2 {
			want, found := l.integers(index, r), make([]int32, rows+3)
			draws[r][0].of(found, step)
			if !slices.Equal(found, want) {
				t.Errorf("step %d, replica %d: found %v, want %v", step, r, found, want)
			}
		}
	}
}

// A mistake that is found after the examples were read leaves no file of them.
func TestAMistakeLeavesNoFileOfRows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	sets := onTable(sparseTable(t), "data.storage=disk", "m1.output=bernoulli")
	if _, _, err := trainGridUntil(t, "", openCPUs, dir, sets...); !errors.Is(err, data.ErrInput) {
		t.Fatalf("want a mistake of the user's, found %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("the folder is left, with %q", rowsIn(t, dir))
	}
}

// TestAFileThatBreaksEndsTheRun holds that no step is taken on examples that could not be read.
func TestAFileThatBreaksEndsTheRun(t *testing.T) {
	dir, dev := filepath.Join(t.TempDir(), "run"), openCPU(t)
	sets := append(slices.Clone(small), onTable(sparseTable(t), "data.storage=disk", "m1.output=gaussian")...)
	grid, _, err := configs.ParseGrid("small", nil, sets)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{Members: membersOf(t, grid), Device: dev, Open: openCPUs, Observer: &heard{}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.Truncate(filepath.Join(dir, spool.Name), 200); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "read row ") {
		t.Errorf("found %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*")); err != nil || len(left) > 0 {
		t.Errorf("found the checkpoints %q, %v", left, err)
	}
}

// TestWhatAKilledProcessHasLeftIsTakenUpOrRemoved leaves a file of rows and a half of one in a run's folder.
func TestWhatAKilledProcessHasLeftIsTakenUpOrRemoved(t *testing.T) {
	dir, path := filepath.Join(t.TempDir(), "run"), sparseTable(t)
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{spool.Name, spool.Name + ".1.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	trainGridUntil(t, "m1 8", openCPUs, dir, onTable(path, "data.storage=disk", "m1.output=gaussian")...)
	if left := rowsIn(t, dir); len(left) != 1 || filepath.Base(left[0]) != spool.Name {
		t.Errorf("found %q, want one file of rows", left)
	}
	// The storage decides no number: the run goes on in memory, too.
	trainGrid(t, openCPUs, dir, onTable(path, "data.storage=memory", "m1.output=gaussian")...)
	if left := rowsIn(t, dir); len(left) > 0 {
		t.Errorf("found %q after the end", left)
	}
}
