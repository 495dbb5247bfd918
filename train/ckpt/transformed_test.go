package ckpt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/safetensors"
)

// Networks alone do not say what becomes of an example before they see it: they are not exported alone.
func TestNetworksOfTransformedExamplesAreNotExportedAlone(t *testing.T) {
	c, _, err := configs.Parse("tiny", nil, []string{
		"model=m1", "yardstick=false", "m1.hidden=[3]", "m1.latents=2", "m1.output=gaussian", "m1.train.steps=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	rule := transform.Rule{Scale: transform.Standard, Missing: transform.Refuse}
	input, _, err := transform.Fit(rule, transform.Table{Width: 2, Rows: transform.RowsOf([]float32{1, 20, 3, 10}, 2)})
	if err != nil {
		t.Fatal(err)
	}
	m := trained.New(c, trained.Size{Inputs: 2, Height: 1, Width: 2, Classes: 2, Input: input})
	m.M1Values = m.M1.Init(1)
	dir, made := t.TempDir(), m.File()
	path := filepath.Join(dir, "model.safetensors")
	var file, said bytes.Buffer
	if err := safetensors.Write(&file, made.Tensors, made.Metadata); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	err = Export(&said, path, "onnx", filepath.Join(dir, "networks"))
	want := "--format onnx: the examples of " + path + " are transformed (standard) before its networks see them"
	if !errors.Is(err, data.ErrInput) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("found %v\nwant  %s…", err, want)
	}
	out := filepath.Join(dir, "exported.safetensors")
	if err := Export(&said, path, "safetensors", out); err != nil {
		t.Fatal(err)
	}
	exported, err := trained.Open(out)
	if err != nil || exported.Input.Digest() != input.Digest() {
		t.Errorf("the export does not say what becomes of an example: %v", err)
	}
}
