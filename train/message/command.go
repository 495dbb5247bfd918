package message

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Program is how the program was started, in words of a shell. A program that has commands sets it when it begins.
var Program = "ssdgm"

// Typed is what was typed to start a program whose first argument is name: a program that 'go run' has built lies in a
// folder of no use to anybody.
func Typed(name string) string {
	slashed := filepath.ToSlash(name)
	if strings.HasPrefix(slashed, filepath.ToSlash(os.TempDir())) && strings.Contains(slashed, "/go-build") {
		return "go run ./cmd/" + strings.TrimSuffix(filepath.Base(name), ".exe")
	}
	return Word(name)
}

// Command is a command of this program, in quotes, that a person can paste.
func Command(words ...string) string {
	return "'" + strings.TrimSpace(Program+" "+Words(words...)) + "'"
}

// Words are words of a command line as a shell takes them.
func Words(words ...string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = Word(word)
	}
	return strings.Join(quoted, " ")
}

// Word is a word of a command line as bash takes it for itself, in one line.
func Word(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_"
	switch {
	case word != "" && strings.Trim(word, plain) == "":
		return word
	case strings.ContainsFunc(word, odd):
		var b strings.Builder
		for len(word) > 0 {
			r, size := utf8.DecodeRuneInString(word)
			switch {
			case odd(r): // Bytes, which mean the same in every locale.
				for _, octet := range []byte(word[:size]) {
					fmt.Fprintf(&b, `\x%02x`, octet)
				}
			case r == '\'' || r == '\\':
				b.WriteByte('\\')
				fallthrough
			default:
				b.WriteString(word[:size])
			}
			word = word[size:]
		}
		return "$'" + b.String() + "'"
	case strings.ContainsAny(word, "\"$`\\!"):
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return `"` + word + `"`
}

// NoPath tells what is wrong with a path of the command line; empty where nothing is.
func NoPath(path string) (wrong string) {
	if path == "" {
		return "want a path, found an empty one, as that of a variable that is not set"
	}
	return Unexpanded(path)
}

// Unexpanded tells what is wrong with a path that a shell was to expand and did not, since it stands behind a "=" or in
// a file; empty where nothing is.
func Unexpanded(path string) (wrong string) {
	first, rest, below := strings.Cut(path, "/")
	var meant string
	switch {
	case first == "~" && below:
		meant, _ = os.UserHomeDir() // Without a home there is nothing to write in its place.
	case len(first) > 1 && first[0] == '$':
		meant = os.ExpandEnv(first)
	default:
		return ""
	}
	wrong = fmt.Sprintf("want a path, found %s at its beginning, which a shell alone expands", first)
	if meant != "" {
		wrong += "; write " + Word(meant+"/"+rest)
	}
	return wrong
}

// OneOf is "; it holds runs: give one, such as DIR/seed0" for a folder of runs, which hold the file config; empty for
// another folder.
func OneOf(dir, config string) string {
	entries, _ := os.ReadDir(dir) // What cannot be read holds none.
	for _, entry := range entries {
		inside := filepath.Join(dir, entry.Name())
		if _, err := os.Stat(filepath.Join(inside, config)); err == nil {
			return "; it holds runs: give one, such as " + Word(inside)
		}
	}
	return ""
}
