//go:build !unix && !cuda

package devices

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// becomeCUDA runs the build with CUDA with the same files, and ends with its exit
// code: here a process cannot be replaced. A signal of the terminal's reaches
// both, and this process waits. It returns on failure alone.
func (*Choice) becomeCUDA(_ context.Context, path string, arguments []string) error {
	command := exec.Command(path, arguments...)
	command.Args[0] = os.Args[0] // Its hints name the program that was typed.
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = append(os.Environ(), startedVariable+"=1")
	err := command.Run()
	var ended *exec.ExitError
	if err == nil || errors.As(err, &ended) {
		os.Exit(command.ProcessState.ExitCode())
	}
	return fmt.Errorf("run %s: %w", path, err)
}
