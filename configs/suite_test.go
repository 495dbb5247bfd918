package configs

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	tomltest "github.com/toml-lang/toml-test/v2"

	"ssdgm/train/allocated"
)

// The public suite's documents for TOML 1.0, and those of what TOML 1.1 adds.
const (
	suiteValid   = 205
	suiteInvalid = 474
	suiteLater   = 5
)

// suiteOf lists the valid and the invalid documents of the public suite for a version of TOML.
func suiteOf(t *testing.T, suite fs.FS, version string) (valid, invalid []string) {
	t.Helper()
	list, err := fs.ReadFile(suite, "files-toml-"+version)
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(list)) {
		switch {
		case !strings.HasSuffix(name, ".toml"):
		case strings.HasPrefix(name, "valid/"):
			valid = append(valid, name)
		case strings.HasPrefix(name, "invalid/"):
			invalid = append(invalid, name)
		}
	}
	return valid, invalid
}

// TestPublicSuiteOfTOML holds that configurations are TOML 1.0: every valid document of the public suite is read,
// every invalid one is refused, and so is what TOML 1.1 adds, whatever the environment asks the library for.
func TestPublicSuiteOfTOML(t *testing.T) {
	const later = "BURNTSUSHI_TOML_110"
	suite := tomltest.TestCases()
	valid, invalid := suiteOf(t, suite, "1.0.0")
	validLater, _ := suiteOf(t, suite, "1.1.0")
	validLater = slices.DeleteFunc(validLater, func(name string) bool {
		// The examples of that version's text are most of them valid before it too.
		return slices.Contains(valid, name) || strings.HasPrefix(name, "valid/spec-1.1.0/")
	})
	if len(valid) != suiteValid || len(invalid) != suiteInvalid || len(validLater) != suiteLater {
		t.Fatalf("want %d valid and %d invalid documents and %d of TOML 1.1, found %d, %d and %d",
			suiteValid, suiteInvalid, suiteLater, len(valid), len(invalid), len(validLater))
	}
	for _, set := range []bool{false, true} {
		t.Setenv(later, "1")
		if !set {
			os.Unsetenv(later) // Setenv above puts back what was there.
		}
		check := func(names []string, refused bool) {
			for _, name := range names {
				text, err := fs.ReadFile(suite, name)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, wrong := decode(string(text)); (wrong != nil) != refused {
					t.Errorf("%s set: %v: %s: refused: want %v, found %+v", later, set, name, refused, wrong)
				}
			}
		}
		check(valid, false)
		check(invalid, true)
		check(validLater, true)
	}
}

// TestDeepTextsTakeNoMoreMemoryThanTheyAreLong holds that a text that nests without end is refused before anything is
// made of it: the library's memory is the square of its depth.
func TestDeepTextsTakeNoMoreMemoryThanTheyAreLong(t *testing.T) {
	const deep = 30_000
	for name, text := range map[string]string{
		"inline tables": "a = " + strings.Repeat("{a=", deep) + "1" + strings.Repeat("}", deep),
		"dotted key":    strings.Repeat("a.", deep) + "a = 1",
		"table":         "[" + strings.Repeat("a.", deep) + "a]\n",
		"long name":     "[" + strings.Repeat("a", deep) + "]\n" + strings.Repeat("b = 1\n", 2),
		"in a list":     "a = [" + strings.Repeat("{a=[", deep) + strings.Repeat("]}", deep) + "]",
	} {
		var wrong *mistake
		used := allocated.Bytes(func() { _, _, wrong = decode(text) })
		if wrong == nil || !strings.Contains(wrong.text, "wanted keys of at most 1024 bytes") {
			t.Errorf("%s: want a refusal that names the bound, found %+v", name, wrong)
		}
		if most := uint64(1<<20 + 64*len(text)); used > most {
			t.Errorf("%s: %d bytes made it allocate %d, want at most %d", name, len(text), used, most)
		}
	}
}
