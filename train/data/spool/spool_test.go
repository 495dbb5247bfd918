package spool

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// rows are n rows of some width, from all zeros to all others, with values whose bits are easily lost.
func rows(n, width int) [][]float32 {
	odd := []float32{
		float32(math.NaN()), math.Float32frombits(0x7fc00123), float32(math.Copysign(0, -1)), float32(math.Inf(1)), 1e-45, -3.5,
	}
	all := make([][]float32, n)
	for i := range all {
		all[i] = make([]float32, width)
		for j := range width * i / max(1, n-1) {
			all[i][(j*7+i)%width] = odd[(i+j)%len(odd)]
		}
	}
	return all
}

// built is what a Builder makes of rows.
func built(t *testing.T, store *Store, o Options, all [][]float32) ([]float32, *File) {
	t.Helper()
	b := store.Builder(o)
	defer b.Abort()
	for _, row := range all {
		if err := b.Append(row); err != nil {
			t.Fatal(err)
		}
	}
	values, file, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return values, file
}

func requireRows(t *testing.T, f *File, all [][]float32) {
	t.Helper()
	if f.Rows() != len(all) || f.Width() != len(all[0]) {
		t.Fatalf("%d rows of %d, want %d of %d", f.Rows(), f.Width(), len(all), len(all[0]))
	}
	row := make([]float32, f.Width())
	for i, want := range all {
		f.Row(row, i)
		if !slices.EqualFunc(row, want, sameBits) {
			t.Fatalf("row %d: found %v, want %v", i, row, want)
		}
	}
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

func TestEveryBitOfARowComesBack(t *testing.T) {
	for _, c := range []struct{ n, width int }{{1, 1}, {9, 31}, {5, 1<<16 + 1}} {
		store := &Store{}
		all := rows(c.n, c.width)
		_, f := built(t, store, Options{Width: c.width, Rows: -1}, all)
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() { requireRows(t, f, all) })
		}
		wait.Wait()
		if err := store.Close(false); err != nil {
			t.Fatal(err)
		}
	}
}

// A row is stored in the smaller form.
func TestZerosTakeNoRoom(t *testing.T) {
	for set, want := range map[int]int{0: 0, 10: 60, 66: 396, 67: 400, 100: 400} {
		row := make([]float32, 100)
		for j := range set {
			row[j] = 1
		}
		if found := len(appendRow(nil, row)); found != want {
			t.Errorf("%d of 100 values: %d bytes, want %d", set, found, want)
		}
	}
}

