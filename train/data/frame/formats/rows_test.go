package formats

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data/frame"
)

// cells are all that was read of a table, and what reading ended with.
type cells struct {
	Numbers []float32
	Texts   []string
	N       int
	Fault   bool
}

// sameBits compares numbers of which some are missing.
var sameBits = cmp.Comparer(func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b })

// columnsOf are the columns to be read as numbers and as texts: all that can be, and of the texts every other one verbatim.
func columnsOf(r frame.Reader) (numbers, texts, verbatim []int) {
	for i, c := range r.Columns() {
		if c.Kind == frame.Number {
			numbers = append(numbers, i)
		}
		if c.Kind != frame.Unread && (c.Kind != frame.Number || len(r.Columns()) < 100) {
			if len(texts)%2 == 1 {
				verbatim = append(verbatim, len(texts))
			}
			texts = append(texts, i)
		}
	}
	return numbers, texts, verbatim
}

// read reads a table, so many rows at once; 0: by Next.
func read(t *testing.T, path string, o frame.Options, most int, withTexts bool) cells {
	t.Helper()
	r, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	numbers, texts, verbatim := columnsOf(r)
	if !withTexts {
		texts, verbatim = nil, nil
	}
	r.Select(numbers, texts)
	r.Verbatim(verbatim)
	var all cells
	x, words := make([]float32, max(1, most)*len(numbers)), make([]string, max(1, most)*len(texts))
	for {
		n := 1
		if most == 0 {
			err = r.Next(x, words)
		} else {
			n, err = frame.NextRows(r, x, words, most)
		}
		if err == nil && n < 1 || errors.Is(err, io.EOF) && most > 0 && n > 0 {
			t.Fatalf("%d rows with %v", n, err)
		}
		if err != nil {
			all.Fault = !errors.Is(err, io.EOF)
			return all
		}
		all.N += n
		all.Numbers, all.Texts = append(all.Numbers, x[:n*len(numbers)]...), append(all.Texts, words[:n*len(texts)]...)
	}
}

// TestRowsAtOnceAreThoseOneByOne holds it of every file that others have made, with texts and without, with a number that
// is a mark and without.
func TestRowsAtOnceAreThoseOneByOne(t *testing.T) {
	var paths []string
	err := filepath.WalkDir(testdata, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !slices.Contains([]string{".py", ".json"}, filepath.Ext(path)) &&
			!strings.Contains(path, "cases") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, path := range paths {
		for _, o := range []frame.Options{{}, {Missing: []string{"1", "na"}}} {
			r, err := Open(path, o)
			if err != nil {
				continue // Another test holds what is refused.
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			for _, withTexts := range []bool{false, true} {
				want := read(t, path, o, 0, withTexts)
				for _, most := range []int{1, 3, 1000} {
					found := read(t, path, o, most, withTexts)
					if found.Fault && want.Fault {
						found = want // Those before a fault need not be given in columns.
					}
					if diff := cmp.Diff(want, found, sameBits); diff != "" {
						t.Errorf("%s, %d rows at once, texts: %t, marks: %q: %.2000s", path, most, withTexts, o.Missing, diff)
					}
				}
			}
			compared++
		}
	}
	if compared < 150 {
		t.Errorf("only %d files were compared", compared)
	}
}
