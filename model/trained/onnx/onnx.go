// Package onnx writes feed-forward networks as ONNX files, for every program that runs those.
//
// The format: https://github.com/onnx/onnx/blob/main/docs/IR.md
package onnx

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	// OpSet is the version of the operators that a Graph's nodes are of.
	OpSet = 13
	// irVersion is the oldest version of the format itself that has this set.
	irVersion = 7
	producer  = "ssdgm"
)

// The numbers of the fields of the format's messages (onnx.proto).
const (
	modelIRVersion, modelProducer, modelDoc, modelGraph, modelOpSet, modelMetadata = 1, 2, 6, 7, 8, 14

	opSetVersion = 2

	entryKey, entryValue = 1, 2

	graphNode, graphName, graphInitializer, graphInput, graphOutput = 1, 2, 5, 11, 12

	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute = 1, 2, 3, 4, 5

	attributeName, attributeInt, attributeType = 1, 3, 20
	attributeTypeInt                           = 2

	tensorDims, tensorType, tensorName, tensorRaw = 1, 2, 8, 9

	valueName, valueType                              = 1, 2
	typeTensor, typeElement, typeShape                = 1, 1, 2
	shapeDimension, dimensionValue, dimensionVariable = 1, 1, 2
)

// The types of elements.
const (
	float32Type = 1
	int64Type   = 7
)

// examples is the name of the one dimension whose size is open.
const examples = "examples"

// A Graph is a network in the making. Values are known by their names; a node's inputs must
// have been added before it.
type Graph struct{ body []byte }

// New begins a network.
func New(name string) *Graph {
	return &Graph{appendText(nil, graphName, name)}
}

// An Attribute is an option of a node.
type Attribute struct {
	Name  string
	Value int
}

// Node adds the operator op of these inputs, and returns the name of its output.
func (g *Graph) Node(op, output string, inputs []string, attributes ...Attribute) string {
	var b []byte
	for _, name := range inputs {
		b = appendText(b, nodeInput, name)
	}
	b = appendText(b, nodeOutput, output)
	b = appendText(b, nodeName, output)
	b = appendText(b, nodeOp, op)
	for _, a := range attributes {
		var m []byte
		m = appendText(m, attributeName, a.Name)
		m = appendNumber(m, attributeInt, a.Value)
		m = appendNumber(m, attributeType, attributeTypeInt)
		b = appendBytes(b, nodeAttribute, m)
	}
	g.body = appendBytes(g.body, graphNode, b)
	return output
}

// Floats adds a constant, row-major, and returns its name.
func (g *Graph) Floats(name string, values []float32, shape ...int) string {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return g.constant(name, float32Type, raw, shape)
}

// Ints adds a list of whole numbers, and returns its name.
func (g *Graph) Ints(name string, values []int) string {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.constant(name, int64Type, raw, []int{len(values)})
}

func (g *Graph) constant(name string, elements int, raw []byte, shape []int) string {
	var b []byte
	for _, d := range shape {
		b = appendNumber(b, tensorDims, d)
	}
	b = appendNumber(b, tensorType, elements)
	b = appendText(b, tensorName, name)
	b = appendBytes(b, tensorRaw, raw)
	g.body = appendBytes(g.body, graphInitializer, b)
	return name
}

// Input declares a value that is given: float32 rows of this width, one an example.
func (g *Graph) Input(name string, width int) string {
	g.body = appendBytes(g.body, graphInput, value(name, float32Type, width))
	return name
}

// Output declares that a value is given back: float32 rows of this width.
func (g *Graph) Output(name string, width int) {
	g.body = appendBytes(g.body, graphOutput, value(name, float32Type, width))
}

// Labels declares that a value is given back: one int64 an example.
func (g *Graph) Labels(name string) {
	g.body = appendBytes(g.body, graphOutput, value(name, int64Type))
}

// value is the declaration of a value: as many examples as there are, of these widths.
func value(name string, elements int, widths ...int) []byte {
	shape := appendBytes(nil, shapeDimension, appendText(nil, dimensionVariable, examples))
	for _, w := range widths {
		shape = appendBytes(shape, shapeDimension, appendNumber(nil, dimensionValue, w))
	}
	tensor := appendBytes(appendNumber(nil, typeElement, elements), typeShape, shape)
	return appendBytes(appendText(nil, valueName, name), valueType, appendBytes(nil, typeTensor, tensor))
}

// File is the network as a file. doc is for people, metadata for programs.
func (g *Graph) File(doc string, metadata map[string]string) []byte {
	b := appendNumber(nil, modelIRVersion, irVersion)
	b = appendText(b, modelProducer, producer)
	b = appendText(b, modelDoc, doc)
	b = appendBytes(b, modelGraph, g.body)
	b = appendBytes(b, modelOpSet, appendNumber(nil, opSetVersion, OpSet))
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		b = appendBytes(b, modelMetadata, appendText(appendText(nil, entryKey, key), entryValue, metadata[key]))
	}
	return b
}

func appendNumber(b []byte, field protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

func appendText(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func appendBytes(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}
