package trained

import (
	"ssdgm/model/trained/onnx"
	"ssdgm/model/trained/transform"
)

// given adds the input: an example as it came. It returns its raw values.
func (n *network) given() string {
	m := n.model
	if m.Input.Image() {
		bytes := n.Cast("bytes.float", n.Input(onnxBytes, onnx.Uint8, m.Inputs), onnx.Float32)
		return n.binary("Div", "raw", bytes, n.Float("divisor", float64(m.Input.Divisor)))
	}
	raw := n.Input(onnxValues, onnx.Float32, m.Inputs)
	var wrong []string
	if m.Input.Missing == transform.Refuse {
		wrong = append(wrong, n.Node("IsNaN", "missing", []string{raw}))
	}
	if m.Unit() || m.Input.Kind == transform.Log1p {
		wrong = append(wrong, n.binary("Less", "below", raw, n.Float("least", 0)))
	}
	if m.Unit() {
		wrong = append(wrong, n.binary("Greater", "above", raw, n.Float("most", 1)))
	}
	n.refuse(raw, wrong...)
	return raw
}

// refuse makes the answers NaN for examples with an infinite value in rows, or one of which a condition in wrong holds.
func (n *network) refuse(rows string, wrong ...string) {
	any := n.Node("IsInf", "refused.infinite", []string{rows})
	for _, condition := range wrong {
		any = n.binary("Or", "refused."+condition, any, condition)
	}
	ones := n.Cast("refused.ones", any, onnx.Float32)
	sum := n.binary("ReduceSum", "refused.sum", ones, n.Ints("refused.axes", 1))
	n.refused = n.binary("Greater", "refused", sum, n.Float("refused.none", 0))
}

// seen adds the input, and what the networks see of it: see transform.Transformation.Apply, whose order and precision
// these are, and model.M1Spec.Missing.
func (n *network) seen() string {
	t, x := n.model.Input, n.given()
	if !t.Plain() {
		x = n.Cast("seen", n.transformed(x), onnx.Float32)
	}
	if t.Missing == transform.Mask {
		x = n.choose("seen.observed", n.Node("IsNaN", "seen.missing", []string{x}), n.Float("seen.zero", 0), x)
	}
	return x
}

// transformed is raw values as float64 through the transformation.
func (n *network) transformed(raw string) string {
	t := n.model.Input
	if t.Fill != nil {
		raw = n.choose("filled", n.Node("IsNaN", "unfilled", []string{raw}), n.parameter("input.fill"), raw)
	}
	x := n.Cast("raw.double", raw, onnx.Float64)
	if t.Kind == transform.Log1p {
		x = n.log1p(x)
	}
	if t.Shift != nil {
		x = n.binary("Sub", "shifted", x, n.double("input.shift"))
		x = n.binary("Div", "scaled", x, n.double("input.scale"))
	}
	if t.PCA == nil {
		return x
	}
	x = n.binary("Sub", "centred", x, n.double("input.pca.mean"))
	inputs := []string{x, n.double("input.pca.components")}
	x = n.Node("Gemm", "components", inputs, onnx.Attribute{Name: "transB", Value: 1})
	if t.PCA.Scale != nil {
		x = n.binary("Div", "whitened", x, n.double("input.pca.scale"))
	}
	return x
}

// log1p is ln(1+x), also of a small x: with u = 1+x rounded, ln(u)·x/(u−1), and x where u is 1 (Goldberg 1991, "What
// every computer scientist should know about floating-point arithmetic", theorem 4).
func (n *network) log1p(x string) string {
	one := n.Cast("one", n.Float("one.single", 1), onnx.Float64)
	u := n.binary("Add", "log1p.sum", x, one)
	ratio := n.binary("Div", "log1p.ratio", x, n.binary("Sub", "log1p.rounded", u, one))
	log := n.binary("Mul", "log1p.product", n.Node("Log", "log1p.log", []string{u}), ratio)
	return n.choose("log1p", n.binary("Equal", "log1p.small", u, one), x, log)
}

// double is a tensor of the transformation as float64.
func (n *network) double(name string) string {
	return n.Cast(name+".double", n.parameter(name), onnx.Float64)
}

// raw is the raw values of what the networks see, see transform.Transformation.Invert.
func (n *network) raw(x string) string {
	t := n.model.Input
	if t.Plain() {
		return x
	}
	x = n.Cast("drawn.double", x, onnx.Float64)
	if t.PCA != nil {
		if t.PCA.Scale != nil {
			x = n.binary("Mul", "unwhitened", x, n.double("input.pca.scale"))
		}
		x = n.Node("Gemm", "expanded", []string{x, n.double("input.pca.components")})
		x = n.binary("Add", "uncentred", x, n.double("input.pca.mean"))
	}
	if t.Shift != nil {
		x = n.binary("Mul", "unscaled", x, n.double("input.scale"))
		x = n.binary("Add", "unshifted", x, n.double("input.shift"))
	}
	if t.Kind == transform.Log1p {
		one := n.Cast("one", n.Float("one.single", 1), onnx.Float64)
		x = n.binary("Sub", "expm1", n.Node("Exp", "exp", []string{x}), one)
	}
	return n.Cast("raw", x, onnx.Float32)
}
