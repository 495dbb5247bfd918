package main

import (
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
	if _, _, err := p.text(); err == nil || !strings.Contains(err.Error(), `main.go: want a place between "<!-- lost -->`) {
		t.Errorf("found %v", err)
	}
}