// Whether rows are in memory is a matter of the limit, and of how many there will be where that is known.
func TestALimitDecidesWhereRowsAre(t *testing.T) {
	all := rows(10, 8) // 320 bytes
	for _, c := range []struct {
		rows    int
		limit   int64
		spooled bool
	}{{-1, 320, false}, {10, 320, false}, {-1, 319, true}, {10, 319, true}, {20, 320, true}, {-1, 0, true}} {
		store := &Store{}
		values, f := built(t, store, Options{Width: 8, Rows: c.rows, Limit: c.limit}, all)
		switch {
		case (f != nil) != c.spooled:
			t.Errorf("%+v: in a file: %v", c, f != nil)
		case f != nil:
			requireRows(t, f, all)
		case !slices.EqualFunc(values, slices.Concat(all...), sameBits):
			t.Errorf("%+v: found %v", c, values)
		}
		if err := store.Close(false); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAFileIsTakenUpOnlyIfItFits holds it of the rows of another key, and of a file that is damaged or cut.
func TestAFileIsTakenUpOnlyIfItFits(t *testing.T) {
	dir, all := t.TempDir(), rows(6, 10)
	store := &Store{Dir: dir}
	built(t, store, Options{Width: 10, Rows: -1, Key: "a"}, all)
	if err := store.Close(true); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, Name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	find := func(key string) *File {
		store = &Store{Dir: dir}
		return store.Find(key)
	}
	f := find("a")
	if f == nil {
		t.Fatal("the file is not taken up")
	}
	requireRows(t, f, all)
	if store.Find("a") != f {
		t.Error("the store has the file twice")
	}
	if find("b") != nil {
		t.Error("the rows of another key are taken up")
	}
	for at := range len(whole) {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		for _, text := range [][]byte{damaged, whole[:at]} {
			if err := os.WriteFile(path, text, 0o666); err != nil {
				t.Fatal(err)
			}
			if find("a") != nil {
				t.Fatalf("a file that is damaged or cut at byte %d is taken up", at)
			}
		}
	}
}

// What is left over goes at the end, if nobody else can be training in the folder; a file in use may lose its name.
func TestNothingIsLeftAtTheEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "a")
	store := &Store{Dir: dir}
	_, f := built(t, store, Options{Width: 4, Rows: -1}, rows(3, 4))
	if f.Where() != filepath.Join(dir, Name) || f.Size() == 0 {
		t.Errorf("%d bytes in %s", f.Size(), f.Where())
	}
	if err := store.Close(false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(dir)); err == nil {
		t.Error("the folders that were made for the file are left")
	}

	dir = t.TempDir()
	for _, name := range []string{Name, Name + ".17.tmp", "config.toml"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	left := func() string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	other := &Store{Dir: dir}
	if err := other.Close(false); err != nil || len(strings.Fields(left())) != 3 {
		t.Errorf("what may be another process's: %v, left %s", err, left())
	}
	other.Held = true
	if err := other.Close(false); err != nil || left() != "config.toml" {
		t.Errorf("what a killed process has left: %v, left %s", err, left())
	}
}

// A file for temporary use has no name: it ends with the process, however that ends.
func TestATemporaryFileHasNoName(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file keeps its name there")
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	store := &Store{}
	_, f := built(t, store, Options{Width: 4, Rows: -1}, rows(3, 4))
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("found %v, %v", entries, err)
	}
	if want := "a file without a name in " + dir; f.Where() != want {
		t.Errorf("found %q, want %q", f.Where(), want)
	}
	if err := store.Close(false); err != nil {
		t.Fatal(err)
	}
}

// Where a file cannot be written the error names the place, and nothing is left there.
func TestAPlaceThatCannotBeWrittenIsNamed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	store := &Store{Dir: filepath.Join(file, "run")}
	err := store.Builder(Options{Width: 1, Rows: -1}).Append([]float32{1})
	want := "keep the examples in " + store.Dir + ", as data.storage says: "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("found %v, want %q", err, want)
	}

	store = &Store{Dir: filepath.Join(dir, "run")}
	b := store.Builder(Options{Width: 1, Rows: -1})
	if err := b.Append([]float32{1}); err != nil {
		t.Fatal(err)
	}
	err = b.failed(&os.PathError{Op: "write", Path: b.file.Name(), Err: syscall.ENOSPC})
	want = "; free some space, or choose a place that has more with --out"
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), want) {
		t.Errorf("found %v", err)
	}
	if _, err := os.Stat(store.Dir); err == nil {
		t.Error("the folder that was made for the file is left")
	}
}

// TestAReadThatFailsIsTold holds that a row that cannot be read is 0, and that the first failure stays.
func TestAReadThatFailsIsTold(t *testing.T) {
	store := &Store{Dir: t.TempDir()}
	_, f := built(t, store, Options{Width: 3, Rows: -1}, [][]float32{{1, 2, 3}, {4, 5, 6}})
	if err := os.Truncate(filepath.Join(store.Dir, Name), f.offsets[1]); err != nil {
		t.Fatal(err)
	}
	row := []float32{9, 9, 9}
	f.Row(row, 0)
	if err := f.Err(); err != nil || row[2] != 3 {
		t.Errorf("found %v, %v", row, err)
	}
	f.Row(row, 1)
	err := f.Err()
	if err == nil || !strings.Contains(err.Error(), "read row 1 of ") || !slices.Equal(row, make([]float32, 3)) {
		t.Errorf("found %v, %v", row, err)
	}
	if err := store.Close(false); err != nil {
		t.Fatal(err)
	}
}
