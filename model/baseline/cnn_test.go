package baseline

import (
	"math"
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/model"
)

var small = &convolution{height: 6, width: 7, channels: 2, kernel: 3, filters: 4}

// inner is the product of two vectors, in float64.
func inner(a, b []float32) float64 { return dot(a, b) }

func TestFoldIsTheTransposeOfUnfold(t *testing.T) {
	c := small
	image, r := normals(c.height*c.width*c.channels, 1), normals(c.windows()*c.window(), 2)
	rows, folded := make([]float32, len(r)), make([]float32, len(image))
	c.unfold(rows, image)
	c.fold(folded, r)
	if a, b := inner(rows, r), inner(image, folded); math.Abs(a-b) > 1e-4 {
		t.Errorf("⟨unfold(x), r⟩ = %g, ⟨x, fold(r)⟩ = %g", a, b)
	}
}

func TestUnpoolIsTheTransposeOfPool(t *testing.T) {
	c := small
	height, width, channels := c.output()
	y, d := normals(c.windows()*c.filters, 3), normals(height*width*channels, 4)
	out, places, dy := make([]float32, len(d)), make([]int32, len(d)), make([]float32, len(y))
	c.pool(out, places, y)
	c.unpool(dy, d, places)
	if a, b := inner(out, d), inner(y, dy); math.Abs(a-b) > 1e-4 {
		t.Errorf("⟨pool(y), d⟩ = %g, ⟨y, unpool(d)⟩ = %g", a, b)
	}
}

func TestForwardIsTheLargestOfTheConvolution(t *testing.T) {
	c, dev := *small, device(t, 1)
	var layout model.Layout
	c.lay(&layout, "c")
	host, image := normals(layout.Size, 5), normals(2*c.height*c.width*c.channels, 6)
	values := dev.NewFloats(layout.Size)
	dev.WriteFloats(values, 0, host)
	w := newConvolved(dev, &c, 2, true, false)
	w.forward(values, image)
	height, width, filters := c.output()
	one := len(image) / 2
	for at, got := range w.out {
		example, k := at/(height*width*filters), at%filters
		i, j := at/filters%(height*width)/width, at/filters%width
		want := 0.0 // of the rectifier
		for corner := range 4 {
			want = max(want, filtered(&c, host, image[example*one:][:one], k, 2*i+corner/2, 2*j+corner%2))
		}
		if math.Abs(float64(got)-want) > 1e-4 {
			t.Fatalf("output %d: want %g, found %g", at, want, got)
		}
	}
}

// filtered is filter k's answer to the window at row i and column j, by definition.
func filtered(c *convolution, host, image []float32, k, i, j int) float64 {
	layer := c.dense.Layer(engine.Floats{Len: len(host)})
	sum := float64(host[layer.Bias.Offset+k])
	for di := range c.kernel {
		for dj := range c.kernel {
			for channel := range c.channels {
				weight := host[layer.Weight.Offset+((k*c.kernel+di)*c.kernel+dj)*c.channels+channel]
				sum += float64(weight) * float64(image[((i+di)*c.width+j+dj)*c.channels+channel])
			}
		}
	}
	return sum
}

// The loss is float32: a difference over 2h of 1e-2 along a direction of length 1 has an error of
// about 1e-7/1e-2, beside kinks of rectifiers that lie between.
func TestGradientsOfTheNetwork(t *testing.T) {
	const examples, h = 6, 5e-3
	dev := device(t, 1)
	o := Options{Device: dev, Inputs: 14 * 13 * 2, Classes: 3, Seed: 2}
	c, err := NewCNN(CNNOptions{Options: o, Height: 14, Width: 13, Channels: 2, Filters: []int{4, 5}, Kernel: 3, Hidden: 8, Dropout: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	n := c.network(examples, true)
	n.scale = dev.NewDoubles(1)
	dev.WriteDoubles(n.scale, 0, []float64{1.0 / examples})
	copy(n.x, normals(len(n.x), 7))
	dev.WriteInts(n.labels, 0, []int32{0, 1, 2, 0, 1, 2})
	values, grads, base := dev.NewFloats(c.layout.Size), dev.NewFloats(c.layout.Size), c.layout.Init(3)
	loss := func(direction []float32, along float64) (mean float64) {
		moved := make([]float32, len(base))
		for i := range base {
			moved[i] = base[i] + float32(along)*direction[i]
		}
		dev.WriteFloats(values, 0, moved)
		n.gradients(values, grads, 1)
		each := make([]float32, examples)
		dev.ReadFloats(each, n.loss, 0)
		for _, l := range each {
			mean += float64(l) / examples
		}
		return mean
	}
	loss(make([]float32, len(base)), 0)
	gradient := make([]float32, len(base))
	dev.ReadFloats(gradient, grads, 0)
	for i := range c.layout.Tensors {
		tensor := &c.layout.Tensors[i]
		direction := make([]float32, len(base))
		part := direction[tensor.Offset:][:tensor.Len()]
		copy(part, gradient[tensor.Offset:])
		norm := math.Sqrt(inner(part, part))
		for j := range part {
			part[j] /= float32(norm)
		}
		if numeric := (loss(direction, h) - loss(direction, -h)) / (2 * h); math.Abs(numeric-norm) > 0.02*norm+1e-4 {
			t.Errorf("%s: the loss rises by %g along its gradient of length %g", tensor.Name, numeric, norm)
		}
	}
}

func TestImageTooSmallForItsConvolutions(t *testing.T) {
	_, err := NewCNN(CNNOptions{
		Options: Options{Inputs: 100, Classes: 2}, Height: 10, Width: 10, Channels: 1, Filters: []int{2, 2, 2}, Kernel: 3, Hidden: 2,
		Optimiser: engine.OptimiserOptions{},
	})
	if err == nil || !strings.Contains(err.Error(), "found 2 × 2") && !strings.Contains(err.Error(), "found 1 × 1") {
		t.Errorf("want an error that tells the image's size, found %v", err)
	}
}
