package trained

import (
	"context"
	"errors"

	"gorgonia.org/tensor"
)

// Applied is a model on a device that is open, for many calls on rows: what streams and servers use. Rows are raw, as
// the methods of Model take them, [n, Inputs] one after the other; no result depends on which rows stand beside a row in
// a call. One goroutine uses it at a time.
type Applied struct {
	model *Model // on the device
	close func() error
}

// Apply brings the model to its device, see OpenDevice and On. Close it.
func (m *Model) Apply() (*Applied, error) {
	if m.dev != nil {
		return &Applied{m, func() error { return nil }}, nil
	}
	dev, err := m.device()
	if err != nil {
		return nil, err
	}
	return &Applied{m.On(dev), dev.Close}, nil
}

// Close closes the device, unless it is the caller's.
func (a *Applied) Close() error { return a.close() }

// Model is what is applied.
func (a *Applied) Model() *Model { return a.model }

// rows makes an array of rows.
func (a *Applied) rows(x []float32) *tensor.Dense {
	return dense(x, len(x)/a.model.Inputs, a.model.Inputs)
}

// Classify gives the probabilities of the classes, [n, K], see Model.Classify.
func (a *Applied) Classify(ctx context.Context, x []float32) ([]float32, error) {
	return floats(a.model.Classify(ctx, a.rows(x)))
}

// Encode gives the means of the latents, [n, latents], see Model.Encode.
func (a *Applied) Encode(ctx context.Context, x []float32) ([]float32, error) {
	return floats(a.model.Encode(ctx, a.rows(x)))
}

// Bounds gives lower bounds on log p(x) in nats, [n], each the mean of Usual.Samples noise samples that are a function
// of the model's seed and of the row's own values: what Usual.Percentile takes.
func (a *Applied) Bounds(ctx context.Context, x []float32) ([]float32, error) {
	return floats(a.model.Bound(ctx, a.rows(x)))
}

func floats(t *tensor.Dense, err error) ([]float32, error) {
	if err != nil {
		return nil, err
	}
	values, ok := t.Data().([]float32)
	if !ok {
		return nil, errors.New("trained: an array hides its elements")
	}
	return values, nil
}
