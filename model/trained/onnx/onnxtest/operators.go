package onnxtest

import (
	"fmt"
	"math"
	"slices"
)

// operators are those of set 13 that networks of package onnx are made of, with no more of their options than these use.
var operators = map[string]func(in []Value, options map[string][]int) Value{
	"Identity": elementwise(func(x float64) float64 { return x }),
	"Softplus": elementwise(func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }),
	"Relu":     elementwise(func(x float64) float64 { return math.Max(x, 0) }),
	"Tanh":     elementwise(math.Tanh),
	"Sigmoid":  elementwise(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
	"Log":      elementwise(math.Log),
	"Exp":      elementwise(math.Exp),
	"IsNaN":    elementwise(func(x float64) float64 { return truth(x != x) }),
	"IsInf":    elementwise(func(x float64) float64 { return truth(math.IsInf(x, 0)) }),
	"Add":      pairwise(func(x, y float64) float64 { return x + y }),
	"Sub":      pairwise(func(x, y float64) float64 { return x - y }),
	"Mul":      pairwise(func(x, y float64) float64 { return x * y }),
	"Div":      pairwise(func(x, y float64) float64 { return x / y }),
	"Less":     pairwise(func(x, y float64) float64 { return truth(x < y) }),
	"Greater":  pairwise(func(x, y float64) float64 { return truth(x > y) }),
	"Equal":    pairwise(func(x, y float64) float64 { return truth(x == y) }),
	"Or":       pairwise(math.Max),
	"Where": broadcast(func(in []float64) float64 {
		if in[0] != 0 {
			return in[1]
		}
		return in[2]
	}),
	"Cast": cast, "Gemm": gemm, "Gather": gather, "ArgMax": argMax, "Softmax": softmax, "ReduceSum": reduceSum,
	"Squeeze": squeeze, "Pad": pad, "Reshape": reshape, "Transpose": transpose, "Conv": conv, "MaxPool": maxPool,
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// size is how many elements a shape has.
func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func unknown(op string, options map[string][]int, in []Value) string {
	var shapes [][]int
	for _, v := range in {
		shapes = append(shapes, v.Shape)
	}
	return fmt.Sprintf("onnxtest: %s of shapes %v with %v", op, shapes, options)
}

func elementwise(f func(float64) float64) func([]Value, map[string][]int) Value {
	return broadcast(func(in []float64) float64 { return f(in[0]) })
}

func pairwise(f func(x, y float64) float64) func([]Value, map[string][]int) Value {
	return broadcast(func(in []float64) float64 { return f(in[0], in[1]) })
}

// broadcast takes elements together that are at one place. A dimension that an input lacks, or that is 1 there, goes
// with every place of the others'.
func broadcast(f func(in []float64) float64) func([]Value, map[string][]int) Value {
	return func(in []Value, _ map[string][]int) Value {
		var shape []int
		for _, v := range in {
			for len(shape) < len(v.Shape) {
				shape = append([]int{1}, shape...)
			}
		}
		for _, v := range in {
			first := len(shape) - len(v.Shape)
			for i, d := range v.Shape {
				if shape[first+i] != d && shape[first+i] != 1 && d != 1 {
					panic(unknown("an operator", nil, in))
				}
				shape[first+i] = max(shape[first+i], d)
			}
		}
		out, elements := Value{Shape: shape, Data: make([]float64, size(shape))}, make([]float64, len(in))
		for at := range out.Data {
			for i, v := range in {
				elements[i] = v.Data[placeIn(v.Shape, shape, at)]
			}
			out.Data[at] = f(elements)
		}
		return out
	}
}

// placeIn is the place in an array of a shape that goes with a place in one of the whole shape.
func placeIn(shape, whole []int, at int) (place int) {
	stride := 1
	for i := 1; i <= len(whole); i++ {
		index := at % whole[len(whole)-i]
		at /= whole[len(whole)-i]
		if i <= len(shape) {
			if d := shape[len(shape)-i]; d != 1 {
				place += index * stride
				stride *= d
			}
		}
	}
	return place
}

// cast rounds to float32; what other types it gives are whole numbers, or as wide as the oracle's.
func cast(in []Value, options map[string][]int) Value {
	switch options["to"][0] {
	case 1:
		return elementwise(func(x float64) float64 { return float64(float32(x)) })(in, nil)
	case 11:
		return in[0]
	}
	panic(unknown("Cast", options, in))
}

// gemm is A·B + C or A·Bᵀ + C; without C, it is 0.
func gemm(in []Value, options map[string][]int) Value {
	a, b := in[0], in[1]
	if slices.Equal(options["transB"], []int{1}) {
		b = transpose([]Value{b}, map[string][]int{"perm": {1, 0}})
	}
	rows, inner, columns := a.Shape[0], a.Shape[1], b.Shape[1]
	if b.Shape[0] != inner || len(in) > 2 && !slices.Equal(in[2].Shape, []int{columns}) {
		panic(unknown("Gemm", options, in))
	}
	out := Value{Shape: []int{rows, columns}, Data: make([]float64, rows*columns)}
	for i := range rows {
		for j := range columns {
			sum := 0.0
			if len(in) > 2 {
				sum = in[2].Data[j]
			}
			for k := range inner {
				sum += a.Data[i*inner+k] * b.Data[k*columns+j]
			}
			out.Data[i*columns+j] = sum
		}
	}
	return out
}

// gather takes rows (axis 0) or columns (axis 1).
func gather(in []Value, options map[string][]int) Value {
	from, index := in[0], in[1].Data
	width := from.Shape[1]
	if options["axis"][0] == 0 {
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
func argMax(in []Value, options map[string][]int) Value {
	if !slices.Equal(options["axis"], []int{1}) || !slices.Equal(options["keepdims"], []int{0}) {
		panic(unknown("ArgMax", options, in))
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

func softmax(in []Value, options map[string][]int) Value {
	if !slices.Equal(options["axis"], []int{1}) {
		panic(unknown("Softmax", options, in))
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

// reduceSum is over columns, keeping the dimension.
func reduceSum(in []Value, options map[string][]int) Value {
	if len(in) != 2 || !slices.Equal(in[1].Data, []float64{1}) || len(options) > 0 {
		panic(unknown("ReduceSum", options, in))
	}
	out := Value{Shape: []int{in[0].Shape[0], 1}}
	for row := range slices.Chunk(in[0].Data, in[0].Shape[1]) {
		sum := 0.0
		for _, x := range row {
			sum += x
		}
		out.Data = append(out.Data, sum)
	}
	return out
}

// squeeze drops the columns, of which there is one.
func squeeze(in []Value, options map[string][]int) Value {
	if len(in) != 2 || !slices.Equal(in[1].Data, []float64{1}) || in[0].Shape[1] != 1 {
		panic(unknown("Squeeze", options, in))
	}
	return Value{Shape: in[0].Shape[:1], Data: in[0].Data}
}

// pad adds zeros to the rows' ends.
func pad(in []Value, options map[string][]int) Value {
	by := in[1].Data
	if len(in) != 2 || len(by) != 4 || by[0] != 0 || by[1] != 0 || by[2] != 0 || len(options) > 0 {
		panic(unknown("Pad", options, in))
	}
	out := Value{Shape: []int{in[0].Shape[0], in[0].Shape[1] + int(by[3])}}
	for row := range slices.Chunk(in[0].Data, in[0].Shape[1]) {
		out.Data = append(append(out.Data, row...), make([]float64, int(by[3]))...)
	}
	return out
}

// reshape gives an array other dimensions, of which one may be −1: what is left.
func reshape(in []Value, _ map[string][]int) Value {
	var shape []int
	for _, d := range in[1].Data {
		shape = append(shape, int(d))
	}
	if open := slices.Index(shape, -1); open >= 0 {
		shape[open] = 1
		shape[open] = len(in[0].Data) / size(shape)
	}
	if size(shape) != len(in[0].Data) {
		panic(unknown("Reshape", nil, in))
	}
	return Value{Shape: shape, Data: in[0].Data}
}

// transpose reorders the dimensions: those of the output are the input's by their numbers in perm.
func transpose(in []Value, options map[string][]int) Value {
	x, order := in[0], options["perm"]
	out := Value{Data: make([]float64, len(x.Data))}
	for _, d := range order {
		out.Shape = append(out.Shape, x.Shape[d])
	}
	index := make([]int, len(order)) // in x
	for at := range out.Data {
		rest := at
		for i := len(order) - 1; i >= 0; i-- {
			index[order[i]] = rest % out.Shape[i]
			rest /= out.Shape[i]
		}
		from := 0
		for i, d := range x.Shape {
			from = from*d + index[i]
		}
		out.Data[at] = x.Data[from]
	}
	return out
}

// conv is a convolution of images [n, channels, height, width] with filters [filters, channels, kernel, kernel] and a
// bias each, without padding, a step of 1 at a time.
func conv(in []Value, options map[string][]int) Value {
	x, w, bias := in[0], in[1], in[2]
	if len(options) > 0 || x.Shape[1] != w.Shape[1] {
		panic(unknown("Conv", options, in))
	}
	channels, down, across := w.Shape[1], w.Shape[2], w.Shape[3]
	out := Value{Shape: []int{x.Shape[0], w.Shape[0], x.Shape[2] - down + 1, x.Shape[3] - across + 1}}
	window := func(image, filter, row, column int) float64 {
		sum := bias.Data[filter]
		for c := range channels {
			for i := range down {
				for j := range across {
					pixel := x.Data[((image*channels+c)*x.Shape[2]+row+i)*x.Shape[3]+column+j]
					sum += pixel * w.Data[((filter*channels+c)*down+i)*across+j]
				}
			}
		}
		return sum
	}
	for at := range size(out.Shape) {
		row, column := at/out.Shape[3]%out.Shape[2], at%out.Shape[3]
		plane := at / out.Shape[3] / out.Shape[2]
		out.Data = append(out.Data, window(plane/out.Shape[1], plane%out.Shape[1], row, column))
	}
	return out
}

// maxPool is the largest of each 2×2 of images [n, channels, height, width]. A last row or column of an odd number is
// dropped.
func maxPool(in []Value, options map[string][]int) Value {
	two := []int{2, 2}
	if !slices.Equal(options["kernel_shape"], two) || !slices.Equal(options["strides"], two) || len(options) > 2 {
		panic(unknown("MaxPool", options, in))
	}
	x := in[0]
	height, width := x.Shape[2], x.Shape[3]
	out := Value{Shape: []int{x.Shape[0], x.Shape[1], height / 2, width / 2}}
	for plane := range x.Shape[0] * x.Shape[1] {
		for row := range height / 2 {
			for column := range width / 2 {
				corner := x.Data[(plane*height+2*row)*width+2*column:]
				out.Data = append(out.Data, max(corner[0], corner[1], corner[width], corner[width+1]))
			}
		}
	}
	return out
}
