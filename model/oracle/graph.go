//go:build !cuda

package oracle

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// node is a value in the graph. Shapes were checked before the graph is built,
// so an error from Gorgonia while building is a mistake in this package and
// panics.
type node = gorgonia.Node

// graph is one objective under construction. Gorgonia adds to the gradients of
// an earlier run, so a graph serves for one evaluation only.
type graph struct {
	expr   *gorgonia.ExprGraph
	names  []string
	params map[string]*node
}

func newGraph(params Params) *graph {
	g := &graph{expr: gorgonia.NewGraph(), names: params.names(), params: map[string]*node{}}
	for _, name := range g.names {
		g.params[name] = g.input(name, *params[name])
	}
	return g
}

// input makes a node of a copy of m. The name must be new to the graph:
// Gorgonia takes two inputs of one name and shape for the same.
func (g *graph) input(name string, m Matrix) *node {
	value := tensor.New(tensor.WithShape(m.Rows, m.Cols), tensor.WithBacking(slices.Clone(m.Data)))
	return gorgonia.NewMatrix(g.expr, tensor.Float64, gorgonia.WithName(name),
		gorgonia.WithShape(m.Rows, m.Cols), gorgonia.WithValue(value))
}

// weightPrior is (precision/2)·‖θ‖² over all parameters, weights and biases.
// At precision 0 it still ties every parameter to the loss: Gorgonia refuses
// to differentiate by one that the loss does not use.
func (g *graph) weightPrior(precision float64) *node {
	squares := make([]*node, len(g.names))
	for i, name := range g.names {
		squares[i] = total(square(g.params[name]))
	}
	return scale(precision/2, add(squares...))
}

// gradients evaluates the loss and its gradient in every parameter.
func (g *graph) gradients(loss *node) (float64, Params, error) {
	params := make(gorgonia.Nodes, len(g.names))
	for i, name := range g.names {
		params[i] = g.params[name]
	}
	// Only a node that is read keeps its value: others may be overwritten.
	var lossValue gorgonia.Value
	gorgonia.Read(loss, &lossValue)
	if _, err := gorgonia.Grad(loss, params...); err != nil {
		return 0, nil, fmt.Errorf("oracle: differentiate the loss: %w", err)
	}
	machine := gorgonia.NewTapeMachine(g.expr, gorgonia.BindDualValues(params...))
	defer machine.Close()
	if err := machine.RunAll(); err != nil {
		return 0, nil, fmt.Errorf("oracle: evaluate the loss: %w", err)
	}
	grads := Params{}
	for i, name := range g.names {
		value, err := params[i].Grad()
		if err != nil {
			return 0, nil, fmt.Errorf("oracle: gradient of %s: %w", name, err)
		}
		shape := params[i].Shape()
		grads[name] = &Matrix{Rows: shape[0], Cols: shape[1], Data: slices.Clone(value.Data().([]float64))}
	}
	return lossValue.Data().(float64), grads, nil
}

// The vocabulary of the objectives: elementwise unless it says otherwise.

func add(terms ...*node) *node {
	sum := terms[0]
	for _, term := range terms[1:] {
		sum = gorgonia.Must(gorgonia.Add(sum, term))
	}
	return sum
}

func sub(a, b *node) *node { return gorgonia.Must(gorgonia.Sub(a, b)) }

func mul(a, b *node) *node { return gorgonia.Must(gorgonia.HadamardProd(a, b)) }

func scale(factor float64, a *node) *node {
	return gorgonia.Must(gorgonia.HadamardProd(a, gorgonia.NewConstant(factor)))
}

func shift(offset float64, a *node) *node {
	return gorgonia.Must(gorgonia.Add(a, gorgonia.NewConstant(offset)))
}

func square(a *node) *node { return gorgonia.Must(gorgonia.Square(a)) }

func exp(a *node) *node { return gorgonia.Must(gorgonia.Exp(a)) }

func softplus(a *node) *node { return gorgonia.Must(gorgonia.Softplus(a)) }

// matmulT is the matrix product a·bᵀ.
func matmulT(a, b *node) *node {
	return gorgonia.Must(gorgonia.Mul(a, gorgonia.Must(gorgonia.Transpose(b))))
}

// rowSums is the vector of the sums of each row.
func rowSums(a *node) *node { return gorgonia.Must(gorgonia.Sum(a, 1)) }

// total is the sum of all elements.
func total(a *node) *node { return gorgonia.Must(gorgonia.Sum(a)) }

// logSoftmax is the logarithm of the softmax of each row. Probabilities are
// its exp, never gorgonia.SoftMax: in one graph Gorgonia takes SoftMax and
// LogSoftMax of one node for the same and silently returns one for the other.
func logSoftmax(logits *node) *node { return gorgonia.Must(gorgonia.LogSoftMax(logits)) }
