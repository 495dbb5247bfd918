package run

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
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
	requireError(t, Unwritable(err), true, "open "+dir+": process ", " on ", "trains in it; wait for it, or choose another folder with --out")
	if _, err := View(dir); err != nil {
		t.Errorf("a reader needs no lock, found %v", err)
	}
	stop(t, r)
	if found := names(t, dir); slices.Contains(found, ownerName) {
		t.Errorf("nobody trains here any more, found %v", found)
	}
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
	missing, empty, link := filepath.Join(home, "no"), t.TempDir(), filepath.Join(t.TempDir(), "link")
	for dir, want := range map[string]string{
		home: "found no config.toml in it", letter: "found a file",
		missing: "found nothing; train one with 'ssdgm train --out " + missing + "'",
		empty:   "found an empty one; train one with 'ssdgm train --out " + empty + "'",
	} {
		_, err = View(dir)
		requireError(t, err, true, "open "+dir+": want a run folder, "+want)
	}
	if err := os.Symlink("nowhere", link); err == nil { // Else this system has no links.
		_, err = Open(link, nil, opts)
		requireError(t, err, true, "want a folder, found a link that leads nowhere")
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

// TestGoneIsSaidOnlyWhereTheLockTells asks on this machine, on one of another name, and after this one was restarted.
func TestGoneIsSaidOnlyWhereTheLockTells(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(dir, []byte("seed = 1"), Options{Phases: []string{"m1"}, Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	r.Beat(Heartbeat{Process: 7})
	folder, err := View(dir)
	if err != nil {
		t.Fatal(err)
	}
	here, err := folder.Heartbeat()
	if err != nil {
		t.Fatal(err)
	}
	const yes, restarted = "it has ended", "this machine was started anew since"
	cases := []struct {
		name       string
		host, boot string
		free       string // the reason once nobody holds the lock
	}{
		{"here", here.Host, here.Boot, yes},
		{"another machine", "elsewhere", "another", ""},
		{"an earlier version", "", "", ""},
	}
	if here.Boot != "" {
		cases = append(cases, []struct{ name, host, boot, free string }{
			{"another container here", "container", here.Boot, yes},
			{"restarted", here.Host, "before", restarted},
		}...)
	}
	for _, held := range []bool{true, false} {
		for _, c := range cases {
			want := c.free
			if held {
				want = ""
			}
			if found := folder.Gone(&Heartbeat{Host: c.host, Boot: c.boot}); found != want {
				t.Errorf("%s, lock held %v: want %q, found %q", c.name, held, want, found)
			}
		}
		if held {
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestAProbeKeepsNobodyFromTheLock asks again and again whether it is held, and takes it all the while.
func TestAProbeKeepsNobodyFromTheLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), lockName)
	if _, err := (disk{}).Locked(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want no lock, and none made by asking, found %v", err)
	}
	stop := make(chan struct{})
	var probes sync.WaitGroup
	for range 2 {
		probes.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = disk{}.Locked(name)
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	for range 50 {
		lock, err := disk{}.Lock(name)
		if err != nil {
			t.Fatal(err)
		}
		if held, err := (disk{}).Locked(name); !held || err != nil {
			t.Fatalf("want it held, found %v, %v", held, err)
		}
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	probes.Wait()
}
