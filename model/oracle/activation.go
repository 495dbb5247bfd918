//go:build !cuda

package oracle

import (
	"maps"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
)

// Activation is the function that follows every hidden layer.
type Activation string

// The activations that the oracle knows.
const (
	Softplus Activation = "softplus"
	ReLU     Activation = "relu"
	Tanh     Activation = "tanh"
	GELU     Activation = "gelu"
	SiLU     Activation = "silu"
)

// activations are their graphs; Gorgonia finds the derivatives.
var activations = map[Activation]func(a *node) *node{
	Softplus: softplus,
	ReLU:     func(a *node) *node { return gorgonia.Must(gorgonia.Rectify(a)) },
	Tanh:     tanh,
	GELU:     gelu,
	SiLU:     func(a *node) *node { return mul(a, gorgonia.Must(gorgonia.Sigmoid(a))) },
}

func activationNames() []Activation { return slices.Sorted(maps.Keys(activations)) }

func tanh(a *node) *node { return gorgonia.Must(gorgonia.Tanh(a)) }

// gelu is ½a·(1 + tanh(√(2/π)·(a + 0.044715a³))).
func gelu(a *node) *node {
	cubic := add(a, scale(0.044715, mul(square(a), a)))
	return scale(0.5, mul(a, shift(1, tanh(scale(math.Sqrt(2/math.Pi), cubic)))))
}
