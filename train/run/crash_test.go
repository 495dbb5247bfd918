package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/safetensors"
)

var twoPhases = Options{Phases: []string{"m1", "m2"}, Keep: 2}

// state is a checkpoint whose content is known from where it stands.
func state(phase string, step int64) *Checkpoint {
	value := float32(step)
	if phase == "m2" {
		value += 0.5
	}
	return &Checkpoint{Phase: phase, Step: step, File: safetensors.File{
		Tensors:  []safetensors.Tensor{{Name: phase + ".weight", Shape: []int{3}, Data: []float32{value, -value, 1 / value}}},
		Metadata: map[string]string{"device": "ref"},
	}}
}

// stepsPerPhase is odd, so that a phase ends on a step that is not the best.
const stepsPerPhase = 3

// trainTo goes on with a run of both phases, to its end or to the first error, and returns
// how many steps it knows to be saved, over both phases.
func trainTo(fsys FS, dir string) (saved int64, err error) {
	opts := twoPhases
	opts.FS = fsys
	r, err := Open(dir, []byte("seed = 1\n"), opts)
	if err != nil {
		return 0, err
	}
	defer func() {
		if closeErr := r.Close(); err == nil {
			err = closeErr
		}
	}()
	c, warnings, err := r.Resume()
	if err != nil {
		return 0, err
	}
	if len(warnings) > 0 {
		return 0, fmt.Errorf("a sound folder gave warnings: %q", warnings)
	}
	if c != nil {
		saved = globalStep(c)
	}
	for saved < 2*stepsPerPhase {
		phase, step := opts.Phases[saved/stepsPerPhase], saved%stepsPerPhase+1
		if err := r.Metrics(map[string]any{"phase": phase, "step": step}); err != nil {
			return saved, err
		}
		if err := r.Timing(map[string]any{"phase": phase, "step": step, "seconds": Float(step) / 3}); err != nil {
			return saved, err
		}
		if err := r.Save(state(phase, step), step == 2); err != nil {
			return saved, err
		}
		saved++
	}
	if _, err := r.Picture("grid", func(w io.Writer) error { _, err := w.Write([]byte("png")); return err }); err != nil {
		return saved, err
	}
	if _, err := r.WriteModel(&state("m2", saved).File); err != nil {
		return saved, err
	}
	return saved, r.WriteSummary(map[string]any{"step": saved})
}

// globalStep counts the steps of both phases up to c.
func globalStep(c *Checkpoint) int64 {
	if c.Phase == "m2" {
		return stepsPerPhase + c.Step
	}
	return c.Step
}

// requireSound holds that the disk has a checkpoint of at least that many steps.
func requireSound(t *testing.T, fsys FS, dir string, saved int64) {
	t.Helper()
	if saved == 0 {
		return
	}
	f, err := view(fsys, dir)
	if err != nil {
		t.Fatal(err)
	}
	c, warnings, err := f.Latest(twoPhases.Phases...)
	if err != nil || len(warnings) > 0 || c == nil {
		t.Fatalf("%d steps were saved: found %v, warnings %q, error %v", saved, c, warnings, err)
	}
	if found := globalStep(c); found < saved || found > saved+1 {
		t.Fatalf("%d steps were saved: want that one or the next, found %d", saved, found)
	}
	if diff := cmp.Diff(state(c.Phase, c.Step).File, c.File); diff != "" {
		t.Fatal(diff)
	}
}

// undisturbed returns the files of a run that nothing befell, and how many operations it took.
func undisturbed(t *testing.T) (files map[string]string, ops int) {
	t.Helper()
	fsys := newMemFS()
	if _, err := trainTo(fsys, "runs/a"); err != nil {
		t.Fatal(err)
	}
	return fsys.contents(), fsys.ops
}

// requireWhole holds that a file that is only ever replaced has the one content that it is
// given, or is not there.
func requireWhole(t *testing.T, want, found map[string]string) {
	t.Helper()
	for name, content := range found {
		replaced := !strings.HasSuffix(name, tmpSuffix) && !strings.HasSuffix(name, ".jsonl")
		if whole, ok := want[name]; replaced && ok && content != whole {
			t.Fatalf("%s is neither old nor new: %q", name, content)
		}
	}
}

// requireSameFiles holds that the run ended as an undisturbed one. Checkpoints that outlived
// their removal are allowed: a power cut can bring them back.
func requireSameFiles(t *testing.T, want, found map[string]string) {
	t.Helper()
	for name := range found {
		if _, ok := want[name]; !ok && strings.HasSuffix(name, checkpointSuffix) {
			delete(found, name)
		}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Fatal(diff)
	}
}

