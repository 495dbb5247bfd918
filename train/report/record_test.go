package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// records are the paths of all of the project's, those beside a picture too.
func records(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir("../records", func(path string, _ fs.DirEntry, err error) error {
		if isZip(path) {
			all = append(all, path)
		}
		return err
	})
	if err != nil || len(all) < 90 {
		t.Fatalf("want the project's records, found %d: %v", len(all), err)
	}
	return all
}

// TestEveryRecordIsSound holds that each has what a row of a table needs, and is what Record would have written.
func TestEveryRecordIsSound(t *testing.T) {
	for _, path := range records(t) {
		e, err := readEntry(filepath.Split(path))
		if err != nil || e == nil || !e.Finished {
			t.Errorf("%s: want a finished run, found %+v, %v", path, e, err)
			continue
		}
		if want := fmt.Sprintf("seed%d.zip", e.Config.Seed); filepath.Base(path) != want {
			t.Errorf("%s: want the name %s", path, want)
		}
		if timing, err := readLines[struct{ Step int }](e, timingName); err != nil || len(timing) == 0 {
			t.Errorf("%s: want lines in %s, found %d, %v", path, timingName, len(timing), err)
		}
		archive, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		var names []string
		for _, file := range archive.File {
			names = append(names, file.Name)
			if !file.Modified.Equal(recordTime) {
				t.Errorf("%s: %s: want the time %v, found %v", path, file.Name, recordTime, file.Modified)
			}
		}
		if !slices.Equal(names, recordNames) {
			t.Errorf("%s: want the files %v, found %v", path, recordNames, names)
		}
	}
}

