//go:build linux && !cuda

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A fault befalls a run that stands before its last steps.
type fault struct {
	name  string
	place func(*testing.T) string                      // the folder that the run lies in; nil: any
	harm  func(t *testing.T, dir string) (mend func()) // nil: nothing is done to its files
	under func(dir string) []string                    // the command that runs the program; nil: none
	code  int                                          // with which the program ends
	says  string                                       // in its one line, or in a warning where it goes on
}

const (
	lastCheckpoint = "checkpoints/supervised-000000040.safetensors"
	goesOn         = `(?m)^going on from supervised step (25|40) of 40 in |is trained to its end already$`
)

// TestRunsSurviveFaults is the table of what can befall the files of a run. The program tells
// of each in one line and with the right exit code, or goes on at once; as soon as the fault
// is mended, the same command goes on and ends as a run that nothing befell.
func TestRunsSurviveFaults(t *testing.T) {
	t.Parallel()
	alone := filepath.Join(t.TempDir(), "alone")
	if code, said := trainIn(t, alone); code != codeDone {
		t.Fatal(said)
	}
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			place := f.place
			if place == nil {
				place = (*testing.T).TempDir
			}
			dir, mend, under := filepath.Join(place(t), "run"), func() {}, []string(nil)
			if err := os.CopyFS(dir, os.DirFS(alone)); err != nil {
				t.Fatal(err)
			}
			if f.harm != nil {
				mend = f.harm(t, dir)
			} else {
				remove(t, dir, lastCheckpoint)
			}
			if f.under != nil {
				under = f.under(dir)
			}
			code, said := trainIn(t, dir, under...)
			if code != f.code || !regexp.MustCompile(f.says).MatchString(said) {
				t.Errorf("want exit code %d and %q, found %d and\n%s", f.code, f.says, code, said)
			}
			if lines := strings.Count("\n"+said, "\nssdgm: "); code != codeDone && lines != 1 {
				t.Errorf("want one line of the program's own, found\n%s", said)
			}
			mend()
			if code != codeDone {
				code, said = trainIn(t, dir)
			}
			if code != codeDone || !regexp.MustCompile(goesOn).MatchString(said) {
				t.Fatalf("mended: want the run to go on, found exit code %d and\n%s", code, said)
			}
			for _, name := range []string{"metrics.jsonl", "model.safetensors", "config.toml"} {
				if read(t, alone, name) != read(t, dir, name) {
					t.Errorf("%s differs from an undisturbed run's", name)
				}
			}
		})
	}
}

func faults() []fault {
	all := []fault{
		{name: "nothing", says: goesOn},
		{name: "leftovers of a crash", harm: leaveLeftovers, says: goesOn},
		{name: "a clock that was late", harm: clockAt(1980), says: goesOn},
		{name: "a clock that was early", harm: clockAt(2150), says: goesOn},
		{name: "a full disk", place: smallDisk, harm: fillDisk(0), code: codeFailed,
			says: `: no space left on device; free some space and run the same command again$`},
		{name: "a disk that fills up", place: smallDisk, harm: fillDisk(6), code: codeFailed,
			says: `: no space left on device; free some space and run the same command again( \(supervised-000000025.safetensors is intact\))?$`},
		{name: "a read-only folder", place: smallDisk, harm: makeReadOnly, code: codeMistake,
			says: `: read-only file system; do it in a copy of the run elsewhere$`},
		{name: "a folder that may not be written", harm: forbidWriting, under: asNobody,
			code: codeMistake, says: `: permission denied; do it as the owner of the run, or in a copy of it elsewhere$`},
	}
	for call, names := range map[string][]string{
		"fsync":    {"metrics.jsonl", "checkpoints", lastCheckpoint + ".tmp", "model.safetensors.tmp", "summary.json.tmp"},
		"renameat": {"lock.owner.tmp", lastCheckpoint + ".tmp", "model.safetensors.tmp", "pictures/samples.png.tmp"},
	} {
		for _, name := range names {
			all = append(all, fault{name: call + " of " + name, under: injecting(call, name), code: codeFailed, says: `: input/output error`})
		}
	}
	for name, at := range regions {
		all = append(all, fault{name: "a bit flipped in the " + name, harm: flipIn(at), says: `supervised-000000040\.safetensors: .*; going on from supervised-000000025\.safetensors\n`})
	}
	return all
}

