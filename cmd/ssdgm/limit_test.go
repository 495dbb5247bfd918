//go:build linux && !cuda

package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"ssdgm/train/data"
)

// TestACrashOfTheRuntimeIsNoMistakeOfTheUsers takes the memory away from a process that has begun, and asks one for its
// stacks.
func TestACrashOfTheRuntimeIsNoMistakeOfTheUsers(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(process int) error{
		"out of memory": func(process int) error {
			return unix.Prlimit(process, unix.RLIMIT_AS, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 40}, nil)
		},
		"stacks": func(process int) error { return syscall.Kill(process, syscall.SIGQUIT) },
	} {
		// No memory of the process is left on the disk.
		command := exec.Command("sh", "-c", "ulimit -c 0; exec ssdgm bench --serve --device cpu")
		var said strings.Builder
		command.Stderr = &said
		in, err := command.StdinPipe()
		if err != nil {
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
			t.Fatalf("want READY, found %q, %v", line, err)
		}
		if err := harm(command.Process.Pid); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(in, "m1-b1000 1"); err != nil && name != "stacks" {
			t.Fatal(err)
		}
		_ = command.Wait() // How it ended is asked below.
		if status := command.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGABRT {
			t.Errorf("%s: want it ended by SIGABRT, found %v\n%.300s", name, command.ProcessState, said.String())
		}
	}
}

// TestTooManyOpenFilesAreNoMistakeOfTheUsers gives the program fewer files than it needs, at one place after another.
func TestTooManyOpenFilesAreNoMistakeOfTheUsers(t *testing.T) {
	t.Parallel()
	told := 0
	for files := 5; files < 14; files++ {
		command := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -n %d; exec ssdgm train testdata/tiny.toml --device cpu --threads 1 --out "$0"`, files),
			filepath.Join(t.TempDir(), "run"))
		var said strings.Builder
		command.Stderr = &said
		_ = command.Run() // How it ended is asked below.
		if !strings.Contains("\n"+said.String(), "\nssdgm: ") {
			continue // it had enough, or too few to begin
		}
		told++
		if code := command.ProcessState.ExitCode(); code != codeFailed || !strings.Contains(said.String(), "too many open files") {
			t.Errorf("%d files: want exit code %d and too many open files, found %d and\n%.300s", files, codeFailed, code, said.String())
		}
	}
	if told == 0 {
		t.Error("want a run that has too few files to go on, found none")
	}
	err := data.InputErrorf("open mnist: %w", &fs.PathError{Op: "open", Path: "mnist", Err: syscall.EMFILE})
	if code := exitCode(err); code != codeFailed {
		t.Errorf("want exit code %d, found %d", codeFailed, code)
	}
}
