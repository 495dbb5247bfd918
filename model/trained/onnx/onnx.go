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
	modelIRVersion, modelProducer, modelProducerVersion = 1, 2, 3
	modelDoc, modelGraph, modelOpSet, modelMetadata     = 6, 7, 8, 14

	opSetVersion = 2

	entryKey, entryValue = 1, 2

	graphNode, graphName, graphInitializer, graphInput, graphOutput = 1, 2, 5, 11, 12

	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute = 1, 2, 3, 4, 5

	attributeName, attributeInt, attributeInts, attributeType = 1, 3, 8, 20
	attributeTypeInt, attributeTypeInts                       = 2, 7

	tensorDims, tensorType, tensorName, tensorRaw = 1, 2, 8, 9

	valueName, valueType                              = 1, 2
	typeTensor, typeElement, typeShape                = 1, 1, 2
	shapeDimension, dimensionValue, dimensionVariable = 1, 1, 2
)

// Element is the type of an array's elements, by its number in the format.
type Element int

// The types of elements.
const (
	Float32 Element = 1
	Uint8   Element = 2
	Int64   Element = 7
	Bool    Element = 9
	Float64 Element = 11
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

// An Attribute is an option of a node: a number, or a list of them.
type Attribute struct {
	Name  string
	Value int
	List  []int // nil: Value
}

func (a Attribute) message() []byte {
	m := appendText(nil, attributeName, a.Name)
	if a.List == nil {
		return appendNumber(appendNumber(m, attributeInt, a.Value), attributeType, attributeTypeInt)
	}
	for _, v := range a.List {
		m = appendNumber(m, attributeInts, v)
	}
	return appendNumber(m, attributeType, attributeTypeInts)
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
		b = appendBytes(b, nodeAttribute, a.message())
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
	return g.constant(name, Float32, raw, shape)
}

// Ints adds a list of whole numbers, and returns its name.
func (g *Graph) Ints(name string, values ...int) string {
	return g.constant(name, Int64, int64s(values), []int{len(values)})
}

// Float adds a constant of no dimension, and returns its name.
func (g *Graph) Float(name string, v float64) string { return g.Floats(name, []float32{float32(v)}) }

// Int adds a whole number of no dimension, and returns its name.
func (g *Graph) Int(name string, v int) string { return g.constant(name, Int64, int64s([]int{v}), nil) }

func int64s(values []int) []byte {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return raw
}

// Cast adds the conversion of x to another type of elements, and returns the name of its output.
func (g *Graph) Cast(output, x string, to Element) string {
	return g.Node("Cast", output, []string{x}, Attribute{Name: "to", Value: int(to)})
}

func (g *Graph) constant(name string, elements Element, raw []byte, shape []int) string {
	var b []byte
	for _, d := range shape {
		b = appendNumber(b, tensorDims, d)
	}
	b = appendNumber(b, tensorType, int(elements))
	b = appendText(b, tensorName, name)
	b = appendBytes(b, tensorRaw, raw)
	g.body = appendBytes(g.body, graphInitializer, b)
	return name
}

// Input declares a value that is given: as many examples as there are, of these widths; without any, one number an
// example. It returns its name.
func (g *Graph) Input(name string, elements Element, widths ...int) string {
	g.body = appendBytes(g.body, graphInput, value(name, elements, widths))
	return name
}

// Output declares that a value is given back, of the shape that Input's have.
func (g *Graph) Output(name string, elements Element, widths ...int) {
	g.body = appendBytes(g.body, graphOutput, value(name, elements, widths))
}

// value is the declaration of a value.
func value(name string, elements Element, widths []int) []byte {
	shape := appendBytes(nil, shapeDimension, appendText(nil, dimensionVariable, examples))
	for _, w := range widths {
		shape = appendBytes(shape, shapeDimension, appendNumber(nil, dimensionValue, w))
	}
	tensor := appendBytes(appendNumber(nil, typeElement, int(elements)), typeShape, shape)
	return appendBytes(appendText(nil, valueName, name), valueType, appendBytes(nil, typeTensor, tensor))
}

// About is what a file says of its network.
type About struct {
	Doc      string            // for people
	Version  string            // of the program that wrote it; may be empty
	Metadata map[string]string // for programs
}

// File is the network as a file.
func (g *Graph) File(about About) []byte {
	b := appendNumber(nil, modelIRVersion, irVersion)
	b = appendText(b, modelProducer, producer)
	if about.Version != "" {
		b = appendText(b, modelProducerVersion, about.Version)
	}
	b = appendText(b, modelDoc, about.Doc)
	b = appendBytes(b, modelGraph, g.body)
	b = appendBytes(b, modelOpSet, appendNumber(nil, opSetVersion, OpSet))
	for _, key := range slices.Sorted(maps.Keys(about.Metadata)) {
		b = appendBytes(b, modelMetadata, appendText(appendText(nil, entryKey, key), entryValue, about.Metadata[key]))
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
