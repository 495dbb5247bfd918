package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestAnotherModuleTrainsAndApplies(t *testing.T) {
	var told strings.Builder
	if err := run(t.Context(), &told, filepath.Join(t.TempDir(), "run")); err != nil {
		t.Fatal(err)
	}
	const want = `classified: 48 of 48 right, classes [0 1 2]
encoded: (60, 6), bounds: (60)
generated: (10, 36), analogies: (2, 2, 36), networks: classifier encoder styles decoder
`
	if told.String() != want {
		t.Errorf("want\n%sfound\n%s", want, told.String())
	}
}
