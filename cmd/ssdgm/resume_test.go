//go:build unix && !cuda

package main

import (
	"encoding/json"
	"io"
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

// momentsWanted is how often runs are disturbed in all: 24 times, or as often as SSDGM_KILLS says.
func momentsWanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv("SSDGM_KILLS")
	if text == "" {
		return 24
	}
	wanted, err := strconv.Atoi(text)
	if err != nil || wanted < 1 {
		t.Fatalf("SSDGM_KILLS=%s: want a whole number from 1", text)
	}
	return wanted
}

// What can befall a run. Where nobody reads on it goes on.
const (
	nobodyReads = syscall.SIGPIPE // as a write that finds it so is told, EPIPE
	killed      = syscall.SIGKILL
	asked       = syscall.SIGTERM
	hungUp      = syscall.SIGHUP
)

// TestDisturbedRunsEndAsOneLeftAlone stops the program by kill -9, SIGTERM and SIGHUP and closes what it writes to, in
// turn and at random moments, and lets it go on, until the runs have been disturbed often enough.
func TestDisturbedRunsEndAsOneLeftAlone(t *testing.T) {
	t.Parallel()
	wanted := momentsWanted(t)
	alone := filepath.Join(t.TempDir(), "alone")
	began := time.Now()
	if d := disturb(t, alone, time.Hour, killed); d.befell {
		t.Fatal(d.output)
	}
	whole := time.Since(began)
	random := rand.New(rand.NewPCG(1, 2))
	kinds := []syscall.Signal{killed, asked, hungUp, nobodyReads}
	moments, runs, counts := 0, 0, map[syscall.Signal]int{}
	for moments < wanted {
		dir := filepath.Join(t.TempDir(), "disturbed")
		var log strings.Builder
		for ended := false; !ended; {
			kind, delay := kinds[moments%len(kinds)], time.Duration(random.Int64N(int64(whole)))
			if moments == wanted {
				delay = time.Hour
			}
			began := time.Now()
			d := disturb(t, dir, delay, kind)
			log.WriteString(d.output)
			if d.ended && !d.befell && log.Len() == len(d.output) {
				// From its first step to its end: the machine may have less to do than before.
				whole = min(whole, time.Since(began))
			}
			if d.befell {
				moments++
				counts[kind]++
			}
			ended = d.ended
		}
		requireSameRun(t, alone, dir)
		if t.Failed() {
			t.Fatal(log.String())
		}
		runs++
	}
	t.Logf("a run of %v; %d runs disturbed at %d moments, %v, each ended as the one left alone", whole, runs, moments, counts)
}

// disturbed is what came of a run.
type disturbed struct {
	befell bool   // it was disturbed before its end
	ended  bool   // it came to its end
	output string // what it had to say, as long as anybody read
}

// disturb trains in dir, with more arguments, and disturbs that after a delay.
func disturb(t *testing.T, dir string, delay time.Duration, kind syscall.Signal, more ...string) (d disturbed) {
	t.Helper()
	arguments := []string{"train", "testdata/tiny.toml", "--out", dir}
	for _, set := range []string{
		"select=validation", "data.binarise=resample", "m1.train.steps=300", "m1.train.kl_warmup_steps=100",
		"m2.train.steps=500", "m2.train.ema=0.9", "supervised.train.steps=400", "checkpoint.every_steps=40",
	} {
		arguments = append(arguments, "--set", set)
	}
	command := exec.Command("ssdgm", append(arguments, more...)...)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = writer, writer
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close() // It is the process's own now.
	over := make(chan struct{})
	var text strings.Builder
	go func() {
		defer close(over)
		_, _ = io.Copy(&text, reader) // It ends with the process, or when nobody reads on.
	}()
	timer := time.AfterFunc(delay, func() {
		if kind == nobodyReads {
			_ = reader.Close() // It may have ended.
		} else {
			_ = command.Process.Signal(kind) // It may have ended.
		}
	})
	err = command.Wait()
	befell := !timer.Stop()
	<-over
	_ = reader.Close() // It may be closed.
	d = disturbed{befell: befell && (kind == nobodyReads || err != nil), ended: err == nil, output: text.String()}
	if err != nil {
		requireEndBy(t, command.ProcessState, dir, kind, d.output)
	}
	return d
}

// requireEndBy holds that a run ended as it should when it was disturbed.
func requireEndBy(t *testing.T, state *os.ProcessState, dir string, kind syscall.Signal, output string) {
	t.Helper()
	status := state.Sys().(syscall.WaitStatus)
	again := "'ssdgm train --out " + dir + "'\n"
	switch {
	// A signal that comes before the program listens ends it at once.
	case status.Signaled() && status.Signal() == kind && kind != nobodyReads:
	case status.ExitStatus() != codeStopped || kind != asked && kind != hungUp:
		t.Fatalf("want the run stopped by %v, found %v:\n%s", kind, state, output)
	case !strings.HasSuffix(output, "ssdgm: stopped on request; go on with "+again) &&
		!strings.HasSuffix(output, "ssdgm: stopped on request; everything is trained; evaluate it with "+again):
		t.Fatalf("the program did not say how to go on:\n%s", output)
	}
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
