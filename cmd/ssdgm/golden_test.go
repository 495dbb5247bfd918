//go:build linux && !cuda

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ssdgm/train/safetensors"
)

// TestGoldenRunsOfEveryVersionGoOn goes on with run folders that the first ssdgm of each
// format version left, and evaluates their results. They are never made anew: they stand for
// what people have.
func TestGoldenRunsOfEveryVersionGoOn(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/golden/format-*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("want golden runs, found %v, %v", folders, err)
	}
	for _, golden := range folders {
		dir := filepath.Join(t.TempDir(), filepath.Base(golden))
		if err := os.CopyFS(dir, os.DirFS(golden)); err != nil {
			t.Fatal(err)
		}
		if output, err := exec.Command("ssdgm", "eval", filepath.Join(dir, "model.safetensors"), "--json").CombinedOutput(); err != nil || !bytes.Contains(output, []byte(`"bound_nats"`)) {
			t.Errorf("%s: the result cannot be evaluated: %v\n%s", golden, err, output)
		}
		if code, said := trainIn(t, dir); code != codeDone || !strings.Contains(said, "going on from m2 step 10 of 20 in "+dir+"\n") {
			t.Errorf("%s: want the run to go on, found exit code %d and\n%s", golden, code, said)
		}
	}
}

func TestANewerCheckpointIsRefusedInOneLine(t *testing.T) {
	t.Parallel()
	dir, name := filepath.Join(t.TempDir(), "run"), filepath.Join("checkpoints", "m2-000000010.safetensors")
	if err := os.CopyFS(dir, os.DirFS("testdata/golden/format-1")); err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	file.Metadata["format_version"] = "1000"
	delete(file.Metadata, "checksum")
	var content bytes.Buffer
	if err := safetensors.Write(&content, file.Tensors, file.Metadata); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content.Bytes())
	file.Metadata["checksum"] = hex.EncodeToString(sum[:])
	content.Reset()
	if err := safetensors.Write(&content, file.Tensors, file.Metadata); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), content.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	code, said := trainIn(t, dir)
	want := regexp.MustCompile(`^ssdgm: read .*m2-000000010.safetensors: want checkpoint format [0-9]+, found 1000; a newer ssdgm wrote it, use that one$`)
	if code != codeMistake || !want.MatchString(said) {
		t.Errorf("want exit code %d and %v, found %d and %q", codeMistake, want, code, said)
	}
}
