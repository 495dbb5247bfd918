//go:build linux && !cuda

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ssdgm/train"
)

// stopsVariable is how many times the test below stops each run; where it is not set, four times, so that each signal
// is sent to one of them.
const stopsVariable = "SSDGM_STOPS"

// slowSteps is a configuration whose step takes some fifty milliseconds on one thread, and with
// verySlow about half a second.
var slowSteps = []string{
	"train", "testdata/tiny.toml", "--threads", "1", "--device", "cpu", "--set", "m1.hidden=[600, 600]", "--set", "m1.train.batch_size=300",
	"--set", "m1.samples=8", "--set", "m1.train.steps=100000", "--set", "checkpoint.every_steps=100000", "--set", "m1.train.log_every=100000",
}

var verySlow = []string{"--set", "m1.samples=64"}

// TestARunIsSavedAndOverSoonAfterASignal stops one run again and again, at random moments of
// its steps, and tells how long each took.
func TestARunIsSavedAndOverSoonAfterASignal(t *testing.T) {
	stops := 4
	if text := os.Getenv(stopsVariable); text != "" {
		var err error
		if stops, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for name, run := range map[string]struct {
		sets  []string
		step  time.Duration
		first int // of the signals
	}{
		"slow":      {nil, 50 * time.Millisecond, 0},
		"very slow": {verySlow, 500 * time.Millisecond, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stopOften(t, append(slices.Clone(slowSteps), run.sets...), run.first, stops, 2*run.step)
		})
	}
}

// stopOften stops a run so many times, each at a random moment of the given time after it has begun to take steps,
// and tells how long the longest stop took.
func stopOften(t *testing.T, arguments []string, first, stops int, within time.Duration) {
	t.Helper()
	arguments = append(arguments, "--stop-signal", "sigquit")
	dir := filepath.Join(t.TempDir(), "run")
	random := rand.New(rand.NewPCG(1, 2))
	signals := []syscall.Signal{
		syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGHUP, syscall.SIGUSR2, syscall.SIGXCPU, syscall.SIGQUIT,
	}
	// What is ignored when a run starts, as under nohup, does not stop it.
	signals = slices.DeleteFunc(signals, func(s syscall.Signal) bool { return signal.Ignored(s) })
	var took []time.Duration
	for i := range stops {
		command := exec.Command("ssdgm", append(slices.Clone(arguments), "--out", dir)...)
		var said strings.Builder
		command.Stderr = &said
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		awaitStep(t, dir, command.Process.Pid)
		time.Sleep(time.Duration(random.Int64N(int64(within))))
		began := time.Now()
		signal := signals[(first+i)%len(signals)]
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // The exit code tells.
		took = append(took, time.Since(began))
		if code := command.ProcessState.ExitCode(); code != codeStopped {
			t.Fatalf("%v: want exit code %d, found %d\n%s", signal, codeStopped, code, said.String())
		}
	}
	text := []byte(read(t, dir, "timing.jsonl"))
	var last train.Timing
	if err := json.Unmarshal(text[bytes.LastIndexByte(text[:len(text)-1], '\n')+1:], &last); err != nil {
		t.Fatal(err)
	}
	slices.Sort(took)
	step := time.Duration(float64(time.Second) / float64(last.StepsPerS))
	// The step under way may have begun when the machine was busier than at the last one.
	if longest := took[len(took)-1]; longest > 5*time.Second+2*step {
		t.Errorf("want a run with steps of %v over within 5 s beside the step under way, found %v", step, longest)
	}
	t.Logf("%d stops of a run with steps of %v: median %v, longest %v", stops, step, took[len(took)/2], took[len(took)-1])
}

