//go:build unix && !cuda

package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStoppedRunsOfAGridEndAsThoseLeftAlone is TestStoppedRunsEndAsOneLeftAlone for runs that
// are trained together.
func TestStoppedRunsOfAGridEndAsThoseLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	alone, stopped := filepath.Join(dir, "alone"), filepath.Join(dir, "stopped")
	began := time.Now()
	if code, said := trainSeeds(t, alone, 0, syscall.SIGTERM); code != codeDone {
		t.Fatal(said)
	}
	whole := time.Since(began)
	signals := []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL}
	for i, signal := range signals {
		code, said := trainSeeds(t, stopped, whole*time.Duration(i+1)/8, signal)
		want := "ssdgm: stopped on request; go on with 'ssdgm train --out " + stopped + " --device cpu'\n"
		if code == codeStopped && !strings.HasSuffix(said, want) && !strings.Contains(said, "everything is trained") {
			t.Errorf("want %q, found %q", want, said)
		}
	}
	if code, said := trainSeeds(t, stopped, 0, syscall.SIGTERM); code != codeDone {
		t.Fatal(said)
	}
	for _, seed := range []string{"seed3", "seed4"} {
		for _, name := range []string{"metrics.jsonl", "model.safetensors", "config.toml"} {
			if read(t, filepath.Join(alone, seed), name) != read(t, filepath.Join(stopped, seed), name) {
				t.Errorf("%s of %s differs", name, seed)
			}
		}
	}
}

// trainSeeds trains two seeds together and sends the signal after a delay, unless that is 0. It
// returns the exit code, −1 after a signal, and what the program had to say.
func trainSeeds(t *testing.T, dir string, delay time.Duration, signal syscall.Signal) (code int, said string) {
	t.Helper()
	command := exec.Command("ssdgm", "train", "testdata/tiny.toml", "--out", dir, "--device", "cpu",
		"--set", "seeds=[3, 4]", "--set", "select=validation", "--set", "m2.train.steps=1500", "--set", "checkpoint.every_steps=200")
	var text strings.Builder
	command.Stderr = &text
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if delay > 0 {
		timer := time.AfterFunc(delay, func() { _ = command.Process.Signal(signal) }) // It may have ended.
		defer timer.Stop()
	}
	err := command.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return codeDone, text.String()
	case !errors.As(err, &exit):
		t.Fatal(err)
	}
	return exit.ExitCode(), text.String()
}
