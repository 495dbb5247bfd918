package ckpt

import (
	"archive/zip"
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOtherProgramsFiles holds what is made of small files that other programs have written.
func TestOtherProgramsFiles(t *testing.T) {
	for name, members := range map[string][]string{
		"foreign-bool-buffer": {"flag.npy", "w.npy"},
		"foreign-i32-buffer":  {"step.npy", "w.npy"},
		"half":                {"w.npy"},
		"metadata-null":       {"w.npy"},
		"name-dotdot":         {"..%2F..%2Fescaped.npy"},
	} {
		path, out := filepath.Join("testdata", name+".safetensors"), filepath.Join(t.TempDir(), "out.npz")
		var said bytes.Buffer
		if err := Verify(&said, path); err != nil || !strings.Contains(said.String(), ": sound in its structure, ") {
			t.Errorf("%s: verify: found %q, %v", name, &said, err)
		}
		if err := Export(&said, path, "npy", out); err != nil {
			t.Errorf("%s: export: %v", name, err)
			continue
		}
		archive, err := zip.OpenReader(out)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, file := range archive.File {
			found = append(found, file.Name)
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		if slices.Sort(found); !slices.Equal(found, members) {
			t.Errorf("%s: want %v in the archive, found %v", name, members, found)
		}
		if err := Diff(&said, path, path); err != nil {
			t.Errorf("%s: diff with itself: %v", name, err)
		}
	}
}
