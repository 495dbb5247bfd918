package onnx

import (
	"bytes"
	"math"
	"testing"

	"ssdgm/model/trained/onnx/onnxtest"
)

// softplusOfLine is log(1 + exp(2a − 3b + 0.5)) of rows (a, b).
func softplusOfLine(metadata map[string]string) []byte {
	g := New("line")
	x := g.Input("x", Float32, 2)
	w, b := g.Floats("w", []float32{2, -3}, 1, 2), g.Floats("b", []float32{0.5}, 1)
	sum := g.Node("Gemm", "sum", []string{x, w, b}, Attribute{Name: "transB", Value: 1})
	g.Node("Softplus", "y", []string{sum})
	g.Output("y", Float32, 1)
	return g.File(About{Doc: "a line", Version: "v1", Metadata: metadata})
}

func TestANetworkComputesItsFormula(t *testing.T) {
	input := onnxtest.Value{Shape: []int{2, 2}, Data: []float64{1, 0.25, -40, 40}}
	outputs, err := onnxtest.Run(softplusOfLine(nil), map[string]onnxtest.Value{"x": input})
	if err != nil {
		t.Fatal(err)
	}
	found := outputs["y"].Data
	if want := math.Log1p(math.Exp(1.75)); math.Abs(found[0]-want) > 1e-12 || found[1] < 0 || found[1] > 1e-80 {
		t.Errorf("want %g and next to 0, found %v", want, found)
	}
}

func TestActivationsComputeTheirFormulas(t *testing.T) {
	formulas := map[string]func(x float64) float64{
		"softplus": func(x float64) float64 { return math.Log(1 + math.Exp(x)) },
		"relu":     func(x float64) float64 { return (x + math.Abs(x)) / 2 },
		"tanh":     func(x float64) float64 { return 1 - 2/(math.Exp(2*x)+1) },
		"gelu": func(x float64) float64 {
			return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		},
		"silu": func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	}
	input := onnxtest.Value{Shape: []int{4, 3}, Data: []float64{-1e3, -20, -4, -1, -0.01, 0, 1e-6, 0.5, 1, 3, 12, 300}}
	for word := range activations {
		g := New(word)
		g.Activation(word, "y", g.Input("x", Float32, 3))
		g.Output("y", Float32, 3)
		outputs, err := onnxtest.Run(g.File(About{Doc: word}), map[string]onnxtest.Value{"x": input})
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range input.Data {
			want, found := formulas[word](x), outputs["y"].Data[i]
			// The constants are float32.
			if !(math.Abs(found-want) <= 1e-6*min(1, math.Abs(x))) {
				t.Errorf("%s of %g: want %g, found %g", word, x, want, found)
			}
		}
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
