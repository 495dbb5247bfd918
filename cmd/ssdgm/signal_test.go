//go:build unix && !cuda

package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"ssdgm/train/run"
	"strings"
	"syscall"
	"testing"
	"time"
)

// end sends SIGTERM and returns how the process ended; one that stays is killed.
func end(t *testing.T, command *exec.Cmd) syscall.WaitStatus {
	t.Helper()
	return endBy(t, command, syscall.SIGTERM)
}

// endBy is end by any signal.
func endBy(t *testing.T, command *exec.Cmd, signal syscall.Signal) syscall.WaitStatus {
	t.Helper()
	if err := command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(20*time.Second, func() { _ = command.Process.Kill() }) // It may have ended.
	defer timer.Stop()
	err := command.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("want the process ended by a signal, found %v", err)
	}
	return exit.Sys().(syscall.WaitStatus)
}

// heartbeat reads a run's; nil where there is none yet.
func heartbeat(dir string) *run.Heartbeat {
	folder, err := run.View(dir)
	if err != nil {
		return nil
	}
	h, err := folder.Heartbeat()
	if err != nil {
		return nil
	}
	return h
}

func TestSignalEndsACommandThatKeepsNothing(t *testing.T) {
	t.Parallel()
	command := exec.Command("ssdgm", "bench", "--serve", "--device", "cpu")
	if _, err := command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "READY\n" {
		t.Errorf("want READY, found %q, %v", line, err)
	}
	if status := end(t, command); status.Signal() != syscall.SIGTERM {
		t.Errorf("want it ended by SIGTERM, found %v", status.Signal())
	}
}

// TestInterruptedAnswersLeaveTheTableOfBefore stops classify and encode while they wait for more of a pipe, with answers
// written: what --out had before is there, and nothing beside it.
func TestInterruptedAnswersLeaveTheTableOfBefore(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{
		"a.csv": {"classify", "--usual=false"}, "a.parquet": {"classify", "--usual=false"}, "a.npy": {"encode"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("before"), 0o666); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("ssdgm", append(words, "--out", path, "--device", "cpu", "../../model/trained/testdata/stripes.safetensors", "-")...)
		rows, err := command.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		command.Stderr = &said
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(rows, strings.Repeat(strings.Repeat("0.5,", 15)+"1\n", 9000)); err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool {
			entries, err := os.ReadDir(dir)
			return err == nil && len(entries) == 2
		})
		status := endBy(t, command, syscall.SIGINT)
		if !status.Signaled() || status.Signal() != syscall.SIGINT {
			t.Errorf("%s: want it ended by SIGINT, found %#x", name, status)
		}
		if want := name + " is not written\n"; !strings.HasSuffix(said.String(), want) {
			t.Errorf("%s: want %q at the end, found %q", name, want, said.String())
		}
		entries, err := os.ReadDir(dir)
		if found, fault := os.ReadFile(path); err != nil || fault != nil || string(found) != "before" || len(entries) != 1 {
			t.Errorf("%s: want the table of before alone, found %q and %v, %v", name, found, entries, errors.Join(err, fault))
		}
	}
}

// waitFor waits until something is so.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	for range 1200 {
		if so() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("it never came")
}

// The evaluation is made so long that it is certain to be under way.
func TestSignalEndsTheLastEvaluationAndSaysHowToRepeatIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a run")
	command := exec.Command("ssdgm", "train", "testdata/tiny.toml", "--out", dir, "--threads", "1", "--device", "cpu",
		"--set", "data.test=2000", "--set", "eval.samples=2000")
	const evaluating = "\nevaluating on 2,000 test images takes about "
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	command.Stderr = stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		text, err := os.ReadFile(stderr.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for range 1200 {
		if strings.Contains(said(), evaluating) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	began := time.Now()
	status := end(t, command)
	if !status.Exited() || status.ExitStatus() != codeStopped || time.Since(began) > 5*time.Second {
		t.Errorf("want exit code %d at once, found %#x after %v", codeStopped, status, time.Since(began))
	}
	want := `ssdgm: stopped on request; everything is trained; evaluate it with 'ssdgm train --out "` + dir + `" --device cpu --threads 1'` + "\n"
	if text := said(); !strings.HasSuffix(text, want) || !strings.Contains(text, evaluating) {
		t.Errorf("want how long the evaluation takes and %q, found %q", want, text)
	}
}

// A run that is asked to stop says with what to go on.
func TestStoppedRunRepeatsHowItWasStarted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	command := exec.Command("ssdgm", "train", "testdata/tiny.toml", "--out", dir, "--threads", "2", "--stop-signal", "QUIT", "--set", "m1.train.steps=10000000")
	var said strings.Builder
	command.Stderr = &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for range 600 {
		if names, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "m1-*")); len(names) > 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if status := end(t, command); status.ExitStatus() != codeStopped {
		t.Errorf("want exit code %d, found %#x", codeStopped, status)
	}
	want := "ssdgm: stopped on request; go on with 'ssdgm train --out " + dir + " --threads 2 --stop-signal QUIT'\n"
	if !strings.HasSuffix(said.String(), want) {
		t.Errorf("want %q, found %q", want, said.String())
	}
}

// A run that was begun by nohup does not hear that the terminal is lost, and hears what else there is.
func TestAnIgnoredSignalStaysIgnored(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	command := exec.Command("sh", "-c", `trap '' HUP; exec ssdgm train testdata/tiny.toml --set m1.train.steps=10000000 --out "$0"`, dir)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	steps := func() int {
		if h := heartbeat(dir); h != nil {
			return h.Step
		}
		return 0
	}
	for range 2 {
		before := steps()
		for range 1200 {
			if steps() > before {
				break
			}
			time.Sleep(25 * time.Millisecond)
		}
		if steps() == before {
			t.Fatal("want the run to go on, found no step more in half a minute")
		}
		if err := command.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	if status := end(t, command); status.ExitStatus() != codeStopped {
		t.Errorf("want exit code %d, found %#x", codeStopped, status)
	}
}

// broken is a pipe that nobody reads.
func broken(t *testing.T) *os.File {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close() })
	return writer
}

// TestARunGoesOnWhenNobodyReads is 'ssdgm train | head -1' and its kind: the run comes to its end. A command whose
// output is all that it makes ends without an error, as other tools do.
func TestARunGoesOnWhenNobodyReads(t *testing.T) {
	t.Parallel()
	lost := broken(t)
	for name, command := range map[string]*exec.Cmd{
		"stdout": {Stdout: lost}, "stderr": {Stderr: lost}, "both": {Stdout: lost, Stderr: lost},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		train := exec.Command("ssdgm", "train", "testdata/tiny.toml", "--out", dir, "--device", "cpu", "--threads", "1")
		train.Stdout, train.Stderr = command.Stdout, command.Stderr
		if err := train.Run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "summary.json")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name != "both" {
			continue
		}
		var said strings.Builder
		eval := exec.Command("ssdgm", "eval", dir, "--device", "cpu")
		eval.Stdout, eval.Stderr = lost, &said
		_ = eval.Run() // How it ended is asked below.
		if status := eval.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGPIPE || strings.Contains(said.String(), "ssdgm: ") {
			t.Errorf("want eval ended by SIGPIPE without an error, found %#x and %q", status, said.String())
		}
	}
}
