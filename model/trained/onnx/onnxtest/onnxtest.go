// Package onnxtest runs ONNX files of feed-forward networks in float64, plainly and slowly: an
// oracle for package onnx that knows the format from its specification alone.
package onnxtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Value is an array of one or two dimensions, row-major.
type Value struct {
	Shape []int
	Data  []float64
}

// Run runs the network in a file on a value for its one input, and returns its outputs.
func Run(file []byte, input Value) (outputs map[string]Value, err error) {
	model := parse(file)
	if set := parse(model.bytes(8)).number(2); set != 13 {
		return nil, fmt.Errorf("want operators of set 13, found %d", set)
	}
	graph := parse(model.bytes(7))
	values := map[string]Value{string(parse(graph.bytes(11)).bytes(1)): input}
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
		options := map[string]int{}
		for _, a := range node.all(5) {
			options[string(parse(a).bytes(1))] = parse(a).number(3)
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

var operators = map[string]func(in []Value, options map[string]int) Value{
	"Gemm":     gemm,
	"Softplus": elementwise(func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }),
	"Relu":     elementwise(func(x float64) float64 { return math.Max(x, 0) }),
	"Tanh":     elementwise(math.Tanh),
	"Sigmoid":  elementwise(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
	"Add":      pairwise(func(x, y float64) float64 { return x + y }),
	"Mul":      pairwise(func(x, y float64) float64 { return x * y }),
	"Gather":   gather,
	"ArgMax":   argMax,
	"Softmax":  softmax,
}

// gemm is A·Bᵀ + C.
func gemm(in []Value, options map[string]int) Value {
	a, b, c := in[0], in[1], in[2]
	if options["transB"] != 1 || b.Shape[1] != a.Shape[1] || c.Shape[0] != b.Shape[0] {
		panic(fmt.Sprintf("onnxtest: Gemm of %v, %v and %v", a.Shape, b.Shape, c.Shape))
	}
	rows, inner, columns := a.Shape[0], a.Shape[1], b.Shape[0]
	out := Value{Shape: []int{rows, columns}, Data: make([]float64, rows*columns)}
	for i := range rows {
		for j := range columns {
			sum := c.Data[j]
			for k := range inner {
				sum += a.Data[i*inner+k] * b.Data[j*inner+k]
			}
			out.Data[i*columns+j] = sum
		}
	}
	return out
}

func elementwise(f func(float64) float64) func([]Value, map[string]int) Value {
	return func(in []Value, _ map[string]int) Value {
		out := Value{Shape: in[0].Shape, Data: make([]float64, len(in[0].Data))}
		for i, x := range in[0].Data {
			out.Data[i] = f(x)
		}
		return out
	}
}

// pairwise takes elements together that are at one place; a second input without dimensions
// goes with all of the first.
func pairwise(f func(x, y float64) float64) func([]Value, map[string]int) Value {
	return func(in []Value, _ map[string]int) Value {
		a, b := in[0], in[1]
		if len(b.Shape) > 0 && !slices.Equal(a.Shape, b.Shape) {
			panic(fmt.Sprintf("onnxtest: elements of %v and %v", a.Shape, b.Shape))
		}
		out := Value{Shape: a.Shape, Data: make([]float64, len(a.Data))}
		for i, x := range a.Data {
			out.Data[i] = f(x, b.Data[i%len(b.Data)])
		}
		return out
	}
}

// gather takes rows (axis 0) or columns (axis 1).
func gather(in []Value, options map[string]int) Value {
	from, index := in[0], in[1].Data
	width := from.Shape[1]
	if options["axis"] == 0 {
		out := Value{Shape: []int{len(index), width}}
		for _, i := range index {
			out.Data = append(out.Data, from.Data[int(i)*width:][:width]...)
		}
		return out
	}
	out := Value{Shape: []int{from.Shape[0], len(index)}}
	for row := range from.Shape[0] {
		for _, j := range index {
			out.Data = append(out.Data, from.Data[row*width+int(j)])
		}
	}
	return out
}

// argMax is over columns, without keeping the dimension.
func argMax(in []Value, options map[string]int) Value {
	if keep, ok := options["keepdims"]; options["axis"] != 1 || !ok || keep != 0 {
		panic(fmt.Sprintf("onnxtest: ArgMax with %v", options))
	}
	width := in[0].Shape[1]
	out := Value{Shape: in[0].Shape[:1]}
	for i := range in[0].Shape[0] {
		best, row := 0, in[0].Data[i*width:][:width]
		for k, x := range row {
			if x > row[best] {
				best = k
			}
		}
		out.Data = append(out.Data, float64(best))
	}
	return out
}

func softmax(in []Value, options map[string]int) Value {
	if options["axis"] != 1 {
		panic(fmt.Sprintf("onnxtest: Softmax with %v", options))
	}
	out, width := Value{Shape: in[0].Shape}, in[0].Shape[1]
	for i := range in[0].Shape[0] {
		row, largest, total := in[0].Data[i*width:][:width], math.Inf(-1), 0.0
		for _, x := range row {
			largest = math.Max(largest, x)
		}
		for _, x := range row {
			total += math.Exp(x - largest)
		}
		for _, x := range row {
			out.Data = append(out.Data, math.Exp(x-largest)/total)
		}
	}
	return out
}
