package engine

// Layer is a dense layer: y = activation(x·Weightᵀ + Bias).
//
// A layer with a normalisation is three steps: Dense without activation, the normalisation, and
// the activation. The normalisation stands between product and activation, and reads and writes
// [rows, Out]; its gradient stands between DenseGrad of the layer above and the product's. No
// model has one yet.
type Layer struct {
	Weight     Floats // [Out, In], row-major
	Bias       Floats // [Out]
	In, Out    int
	Activation Activation
}

// LayerGrad is where the gradients of a layer's parameters go.
type LayerGrad struct {
	Weight, Bias Floats
}

// Dense sets Y = activation(Pre), Pre = X·Weightᵀ + Bias.
type Dense struct {
	Y     Floats // [Rows, Out]
	Pre   Floats // [Rows, Out]; absent unless the activation's derivative is taken from it
	X     Floats // [Rows, In]
	Rows  int
	Layer Layer
}

// Args implements Step.
func (s Dense) Args(v Visitor) {
	l := &s.Layer
	v(s.Y.View(), write("y", s.Rows*l.Out))
	v(s.Pre.View(), write("pre", s.Rows*l.Out).optional())
	v(s.X.View(), read("x", s.Rows*l.In))
	v(l.Weight.View(), read("weight", l.In*l.Out))
	v(l.Bias.View(), read("bias", l.Out))
}

// Cost implements Step.
func (s Dense) Cost(replicas int) Cost { return products(s, replicas, s.product()) }

func (s Dense) product() int { return 2 * s.Rows * s.Layer.In * s.Layer.Out }

// DenseGrad takes DY, the gradient in y, and overwrites it with the gradient in the
// pre-activation, δ = DY ∘ activation'(From); then Grad.Weight = δᵀ·X, Grad.Bias = Σ_rows δ,
// and DX = δ·Weight unless DX is absent.
type DenseGrad struct {
	DX    Floats // [Rows, In]
	Grad  LayerGrad
	DY    Floats // [Rows, Out]
	From  Floats // [Rows, Out]: the output y, or Pre where FromInput; Identity needs none
	X     Floats // [Rows, In]
	Rows  int
	Layer Layer
}

// Args implements Step.
func (s DenseGrad) Args(v Visitor) {
	l := &s.Layer
	v(s.DX.View(), write("dx", s.Rows*l.In).optional())
	v(s.Grad.Weight.View(), write("grad.weight", l.In*l.Out))
	v(s.Grad.Bias.View(), write("grad.bias", l.Out))
	derive(v, "dy", s.DY, s.From, s.Rows*l.Out, l.Activation)
	v(s.X.View(), read("x", s.Rows*l.In))
	weight := read("weight", l.In*l.Out)
	if s.DX.IsNil() {
		weight = weight.moving(0)
	}
	v(l.Weight.View(), weight)
}

// derive visits a gradient that is multiplied by activation'(from) in place. With Identity it is
// only read.
func derive(v Visitor, name string, gradient, from Floats, n int, activation Activation) {
	if activation == Identity {
		v(gradient.View(), read(name, n))
		return
	}
	v(gradient.View(), update(name, n))
	v(from.View(), read("from", n))
}

// Cost implements Step: one product for the weights, one for DX.
func (s DenseGrad) Cost(replicas int) Cost {
	flop := Dense{Rows: s.Rows, Layer: s.Layer}.product()
	if !s.DX.IsNil() {
		flop *= 2
	}
	return products(s, replicas, flop)
}
