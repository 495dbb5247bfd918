// Package model holds M1, M2 and the supervised yardstick: their parameters,
// bounds and hand-derived gradients, composed from a device's named steps.
// Equations are those of Kingma et al. 2014.
package model

import (
	"fmt"
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// Tensor is one named parameter: a view of a model's flat parameter array.
// Names and shapes are those of the checkpoint.
type Tensor struct {
	Name   string
	Shape  []int // [out, in] for weights, [out] for biases
	Offset int   // first element in the flat array
	// Transposed says that the device holds the matrix as [in, out]: a table of
	// one row per label, so that a label's row is contiguous.
	Transposed bool
	scale      float64 // standard deviation of the initial values
}

// Len is the number of elements.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Layout is the order of a model's tensors in its one flat array, so that an
// update is one pass.
type Layout struct {
	Tensors []Tensor
	Size    int
}

func (l *Layout) add(name string, scale float64, shape ...int) (offset int) {
	t := Tensor{Name: name, Shape: shape, Offset: l.Size, scale: scale}
	l.Tensors = append(l.Tensors, t)
	l.Size += t.Len()
	return t.Offset
}

// table adds a label table: [out, labels] by name, one row per label in memory.
func (l *Layout) table(name string, out, labels int, scale float64) (offset int) {
	offset = l.add(name, scale, out, labels)
	l.Tensors[len(l.Tensors)-1].Transposed = true
	return offset
}

// Concat lays several models' parameters out as one array, one after another.
func Concat(layouts ...*Layout) *Layout {
	all := &Layout{}
	for _, l := range layouts {
		for _, t := range l.Tensors {
			t.Offset += all.Size
			all.Tensors = append(all.Tensors, t)
		}
		all.Size += l.Size
	}
	return all
}

// Init is a replica's initial parameters, a function of its seed: weights
// N(0, 1/fan-in), biases and the heads for logvar zero.
func (l *Layout) Init(seed uint64) []float32 {
	values := make([]float32, l.Size)
	for i, t := range l.Tensors {
		if t.scale == 0 {
			continue
		}
		part := values[t.Offset:][:t.Len()]
		noise.Fill(part, seed, l.number(i))
		for j := range part {
			part[j] *= float32(t.scale)
		}
	}
	return values
}

// number is the tensor's place in the noise streams: models of one run must not
// share initial noise, so it is derived from the name.
func (l *Layout) number(i int) int {
	hash := uint32(2166136261)
	for _, c := range []byte(l.Tensors[i].Name) {
		hash = (hash ^ uint32(c)) * 16777619
	}
	return int(hash >> 8)
}

// Find gives the tensor of that name.
func (l *Layout) Find(name string) (*Tensor, bool) {
	for i := range l.Tensors {
		if l.Tensors[i].Name == name {
			return &l.Tensors[i], true
		}
	}
	return nil, false
}

// At names the tensor and the element in it, in checkpoint order, of a place in the
// flat array.
func (l *Layout) At(place int) string {
	for _, t := range l.Tensors {
		element := place - t.Offset
		if element >= t.Len() {
			continue
		}
		if t.Transposed {
			out, labels := t.Shape[0], t.Shape[1]
			element = element%out*labels + element/out
		}
		return fmt.Sprintf("%s[%d]", t.Name, element)
	}
	return fmt.Sprintf("parameter %d", place)
}

// Export copies a tensor out of a flat host array into checkpoint order.
func (t *Tensor) Export(dst, flat []float32) {
	src := flat[t.Offset:][:t.Len()]
	if !t.Transposed {
		copy(dst, src)
		return
	}
	transpose(dst, src, t.Shape[1], t.Shape[0])
}

// Import copies a tensor in checkpoint order into a flat host array.
func (t *Tensor) Import(flat, src []float32) {
	dst := flat[t.Offset:][:t.Len()]
	if !t.Transposed {
		copy(dst, src)
		return
	}
	transpose(dst, src, t.Shape[0], t.Shape[1])
}

// transpose writes the transpose of src, [rows, columns], to dst.
func transpose(dst, src []float32, rows, columns int) {
	for i := range rows {
		for j := range columns {
			dst[j*rows+i] = src[i*columns+j]
		}
	}
}

// Dense is a dense layer's place in the flat array.
type Dense struct {
	in, out      int
	weight, bias int
	activation   engine.Activation
}

func fanIn(in int) float64 { return 1 / math.Sqrt(float64(in)) }

// Dense adds a layer NAME.weight [out, in] and NAME.bias [out].
func (l *Layout) Dense(name string, in, out int, activation engine.Activation) Dense {
	return Dense{
		in: in, out: out, activation: activation,
		weight: l.add(name+".weight", fanIn(in), out, in),
		bias:   l.add(name+".bias", 0, out),
	}
}

// gaussian adds the two heads NAME.mean and NAME.logvar. They lie side by side, so
// one dense layer of 2·out computes rows [mean | logvar].
func (l *Layout) gaussian(name string, in, out int) Dense {
	d := Dense{in: in, out: 2 * out}
	d.weight = l.add(name+".mean.weight", fanIn(in), out, in)
	l.add(name+".logvar.weight", 0, out, in)
	d.bias = l.add(name+".mean.bias", 0, out)
	l.add(name+".logvar.bias", 0, out)
	return d
}

// hidden adds layers NAME.FIRST, NAME.FIRST+1, … of the given widths and returns
// them with the width of the last.
func (l *Layout) hidden(name string, first, in int, widths []int, activation engine.Activation) ([]Dense, int) {
	var layers []Dense
	for i, width := range widths {
		layers = append(layers, l.Dense(fmt.Sprintf("%s.%d", name, first+i), in, width, activation))
		in = width
	}
	return layers, in
}

// In is the number of the layer's inputs.
func (d *Dense) In() int { return d.in }

// Layer is the layer with its parameters taken from a flat array.
func (d *Dense) Layer(values engine.Floats) engine.Layer {
	return engine.Layer{
		Weight: values.Slice(d.weight, d.in*d.out), Bias: values.Slice(d.bias, d.out),
		In: d.in, Out: d.out, Activation: d.activation,
	}
}

// Grad is where the gradients of the layer's parameters go.
func (d *Dense) Grad(grads engine.Floats) engine.LayerGrad {
	return engine.LayerGrad{Weight: grads.Slice(d.weight, d.in*d.out), Bias: grads.Slice(d.bias, d.out)}
}

// reversed mirrors an encoder's widths for the decoder.
func reversed(widths []int) []int {
	r := make([]int, len(widths))
	for i, w := range widths {
		r[len(r)-1-i] = w
	}
	return r
}
