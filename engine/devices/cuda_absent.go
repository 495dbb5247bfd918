//go:build !cuda

package devices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/machine"
)

// buildCommand builds the program that finds cards.
const buildCommand = "go build -tags cuda -o " + CUDAProgram + " ./cmd/ssdgm"

// startedVariable is set in the processes that this build starts, so that an ssdgm-cuda
// that was built without CUDA does not go looking for another one for ever.
const startedVariable = "SSDGM_STARTED_AS_CUDA"

// How long the build with CUDA may take to answer. The driver wakes sleeping cards, some
// seconds each, and for a trial it compiles the kernels.
var (
	ProbeTime = 20 * time.Second
	trialTime = 2 * time.Minute
)

// openCUDA replaces this process by the build with CUDA, if that finds a card.
func openCUDA(ctx context.Context, f *Choice, _ int, _ Arithmetic) (engine.Device, error) {
	path, p, err := findCUDA(ctx, ProbeTime, "probe")
	if err != nil {
		return nil, err
	}
	if len(p.Cards) == 0 {
		return nil, &NoCUDA{path + ": want a card, found none; 'nvidia-smi -L' lists them, and CUDA_VISIBLE_DEVICES hides them", true}
	}
	arguments := os.Args[1:]
	if f.HandOver != nil {
		more, err := f.HandOver()
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, more...)
	}
	return nil, f.becomeCUDA(ctx, path, arguments)
}

// Count is how many cards the build with CUDA finds on this machine; 0 where there is none. Who opens a device hears why.
func Count(ctx context.Context) int {
	_, found, err := findCUDA(ctx, ProbeTime, "probe")
	if err != nil {
		return 0
	}
	return len(found.Cards)
}

// Here is what this build knows of cards: nothing.
func Here(bool) Probe {
	return Probe{Build: machine.ThisBuild(), Problem: "this program is a build without CUDA; build one with '" + buildCommand + "'"}
}

// ProbeMachine asks the build with CUDA to try everything; path is where it is.
func ProbeMachine(ctx context.Context) (path string, p *Probe, err error) {
	return findCUDA(ctx, trialTime, "probe", "--kernels")
}

// findCUDA finds the build with CUDA and has it answer. That it cannot be used is an
// *NoCUDA.
func findCUDA(ctx context.Context, patience time.Duration, arguments ...string) (path string, p *Probe, err error) {
	if os.Getenv(startedVariable) != "" {
		return "", nil, &NoCUDA{Here(false).Problem, true}
	}
	path, err = lookForCUDA()
	if err != nil {
		return "", nil, err
	}
	answer, err := ask(ctx, patience, path, arguments...)
	if ctx.Err() != nil {
		return path, nil, ctx.Err()
	}
	if err != nil {
		return path, nil, &NoCUDA{path + ": " + err.Error(), true}
	}
	return path, answer, nil
}

// lookForCUDA finds the build with CUDA beside this program or on the PATH.
func lookForCUDA() (string, error) {
	name := CUDAProgram
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(self), name); machine.IsFile(beside) {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return filepath.Abs(path)
	case !errors.Is(err, exec.ErrNotFound):
		return "", &NoCUDA{err.Error(), true}
	case machine.Driver() == "":
		return "", &NoCUDA{"want an NVIDIA driver and the program " + CUDAProgram + ", found neither; install the driver, and build the program with '" + buildCommand + "'", false}
	}
	return "", &NoCUDA{"want the program " + CUDAProgram + " beside this one or on the PATH, found none; build it with '" + buildCommand + "'", true}
}

// ask runs the build with CUDA and reads its one line.
func ask(ctx context.Context, patience time.Duration, path string, arguments ...string) (*Probe, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var answer, complaint head
	command := exec.CommandContext(limited, path, arguments...)
	command.Stdout, command.Stderr = &answer, &complaint
	// The loader's complaints are looked for in English.
	command.Env = append(os.Environ(), startedVariable+"=1", "LC_ALL=C")
	// What it may have started itself holds its output open, and is not waited for.
	command.WaitDelay = time.Second
	err := command.Run()
	if limited.Err() != nil {
		return nil, fmt.Errorf("want an answer within %v, found none; see whether 'nvidia-smi' answers", patience)
	}
	if err != nil && !answer.full {
		return nil, explain(err, string(answer.text)+string(complaint.text))
	}
	var p Probe
	if err := json.Unmarshal(answer.text, &p); err != nil {
		return nil, fmt.Errorf("want one line of JSON from its command 'probe', found %.40q; build it anew with '%s'", answer.text, buildCommand)
	}
	if here := machine.ThisBuild(); !p.Build.Same(here) {
		return nil, fmt.Errorf("want a build of this program's commit %s, found one of %s; build both from the same sources", here.Commit, p.Build.Commit)
	}
	if p.Problem != "" {
		return nil, errors.New(p.Problem)
	}
	return &p, nil
}

// explain says why the build with CUDA did not start, from what it and the loader had to
// say: gorgonia.org/cu ends the process where the driver does not start.
func explain(err error, said string) error {
	_, code, refused := strings.Cut(said, "Error in initialization")
	switch {
	case strings.Contains(said, "libcuda.so.1"):
		return errors.New("want an NVIDIA driver, found no libcuda.so.1; install the driver, or in a container use 'docker run --gpus all'")
	case refused:
		_, code, _ = strings.Cut(code, "details on: ")
		return fmt.Errorf("the NVIDIA driver does not start: %s; see whether 'nvidia-smi' lists a card, and what CUDA_VISIBLE_DEVICES hides", strings.TrimSpace(code))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("want a program that may be run, found: %w", err)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	return fmt.Errorf("want an answer, found: %w: %.200s; build it anew with '%s'", err, first, buildCommand)
}

// headBytes is more than any machine's cards take.
const headBytes = 1 << 16

// head keeps the beginning of what is written, and refuses the rest.
type head struct {
	text []byte
	full bool
}

func (h *head) Write(p []byte) (int, error) {
	if len(h.text)+len(p) > headBytes {
		h.full = true
		return 0, errors.New("too much")
	}
	h.text = append(h.text, p...)
	return len(p), nil
}
