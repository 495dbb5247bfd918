package infer

import (
	"math"

	"ssdgm/engine"
	"ssdgm/model"
)

// Classifier runs each replica's classifier over examples, minibatch by minibatch.
type Classifier struct {
	*Batches
	dev      engine.Device
	out      engine.Floats
	classify func(steps *engine.List, values engine.Floats)
	host     []float32
}

// NewM2Classifier is q(y|x) of an M2, of so many examples at a time.
func NewM2Classifier(dev engine.Device, m *model.M2, in Input, size int, seeds ...uint64) *Classifier {
	graph := m.Graph(dev, engine.Pairs{Labelled: size, Samples: 1}, false)
	return NewClassifier(dev, in, graph.X, graph.Logits, graph.Classify, seeds...)
}

// NewSupervisedClassifier is p(y|x) of the yardstick, of so many examples at a time.
func NewSupervisedClassifier(dev engine.Device, m *model.Supervised, in Input, size int, seeds ...uint64) *Classifier {
	graph := m.Graph(dev, size, false)
	return NewClassifier(dev, in, graph.X, graph.Logits, graph.Classify, seeds...)
}

// NewClassifier is a classifier whose steps take x to out.
func NewClassifier(
	dev engine.Device, in Input, x, out engine.Floats, classify func(*engine.List, engine.Floats), seeds ...uint64,
) *Classifier {
	return &Classifier{
		Batches: NewBatches(dev, in, x, seeds...),
		dev:     dev, out: out, classify: classify, host: make([]float32, out.Len),
	}
}

// Logits gives [len(examples), K] for the examples of each replica.
func (c *Classifier) Logits(values engine.Floats, examples [][]int32) [][]float32 {
	classes := len(c.host) / c.size
	all := make([][]float32, len(examples))
	for r, own := range examples {
		all[r] = make([]float32, len(own)*classes)
	}
	program := engine.Recorded(func(steps *engine.List) {
		c.Gather(steps)
		c.classify(steps, values)
	}).Compile(c.dev)
	c.Each(examples, 0, func(first int, counts []int) {
		program.Run(1)
		for r, count := range counts {
			if count > 0 {
				c.dev.ReadFloats(c.host, c.out, r)
				copy(all[r][first*classes:], c.host[:count*classes])
			}
		}
	})
	return all
}

// Argmax is the place of the largest number.
func Argmax(row []float32) int {
	best := 0
	for k, v := range row {
		if v > row[best] {
			best = k
		}
	}
	return best
}

// LogSumExp is log Σ exp of a row.
func LogSumExp(row []float32) float64 {
	largest, total := float64(row[Argmax(row)]), 0.0
	for _, v := range row {
		total += math.Exp(float64(v) - largest)
	}
	return largest + math.Log(total)
}

// ErrorPercent is how many of the examples are classified wrongly.
func ErrorPercent(logits []float32, labels []int32, classes int) float64 {
	wrong := 0
	for i, label := range labels {
		if Argmax(logits[i*classes:][:classes]) != int(label) {
			wrong++
		}
	}
	return 100 * float64(wrong) / float64(len(labels))
}
