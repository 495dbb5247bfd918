package trained

import (
	"encoding/json"
	"fmt"
	"strings"

	"ssdgm/engine/machine"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/onnx"
	"ssdgm/model/trained/transform"
)

// The names of the inputs and outputs of networks in ONNX files.
const (
	onnxBytes  = "bytes"  // of images, uint8
	onnxPixels = "pixels" // of images, from 0 to 1
	onnxValues = "values" // raw real values

	onnxProbabilities = "probabilities"
	onnxLogits        = "logits"
	onnxMean          = "mean"
	onnxLogvar        = "logvar"
	onnxLabel         = "label"
	onnxLatents       = "z"
)

// The metadata of an ONNX file that a model's own file does not have.
const (
	onnxColumns        = "columns"        // in JSON: the names of the raw values, in their order, where they have some
	onnxTransformation = "transformation" // in a few words, see transform.Transformation.String
)

// Network is a part of a trained model as an ONNX file.
type Network struct {
	Name string // "classifier", "encoder", "styles" or "decoder"
	File []byte
}

// ONNX gives the networks of a model as files that stand alone: what becomes of an example before a model sees it, see
// Input, is inside, and its inverse in the decoder. An example is a row, [examples, Inputs], of
//
//	bytes    uint8, where the model was trained on bytes of images: as they are. A runtime refuses pixels from 0 to 1,
//	         which are floats
//	values   float32, else: raw, in the order of "columns" in the metadata. NaN is a missing value. A row that the model
//	         cannot take, as Classify would say, has NaN for every answer, and the label −1
//
// and the networks are
//
//	classifier   to probabilities, q(y|x) by the Temperature, in the order of "class_names" in the metadata, and its
//	             logits, without the temperature; of M1+M2 by way of the mean of q(z1|x). Of a baseline, the CNN's
//	encoder      to mean and logvar of q(z1|x); of M2 alone of q(z|x,y) with the most probable label, and that label
//	styles       of M1+M2: to mean and logvar of M2's q(z|z1,y) with the most probable label, and that label
//	decoder      from z, latents, and label to the mean of p(x|z,y), as pixels from 0 to 1 or as raw values: of M1 alone
//	             without a label, of M1+M2 from M2's latents by way of z1. See Decode
//
// A label is an int64 from 0 to K−1, one an example.
func (m *Model) ONNX() []Network {
	about := onnx.About{Version: machine.ThisBuild().Version, Metadata: m.Metadata()}
	delete(about.Metadata, format.Usual) // Its tensor is of the model's file alone.
	about.Metadata[onnxTransformation] = m.Input.String()
	if columns := m.Input.Columns(); columns != nil {
		text, err := json.Marshal(columns)
		if err != nil {
			panic("trained: " + err.Error()) // Names have a JSON.
		}
		about.Metadata[onnxColumns] = string(text)
	}
	return m.networks(about)
}

// Exports are the forms in which the model can be written for other programs, as 'ssdgm ckpt export' names them. Every
// model has its parameters as safetensors and npy, and as onnx those of ONNX, if any.
func (m *Model) Exports() []string {
	all := []string{"safetensors", "npy"}
	var names []string
	for _, kind := range networkKinds {
		if kind.has(m) {
			names = append(names, kind.name)
		}
	}
	if names == nil {
		return all
	}
	last := len(names) - 1
	text := names[last]
	if last > 0 {
		text = strings.Join(names[:last], ", ") + " and " + text
	}
	return append(all, "onnx ("+text+")")
}

// networkKinds are the networks that there can be.
var networkKinds = []struct {
	name  string
	has   func(m *Model) bool
	build func(n *network)
	doc   func(m *Model) string
}{
	{"classifier", (*Model).hasClassifierGraph, (*network).classifier, func(m *Model) string {
		text := fmt.Sprintf("%s to the probabilities of the %d classes in the order of class_names", m.rawDoc(), m.K)
		if m.Temperature != nil {
			text += fmt.Sprintf(", at a temperature of %g", m.Temperature.Value)
		}
		return text + ", and to the logits, at none"
	}},
	{"encoder", func(m *Model) bool { return m.M1 != nil || m.M2 != nil }, (*network).encoder, func(m *Model) string {
		return m.rawDoc() + " to the mean and logvar of their latents"
	}},
	{"styles", func(m *Model) bool { return m.M1 != nil && m.M2 != nil }, (*network).styles, func(m *Model) string {
		return m.rawDoc() + " to the mean and logvar of M2's latents with the most probable label"
	}},
	{"decoder", func(m *Model) bool { return m.M1 != nil || m.M2 != nil }, (*network).decoder, func(m *Model) string {
		from, to := "latents z", "raw values"
		if m.M2 != nil {
			from = fmt.Sprintf("latents z and a label from 0 to %d each", m.K-1)
		}
		if m.Input.Image() {
			to = "pixels from 0 to 1"
		}
		return from + ", one row an example, to the mean of the examples' " + to
	}},
}

// rawDoc says what an example is.
func (m *Model) rawDoc() string {
	if m.Input.Image() {
		return "bytes of images from 0 to 255 as they are, one row an example,"
	}
	text := "raw values, one row an example"
	if m.Input.Columns() != nil {
		text += " in the order of columns"
	}
	if m.Input.Missing != transform.Refuse {
		text += ", NaN where one is missing"
	}
	return text + " (a row that cannot be taken has NaN for its answers)"
}

func (m *Model) networks(about onnx.About) []Network {
	var all []Network
	for _, kind := range networkKinds {
		if kind.has(m) {
			n := m.network(kind.name)
			kind.build(n)
			about.Doc = kind.doc(m)
			all = append(all, Network{kind.name, n.File(about)})
		}
	}
	return all
}
