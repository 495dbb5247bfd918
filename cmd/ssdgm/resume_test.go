//go:build unix && !cuda

package main

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/safetensors"
)

// killsWanted is how often runs are ended by kill -9 in all: 30 times, or as often as
// SSDGM_KILLS says.
func killsWanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv("SSDGM_KILLS")
	if text == "" {
		return 30
	}
	wanted, err := strconv.Atoi(text)
	if err != nil || wanted < 1 {
		t.Fatalf("SSDGM_KILLS=%s: want a whole number from 1", text)
	}
	return wanted
}

// TestStoppedRunsEndAsOneLeftAlone stops the program by kill -9, and now and then by
// SIGTERM, at random moments and lets it go on, until the runs have been killed often enough.
func TestStoppedRunsEndAsOneLeftAlone(t *testing.T) {
	t.Parallel()
	wanted := killsWanted(t)
	alone := filepath.Join(t.TempDir(), "alone")
	began := time.Now()
	if ended, output := trainUntil(t, alone, time.Hour, syscall.SIGKILL); !ended {
		t.Fatal(output)
	}
	whole := time.Since(began)
	random := rand.New(rand.NewPCG(1, 2))
	stops, runs := map[syscall.Signal]int{}, 0
	for stops[syscall.SIGKILL] < wanted {
		dir := filepath.Join(t.TempDir(), "stopped")
		var log strings.Builder
		for ended := false; !ended; {
			signal := syscall.SIGKILL
			if random.IntN(6) == 0 {
				signal = syscall.SIGTERM
			}
			delay := time.Duration(random.Int64N(int64(whole) / 4))
			if stops[syscall.SIGKILL] == wanted {
				delay = time.Hour
			}
			var output string
			if ended, output = trainUntil(t, dir, delay, signal); !ended {
				stops[signal]++
			}
			log.WriteString(output)
		}
		requireSameRun(t, alone, dir)
		if t.Failed() {
			t.Fatal(log.String())
		}
		runs++
	}
	if wanted >= 30 && stops[syscall.SIGTERM] == 0 {
		t.Errorf("want both signals, found %v", stops)
	}
	t.Logf("a run of %v; %d runs stopped by %v, each ended as the one left alone", whole, runs, stops)
}

// trainUntil trains in dir, with more arguments, and sends the signal after a delay. It returns whether the run
// came to its end before that, and what the program had to say.
func trainUntil(t *testing.T, dir string, delay time.Duration, signal syscall.Signal, more ...string) (ended bool, output string) {
	t.Helper()
	arguments := []string{"train", "testdata/tiny.toml", "--out", dir}
	for _, set := range []string{
		"select=validation", "data.binarise=resample", "m1.train.steps=300", "m1.train.kl_warmup_steps=100",
		"m2.train.steps=500", "m2.train.ema=0.9", "supervised.train.steps=400", "checkpoint.every_steps=40",
	} {
		arguments = append(arguments, "--set", set)
	}
	command := exec.Command("ssdgm", append(arguments, more...)...)
	var text strings.Builder
	command.Stderr = &text
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(delay, func() { _ = command.Process.Signal(signal) }) // It may have ended.
	err := command.Wait()
	timer.Stop()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return true, text.String()
	case !errors.As(err, &exit):
		t.Fatal(err)
	}
	status := exit.Sys().(syscall.WaitStatus)
	switch {
	// A signal that comes before the program listens ends it at once.
	case status.Signaled() && status.Signal() == signal:
	case status.ExitStatus() == codeStopped && signal == syscall.SIGTERM:
		again := "'ssdgm train --out " + dir + "'\n"
		if !strings.HasSuffix(text.String(), "ssdgm: stopped on request; go on with "+again) &&
			!strings.HasSuffix(text.String(), "ssdgm: stopped on request; everything is trained; evaluate it with "+again) {
			t.Fatalf("the program did not say how to go on:\n%s", text.String())
		}
	default:
		t.Fatalf("want the run stopped by %v, found %v:\n%s", signal, err, text.String())
	}
	return false, text.String()
}

// requireSameRun holds that two runs have the same result, metrics and last state.
func requireSameRun(t *testing.T, alone, stopped string) {
	t.Helper()
	for _, name := range []string{"metrics.jsonl", "model.safetensors", "config.toml"} {
		if read(t, alone, name) != read(t, stopped, name) {
			t.Errorf("%s differs", name)
		}
	}
	const last = "checkpoints/supervised-000000400.safetensors"
	if diff := cmp.Diff(state(t, alone, last), state(t, stopped, last)); diff != "" {
		t.Errorf("%s differs: %s", last, diff)
	}
	if diff := cmp.Diff(testFigures(t, alone), testFigures(t, stopped)); diff != "" {
		t.Errorf("summary.json differs: %s", diff)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// state is a checkpoint but for how long timing.jsonl was, which no two runs share.
func state(t *testing.T, dir, name string) *safetensors.File {
	t.Helper()
	file, err := safetensors.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	delete(file.Metadata, "timing_bytes")
	delete(file.Metadata, "checksum")
	return file
}

func testFigures(t *testing.T, dir string) map[string]any {
	t.Helper()
	var s struct{ Test, Yardstick map[string]any }
	if err := json.Unmarshal([]byte(read(t, dir, "summary.json")), &s); err != nil {
		t.Fatal(err)
	}
	return map[string]any{"test": s.Test, "yardstick": s.Yardstick}
}
