//go:build unix && !cuda

package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// nasty are names that break programs: each is put wherever a command takes one.
var nasty = map[string]string{
	"newline": "a\nb\x1b[31mred\a", "long": strings.Repeat("x", 300), "long path": strings.Repeat(strings.Repeat("y", 200)+"/", 25),
	"loop": "loop", "dangling": "dangling", "through a file": "file/x", "bytes": "\xff\u202e",
}

// takesNames are commands that take a name, and end with a mistake of the user's where it is one of the nasty ones.
var takesNames = []string{
	"train NAME", "train --out new --set m1.from=NAME", "train mnist-m1 --out new --data NAME", "train --device NAME",
	"eval NAME", "generate NAME", "analogy NAME", "check NAME", "serve NAME", "serve --listen NAME",
	"ckpt ls NAME", "ckpt verify NAME", "ckpt prune NAME", "ckpt diff NAME NAME", "ckpt export NAME --out new",
	"data get NAME", "data verify NAME", "data info NAME", "data info mnist --data NAME",
	"config show NAME", "config show --set NAME", "config show --set seed=NAME", "config validate --set data.name=NAME",
	"sweep run NAME --out new", "reproduce curves NAME", "reproduce table1 --records NAME", "reproduce table1 --rows NAME",
	"bench --precision NAME", "NAME", "--NAME", "help NAME", "data NAME", "doctor --device NAME",
}

// TestAMessageIsOneLineWhateverStandsInTheInput also holds that each of these is told as a mistake of the user's.
func TestAMessageIsOneLineWhateverStandsInTheInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, link := range [][2]string{{"loop", "loop"}, {"nowhere", "dangling"}} {
		if err := os.Symlink(link[0], filepath.Join(dir, link[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("no run"), 0o666); err != nil {
		t.Fatal(err)
	}
	kinds := slices.Sorted(maps.Keys(nasty))
	for i, line := range takesNames {
		// Each command gets three of them, so that all together take a few seconds.
		for j := range 3 {
			what := kinds[(i+j*len(kinds)/3)%len(kinds)]
			name := nasty[what]
			var arguments []string
			for word := range strings.FieldsSeq(line) {
				arguments = append(arguments, strings.ReplaceAll(word, "NAME", name))
			}
			command := exec.Command("ssdgm", arguments...)
			command.Dir = dir
			said, err := command.CombinedOutput()
			if bytes.HasPrefix(said, []byte("no run is in ")) { // That a run begins is said before.
				_, said, _ = bytes.Cut(said, []byte("\n"))
			}
			text, ended := strings.CutSuffix(string(said), "\n")
			odd := strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
			if !ended || odd || !strings.HasPrefix(text, "ssdgm: ") || len(text) > 4096 {
				t.Errorf("%s, %s: want one short line, found %q", line, what, said)
			}
			var ending *exec.ExitError
			if !errors.As(err, &ending) || ending.ExitCode() != codeMistake {
				t.Errorf("%s, %s: want exit code %d, found %v: %q", line, what, codeMistake, err, said)
			}
		}
	}
}

func TestHintsRepeatTheCommandAsItWasTyped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct{ typed, line, want string }{
		{"bin/ssdgm", "train mnist-m1 --data 'my data'", `try 'bin/ssdgm data get mnist --data "my data"'`},
		{"bin/ssdgm", "ckpt ls 'a run'", `train one with 'bin/ssdgm train --out "a run"'`},
		{"/opt/my tools/ssdgm", "evil", `see '"/opt/my tools/ssdgm" --help'`},
		{filepath.Join(os.TempDir(), "go-build1", "b001", "exe", "ssdgm"), "train --fast", "see 'go run ./cmd/ssdgm train --help'"},
		{"ssdgm", "train --set m1.train.steps=1000000 --max-time 1ms --out 'a run' --device cpu --threads 1",
			`go on with 'ssdgm train --out "a run" --device cpu --threads 1'`},
	} {
		command := exec.Command("bash", "-c", "ssdgm "+c.line)
		command.Dir, command.Env = dir, append(os.Environ(), "TYPED="+c.typed)
		said, _ := command.CombinedOutput() // Each of them ends with an error.
		if !strings.Contains(string(said), c.want) {
			t.Errorf("%s %s: want %q, found %q", c.typed, c.line, c.want, said)
		}
	}
}
