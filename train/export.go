package train

import (
	"fmt"
	"slices"
	"strings"

	"ssdgm/train/data"
	"ssdgm/train/onnx"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// parametersOf are the tensors of a file that belong to models: all but those that only a
// checkpoint has, to go on from.
func parametersOf(f *safetensors.File) []safetensors.Tensor {
	return slices.DeleteFunc(slices.Clone(f.Tensors), func(t safetensors.Tensor) bool {
		group, _, _ := strings.Cut(t.Name, ".")
		return slices.Contains([]string{"optimiser", "metrics", "validation"}, group)
	})
}

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

// ONNX gives the networks that new examples are put through. Pixels are from 0 to 1, one row
// an example.
//
//	classifier   pixels → probabilities, q(y|x); of M1+M2 by way of the mean of q(z1|x)
//	encoder      pixels → mean and logvar of q(z1|x); of M2 alone of q(z|x,y) with the most
//	             probable label, which is the output label
func (t *Trained) ONNX() []Network { return t.networks(t.metadata()) }

func (t *Trained) networks(metadata map[string]string) []Network {
	var all []Network
	if g := t.classifierGraph(); g != nil {
		doc := "pixels from 0 to 1, one row an example, to the probabilities of their labels"
		all = append(all, Network{"classifier", g.File(doc, metadata)})
	}
	if g := t.encoderGraph(); g != nil {
		doc := "pixels from 0 to 1, one row an example, to the mean and logvar of their latents"
		all = append(all, Network{"encoder", g.File(doc, metadata)})
	}
	return all
}

// network builds the graph of a trained model's networks.
type network struct {
	*onnx.Graph
	tensors map[string]safetensors.Tensor
}

func (t *Trained) network(name string) *network {
	n := &network{Graph: onnx.New(name), tensors: map[string]safetensors.Tensor{}}
	for _, tensor := range t.tensors() {
		n.tensors[tensor.Name] = tensor
	}
	n.Input(onnxPixels, t.Inputs)
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
func (t *Trained) classifierGraph() *onnx.Graph {
	if t.M2 == nil && t.Config.Model != "supervised" {
		return nil
	}
	n := t.network("classifier")
	n.Node("Softmax", onnxProbabilities, []string{t.logits(n)}, onnx.Attribute{Name: "axis", Value: 1})
	n.Output(onnxProbabilities, t.Classes)
	return n.Graph
}

// logits are those of q(y|x), for M2 on M1's kept latents or on pixels.
func (t *Trained) logits(n *network) string {
	c := t.Config
	if t.M2 == nil {
		top := n.hidden("classifier", 0, len(c.Supervised.Hidden), c.Supervised.Activation, onnxPixels)
		return n.dense("logits", "classifier.out", top)
	}
	x := onnxPixels
	if t.M1 != nil {
		mean := n.dense("m1.mean", "m1.encoder.mean", t.m1Top(n))
		x = n.Node("Gather", "features", []string{mean, n.Ints(keptName, t.Kept)}, onnx.Attribute{Name: "axis", Value: 1})
	}
	top := n.hidden("m2.classifier", 0, len(c.M2.ClassifierHidden), c.M2.Activation, x)
	return n.dense("logits", "m2.classifier.out", top)
}

// m1Top is the last hidden layer of M1's encoder.
func (t *Trained) m1Top(n *network) string {
	return n.hidden("m1.encoder", 0, len(t.Config.M1.Hidden), t.Config.M1.Activation, onnxPixels)
}

// encoderGraph is pixels → mean, logvar; nil for a model without latents.
func (t *Trained) encoderGraph() *onnx.Graph {
	n := t.network("encoder")
	top, layer, latents := "", "m1.encoder", 0
	switch {
	case t.M1 != nil:
		top, latents = t.m1Top(n), t.M1.Latents
	case t.M2 != nil:
		top, layer, latents = t.m2Top(n), "m2.encoder", t.M2.Latents
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
func (t *Trained) m2Top(n *network) string {
	const name = "m2.encoder"
	c := t.Config.M2
	label := n.Node("ArgMax", onnxLabel, []string{t.logits(n)}, onnx.Attribute{Name: "axis", Value: 1}, onnx.Attribute{Name: "keepdims", Value: 0})
	n.Labels(onnxLabel)
	table := n.tensors[name+".0.label.weight"]
	out, labels := table.Shape[0], table.Shape[1]
	rows := make([]float32, out*labels)
	for i, v := range table.Data.([]float32) {
		rows[i%labels*out+i/labels] = v
	}
	n.Floats(name+".0.label.rows", rows, labels, out)
	row := n.Node("Gather", name+".0.label", []string{name + ".0.label.rows", label}, onnx.Attribute{Name: "axis", Value: 0})
	sum := n.Node("Add", name+".0.sum", []string{n.dense(name+".0.pixels", name+".0", onnxPixels), row})
	x := n.Activation(c.Activation, name+".0", sum)
	return n.hidden(name, 1, len(c.Hidden), c.Activation, x)
}

// OpenParameters reads the models' tensors, with what is known of them, from a run's result,
// from a file, or from a checkpoint, which must be sound.
func OpenParameters(path string) (*safetensors.File, error) {
	file, err := OpenModelFile(path)
	if err != nil {
		return nil, err
	}
	if run.IsCheckpoint(file) {
		c, err := run.ReadCheckpoint(path)
		if err != nil {
			return nil, err
		}
		file = &c.File
	}
	tensors := parametersOf(file)
	if len(tensors) == 0 {
		return nil, data.InputErrorf("read %s: want a model's parameters, found none", path)
	}
	return &safetensors.File{Tensors: tensors, Metadata: file.Metadata}, nil
}