// TestRunSurvivesAPowerCutAtEveryOperation cuts the power before each operation of a whole
// run, and tries every disk that may then be found.
func TestRunSurvivesAPowerCutAtEveryOperation(t *testing.T) {
	want, ops := undisturbed(t)
	states, tried := 0, map[string]int64{}
	for fault := 1; fault <= ops+1; fault++ {
		fsys := newMemFS()
		fsys.fault, fsys.dies = fault, true
		saved, _ := trainTo(fsys, "runs/a") // An error, or a crash where errors do not matter.
		if fsys.dead != (fault <= ops) {
			t.Fatalf("operation %d of %d: the machine's death is %v", fault, ops, fsys.dead)
		}
		states += fsys.eachPowerCut(tried, saved, func(found *memFS) {
			requireSound(t, found, "runs/a", saved)
			requireWhole(t, want, found.contents())
			if _, err := trainTo(found, "runs/a"); err != nil {
				t.Fatalf("before operation %d: %v", fault, err)
			}
			requireSameFiles(t, want, found.contents())
		})
	}
	t.Logf("%d operations, %d states of the disk, %d of them different, all recovered", ops, states, len(tried))
	if ops < 100 || states < 5*ops {
		t.Errorf("want over a hundred operations and five states for each")
	}
}

// TestRunSurvivesAKillAndThenAPowerCut kills the process before each operation; another one
// goes on, to the end or until it is killed too, and then the power is cut. What the first
// one did not sync may be lost although the second one saw it.
func TestRunSurvivesAKillAndThenAPowerCut(t *testing.T) {
	want, ops := undisturbed(t)
	states, tried := 0, map[string]int64{}
	for first := 1; first <= ops; first++ {
		for _, second := range []int{0, 7, 21, 55} {
			fsys := newMemFS()
			fsys.fault, fsys.dies = first, true
			saved, _ := trainTo(fsys, "runs/a")
			fsys = fsys.restarted()
			if second > 0 {
				fsys.fault = fsys.ops + second
			}
			again, err := trainTo(fsys, "runs/a")
			if err != nil && !fsys.dead {
				t.Fatalf("killed before operation %d: %v", first, err)
			}
			states += fsys.eachPowerCut(tried, max(saved, again), func(found *memFS) {
				requireSound(t, found, "runs/a", max(saved, again))
				if _, err := trainTo(found, "runs/a"); err != nil {
					t.Fatalf("killed before operation %d: %v", first, err)
				}
				requireSameFiles(t, want, found.contents())
			})
		}
	}
	t.Logf("%d operations, %d states of the disk, %d of them different, all recovered", ops, states, len(tried))
}

// TestAFailingDiskGivesOneLineAndLosesNothing lets each operation fail once. The same
// machine goes on, and at the end the power is cut: what a failed sync has lost must have
// been written anew.
func TestAFailingDiskGivesOneLineAndLosesNothing(t *testing.T) {
	want, ops := undisturbed(t)
	for _, reason := range []syscall.Errno{syscall.ENOSPC, syscall.EIO} {
		reported, states := 0, 0
		for fault := 1; fault <= ops; fault++ {
			fsys := newMemFS()
			fsys.fault, fsys.err = fault, reason
			saved, err := trainTo(fsys, "runs/a")
			if err != nil {
				reported++
				if !errors.Is(err, reason) || errors.Is(err, ErrUser) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), tmpSuffix) {
					t.Errorf("operation %d: want one line about %v, found %q", fault, reason, err)
				}
			}
			requireSound(t, fsys, "runs/a", saved)
			if _, err := trainTo(fsys, "runs/a"); err != nil {
				t.Fatalf("operation %d, then again: %v", fault, err)
			}
			requireSameFiles(t, want, fsys.contents())
			states += fsys.eachPowerCut(map[string]int64{}, 2*stepsPerPhase, func(found *memFS) {
				requireSound(t, found, "runs/a", 2*stepsPerPhase)
			})
		}
		t.Logf("%v: %d operations, %d of them reported, %d states after a power cut, nothing lost", reason, ops, reported, states)
		if reported < ops/2 {
			t.Errorf("%v: want most of %d faults reported, found %d", reason, ops, reported)
		}
	}
}

func TestSaveSaysWhatIsIntact(t *testing.T) {
	fsys := newMemFS()
	opts := twoPhases
	opts.FS = fsys
	r, err := Open("a", nil, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, _, err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := r.Save(state("m1", 1), false); err != nil {
		t.Fatal(err)
	}
	fsys.fault = fsys.ops + 4 // Behind the syncs of both journals and the creation of the file.
	err = r.Save(state("m1", 2), false)
	want := "write a/checkpoints/m1-000000002.safetensors: no space left on device; free some space and run the same command again (m1-000000001.safetensors is intact)"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	if names, _ := fsys.ReadDir("a/checkpoints"); len(names) != 1 {
		t.Errorf("want the first checkpoint alone, found %v", names)
	}
}

func TestAFailedLineIsTakenBack(t *testing.T) {
	fsys := newMemFS()
	opts := twoPhases
	opts.FS = fsys
	r, err := Open("a", nil, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, _, err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	line := map[string]int{"step": 1}
	fsys.fault = fsys.ops + 1
	if err := r.Metrics(line); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("want a full disk, found %v", err)
	}
	if found := fsys.live["a/metrics.jsonl"].data; len(found) > 0 {
		t.Errorf("half a line is left: %q", found)
	}
	if err := r.Metrics(line); err != nil {
		t.Fatal(err)
	}
	if found := fsys.live["a/metrics.jsonl"].data; !bytes.Equal(found, []byte("{\"step\":1}\n")) {
		t.Errorf("found %q", found)
	}
}
