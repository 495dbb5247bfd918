// Package onnxtest runs ONNX files of feed-forward networks in float64, plainly and slowly: an
// oracle for package onnx that knows the format from its specification alone. Conditions are 1 and 0.
package onnxtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Value is an array, row-major.
type Value struct {
	Shape []int
	Data  []float64
}

// A Declaration is what a file says of an input: the number of its elements' type in the format, and its dimensions, −1
// for one whose size is open.
type Declaration struct {
	Element int
	Shape   []int
}

// Inputs are those that a file declares.
func Inputs(file []byte) map[string]Declaration {
	all := map[string]Declaration{}
	for _, b := range parse(parse(file).bytes(7)).all(11) {
		input := parse(b)
		tensor := parse(parse(input.bytes(2)).bytes(1))
		d := Declaration{Element: tensor.number(1)}
		for _, b := range parse(tensor.bytes(2)).all(1) {
			size := -1
			if dimension := parse(b); len(dimension.all(1)) > 0 {
				size = dimension.number(1)
			}
			d.Shape = append(d.Shape, size)
		}
		all[string(input.bytes(1))] = d
	}
	return all
}

// Metadata are a file's.
func Metadata(file []byte) map[string]string {
	all := map[string]string{}
	for _, b := range parse(file).all(14) {
		entry := parse(b)
		all[string(entry.bytes(1))] = string(entry.bytes(2))
	}
	return all
}

// Run runs the network in a file on values for its inputs, by their names, and returns its outputs.
func Run(file []byte, inputs map[string]Value) (outputs map[string]Value, err error) {
	model := parse(file)
	if set := parse(model.bytes(8)).number(2); set != 13 {
		return nil, fmt.Errorf("want operators of set 13, found %d", set)
	}
	graph := parse(model.bytes(7))
	values := map[string]Value{}
	for name, d := range Inputs(file) {
		v, ok := inputs[name]
		if !ok || len(v.Shape) != len(d.Shape) || !slices.Equal(v.Shape[1:], d.Shape[1:]) {
			return nil, fmt.Errorf("input %s: want shape %v, found %v", name, d.Shape, v.Shape)
		}
		values[name] = v
	}
	for _, b := range graph.all(5) {
		t := parse(b)
		values[string(t.bytes(8))] = tensor(t)
	}
	for _, b := range graph.all(1) {
		node := parse(b)
		op, output := string(node.bytes(4)), string(node.bytes(2))
		var in []Value
		for _, name := range node.all(1) {
			v, ok := values[string(name)]
			if !ok {
				return nil, fmt.Errorf("%s %s: want its inputs before it, found no %s", op, output, name)
			}
			in = append(in, v)
		}
		options := map[string][]int{}
		for _, b := range node.all(5) {
			a := parse(b)
			for _, number := range append(a.all(3), a.all(8)...) {
				name := string(a.bytes(1))
				options[name] = append(options[name], int(binary.LittleEndian.Uint64(number)))
			}
		}
		f, ok := operators[op]
		if !ok {
			return nil, fmt.Errorf("want an operator that the oracle knows, found %s", op)
		}
		values[output] = f(in, options)
	}
	outputs = map[string]Value{}
	for _, b := range graph.all(12) {
		name := string(parse(b).bytes(1))
		v, ok := values[name]
		if !ok {
			return nil, fmt.Errorf("want the output %s, found no node for it", name)
		}
		outputs[name] = v
	}
	return outputs, nil
}

// message is a protobuf message: the values of each field.
type message map[protowire.Number][][]byte

// parse takes a message apart; a number is kept as its eight bytes. It panics on nonsense.
func parse(b []byte) message {
	m := message{}
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		b = b[must(n):]
		var v []byte
		if kind == protowire.VarintType {
			var number uint64
			number, n = protowire.ConsumeVarint(b)
			v = binary.LittleEndian.AppendUint64(nil, number)
		} else {
			v, n = protowire.ConsumeBytes(b)
		}
		b = b[must(n):]
		m[field] = append(m[field], v)
	}
	return m
}

func must(n int) int {
	if n < 0 {
		panic(fmt.Sprintf("onnxtest: %v", protowire.ParseError(n)))
	}
	return n
}

func (m message) all(field protowire.Number) [][]byte { return m[field] }

func (m message) bytes(field protowire.Number) []byte {
	if len(m[field]) != 1 {
		panic(fmt.Sprintf("onnxtest: want one field %d, found %d", field, len(m[field])))
	}
	return m[field][0]
}

func (m message) number(field protowire.Number) int {
	return int(binary.LittleEndian.Uint64(m.bytes(field)))
}

// tensor is a constant: float32 (type 1) or int64 (type 7).
func tensor(t message) Value {
	var v Value
	n := 1
	for _, d := range t.all(1) {
		v.Shape = append(v.Shape, int(binary.LittleEndian.Uint64(d)))
		n *= v.Shape[len(v.Shape)-1]
	}
	v.Data = make([]float64, n)
	raw := t.bytes(9)
	for i := range v.Data {
		if t.number(2) == 1 {
			v.Data[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		} else {
			v.Data[i] = float64(int64(binary.LittleEndian.Uint64(raw[8*i:])))
		}
	}
	return v
}
