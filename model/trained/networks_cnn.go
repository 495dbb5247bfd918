package trained

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/model/baseline"
	"ssdgm/model/trained/onnx"
)

// convolves tells whether the model is a convolutional network.
func (m *Model) convolves() bool {
	if m.Config.Baseline() == "" {
		return false
	}
	classifier, err := m.Baseline(baseline.Options{}, engine.OptimiserOptions{})
	_, ok := classifier.(*baseline.CNN)
	return err == nil && ok
}

// convolved is a convolutional network's logits, see baseline.CNN. Its images are [height, width, channels], those of
// the operators [channels, height, width].
func (n *network) convolved(x string) string {
	m, c := n.model, n.model.Config.CNN
	height, width, channels := m.Height, m.Width, m.channels()
	x = n.binary("Reshape", "image", x, n.Ints("image.shape", -1, height, width, channels))
	x = n.permuted("image.planes", x, 0, 3, 1, 2)
	for i, filters := range c.Filters {
		name := fmt.Sprintf("cnn.convolution.%d", i)
		x = n.convolution(name, x, filters, channels)
		height, width, channels = (height-c.Kernel+1)/2, (width-c.Kernel+1)/2, filters
	}
	x = n.permuted("top.image", x, 0, 2, 3, 1)
	x = n.binary("Reshape", "top", x, n.Ints("top.shape", -1, height*width*channels))
	top := n.Activation("relu", "cnn.hidden.relu", n.dense("cnn.hidden.sum", "cnn.hidden", x))
	return n.dense("classifier.logits", "cnn.out", top)
}

// convolution is a layer: filters, rectifiers and the largest of each 2×2. A filter's weights are [kernel, kernel,
// channels] in the model, [channels, kernel, kernel] for the operator.
func (n *network) convolution(name, x string, filters, channels int) string {
	kernel := n.model.Config.CNN.Kernel
	shape := n.Ints(name+".shape", filters, kernel, kernel, channels)
	windows := n.binary("Reshape", name+".windows", n.parameter(name+".weight"), shape)
	inputs := []string{x, n.permuted(name+".filters", windows, 0, 3, 1, 2), n.parameter(name + ".bias")}
	x = n.Activation("relu", name+".relu", n.Node("Conv", name+".sum", inputs))
	two := []int{2, 2}
	return n.Node("MaxPool", name, []string{x},
		onnx.Attribute{Name: "kernel_shape", List: two}, onnx.Attribute{Name: "strides", List: two})
}

// permuted is an array whose dimensions are in another order.
func (n *network) permuted(output, x string, order ...int) string {
	return n.Node("Transpose", output, []string{x}, onnx.Attribute{Name: "perm", List: order})
}
