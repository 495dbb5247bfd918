package sweep

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// Local trains tasks on this machine: a worker for each device, with a process of its own for each task, so
// that nothing that ends one of them ends another.
type Local struct {
	Sweep   *Sweep
	Devices []string
	// Command is the command line of the process that works on a task.
	Command func(t Task, device string) []string
	// Typed is the name that the processes are started under, which their hints repeat; empty: the command line's.
	Typed string
	// Said takes what the processes say. Where there are several devices each line begins with its device.
	Said io.Writer
	// Tell is told what a process could not say itself.
	Tell func(err error)
}

// codeFailed is the exit code of a process that could not be begun, or that was killed.
const codeFailed = 1

// Unfinished are the tasks that are to be done.
func (s *Sweep) Unfinished(all []Task) ([]Task, error) {
	var waiting []Task
	for _, t := range all {
		finished, err := s.Finished(t)
		if err != nil {
			return nil, err
		}
		if !finished {
			waiting = append(waiting, t)
		}
	}
	return waiting, nil
}

// Share is how many replicas a task has at most, so that there is a task for every device.
func (s *Sweep) Share(devices int) int {
	most := 0
	for _, members := range s.Architectures() {
		most = max(most, len(members))
	}
	return (most + devices - 1) / devices
}

// Run gives every task to the next free device, and returns the exit codes of those that were begun. When ctx ends
// the processes are asked to stop.
func (l *Local) Run(ctx context.Context, waiting []Task) []int {
	queue := make(chan Task, len(waiting))
	for _, t := range waiting {
		queue <- t
	}
	close(queue)
	var (
		workers sync.WaitGroup
		mutex   sync.Mutex
		codes   []int
	)
	for _, device := range l.Devices {
		said := l.Said
		if len(l.Devices) > 1 {
			said = &labelled{label: device + ": ", mutex: &mutex, to: l.Said}
		}
		workers.Go(func() {
			for t := range queue {
				if ctx.Err() != nil {
					return
				}
				code, err := l.work(ctx, t, device, said)
				mutex.Lock()
				if err != nil {
					l.Tell(err)
				}
				codes = append(codes, code)
				mutex.Unlock()
			}
		})
	}
	workers.Wait()
	return codes
}

// work has a process train a task and returns its exit code; the error is what it could not say itself.
func (l *Local) work(ctx context.Context, t Task, device string, said io.Writer) (int, error) {
	line := l.Command(t, device)
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	if l.Typed != "" {
		command.Args[0] = l.Typed
	}
	command.Stdout, command.Stderr = said, said
	// Most crashes of the Go runtime before the program begins end by a signal then too, not with 2.
	command.Env = append(os.Environ(), "GOTRACEBACK="+cmp.Or(os.Getenv("GOTRACEBACK"), "crash"))
	command.Cancel = func() error {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			return command.Process.Kill() // There is no such request on this system; checkpoints are there.
		}
		return nil
	}
	err := command.Run()
	var ended *exec.ExitError
	switch {
	case command.ProcessState == nil:
		return codeFailed, fmt.Errorf("task %d: %w", t.Index, err)
	case errors.As(err, &ended) && !ended.Exited() && ctx.Err() == nil:
		return codeFailed, l.killed(t, ended)
	}
	return command.ProcessState.ExitCode(), nil
}

// killed notes that a worker was ended before it could say so.
func (l *Local) killed(t Task, ended *exec.ExitError) error {
	err := fmt.Errorf("task %d, %s: its worker was ended from outside: %w", t.Index, t.Name, ended)
	return errors.Join(err, l.Sweep.Fail(t, "its worker was ended from outside: "+ended.Error()))
}

// labelled puts a label before every line, which it passes on whole.
type labelled struct {
	label string
	mutex *sync.Mutex
	to    io.Writer
	rest  []byte
}

func (l *labelled) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.rest = append(l.rest, p...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		if _, err := fmt.Fprintf(l.to, "%s%s", l.label, l.rest[:end+1]); err != nil {
			return 0, err
		}
		l.rest = l.rest[end+1:]
	}
}
