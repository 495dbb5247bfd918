package message

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestALineSaysWhatItCannotShow(t *testing.T) {
	for text, want := range map[string]string{
		"open data: no such file":      "open data: no such file",
		"a\nb\r\n\tc\n\n":              `a\nb\r\n\tc`,
		"\x1b[31mred\a\x00":            `\x1b[31mred\a\x00`,
		"\u202egnp.exe \u2028 é 数 ± …": `\u202egnp.exe \u2028 é 数 ± …`,
		"\xff\xfe \ufffd":              "\\xff\\xfe \ufffd",
	} {
		if found := Line(text); found != want {
			t.Errorf("%q: want %q, found %q", text, want, found)
		}
	}
	long := Line("open " + strings.Repeat("y", 100000) + ": name too long; give another")
	if len(long) > 700 || !strings.HasPrefix(long, "open yyy") || !strings.HasSuffix(long, "yy: name too long; give another") {
		t.Errorf("a long word: found %q", long)
	}
	if many := Line(strings.Repeat("word ", 100000)); len(many) > maxLine+50 {
		t.Errorf("many words: found %d bytes", len(many))
	}
}

func TestAnyTextIsOneShortLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		line := Line(text)
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) && r != '\ufffd' }) {
			t.Fatalf("found %q", line)
		}
	})
}

func TestJoinedErrorsAreALineEach(t *testing.T) {
	a, b := errors.New("a\nof two"), errors.New("b")
	both := errors.Join(a, b)
	for _, c := range []struct {
		err  error
		want []string
	}{
		{a, []string{`a\nof two`}},
		{both, []string{`a\nof two`, "b"}},
		{errors.Join(both, a), []string{`a\nof two`, "b", `a\nof two`}},
		{fmt.Errorf("train: %w; try again", both), []string{`train: a\nof two; try again`, "train: b; try again"}},
		{fmt.Errorf("%w and %w", a, b), []string{`a\nof two and b`}},
	} {
		if found := Lines(c.err); !slices.Equal(found, c.want) {
			t.Errorf("want %q, found %q", c.want, found)
		}
	}
}

func TestAShellTakesAWordForItself(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIP: no bash")
	}
	words := []string{
		"run", "", "a run", "it's", `a"b`, "$HOME", "`id`", "a\\b", "what!", "~", "*", "a;b", "#", "data.labels=[100,600]",
		"a\nb", "it's\ta \"tab\" \\ $x", "\x1b[31m", "é 数", "é\n数\u2028", "\xff", "-x", "[a]", "{a,b}", "a&b", "(x)",
	}
	for _, word := range words {
		line := Words("printf", "%s", word)
		if Line(line) != line {
			t.Errorf("%q: want one line as it is, found %q", word, line)
		}
		if found, err := exec.Command(bash, "-c", line).CombinedOutput(); err != nil || string(found) != word {
			t.Errorf("%s: want %q, found %q, %v", line, word, found, err)
		}
	}
}

func TestACommandIsRepeatedAsItWasTyped(t *testing.T) {
	defer func(before string) { Program = before }(Program)
	for typed, want := range map[string]string{
		"ssdgm": "'ssdgm eval \"a run\"'", "bin/ssdgm": "'bin/ssdgm eval \"a run\"'", "/opt/my tools/ssdgm": "'\"/opt/my tools/ssdgm\" eval \"a run\"'",
		filepath.Join(os.TempDir(), "go-build123", "b001", "exe", "ssdgm"): "'go run ./cmd/ssdgm eval \"a run\"'",
	} {
		Program = Typed(typed)
		if found := Command("eval", "a run"); found != want {
			t.Errorf("%s: want %s, found %s", typed, want, found)
		}
	}
}

func TestAPathThatNoShellExpandedIsTold(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	t.Setenv("SCRATCH", "/scratch/my files")
	t.Setenv("NONE", "")
	const wrong = "want a path, found %s at its beginning, which a shell alone expands%s"
	for path, want := range map[string]string{
		"": "", "run": "", "./~": "", "~": "", "a~/b": "", "$": "", "/$SCRATCH/x": "",
		"~/run":           fmt.Sprintf(wrong, "~", "; write /home/me/run"),
		"$SCRATCH/a/b":    fmt.Sprintf(wrong, "$SCRATCH", `; write "/scratch/my files/a/b"`),
		"${SCRATCH}/a":    fmt.Sprintf(wrong, "${SCRATCH}", `; write "/scratch/my files/a"`),
		"$NONE/somewhere": fmt.Sprintf(wrong, "$NONE", ""),
	} {
		if found := Unexpanded(path); found != want {
			t.Errorf("%s: want %q, found %q", path, want, found)
		}
	}
}