// trainIn trains in a folder, which may be a run already, under another command, and tells
// the exit code and what was said. A tool that is missing skips the test.
func trainIn(t *testing.T, dir string, under ...string) (code int, said string) {
	t.Helper()
	program, err := exec.LookPath("ssdgm")
	if err != nil {
		t.Fatal(err)
	}
	if len(under) > 0 {
		if output, err := exec.Command(under[0], append(under[1:len(under):len(under)], program, "--version")...).CombinedOutput(); err != nil {
			t.Skipf("needs %s: %v: %s", under[0], err, output)
		}
	}
	line := append(under[:len(under):len(under)], program, "train", "--out", dir, "--threads", "1")
	if _, err := os.Stat(filepath.Join(dir, "config.toml")); err != nil {
		line = append(line, "testdata/tiny.toml")
	}
	output, err := exec.Command(line[0], line[1:]...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return code, strings.TrimSuffix(string(output), "\n")
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// injecting is the command that lets a system call of the program fail for one of the files.
func injecting(call, name string) func(string) []string {
	return func(dir string) []string {
		return []string{"strace", "-f", "-qq", "-o", "/dev/null", "-P", filepath.Join(dir, name), "-e", "trace=" + call, "-e", "inject=" + call + ":error=EIO"}
	}
}

// asNobody is the command that runs the program without root's rights.
func asNobody(string) []string {
	return []string{"setpriv", "--reuid=65534", "--clear-groups", "--no-new-privs", "--inh-caps=-all"}
}

const diskBytes = 8 << 20

// smallDisk is a folder on a disk of its own.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprint("size=", diskBytes)); err != nil {
		t.Skipf("needs to mount a small disk, as root can: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillDisk leaves so many blocks of 4 KiB of a small disk free.
func fillDisk(blocks int) func(*testing.T, string) func() {
	return func(t *testing.T, dir string) func() {
		remove(t, dir, lastCheckpoint)
		filler := filepath.Join(filepath.Dir(dir), "filler")
		err := os.WriteFile(filler, make([]byte, diskBytes), 0o666)
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("want the disk full, found %v", err)
		}
		info, err := os.Stat(filler)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filler, info.Size()-int64(blocks)<<12); err != nil {
			t.Fatal(err)
		}
		return func() { remove(t, filepath.Dir(dir), "filler") }
	}
}

func makeReadOnly(t *testing.T, dir string) (mend func()) {
	remove(t, dir, lastCheckpoint)
	remount := func(flags uintptr) {
		if err := syscall.Mount("", filepath.Dir(dir), "", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	return func() { remount(0) }
}

// forbidWriting leaves the folder to others to read. The program is run as one of them.
func forbidWriting(t *testing.T, dir string) (mend func()) {
	remove(t, dir, lastCheckpoint)
	for at := dir; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return func() {}
}

func leaveLeftovers(t *testing.T, dir string) (mend func()) {
	remove(t, dir, lastCheckpoint)
	names := []string{lastCheckpoint + ".tmp", "summary.json.tmp", "lock.owner", "pictures/samples.png.tmp"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half a fi"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for _, name := range names {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				t.Errorf("%s is still there", name)
			}
		}
	}
}

// clockAt makes every file as old as that year, but for the config, which is of this one.
func clockAt(year int) func(*testing.T, string) func() {
	return func(t *testing.T, dir string) func() {
		remove(t, dir, lastCheckpoint)
		names, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range append(names, filepath.Join(dir, "metrics.jsonl"), filepath.Join(dir, "timing.jsonl")) {
			then := time.Date(year, 1, 1+i%7, 0, 0, 0, 0, time.UTC)
			if err := os.Chtimes(name, then, then); err != nil {
				t.Fatal(err)
			}
		}
		return func() {}
	}
}

// regions are places in a checkpoint: eight bytes with the length of the header, the header,
// the metadata in it, and the data.
var regions = map[string]func(file []byte, header int) int{
	"header's length": func([]byte, int) int { return 1 },
	"header":          func(file []byte, header int) int { return strings.Index(string(file[:header]), `"shape"`) + 2 },
	"metadata":        func(file []byte, header int) int { return strings.Index(string(file[:header]), `"phase":"`) + 9 },
	"first tensor":    func(_ []byte, header int) int { return header },
	"middle":          func(file []byte, header int) int { return (header + len(file)) / 2 },
	"last byte":       func(file []byte, _ int) int { return len(file) - 1 },
}

// flipIn flips a bit in a region of the last checkpoint.
func flipIn(at func(file []byte, header int) int) func(*testing.T, string) func() {
	return func(t *testing.T, dir string) func() {
		file := []byte(read(t, dir, lastCheckpoint))
		file[at(file, 8+int(binary.LittleEndian.Uint64(file)))] ^= 4
		if err := os.WriteFile(filepath.Join(dir, lastCheckpoint), file, 0o666); err != nil {
			t.Fatal(err)
		}
		return func() {}
	}
}

func TestTheSecondTrainerOfAFolderIsToldOfTheFirst(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	first := exec.Command("ssdgm", "train", "testdata/tiny.toml", "--out", dir, "--threads", "1")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	awaitFile(t, filepath.Join(dir, "config.toml"))
	if err := first.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	code, said := trainIn(t, dir)
	if err := first.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^ssdgm: open .*run: process [0-9]+ on .+ \(since .*\) trains in it; wait for it, or choose another folder with --out$`)
	if code != codeMistake || !want.MatchString(said) {
		t.Errorf("want exit code %d and %v, found %d and %q", codeMistake, want, code, said)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("the first trainer: %v", err)
	}
}

// TestAWorkerLeavesARunToTheOneThatTrainsIt divides a sweep into tasks in two ways.
func TestAWorkerLeavesARunToTheOneThatTrainsIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sweep")
	work := func(replicas string) *exec.Cmd {
		return exec.Command("ssdgm", "sweep", "work", "testdata/tiny.toml", "--set", "seeds=[0, 1]", "--out", dir, "--index", "0", "--replicas", replicas, "--device", "cpu", "--threads", "1")
	}
	first := work("1")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	awaitFile(t, filepath.Join(dir, "runs", "seed0", "config.toml"))
	if err := first.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	second := work("0")
	said, _ := second.CombinedOutput() // The exit code tells.
	if err := first.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`ssdgm: seed0\+1: another worker has it: open .*seed0: process [0-9]+ on .+ trains in it; `)
	if code := second.ProcessState.ExitCode(); code != codeStopped || !want.Match(said) {
		t.Errorf("want exit code %d and %v, found %d and %s", codeStopped, want, code, said)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("the first worker: %v", err)
	}
}

// awaitFile waits until a file is there.
func awaitFile(t *testing.T, path string) {
	t.Helper()
	for range 3000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("want %s, found none for half a minute", path)
}