// awaitStep waits until a process trains in a folder.
func awaitStep(t *testing.T, dir string, process int) {
	t.Helper()
	for range 1200 {
		if h := heartbeat(dir); h != nil && h.Process == process && h.Step > 0 {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("want a heartbeat, found none for half a minute")
}

func TestASecondSignalEndsARunAtOnce(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1} {
		var status syscall.WaitStatus
		var took time.Duration
		// A step that ends between the two signals leaves the second one nothing to end: once more then.
		for range 10 {
			if status, took = signalTwice(t, signal); !status.Exited() || status.ExitStatus() != codeStopped {
				break
			}
		}
		ended := status.Signaled() && status.Signal() == signal || status.Exited() && status.ExitStatus() == 128+int(signal)
		if !ended || took > 2*time.Second {
			t.Errorf("%v twice: found %#x after %v", signal, status, took)
		}
	}
}

// A lost terminal has the shell and the kernel send SIGHUP, a limit on processor time sends SIGXCPU every second, and
// a service manager may send SIGTERM beside them.
func TestSignalsThatComeInNumbersLetARunSave(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	command := exec.Command("ssdgm", append(append(slices.Clone(slowSteps), verySlow...), "--out", dir)...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	awaitStep(t, dir, command.Process.Pid)
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGXCPU, syscall.SIGHUP} {
		_ = command.Process.Signal(signal) // It may have ended.
		time.Sleep(10 * time.Millisecond)
	}
	_ = command.Wait() // The exit code tells.
	if code := command.ProcessState.ExitCode(); code != codeStopped {
		t.Errorf("want exit code %d, found %v", codeStopped, command.ProcessState)
	}
}

// A step of seconds is told before it begins, and a request to stop is answered where it comes while it is under way.
func TestALongStepIsForetold(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	command := exec.Command("ssdgm", append(slices.Clone(slowSteps), "--out", dir, "--set", "m1.samples=300")...)
	said, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for scanner := bufio.NewScanner(said); scanner.Scan(); {
		if lines = append(lines, scanner.Text()); len(lines) == 2 {
			time.Sleep(500 * time.Millisecond)
			if err := command.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = command.Wait() // The exit code tells.
	want := `^m1: 100000 steps in .*
m1: a step takes about [0-9.]+ (s|min [0-9]+ s), the 100000 that are left .*; a request to stop is heard after the step under way
(asked to stop by SIGHUP: training ends after the step under way(, in about [0-9.]+ (s|min [0-9]+ s))?
)?(m1: step 1 of 100000, .*
)?ssdgm: stopped on request; go on with `
	found := strings.Join(lines, "\n")
	if code := command.ProcessState.ExitCode(); code != codeStopped || !regexp.MustCompile(want).MatchString(found) {
		t.Errorf("want exit code %d and %s, found %d and\n%s", codeStopped, want, code, found)
	}
}

// signalTwice begins a run and sends it a signal twice. It tells how the run ended, and how long after the second one.
func signalTwice(t *testing.T, signal syscall.Signal) (syscall.WaitStatus, time.Duration) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	// One step takes seconds, and is foretold before it begins.
	command := exec.Command("ssdgm", append(slices.Clone(slowSteps), "--out", dir, "--set", "m1.samples=1000", "--set", "m1.train.batch_size=100")...)
	said, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for scanner := bufio.NewScanner(said); scanner.Scan() && !strings.Contains(scanner.Text(), "a step takes about"); {
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	for range 2 {
		time.Sleep(200 * time.Millisecond)
		// It may have ended by the first one already.
		_ = command.Process.Signal(signal)
	}
	began := time.Now()
	_ = command.Wait() // How it ended is the caller's affair.
	return command.ProcessState.Sys().(syscall.WaitStatus), time.Since(began)
}

// TestHealthIsThatOfTheLastSignOfLife asks of a run under way, one that is stopped as a whole as
// a hung one would be, and one that is over.
func TestHealthIsThatOfTheLastSignOfLife(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	ask := func(code int, want string) {
		t.Helper()
		said, err := exec.Command("ssdgm", "health", dir, "--max-age", "3s").CombinedOutput()
		found := 0
		if err != nil {
			found = err.(*exec.ExitError).ExitCode()
		}
		if found != code || !regexp.MustCompile("^"+want+"\n$").Match(said) {
			t.Errorf("want exit code %d and %s, found %d and %s", code, want, found, said)
		}
	}
	ask(codeFailed, "ssdgm: .*run: want a run, found none yet")
	command := exec.Command("ssdgm", append(slices.Clone(slowSteps), "--out", dir, "--set", "m1.samples=1")...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	awaitStep(t, dir, command.Process.Pid)
	ask(codeDone, `.*run: m1 step [0-9]+ of 100000`)
	if err := command.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4500 * time.Millisecond)
	ask(codeFailed, fmt.Sprintf(`ssdgm: .*run: want a sign of life within 3s, found one of process %d from [0-9.]+ s ago, in m1 step [0-9]+ of 100000`, command.Process.Pid))
	if err := command.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for stopped := *heartbeat(dir); heartbeat(dir).Time.Equal(stopped.Time); {
		time.Sleep(25 * time.Millisecond)
	}
	ask(codeDone, `.*run: m1 step [0-9]+ of 100000`)
	// That it is gone is told at once, whatever its last sign of life is.
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	ask(codeFailed, fmt.Sprintf(`ssdgm: .*run: want a process at work, found process %d gone, last seen [0-9.]+ s ago in m1 step [0-9]+ of 100000: it has ended`, command.Process.Pid))
	dir = filepath.Join(t.TempDir(), "finished")
	if code, said := trainIn(t, dir); code != codeDone {
		t.Fatal(said)
	}
	ask(codeDone, ".*finished: finished")
}

func TestARunIsStoppedWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	command := exec.Command("ssdgm", append(slices.Clone(slowSteps), "--out", dir, "--set", "m1.samples=1", "--max-time", "2s")...)
	said, _ := command.CombinedOutput()
	want := regexp.MustCompile(`(?m)^the 2s of --max-time are over\n(asked to stop: .*\n)?` +
		"ssdgm: stopped on request; go on with 'ssdgm train --out " + regexp.QuoteMeta(dir) + " --device cpu --threads 1'\n$")
	if code := command.ProcessState.ExitCode(); code != codeStopped || !want.Match(said) {
		t.Errorf("want exit code %d and %s, found %d and\n%s", codeStopped, want, code, said)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "m1-*")); len(names) == 0 {
		t.Error("want a checkpoint to go on from, found none")
	}
}
