package baseline

import (
	"context"
	"fmt"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
)

// CNNOptions are the architecture of a convolutional network and how it is trained.
type CNNOptions struct {
	Options
	Height, Width, Channels int     // of an example
	Filters                 []int   // of each convolution
	Kernel                  int     // the side of their windows
	Hidden                  int     // units between the convolutions and the labels
	Dropout                 float64 // the share of them that a step leaves out

	BatchSize, Steps int
	Rate             float64
	Optimiser        engine.OptimiserOptions
}

// CNN is p(y|x) = softmax of a convolutional network, trained on the labelled examples
// alone: convolutions (see convolution), one hidden layer of rectifiers with dropout
// (Srivastava et al. 2014), and the logits.
type CNN struct {
	CNNOptions
	layout         model.Layout
	convolutions   []*convolution
	hidden, logits model.Dense
	values         []float32
}

// NewCNN lays out a network. It is an error if an image is too small for the convolutions.
func NewCNN(o CNNOptions) (*CNN, error) {
	c := &CNN{CNNOptions: o}
	height, width, channels := o.Height, o.Width, o.Channels
	if o.Inputs != height*width*channels {
		panic(fmt.Sprintf("baseline: %d × %d images of %d channels for %d inputs", height, width, channels, o.Inputs))
	}
	for i, filters := range o.Filters {
		layer := &convolution{height: height, width: width, channels: channels, kernel: o.Kernel, filters: filters}
		if min(height, width) < o.Kernel+1 {
			return nil, fmt.Errorf("convolution %d: want an image of at least %d × %d, for windows of %d × %d and the largest of each 2 × 2, found %d × %d; use fewer convolutions or a smaller kernel",
				i, o.Kernel+1, o.Kernel+1, o.Kernel, o.Kernel, height, width)
		}
		layer.lay(&c.layout, fmt.Sprintf("cnn.convolution.%d", i))
		c.convolutions = append(c.convolutions, layer)
		height, width, channels = layer.output()
	}
	c.hidden = c.layout.Dense("cnn.hidden", height*width*channels, o.Hidden, engine.ReLU)
	c.logits = c.layout.Dense("cnn.out", o.Hidden, o.Classes, engine.Identity)
	return c, nil
}

// Fit implements Classifier.
func (c *CNN) Fit(ctx context.Context, e Examples) error {
	c.check(&e)
	dev := c.Device
	mark := dev.Mark()
	defer dev.Release(mark)
	l := model.NewLearner(dev, &c.layout, c.Optimiser, []float64{c.Rate}, []uint64{c.Seed})
	l.Initialise()
	n := c.network(c.BatchSize, true)
	n.scale = dev.NewDoubles(1)
	dev.WriteDoubles(n.scale, 0, []float64{1 / float64(c.BatchSize)})
	pool, index := dev.NewInts(e.Labelled.Rows), dev.NewInts(c.BatchSize)
	everyone := make([]int32, e.Labelled.Rows)
	for i := range everyone {
		everyone[i] = int32(i)
	}
	dev.WriteInts(pool, 0, everyone)
	picked, labels := make([]int32, c.BatchSize), make([]int32, c.BatchSize)
	for step := range c.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		var steps engine.List
		l.Begin(&steps)
		steps.Add(engine.Minibatch{Index: index, Pool: pool, Noise: l.Noise(noise.StreamSupervised)})
		steps.Do(dev)
		dev.ReadInts(picked, index, 0)
		for b, i := range picked {
			copy(n.x[b*e.Labelled.Width:], e.Labelled.Row(int(i)))
			labels[b] = e.Labels[i]
		}
		dev.WriteInts(n.labels, 0, labels)
		n.gradients(l.Params.Values, l.Params.Grads, uint32(step+1))
		var end engine.List
		l.Watch(&end, "classifier's loss of labelled example", n.loss)
		l.Apply(&end)
		end.Do(dev)
		c.progress(step+1, c.Steps)
	}
	values := make([]float32, c.layout.Size)
	dev.ReadFloats(values, l.Result(), 0)
	if fault := l.Fault(0); fault != nil {
		return fmt.Errorf("cnn: %w", fault)
	}
	c.values = values
	return dev.Sync()
}

// Predict implements Classifier.
func (c *CNN) Predict(x Matrix) ([]float32, error) {
	if c.values == nil {
		panic("baseline: CNN: Predict before Fit")
	}
	dev := c.Device
	mark := dev.Mark()
	defer dev.Release(mark)
	values, n := dev.NewFloats(c.layout.Size), c.network(PredictRows, false)
	dev.WriteFloats(values, 0, c.values)
	logits, part := make([]float32, x.Rows*c.Classes), make([]float32, PredictRows*c.Classes)
	x.pieces(PredictRows, func(first int, piece Matrix) {
		copy(n.x, piece.Data)
		n.forward(values, 0)
		dev.ReadFloats(part, n.logits, 0)
		copy(logits[first*c.Classes:], part[:piece.Rows*c.Classes])
	})
	return logits, dev.Sync()
}

// PredictRows is how many images a CNN classifies at once: the windows of one are some 40,000
// numbers.
const PredictRows = 100

// Export implements Classifier.
func (c *CNN) Export() []Tensor {
	var all []Tensor
	for i := range c.layout.Tensors {
		t := &c.layout.Tensors[i]
		all = append(all, Tensor{Name: t.Name, Shape: t.Shape, Data: c.values[t.Offset:][:t.Len()]})
	}
	return all
}

// Import implements Classifier.
func (c *CNN) Import(lookup func(string) (Tensor, bool)) error {
	values := make([]float32, c.layout.Size)
	for i := range c.layout.Tensors {
		t := &c.layout.Tensors[i]
		part, err := sized[float32](lookup, t.Name, t.Shape...)
		if err != nil {
			return err
		}
		copy(values[t.Offset:], part)
	}
	c.values = values
	return nil
}
