package ckpt

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/model/trained/onnx/onnxtest"
	"ssdgm/model/trained/transform"
	"ssdgm/train/safetensors"
)

// What becomes of an example before a model sees it goes with every export: in the networks it is inside.
func TestExportsHaveTheTransformation(t *testing.T) {
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
	networks := filepath.Join(dir, "networks")
	if err := Export(&said, path, "onnx", networks); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(networks, "encoder.onnx") + "\n" + filepath.Join(networks, "decoder.onnx") + "\n"
	if said.String() != want {
		t.Errorf("found %q\nwant  %q", said.String(), want)
	}
	encoder, err := os.ReadFile(filepath.Join(networks, "encoder.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	raw := onnxtest.Value{Shape: []int{2, 2}, Data: []float64{1, 20, 3, 10}}
	found, err := onnxtest.Run(encoder, map[string]onnxtest.Value{"values": raw})
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{1, 20, 3, 10}))
	means, err := m.Encode(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range means.Data().([]float32) {
		if math.Abs(found["mean"].Data[i]-float64(v)) > 1e-6 {
			t.Errorf("want latents %v, found %v", means.Data(), found["mean"].Data)
			break
		}
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
