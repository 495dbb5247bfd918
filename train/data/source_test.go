package data

import (
	"slices"
	"testing"
)

// register adds sources for one test.
func register(t *testing.T, added ...Source) {
	t.Helper()
	before := slices.Clone(sources)
	t.Cleanup(func() { sources = before })
	for _, source := range added {
		Register(source)
	}
}

func opened(Options) (train, test Part, err error) { return nil, nil, nil }

func TestSourcesAreListedByNameAndKind(t *testing.T) {
	remote := Remote{Files: []File{{Name: "file"}}}
	register(t, Source{Name: "c", Open: opened}, Source{Name: "a", Kind: Own, Files: "files", Open: opened},
		Source{Name: "b", Kind: Fetched, Remote: remote, D: 4, Classes: 2, Open: opened})
	if names := Names(); !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("names %v", names)
	}
	if names := NamesOf(Own, Fetched); !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("names of two kinds %v", names)
	}
	if of := Of(Fetched, Own); len(of) != 2 || of[0].Name != "b" || of[1].Name != "a" {
		t.Errorf("sources of two kinds %v", of)
	}
	if d, classes, err := Shape("b"); d != 4 || classes != 2 || err != nil {
		t.Errorf("shape %d, %d, %v", d, classes, err)
	}
	const want = "data set a has the size that its files say; choose another data.name where no file is read"
	if _, _, err := Shape("a"); err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func TestSourcesThatContradictThemselvesPanic(t *testing.T) {
	register(t, Source{Name: "taken", Open: opened})
	for name, source := range map[string]Source{
		"a name that is taken":    {Name: "taken", Open: opened},
		"no name":                 {Open: opened},
		"nothing to open":         {Name: "x"},
		"nothing to fetch":        {Name: "x", Kind: Fetched, Open: opened},
		"files of a drawn one":    {Name: "x", Kind: Drawn, Files: "files", Open: opened},
		"no files of the user's":  {Name: "x", Kind: Own, Open: opened},
		"something to fetch, own": {Name: "x", Kind: Own, Files: "files", Remote: Remote{Files: []File{{}}}, Open: opened},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: want a panic", name)
				}
			}()
			Register(source)
		}()
	}
}