// TestNoRecordNamesAMachine holds that nothing kept with the project tells where it was made.
func TestNoRecordNamesAMachine(t *testing.T) {
	for _, path := range records(t) {
		for _, name := range recordNames {
			text, err := readFile(path, name)
			if place := machinePlace.Find(text); err != nil || place != nil {
				t.Errorf("%s: %s: want no place on a machine, found %q, %v", path, name, place, err)
			}
		}
	}
	for _, root := range []string{"../records", "../../scripts/peers/records", "../../scripts/gpucheck/records"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if !slices.Contains([]string{".json", ".jsonl", ".txt", ".toml"}, filepath.Ext(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			if place := machinePlace.Find(text); place != nil {
				t.Errorf("%s: want no place on a machine, found %q", path, place)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestAPlaceOnAMachineIsSeen(t *testing.T) {
	for _, text := range []string{
		`dir = "/data/mnist"`, `from = "~/runs/m1"`, `from = '~ann/m1'`, `{"path":"/x"}`, `PATH=/opt/bin`, "/etc/passwd", "(/tmp/x)",
		`"C:\\runs"`, `"D:/runs"`, `"\\\\server\\share"`, "file:///x", "https://example.org/x", "ann@box", "ann@box.example.org",
		"node7.local", "ip-10-0-0-1.internal", `["/a"]`,
	} {
		if machinePlace.FindString(text) == "" {
			t.Errorf("want a place seen in %s", text)
		}
	}
	for _, text := range []string{
		`from = "runs/m1-seed0"`, `"commit": "8e5d497d"`, `"error_percent": 2.5`, "0.83 TFLOP/s", "-log q(y|x)", "pictures/samples.png",
		`"version": "v0.0.0-20261122174253-8e5d497d20da"`, "784→600", "a / b", "1e-08", "M1: 3 s", "./runs", "libcuda.so.1",
	} {
		if place := machinePlace.FindString(text); place != "" {
			t.Errorf("want no place seen in %s, found %q", text, place)
		}
	}
}

func TestARecordIsTheRunsFilesByteForByte(t *testing.T) {
	root := t.TempDir()
	run := record(t, root, "x-seed3", load(t, "seed=3"), 3, "")
	keep := func(run, into string) []byte {
		t.Helper()
		path, _, err := Record(run, filepath.Join(root, into), "x")
		if want := filepath.Join(root, into, "x", "seed3.zip"); err != nil || path != want {
			t.Fatalf("want %s, found %s, %v", want, path, err)
		}
		packed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range recordNames {
			want, err := os.ReadFile(filepath.Join(root, "x-seed3", name))
			if err != nil {
				t.Fatal(err)
			}
			if found, err := readFile(path, name); err != nil || !bytes.Equal(found, want) {
				t.Errorf("%s: want the run's, found %q, %v", name, found, err)
			}
		}
		return packed
	}
	first := keep(run+string(filepath.Separator), "first")
	for _, name := range recordNames {
		if err := os.Chtimes(filepath.Join(run, name), time.Now(), time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(run, "notes.txt"), "not kept")
	if second := keep(run, "second"); !bytes.Equal(first, second) {
		t.Error("packed again at another time, a run gives other bytes")
	}
	if third := keep(filepath.Join(root, "first", "x", "seed3.zip"), "third"); !bytes.Equal(first, third) {
		t.Error("a record packed again gives other bytes")
	}
}

func TestARecordOfAStackTellsWhereItsM1CameFrom(t *testing.T) {
	root := t.TempDir()
	run := record(t, root, "x-seed0", load(t, "m1.from=runs/m1-seed0"), 3, "")
	if _, m1, err := Record(run, root, "x"); err != nil || m1 != "runs/m1-seed0" {
		t.Errorf("want runs/m1-seed0, found %q, %v", m1, err)
	}
}

func TestWhatIsNoRecordIsRefused(t *testing.T) {
	root := t.TempDir()
	unfinished := record(t, root, "a-seed0", load(t), 3, "")
	if err := os.Remove(filepath.Join(unfinished, summaryName)); err != nil {
		t.Fatal(err)
	}
	for run, want := range map[string]string{
		unfinished:                     "want a finished run, found no summary.json; go on with 'ssdgm train --out " + unfinished + "'",
		filepath.Join(root, "nowhere"): "want a finished run",
		record(t, root, "b-seed0", load(t, "m1.from=/home/ann/m1"), 3, ""):          `config.toml: want no place on a machine in a record, found "`,
		record(t, root, "c-seed0", load(t), 3, `, "pictures": ["/home/ann/a.png"]`): `summary.json: want no place on a machine in a record, found "`,
	} {
		if _, _, err := Record(run, filepath.Join(root, "records"), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, found %v", run, want, err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "records")); err == nil {
		t.Error("want nothing written")
	}
}

// TestRecordsAreReadAsRunsAre holds that a zip and the folder that it was made of give one table and the same curves.
func TestRecordsAreReadAsRunsAre(t *testing.T) {
	t.Chdir(t.TempDir())
	for seed, testError := range []float64{3, 4} {
		run := record(t, "runs", fmt.Sprint("x-seed", seed), load(t, fmt.Sprint("seed=", seed)), testError, "")
		if _, _, err := Record(run, "records", "x"); err != nil {
			t.Fatal(err)
		}
	}
	write(t, "records/x/picture.png", "")
	write(t, "records/x/other.zip", "PK\x05\x06"+strings.Repeat("\x00", 18)) // a zip of nothing
	table := func(root string) string {
		t.Helper()
		lines, err := open(t, root).Lines(&Table1)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := Markdown(&text, lines, root); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	ofRuns := strings.NewReplacer("x-seed0", "x/seed0.zip", "x-seed1", "x/seed1.zip").Replace(table("runs"))
	if diff := cmp.Diff(ofRuns, table("records")); diff != "" || !strings.Contains(ofRuns, "3.50 ± 0.71 %") {
		t.Error(diff, ofRuns)
	}
	ofRun, _, err := Curves([]string{"runs/x-seed0", "runs/x-seed1/"})
	if err != nil {
		t.Fatal(err)
	}
	for _, paths := range [][]string{{"records/x"}, {"records/x/seed0.zip", "records/x/seed1.zip"}} {
		found, _, err := Curves(paths)
		if diff := cmp.Diff(ofRun, found); diff != "" || err != nil {
			t.Error(paths, err, diff)
		}
	}
	// A folder of several runs, as one command trains them, stands for them too.
	if err := os.Mkdir("several", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, seed := range []string{"0", "1"} {
		if err := os.CopyFS("several/x/seed"+seed, os.DirFS("runs/x-seed"+seed)); err != nil {
			t.Fatal(err)
		}
	}
	if found, _, err := Curves([]string{"several/x/"}); err != nil || cmp.Diff(ofRun, found) != "" {
		t.Error(err, cmp.Diff(ofRun, found))
	}
	t.Chdir("records/x")
	if found, _, err := Curves([]string{"seed0.zip", "seed1.zip"}); err != nil || cmp.Diff(ofRun, found) != "" {
		t.Error(err, cmp.Diff(ofRun, found))
	}
}

func TestADamagedZipIsNamed(t *testing.T) {
	root := t.TempDir()
	path, _, err := Record(record(t, root, "x-seed0", load(t), 3, ""), filepath.Join(root, "records"), "x")
	if err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	turned := bytes.Clone(sound)
	turned[len(sound)/5] ^= 0x10
	for name, text := range map[string][]byte{"cut": sound[:len(sound)/2], "turned": turned, "empty": nil} {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		l := open(t, filepath.Join(root, "records"))
		if len(l.Entries) > 0 || len(l.Broken) != 1 || !strings.Contains(l.Broken[0].Error(), path) {
			t.Errorf("%s: want %s named, found %v and %d entries", name, path, l.Broken, len(l.Entries))
		}
	}
}
