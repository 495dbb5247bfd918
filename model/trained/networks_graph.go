package trained

import (
	"fmt"
	"math"
	"slices"

	"ssdgm/model"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/onnx"
	"ssdgm/train/safetensors"
)

// network builds the graph of one of a trained model's networks.
type network struct {
	*onnx.Graph
	model   *Model
	tensors map[string]safetensors.Tensor
	refused string // tells of each example whether it cannot be taken, [examples, 1]; empty where all can
}

func (m *Model) network(name string) *network {
	n := &network{Graph: onnx.New(name), model: m, tensors: map[string]safetensors.Tensor{}}
	for _, tensor := range m.Tensors() {
		n.tensors[tensor.Name] = tensor
	}
	return n
}

// parameter adds a model's tensor and returns its name.
func (n *network) parameter(name string) string {
	t := n.tensors[name]
	return n.Floats(name, t.Data.([]float32), t.Shape...)
}

// binary adds an operator of two values.
func (n *network) binary(op, output, x, y string) string { return n.Node(op, output, []string{x, y}) }

// choose is x where a condition holds, and y elsewhere.
func (n *network) choose(output, condition, x, y string) string {
	return n.Node("Where", output, []string{condition, x, y})
}

// columns are those of a matrix, by a list of their numbers.
func (n *network) columns(output, x, numbers string) string {
	return n.Node("Gather", output, []string{x, numbers}, onnx.Attribute{Name: "axis", Value: 1})
}

// dense is W·x + b.
func (n *network) dense(output, layer, x string) string {
	inputs := []string{x, n.parameter(layer + ".weight"), n.parameter(layer + ".bias")}
	return n.Node("Gemm", output, inputs, onnx.Attribute{Name: "transB", Value: 1})
}

// hidden is the layers NAME.FIRST, NAME.FIRST+1, … up to count of them in all.
func (n *network) hidden(name string, first, count int, activation, x string) string {
	for i := first; i < count; i++ {
		layer := fmt.Sprintf("%s.%d", name, i)
		x = n.Activation(activation, layer, n.dense(layer+".sum", layer, x))
	}
	return x
}

// labelled is a network's layers of which the first also sees a label: W·x + b + the label's row of the table.
func (n *network) labelled(name, x, label string) string {
	c := n.model.Config.M2
	table := n.tensors[name+".0.label.weight"]
	out, labels := table.Shape[0], table.Shape[1]
	rows := make([]float32, out*labels)
	for i, v := range table.Data.([]float32) {
		rows[i%labels*out+i/labels] = v
	}
	n.Floats(name+".0.label.rows", rows, labels, out)
	row := n.Node("Gather", name+".0.label", []string{name + ".0.label.rows", label},
		onnx.Attribute{Name: "axis", Value: 0})
	sum := n.binary("Add", name+".0.sum", n.dense(name+".0.input", name+".0", x), row)
	return n.hidden(name, 1, len(c.Hidden), c.Activation, n.Activation(c.Activation, name+".0", sum))
}

// answer gives rows back under a name. Those of an example that cannot be taken are NaN: a value that is none of its own
// must not pass for its answer, and some operators lose the NaN that they are given.
func (n *network) answer(name, rows string, width int) {
	if n.refused == "" {
		n.Node("Identity", name, []string{rows})
	} else {
		none := n.Floats(name+".none", []float32{math.Float32frombits(0x7fc00000)})
		n.choose(name, n.refused, none, rows)
	}
	n.Output(name, onnx.Float32, width)
}

// answerLabel gives labels back, −1 for an example that cannot be taken.
func (n *network) answerLabel(label string) {
	if n.refused == "" {
		n.Node("Identity", onnxLabel, []string{label})
	} else {
		refused := n.binary("Squeeze", "refused.label", n.refused, n.Ints("refused.axis", 1))
		n.choose(onnxLabel, refused, n.Int("label.none", -1), label)
	}
	n.Output(onnxLabel, onnx.Int64)
}

// hasClassifierGraph tells whether a network classifies: of the baselines, only the CNN is one.
func (m *Model) hasClassifierGraph() bool {
	return m.M2 != nil || m.Config.OnlySupervised() || m.convolves()
}

// classifier is x → probabilities, logits.
func (n *network) classifier() {
	m := n.model
	logits := n.logits(n.classified())
	scaled := logits
	if m.Temperature != nil {
		scaled = n.binary("Div", "logits.tempered", logits, n.Float("temperature", m.Temperature.Value))
	}
	p := n.Node("Softmax", "softmax", []string{scaled}, onnx.Attribute{Name: "axis", Value: 1})
	n.answer(onnxProbabilities, p, m.K)
	n.answer(onnxLogits, logits, m.K)
}

