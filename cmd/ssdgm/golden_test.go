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
		for _, path := range []string{dir, filepath.Join(dir, "model.safetensors")} {
			output, err := exec.Command("ssdgm", "eval", path, "--json").CombinedOutput()
			if err != nil || !bytes.Contains(output, []byte(`"bound_nats"`)) {
				t.Errorf("%s: the result cannot be evaluated: %v\n%s", path, err, output)
			}
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
	rewriteCheckpoint(t, filepath.Join(dir, name), func(metadata map[string]string) { metadata["format_version"] = "1000" })
	code, said := trainIn(t, dir)
	want := regexp.MustCompile(`(?m)^ssdgm: read .*m2-000000010.safetensors: want checkpoint format [0-9]+, found 1000; a newer ssdgm wrote it, use that one$`)
	if code != codeMistake || !want.MatchString(said) {
		t.Errorf("want exit code %d and %v, found %d and %q", codeMistake, want, code, said)
	}
}

// TestACheckpointWithoutAConfigurationBelievesTheFile is of a run that a version before all of them left.
func TestACheckpointWithoutAConfigurationBelievesTheFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS("testdata/golden/format-1")); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "config.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, bytes.Replace(text, []byte("\nalpha = "), []byte("\nalpha = 1"), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, said := trainIn(t, dir); code != codeMistake || !strings.Contains(said, "found it edited: m2.alpha: ") {
		t.Errorf("want the checkpoint's configuration to decide, found exit code %d and\n%s", code, said)
	}
	rewriteCheckpoint(t, filepath.Join(dir, "checkpoints", "m2-000000010.safetensors"), func(metadata map[string]string) {
		delete(metadata, "config")
	})
	if code, said := trainIn(t, dir); code != codeDone || !strings.Contains(said, "going on from m2 step 10 of 20 in "+dir+"\n") {
		t.Errorf("want the run to go on, found exit code %d and\n%s", code, said)
	}
}

// rewriteCheckpoint changes a checkpoint's metadata, and its checksum with it.
func rewriteCheckpoint(t *testing.T, name string, change func(metadata map[string]string)) {
	t.Helper()
	file, err := safetensors.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	change(file.Metadata)
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
	if err := os.WriteFile(name, content.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}
