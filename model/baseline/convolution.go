package baseline

import (
	"ssdgm/engine"
	"ssdgm/model"
)

// convolution is a layer of filters over the windows of an image, a rectifier, and the
// largest of each 2×2 of what they give. Images are [height, width, channels].
type convolution struct {
	height, width, channels int // of the input
	kernel, filters         int
	dense                   model.Dense // of a window's elements to the filters' answers
}

func (c *convolution) windowsDown() int   { return c.height - c.kernel + 1 }
func (c *convolution) windowsAcross() int { return c.width - c.kernel + 1 }
func (c *convolution) windows() int       { return c.windowsDown() * c.windowsAcross() }
func (c *convolution) window() int        { return c.kernel * c.kernel * c.channels }

// output is the image that the layer gives. A last row or column of an odd number is dropped.
func (c *convolution) output() (height, width, channels int) {
	return c.windowsDown() / 2, c.windowsAcross() / 2, c.filters
}

// lay adds the layer's parameters.
func (c *convolution) lay(l *model.Layout, name string) {
	c.dense = l.Dense(name, c.window(), c.filters, engine.ReLU)
}

// unfold lays the windows of one image out as rows, [windows, window], so that the filters
// are a matrix product.
func (c *convolution) unfold(rows, image []float32) {
	across, line := c.width*c.channels, c.kernel*c.channels
	at := 0
	for i := range c.windowsDown() {
		for j := range c.windowsAcross() {
			from := i*across + j*c.channels
			for range c.kernel {
				copy(rows[at:at+line], image[from:from+line])
				at, from = at+line, from+across
			}
		}
	}
}

// fold is unfold's transpose: it sets each element of dimage to the sum over its places in
// the windows.
func (c *convolution) fold(dimage, drows []float32) {
	clear(dimage)
	across, line := c.width*c.channels, c.kernel*c.channels
	at := 0
	for i := range c.windowsDown() {
		for j := range c.windowsAcross() {
			from := i*across + j*c.channels
			for range c.kernel {
				to := dimage[from : from+line]
				for e, d := range drows[at : at+line] {
					to[e] += d
				}
				at, from = at+line, from+across
			}
		}
	}
}

// pool takes the largest of each 2×2 of y, [windowsDown, windowsAcross, filters], and notes
// where it was; of equals the first.
func (c *convolution) pool(out []float32, places []int32, y []float32) {
	height, width, _ := c.output()
	at := 0
	for i := range height {
		for j := range width {
			corner := (2*i*c.windowsAcross() + 2*j) * c.filters
			for k := range c.filters {
				place := corner + k
				for _, other := range [3]int{place + c.filters, place + c.windowsAcross()*c.filters, place + (c.windowsAcross()+1)*c.filters} {
					if y[other] > y[place] {
						place = other
					}
				}
				out[at], places[at] = y[place], int32(place)
				at++
			}
		}
	}
}

// unpool is pool's transpose.
func (c *convolution) unpool(dy, dout []float32, places []int32) {
	clear(dy)
	for i, place := range places {
		dy[place] = dout[i]
	}
}

// convolved is a convolution at work on a fixed number of examples: the matrix products on
// the device, the rest on the host.
type convolved struct {
	*convolution
	dev      engine.Device
	examples int

	rows, y          []float32 // of all examples; reused for their gradients
	out, dout        []float32
	places           []int32
	devRows, devY    engine.Floats
	devDRows, devDY  engine.Floats // nil without gradients
	first, gradients bool          // the first layer needs no gradient in its input
}

func newConvolved(dev engine.Device, c *convolution, examples int, first, gradients bool) *convolved {
	w := &convolved{convolution: c, dev: dev, examples: examples, first: first, gradients: gradients}
	height, width, channels := c.output()
	rows, y, out := examples*c.windows()*c.window(), examples*c.windows()*c.filters, examples*height*width*channels
	w.rows, w.y, w.out, w.places = make([]float32, rows), make([]float32, y), make([]float32, out), make([]int32, out)
	w.devRows, w.devY = dev.NewFloats(rows), dev.NewFloats(y)
	if gradients {
		w.dout, w.devDY = make([]float32, out), dev.NewFloats(y)
		if !first {
			w.devDRows = dev.NewFloats(rows)
		}
	}
	return w
}

// forward computes out from images [examples, height·width·channels].
func (w *convolved) forward(values engine.Floats, images []float32) {
	image, rows, y, out := len(images)/w.examples, len(w.rows)/w.examples, len(w.y)/w.examples, len(w.out)/w.examples
	for i := range w.examples {
		w.unfold(w.rows[i*rows:][:rows], images[i*image:][:image])
	}
	w.dev.WriteFloats(w.devRows, 0, w.rows)
	engine.Do(w.dev, engine.Dense{
		Y: w.devY, X: w.devRows, Rows: w.examples * w.windows(), Layer: w.dense.Layer(values),
	})
	w.dev.ReadFloats(w.y, w.devY, 0)
	for i := range w.examples {
		w.pool(w.out[i*out:][:out], w.places[i*out:][:out], w.y[i*y:][:y])
	}
}

// backward computes the gradient in the parameters from dout, and the one in the images
// unless the layer is the first.
func (w *convolved) backward(values, grads engine.Floats, dimages []float32) {
	rows, y, out := len(w.rows)/w.examples, len(w.y)/w.examples, len(w.out)/w.examples
	for i := range w.examples {
		w.unpool(w.y[i*y:][:y], w.dout[i*out:][:out], w.places[i*out:][:out])
	}
	w.dev.WriteFloats(w.devDY, 0, w.y)
	engine.Do(w.dev, engine.DenseGrad{
		DX: w.devDRows, Grad: w.dense.Grad(grads), DY: w.devDY, From: w.devY, X: w.devRows,
		Rows: w.examples * w.windows(), Layer: w.dense.Layer(values),
	})
	if w.first {
		return
	}
	w.dev.ReadFloats(w.rows, w.devDRows, 0)
	image := len(dimages) / w.examples
	for i := range w.examples {
		w.fold(dimages[i*image:][:image], w.rows[i*rows:][:rows])
	}
}
