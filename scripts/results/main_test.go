package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestThePagesHoldWhatTheCommandWrites(t *testing.T) {
	t.Chdir("../..")
	for _, p := range pages {
		before, after, err := p.text()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after, before); diff != "" {
			t.Errorf("%s is not what 'go run ./scripts/results' writes (-want +found):\n%s", p.path, diff)
		}
	}
}

func TestAPageWithoutItsPlaceIsRefused(t *testing.T) {
	p := page{path: "main.go", places: []place{{"lost", paper}}}
	_, _, err := p.text()
	if err == nil || !strings.Contains(err.Error(), `main.go: want a place between "<!-- lost -->`) {
		t.Errorf("found %v", err)
	}
}

// TestEveryLinkOfAPageLeadsSomewhere holds that the files and folders that pages name are there.
func TestEveryLinkOfAPageLeadsSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)|(?m)^\[[^\]]+\]: (\S+)$`)
	links := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "runs"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			target, _, _ := strings.Cut(found[1]+found[2], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return err
	})
	if err != nil || links < 100 {
		t.Errorf("want the links of all pages, found %d, %v", links, err)
	}
}
