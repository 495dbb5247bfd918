package spec

import (
	"fmt"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model/baseline"
)

// Images are the sizes of the images that a baseline classifies. Only a convolutional network looks at them.
type Images struct{ Height, Width, Channels int }

// baselines are the baselines by their phase: how each is made, and which keys of a configuration decide what its
// parameters are used for.
var baselines = map[string]struct {
	make func(c *configs.Config, images Images, o baseline.Options, rule engine.OptimiserOptions) (baseline.Classifier, error)
	keys func(c *configs.Config) map[string]any
}{
	"knn": {newKNN, func(c *configs.Config) map[string]any { return map[string]any{"knn.neighbours": c.KNN.Neighbours} }},
	"tsvm": {newTSVM, func(c *configs.Config) map[string]any {
		s := c.TSVM
		return map[string]any{
			"tsvm.kernel": s.Kernel, "tsvm.features": s.Features, "tsvm.gamma": s.Gamma, "tsvm.cold": s.Cold,
		}
	}},
	"cnn": {newCNN, func(c *configs.Config) map[string]any {
		return map[string]any{"cnn.filters": c.CNN.Filters, "cnn.kernel": c.CNN.Kernel, "cnn.hidden": c.CNN.Hidden}
	}},
}

// Baseline makes the configuration's baseline; it has learnt nothing yet. rule is how a convolutional network is to be
// trained: who only classifies with it needs none. It is an error if images are too small for the network.
func Baseline(
	c *configs.Config, images Images, o baseline.Options, rule engine.OptimiserOptions,
) (baseline.Classifier, error) {
	classifier, err := baselines[c.Baseline()].make(c, images, o, rule)
	if err == nil && missing(c) && !c.HasM1() {
		classifier = baseline.Observing(classifier)
	}
	return classifier, err
}

// BaselineKeys are the keys of the configuration, with their values, that decide what the parameters of its baseline
// are used for; none where it has no baseline.
func BaselineKeys(c *configs.Config) map[string]any {
	if b, ok := baselines[c.Baseline()]; ok {
		return b.keys(c)
	}
	return nil
}

func newKNN(c *configs.Config, _ Images, o baseline.Options, _ engine.OptimiserOptions) (baseline.Classifier, error) {
	return baseline.NewKNN(baseline.KNNOptions{Options: o, K: c.KNN.Neighbours}), nil
}

func newTSVM(c *configs.Config, _ Images, o baseline.Options, _ engine.OptimiserOptions) (baseline.Classifier, error) {
	s := c.TSVM
	if s.Kernel == "linear" {
		s.Features = 0
	}
	return baseline.NewTSVM(baseline.TSVMOptions{
		Options: o, Features: s.Features, Gamma: s.Gamma, C: s.C, CUnlabelled: s.UnlabelledWeight,
		Balance: s.Balance, Stages: s.Stages, Hot: s.Hot, Cold: s.Cold,
	}), nil
}

func newCNN(
	c *configs.Config, images Images, o baseline.Options, rule engine.OptimiserOptions,
) (baseline.Classifier, error) {
	n, train := c.CNN, c.CNN.Train
	if o.Inputs != images.Height*images.Width*images.Channels {
		return nil, fmt.Errorf("want images, found %d principal components of them; set data.pca to 0", o.Inputs)
	}
	cnn, err := baseline.NewCNN(baseline.CNNOptions{
		Options: o, Height: images.Height, Width: images.Width, Channels: images.Channels,
		Filters: n.Filters, Kernel: n.Kernel, Hidden: n.Hidden, Dropout: n.Dropout,
		BatchSize: train.BatchSize, Steps: train.Steps, Rate: train.Optimiser.Rate, Optimiser: rule,
	})
	if err != nil {
		return nil, err
	}
	return cnn, nil
}
