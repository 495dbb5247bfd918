package onnx

import (
	"bytes"
	"math"
	"testing"

	"ssdgm/train/onnx/onnxtest"
)

// softplusOfLine is log(1 + exp(2a − 3b + 0.5)) of rows (a, b).
func softplusOfLine(metadata map[string]string) []byte {
	g := New("line")
	x := g.Input("x", 2)
	w, b := g.Floats("w", []float32{2, -3}, 1, 2), g.Floats("b", []float32{0.5}, 1)
	sum := g.Node("Gemm", "sum", []string{x, w, b}, Attribute{Name: "transB", Value: 1})
	g.Node("Softplus", "y", []string{sum})
	g.Output("y", 1)
	return g.File("a line", metadata)
}

func TestANetworkComputesItsFormula(t *testing.T) {
	input := onnxtest.Value{Shape: []int{2, 2}, Data: []float64{1, 0.25, -40, 40}}
	outputs, err := onnxtest.Run(softplusOfLine(nil), input)
	if err != nil {
		t.Fatal(err)
	}
	found := outputs["y"].Data
	if want := math.Log1p(math.Exp(1.75)); math.Abs(found[0]-want) > 1e-12 || found[1] < 0 || found[1] > 1e-80 {
		t.Errorf("want %g and next to 0, found %v", want, found)
	}
}

func TestEqualNetworksGiveEqualBytes(t *testing.T) {
	metadata := map[string]string{"step": "3", "config": "seed = 1\n", "inputs": "2"}
	if !bytes.Equal(softplusOfLine(metadata), softplusOfLine(metadata)) {
		t.Error("the bytes depend on more than the network")
	}
	if !bytes.Contains(softplusOfLine(metadata), []byte("seed = 1\n")) {
		t.Error("the metadata is not there")
	}
}
