package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// codeStopped is the exit code of a run that was stopped and can go on.
const codeStopped = 75

// A program is one build of ssdgm, and how it is called.
type program struct {
	path        string
	environment []string
	arguments   []string // behind those of a case
}

// command trains in a folder below dir.
func (p *program) command(dir, out string, arguments ...string) (*exec.Cmd, *bytes.Buffer) {
	arguments = append(append([]string{"train"}, arguments...), "--out", out)
	command := exec.Command(p.path, append(arguments, p.arguments...)...)
	command.Dir, command.Env = dir, append(os.Environ(), p.environment...)
	said := &bytes.Buffer{}
	command.Stderr = said
	return command, said
}

// train carries out a case in dir/out. At each of its stops the next of the programs takes over.
func train(programs []*program, dir, out, base string, c testCase) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	arguments := []string{base}
	for _, set := range c.sets {
		arguments = append(arguments, "--set", set)
	}
	for i, phase := range c.stops {
		command, said := programs[i%len(programs)].command(dir, out, arguments...)
		if err := stopIn(command, filepath.Join(dir, out), phase); err != nil {
			return fmt.Errorf("%w\n%s", err, said)
		}
	}
	command, said := programs[len(c.stops)%len(programs)].command(dir, out, arguments...)
	err := command.Run()
	if code := command.ProcessState.ExitCode(); code != c.code {
		return fmt.Errorf("want exit code %d, found %v\n%s", c.code, err, said)
	}
	return nil
}

// stopIn starts a command and stops it as soon as its metrics tell of a phase.
func stopIn(command *exec.Cmd, out, phase string) error {
	if err := command.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	asked := false
	for {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == codeStopped {
				return nil
			}
			return fmt.Errorf("want it stopped in %s, with exit code %d, found %v", phase, codeStopped, err)
		case <-time.After(2 * time.Millisecond):
			if asked || !tells(out, phase) {
				continue
			}
			asked = true
			if err := command.Process.Signal(syscall.SIGTERM); err != nil {
				return err
			}
		}
	}
}

// tells says whether a run, or one of several, has metrics of a phase.
func tells(out, phase string) bool {
	return metricsHold(out, fmt.Sprintf(`"phase":%q`, phase))
}

// metricsHold says whether a text stands in the metrics of a run or of one of several.
func metricsHold(out, text string) bool {
	for _, pattern := range []string{"metrics.jsonl", "*/metrics.jsonl"} {
		paths, _ := filepath.Glob(filepath.Join(out, pattern)) // The pattern is sound.
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err == nil && strings.Contains(string(content), text) {
				return true
			}
		}
	}
	return false
}
