package trained

import (
	"fmt"
	"strings"

	"ssdgm/model/trained/format"
	"ssdgm/model/trained/onnx"
	"ssdgm/model/trained/transform"
	"ssdgm/train/safetensors"
)

// The names of a network's input and outputs in an ONNX file.
const (
	onnxPixels        = "pixels"
	onnxProbabilities = "probabilities"
	onnxMean          = "mean"
	onnxLogvar        = "logvar"
	onnxLabel         = "label"
)

// Network is a part of a trained model as an ONNX file.
type Network struct {
	Name string // "classifier" or "encoder"
	File []byte
}

// ONNX gives the networks that new examples are put through. Pixels are from 0 to 1, or real values, one row an
// example. There are none of a model whose examples are transformed, see Input: its networks alone would take others
// than Classify does, and not say so.
//
//	classifier   pixels → probabilities, q(y|x); of M1+M2 by way of the mean of q(z1|x)
//	encoder      pixels → mean and logvar of q(z1|x); of M2 alone of q(z|x,y) with the most
//	             probable label, which is the output label
func (m *Model) ONNX() []Network { return m.networks(m.Metadata()) }

// Exports are the forms in which the model can be written for other programs, as 'ssdgm ckpt export' names them. Every
// model has its parameters as safetensors and npy, and as onnx those of ONNX, if any.
func (m *Model) Exports() []string {
	all := []string{"safetensors", "npy"}
	var networks []string
	for _, n := range m.ONNX() {
		networks = append(networks, n.Name)
	}
	if networks != nil {
		all = append(all, "onnx ("+strings.Join(networks, " and ")+")")
	}
	return all
}

// Transforms tells whether the networks see other values than those that the model is given, or take missing ones.
func (m *Model) Transforms() bool { return !m.Input.Plain() || m.Input.Missing == transform.Mask }

func (m *Model) networks(metadata map[string]string) []Network {
	if m.Transforms() {
		return nil
	}
	var all []Network
	examples := "pixels from 0 to 1"
	if m.Real() {
		examples = "real values"
	}
	if g := m.classifierGraph(); g != nil {
		doc := examples + ", one row an example, to the probabilities of their labels"
		all = append(all, Network{"classifier", g.File(doc, metadata)})
	}
	if g := m.encoderGraph(); g != nil {
		doc := examples + ", one row an example, to the mean and logvar of their latents"
		all = append(all, Network{"encoder", g.File(doc, metadata)})
	}
	return all
}

// network builds the graph of a trained model's networks.
type network struct {
	*onnx.Graph
	tensors map[string]safetensors.Tensor
}

func (m *Model) network(name string) *network {
	n := &network{Graph: onnx.New(name), tensors: map[string]safetensors.Tensor{}}
	for _, tensor := range m.Tensors() {
		n.tensors[tensor.Name] = tensor
	}
	n.Input(onnxPixels, m.Inputs)
	return n
}

// parameter adds a model's tensor and returns its name.
func (n *network) parameter(name string) string {
	t := n.tensors[name]
	return n.Floats(name, t.Data.([]float32), t.Shape...)
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

// classifierGraph is pixels → probabilities; nil where no network classifies.
func (m *Model) classifierGraph() *onnx.Graph {
	if m.M2 == nil && !m.Config.OnlySupervised() {
		return nil
	}
	n := m.network("classifier")
	n.Node("Softmax", onnxProbabilities, []string{m.logitsOf(n)}, onnx.Attribute{Name: "axis", Value: 1})
	n.Output(onnxProbabilities, m.K)
	return n.Graph
}

// logitsOf are those of q(y|x), for M2 on M1's kept latents or on pixels.
func (m *Model) logitsOf(n *network) string {
	c := m.Config
	if m.M2 == nil {
		top := n.hidden("classifier", 0, len(c.Supervised.Hidden), c.Supervised.Activation, onnxPixels)
		return n.dense("logits", "classifier.out", top)
	}
	x := onnxPixels
	if m.M1 != nil {
		mean := n.dense("m1.mean", "m1.encoder.mean", m.m1Top(n))
		kept := n.Ints(format.Kept, m.Kept)
		x = n.Node("Gather", "features", []string{mean, kept}, onnx.Attribute{Name: "axis", Value: 1})
	}
	top := n.hidden("m2.classifier", 0, len(c.M2.ClassifierHidden), c.M2.Activation, x)
	return n.dense("logits", "m2.classifier.out", top)
}

// m1Top is the last hidden layer of M1's encoder.
func (m *Model) m1Top(n *network) string {
	return n.hidden("m1.encoder", 0, len(m.Config.M1.Hidden), m.Config.M1.Activation, onnxPixels)
}

// encoderGraph is pixels → mean, logvar; nil for a model without latents.
func (m *Model) encoderGraph() *onnx.Graph {
	n := m.network("encoder")
	top, layer, latents := "", "m1.encoder", 0
	switch {
	case m.M1 != nil:
		top, latents = m.m1Top(n), m.M1.Latents
	case m.M2 != nil:
		top, layer, latents = m.m2Top(n), "m2.encoder", m.M2.Latents
	default:
		return nil
	}
	n.dense(onnxMean, layer+".mean", top)
	n.dense(onnxLogvar, layer+".logvar", top)
	n.Output(onnxMean, latents)
	n.Output(onnxLogvar, latents)
	return n.Graph
}

// m2Top is the last hidden layer of q(z|x,y) with the most probable label. The first layer is
// W·x + b + the label's row of the table.
func (m *Model) m2Top(n *network) string {
	const name = "m2.encoder"
	c := m.Config.M2
	label := n.Node("ArgMax", onnxLabel, []string{m.logitsOf(n)},
		onnx.Attribute{Name: "axis", Value: 1}, onnx.Attribute{Name: "keepdims", Value: 0})
	n.Labels(onnxLabel)
	table := n.tensors[name+".0.label.weight"]
	out, labels := table.Shape[0], table.Shape[1]
	rows := make([]float32, out*labels)
	for i, v := range table.Data.([]float32) {
		rows[i%labels*out+i/labels] = v
	}
	n.Floats(name+".0.label.rows", rows, labels, out)
	row := n.Node("Gather", name+".0.label", []string{name + ".0.label.rows", label},
		onnx.Attribute{Name: "axis", Value: 0})
	sum := n.Node("Add", name+".0.sum", []string{n.dense(name+".0.pixels", name+".0", onnxPixels), row})
	x := n.Activation(c.Activation, name+".0", sum)
	return n.hidden(name, 1, len(c.Hidden), c.Activation, x)
}
