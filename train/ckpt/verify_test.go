package ckpt

import (
	"bytes"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// written puts tensors into a file.
func written(t *testing.T, tensors ...safetensors.Tensor) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file.safetensors")
	err := run.WriteFile(path, func(w io.Writer) error { return safetensors.Write(w, tensors, nil) })
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestVerifyNamesParametersThatAreNoNumbers holds that each tensor with some is named in a line, and that what only a
// checkpoint has may be infinite.
func TestVerifyNamesParametersThatAreNoNumbers(t *testing.T) {
	nan, infinite := float32(math.NaN()), safetensors.Raw{Type: safetensors.F16, Bytes: []byte{0, 0x7c}}
	best := safetensors.Tensor{Name: "validation.best", Shape: []int{1}, Data: []float64{math.Inf(1)}}
	path := written(t, best,
		safetensors.Tensor{Name: "m1.bias", Shape: []int{3}, Data: []float32{1, nan, nan}},
		safetensors.Tensor{Name: "m1.\x1b[31m\n", Shape: []int{1}, Data: infinite})
	var said bytes.Buffer
	err := Verify(&said, path)
	want := []string{ // in the file's order
		"read " + path + `: tensor "m1.bias": want finite numbers, found 2 that are not, the first at place 1`,
		"read " + path + `: tensor "m1.\x1b[31m\n": want finite numbers, found 1 that are not, the first at place 0`,
	}
	if err == nil || strings.Join(want, "\n") != err.Error() || said.Len() > 0 {
		t.Errorf("want\n%s\nfound\n%v\n%s", strings.Join(want, "\n"), err, &said)
	}
	path = written(t, best, safetensors.Tensor{Name: "m1.bias", Shape: []int{1}, Data: []float32{1}})
	const sound = "sound in its structure, 2 tensors; it carries no checksum\n"
	if err := Verify(&said, path); err != nil || !strings.HasSuffix(said.String(), sound) {
		t.Errorf("found %v, %q", err, &said)
	}
}
