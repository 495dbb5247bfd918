package onnx

import "math"

// activations are the operators of set 13 that make up each function, by the configurations' words.
var activations = map[string]func(g *Graph, output, x string){
	"softplus": operator("Softplus"),
	"relu":     operator("Relu"),
	"tanh":     operator("Tanh"),
	"gelu":     (*Graph).gelu,
	"silu":     (*Graph).silu,
}

// Activation adds an activation of x, and returns the name of its output.
func (g *Graph) Activation(word, output, x string) string {
	add, ok := activations[word]
	if !ok {
		panic("onnx: no operators for the activation " + word)
	}
	add(g, output, x)
	return output
}

func operator(op string) func(g *Graph, output, x string) {
	return func(g *Graph, output, x string) { g.Node(op, output, []string{x}) }
}

// gelu is ½x·(1 + tanh u) = x·sigmoid(2u) with 2u = x·(slope + bend·x²). Set 20 is the first with
// an operator of its own for it.
func (g *Graph) gelu(output, x string) {
	slope := 2 * math.Sqrt(2/math.Pi)
	square := g.Node("Mul", output+".square", []string{x, x})
	bend := g.Node("Mul", output+".bend", []string{square, g.Float(output+".bend.factor", 0.044715*slope)})
	sum := g.Node("Add", output+".slope", []string{bend, g.Float(output+".slope.term", slope)})
	twice := g.Node("Mul", output+".twice", []string{x, sum})
	gate := g.Node("Sigmoid", output+".gate", []string{twice})
	g.Node("Mul", output, []string{x, gate})
}

// silu is x·sigmoid(x).
func (g *Graph) silu(output, x string) {
	gate := g.Node("Sigmoid", output+".gate", []string{x})
	g.Node("Mul", output, []string{x, gate})
}
