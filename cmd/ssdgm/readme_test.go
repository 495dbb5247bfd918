//go:build unix && !cuda

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// transcribed is the section of README whose commands a reader pastes one after the other, with what they print.
const transcribed = "## Using a trained model\n"

// pasted is a command of README, and the lines below it that it prints to stdout; none where README leaves them out.
type pasted struct {
	line  string
	print []string
}

// pastedFrom reads the commands of a section, which stand four spaces in, in their order. A block that begins with
// anything else, such as a program in Go, is none.
func pastedFrom(section string) (all []pasted) {
	commands := false
	for line := range strings.Lines(section) {
		text, indented := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		if !indented {
			commands = commands && strings.TrimSpace(line) == ""
			continue
		}
		if strings.HasPrefix(text, "bin/ssdgm ") || strings.HasPrefix(text, "go run ./scripts/pngs ") {
			commands = true
			text, _, _ = strings.Cut(text, "  #")
			all = append(all, pasted{line: text})
		} else if commands {
			last := &all[len(all)-1]
			last.print = append(last.print, text)
		}
	}
	return all
}

// TestWhatREADMEPastesRuns carries out the section's commands in a fresh folder, and holds that they print what README
// says. Numbers differ in their last digits from one processor to another, so any number stands for any.
func TestWhatREADMEPastesRuns(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, is := strings.Cut(string(text), transcribed)
	if !is {
		t.Fatalf("README has no section %q", transcribed)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	dir := freshFolder(t)
	for _, c := range pastedFrom(section) {
		if strings.HasPrefix(c.line, "bin/ssdgm serve ") {
			continue // It goes on until it is stopped, and what asks it is no command of ours. It has tests of its own.
		}
		command := exec.Command("sh", "-c", strings.Replace(c.line, "go run ./scripts/pngs", "bin/pngs", 1))
		command.Dir = dir
		var said strings.Builder
		command.Stderr = &said
		printed, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", c.line, err, said.String())
		}
		found := shapes(strings.Split(string(printed), "\n"))
		if len(c.print) > 0 && !slices.Equal(shapes(c.print), found) {
			t.Errorf("%s: README has\n%s\nwhere this is printed:\n%s", c.line, strings.Join(c.print, "\n"), printed)
		}
	}
}

// freshFolder is one in which a reader begins: with the examples and the programs that README builds.
func freshFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	examples, err := filepath.Abs("../../configs")
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("ssdgm") // See TestMain.
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.Mkdir(bin, 0o777), os.Symlink(program, filepath.Join(bin, "ssdgm")),
		os.Symlink(examples, filepath.Join(dir, "configs"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "pngs"), "ssdgm/scripts/pngs")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return dir
}

var (
	numbers = regexp.MustCompile(`[−-]?\b[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?\b`) // not that of class_0
	spaces  = regexp.MustCompile(` +`)
)

// shapes are lines with a sign in the place of every number, since a number's length decides how many spaces stand
// around it; those without anything are left out.
func shapes(lines []string) (all []string) {
	for _, line := range lines {
		line = spaces.ReplaceAllString(strings.TrimSpace(line), " ")
		if line != "" {
			all = append(all, numbers.ReplaceAllString(line, "#"))
		}
	}
	return all
}