// classified is what q(y|x) works on: what the model sees of an example, or the mean of M1's kept latents.
func (n *network) classified() string {
	x := n.seen()
	if n.model.M1 == nil {
		return x
	}
	mean := n.dense("m1.mean", "m1.encoder.mean", n.m1Top(x))
	return n.columns("features", mean, n.Ints(format.Kept, n.model.Kept...))
}

// logits are those of q(y|x), without the temperature.
func (n *network) logits(x string) string {
	c := n.model.Config
	switch {
	case n.model.convolves():
		return n.convolved(x)
	case n.model.M2 == nil:
		top := n.hidden("classifier", 0, len(c.Supervised.Hidden), c.Supervised.Activation, x)
		return n.dense("classifier.logits", "classifier.out", top)
	}
	top := n.hidden("m2.classifier", 0, len(c.M2.ClassifierHidden), c.M2.Activation, x)
	return n.dense("classifier.logits", "m2.classifier.out", top)
}

// m1Top is the last hidden layer of M1's encoder.
func (n *network) m1Top(x string) string {
	c := n.model.Config.M1
	return n.hidden("m1.encoder", 0, len(c.Hidden), c.Activation, x)
}

// encoder is x → mean, logvar of M1, or of M2 alone.
func (n *network) encoder() {
	if n.model.M1 == nil {
		n.styles()
		return
	}
	n.heads("m1.encoder", n.m1Top(n.seen()), n.model.M1.Latents)
}

// styles is x → label, mean, logvar: q(z|x,y) with the most probable label.
func (n *network) styles() {
	x := n.classified()
	label := n.Node("ArgMax", "argmax", []string{n.logits(x)},
		onnx.Attribute{Name: "axis", Value: 1}, onnx.Attribute{Name: "keepdims", Value: 0})
	n.heads("m2.encoder", n.labelled("m2.encoder", x, label), n.model.M2.Latents)
	n.answerLabel(label)
}

// heads gives back the mean and logvar that a layer tells.
func (n *network) heads(name, top string, latents int) {
	n.answer(onnxMean, n.dense(name+".heads.mean", name+".mean", top), latents)
	n.answer(onnxLogvar, n.dense(name+".heads.logvar", name+".logvar", top), latents)
}

// latentsOfDecoder is how many latents an example is drawn from.
func (m *Model) latentsOfDecoder() int {
	if m.M2 != nil {
		return m.M2.Latents
	}
	return m.M1.Latents
}

// decoder is z, label → the mean of p(x|z,y), raw.
func (n *network) decoder() {
	m := n.model
	x := n.Input(onnxLatents, onnx.Float32, m.latentsOfDecoder())
	n.refuse(x, n.Node("IsNaN", "missing", []string{x}))
	if m.M2 != nil {
		x = n.expected("m2.decoder", n.labelled("m2.decoder", x, n.givenLabel()), m.M2.Output)
	}
	if m.M1 != nil {
		if m.M2 != nil {
			x = n.widened(x)
		}
		c := m.Config.M1
		x = n.expected("m1.decoder", n.hidden("m1.decoder", 0, len(c.Hidden), c.Activation, x), m.M1.Output)
	}
	name := onnxValues
	if m.Input.Image() {
		name = onnxPixels
	}
	n.answer(name, n.raw(x), m.Inputs)
}

// expected is the mean of p(x|·), of which a layer tells the parameters.
func (n *network) expected(name, top string, output model.Output) string {
	if output == model.Gaussian {
		return n.dense(name+".heads.mean", name+".mean", top)
	}
	return n.Node("Sigmoid", name+".sigmoid", []string{n.dense(name+".logits", name+".out", top)})
}

// givenLabel is the input label. One below 0 becomes K, a row that the table has not: Gather takes −1 for the last row.
func (n *network) givenLabel() string {
	label := n.Input(onnxLabel, onnx.Int64)
	negative := n.binary("Less", "label.negative", label, n.Int("label.first", 0))
	return n.choose("label.row", negative, n.Int("label.beyond", n.model.K), label)
}

// widened puts M1's kept latents into their places among all of them. The others are 0, the mean of their prior.
func (n *network) widened(kept string) string {
	m := n.model
	zero := n.Node("Pad", "features.zero", []string{kept, n.Ints("features.pads", 0, 0, 0, 1)}) // a column more
	places := make([]int, m.M1.Latents)
	for latent := range places {
		if places[latent] = slices.Index(m.Kept, latent); places[latent] < 0 {
			places[latent] = len(m.Kept)
		}
	}
	return n.columns("latents", zero, n.Ints("latents.places", places...))
}
