package engine

import "slices"

// Activation is a layer's elementwise function y = f(a).
type Activation int

// The activations that a layer may have.
//
//	Softplus  ln(1 + eᵃ)                            f' = 1 − e^−y
//	ReLU      max(a, 0)                             f' = [y > 0]
//	Tanh      tanh a                                f' = 1 − y²
//	GELU      ½a·(1 + tanh(√(2/π)·(a + 0.044715a³)))  f' from a (Hendrycks and Gimpel 2016)
//	SiLU      a·sigmoid(a)                          f' from a (Elfwing et al. 2017)
const (
	Identity Activation = iota
	Softplus
	ReLU
	Tanh
	GELU
	SiLU
)

var activationNames = [...]string{
	Identity: "identity", Softplus: "softplus", ReLU: "relu", Tanh: "tanh", GELU: "gelu", SiLU: "silu",
}

// FromInput tells whether the derivative is taken from the input a, because the output does not
// give it. A layer with such an activation keeps both.
func (a Activation) FromInput() bool { return a == GELU || a == SiLU }

// String is the name that configurations use.
func (a Activation) String() string { return activationNames[a] }

// Activations are all of them, Identity first.
func Activations() []Activation {
	all := make([]Activation, len(activationNames))
	for i := range all {
		all[i] = Activation(i)
	}
	return all
}

// ParseActivation finds the activation of a name.
func ParseActivation(name string) (Activation, bool) {
	i := slices.Index(activationNames[:], name)
	return Activation(max(i, 0)), i >= 0
}

// From is what the derivative is taken from: the output y, or the input pre.
func (a Activation) From(y, pre Floats) Floats {
	if a.FromInput() {
		return pre
	}
	return y
}
