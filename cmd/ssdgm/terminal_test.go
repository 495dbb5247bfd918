//go:build linux && !cuda

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// console is a pseudo-terminal and what has been written to it.
type console struct {
	master, slave *os.File
	columns       int

	mutex sync.Mutex
	text  bytes.Buffer
}

func openConsole(t *testing.T, columns int) *console {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("needs a pseudo-terminal: ", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	err = errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)}))
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &console{master: master, slave: slave, columns: columns}
}

// start starts a program whose terminal it is, and reads what that writes until it ends.
func (c *console) start(t *testing.T, command *exec.Cmd) (read *sync.WaitGroup) {
	t.Helper()
	command.Stdin, command.Stdout, command.Stderr = c.slave, c.slave, c.slave
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // It has ended where the test went well.
	if err := c.slave.Close(); err != nil {
		t.Fatal(err)
	}
	read = &sync.WaitGroup{}
	read.Go(func() { _, _ = io.Copy(c, c.master) }) // It ends when nobody has the terminal open.
	return read
}

// Write implements io.Writer.
func (c *console) Write(p []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.text.Write(p)
}

var control = regexp.MustCompile(`\x1b\[([0-9]*)([A-Za-z])`)

// screen is what one sees: the lines, without the spaces at their ends.
func (c *console) screen() []string {
	c.mutex.Lock()
	text := c.text.String()
	c.mutex.Unlock()
	lines, row, column := [][]rune{nil}, 0, 0
	for len(text) > 0 {
		if m := control.FindStringSubmatch(text); m != nil && strings.HasPrefix(text, m[0]) {
			n, _ := strconv.Atoi(m[1]) // none is 0
			switch m[2] {
			case "A":
				row = max(0, row-n)
			case "J":
				lines = lines[:row+1]
				lines[row] = lines[row][:min(column, len(lines[row]))]
			}
			text = text[len(m[0]):]
			continue
		}
		r := []rune(text[:min(4, len(text))])[0]
		text = text[len(string(r)):]
		switch r {
		case '\r':
			column = 0
			continue
		case '\n':
			row++
		default:
			if column == c.columns {
				row, column = row+1, 0
			}
		}
		for len(lines) <= row {
			lines = append(lines, nil)
		}
		if r == '\n' {
			continue
		}
		for len(lines[row]) <= column {
			lines[row] = append(lines[row], ' ')
		}
		lines[row][column] = r
		column++
	}
	seen := make([]string, len(lines))
	for i, line := range lines {
		seen[i] = strings.TrimRight(string(line), " ")
	}
	return seen
}

// await waits for a line on the screen.
func (c *console) await(t *testing.T, pattern string) {
	t.Helper()
	wanted := regexp.MustCompile(pattern)
	for range 400 {
		if slices.ContainsFunc(c.screen(), wanted.MatchString) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("want a line %s, found\n%s", pattern, strings.Join(c.screen(), "\n"))
}

// TestATerminalOfSixtyColumnsKeepsTheTimeLeft looks at a run's bar on a narrow terminal, types ^C and looks at what
// stands there in the end: whole lines in their order.
func TestATerminalOfSixtyColumnsKeepsTheTimeLeft(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	c := openConsole(t, 60)
	command := exec.Command("ssdgm", "train", "testdata/tiny.toml", "--out", dir, "--device", "cpu", "--threads", "1",
		"--set", "m1.train.steps=50", "--set", "m2.train.steps=1000000", "--set", "m2.train.log_every=50")
	read := c.start(t, command)
	c.await(t, `^m2: step [0-9]+ of 1000000 +\[[->=]+\] .*[0-9] (s|min|h)[0-9a-z ]* left$`)
	for _, line := range c.screen() {
		if strings.HasPrefix(line, "m2: step") && len(line) > 60 {
			t.Errorf("want at most 60 columns, found %q", line)
		}
	}
	if _, err := c.master.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // The exit code tells.
	read.Wait()
	if code := command.ProcessState.ExitCode(); code != codeStopped {
		t.Errorf("want exit code %d, found %d", codeStopped, code)
	}
	seen := strings.Join(c.screen(), "\n")
	want := regexp.MustCompile(`(?s)^m1: 50 steps in .*m2 works on [^\n]*\n.*m2: 1000000 steps in [^\n]*\n([^m\n][^\n]*\n)?` +
		`m1: step 50 of 50 +\[=+\] [^\n]*took [^\n]*\nm2: step [0-9]+ of 1000000 +\[[->=]+\] [^\n]*\nssdgm: stopped on request; go on with`)
	if !want.MatchString(seen) {
		t.Errorf("want notes, a bar for each phase and the message, found\n%s", seen)
	}
}

// A terminal that is lost takes the bars with it, not the run where nohup or the like began it.
func TestALostTerminalEndsNoRunThatIgnoresIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	c := openConsole(t, 80)
	command := exec.Command("sh", "-c", `trap '' HUP; exec ssdgm train testdata/tiny.toml --device cpu --threads 1 --set m1.train.steps=3000 --out "$0"`, dir)
	read := c.start(t, command)
	c.await(t, `^m1: step [1-9]`)
	if err := c.master.Close(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
	read.Wait()
	if _, err := os.Stat(filepath.Join(dir, "summary.json")); err != nil {
		t.Error(err)
	}
}
