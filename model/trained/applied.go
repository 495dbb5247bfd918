package trained

import (
	"cmp"
	"context"
	"errors"

	"ssdgm/engine"
	"ssdgm/model/baseline"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
)

// Applied is a model on a device that is open, for many calls on rows: what streams and servers use. Its parameters lie
// on the device, and its programs are compiled once, for minibatches of a few sizes, so that one row costs little and
// thousands run at the speed of the products.
//
// Rows are raw, as the methods of Model take them, [n, Inputs] one after the other, for any n, also 0. No result depends
// on which rows stand beside a row in a call, in which order, or on how many they are: on engine/cpu and engine/ref to
// the bit, on a card to rounding. What a method gives is a new slice of the caller's.
//
// One goroutine uses it at a time. Several goroutines each have their own: Apply is called once for each; they share the
// Model, and each has a device of its own. When a call's context ends, it returns the context's error after the minibatch
// under way, and the next call goes on as if that had not been. After a device's failure every call returns that failure:
// close it and apply the model again.
type Applied struct {
	model    *Model
	dev      engine.Device
	mark     engine.Mark // the caller's device before
	owned    bool        // the device is ours
	networks *infer.Networks
	learnt   baseline.Classifier // nil of a model that is no baseline
	seen     []float32
	guess    []float32 // see Impute
}

// errClosed is what comes of using an Applied after Close.
var errClosed = errors.New("trained: an applied model was closed before this call")

// Apply brings the model to its device, see OpenDevice and On. Close it.
func (m *Model) Apply() (*Applied, error) {
	a := &Applied{dev: m.dev}
	if a.dev == nil {
		dev, err := m.device()
		if err != nil {
			return nil, err
		}
		a.dev, a.owned = dev, true
	}
	a.model, a.mark = m.On(a.dev), a.dev.Mark()
	parts := infer.Parts{Stack: m.stack(), Seed: m.Config.Seed, Size: min(m.Config.Eval.BatchSize, largestBatch)}
	if m.M2 == nil && m.Config.OnlySupervised() {
		parts.Supervised, parts.SupervisedValues = m.Supervised, m.SupervisedValues
	}
	var err error
	if m.Config.Baseline() != "" {
		a.learnt, err = m.learnt(a.dev)
	}
	if parts.M1 != nil || parts.M2 != nil || parts.Supervised != nil {
		a.networks = infer.NewNetworks(a.dev, parts)
	}
	if err = cmp.Or(err, a.dev.Sync()); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// largestBatch is the most rows of a minibatch; fewer where eval.batch_size is. More are no faster.
const largestBatch = 512

// Close closes the device. On a device of the caller's, see Model.On, it frees what was made there since Apply.
func (a *Applied) Close() error {
	dev := a.dev
	a.dev = nil
	switch {
	case dev == nil:
		return nil
	case a.owned:
		return dev.Close()
	}
	dev.Release(a.mark)
	return nil
}

// Model is what is applied.
func (a *Applied) Model() *Model { return a.model }

// Classes names the classes, see Model.Classes.
func (a *Applied) Classes() []string { return a.model.Classes() }

// Inputs is how many raw values a row has.
func (a *Applied) Inputs() int { return a.model.Inputs }

// rows holds that x are rows that the model takes, and tells how many they are.
func (a *Applied) rows(what string, x []float32) (n int, err error) {
	d := a.model.Inputs
	if len(x)%d != 0 {
		return 0, format.Errorf("%s: want rows of %d values, as the model was trained on, found %d values",
			what, d, len(x))
	}
	return len(x) / d, a.model.Check(what, x)
}

// use calls f with what tells it that ctx has ended.
func (a *Applied) use(ctx context.Context, f func(stopped func() bool) error) error {
	if a.dev == nil {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := f(func() bool { return ctx.Err() != nil })
	return cmp.Or(a.dev.Sync(), ctx.Err(), err)
}

// seenOf gives rows as the networks see them.
func (a *Applied) seenOf(x []float32) infer.SeenRows {
	t, d := a.model.Input, a.model.Inputs
	return func(first, end int) []float32 {
		raw := x[first*d : end*d]
		if t.Plain() {
			return raw
		}
		if need := (end - first) * t.Out(); len(a.seen) < need {
			a.seen = make([]float32, need)
		}
		seen := a.seen[:(end-first)*t.Out()]
		t.Apply(seen, raw)
		return seen
	}
}

// Classify gives the probabilities of the classes, [n, K], see Model.Classify.
func (a *Applied) Classify(ctx context.Context, x []float32) (p []float32, err error) {
	m := a.model
	if err := m.wantClasses(); err != nil {
		return nil, err
	}
	n, err := a.rows("classify", x)
	if err != nil {
		return nil, err
	}
	err = a.use(ctx, func(stopped func() bool) (err error) {
		if a.learnt != nil {
			p, err = a.predict(x, n, stopped)
			return err
		}
		p = a.networks.Logits(a.seenOf(x), n, stopped)
		return nil
	})
	if err != nil {
		return nil, err
	}
	m.tempered(p)
	return p, nil
}

// predict gives a baseline's logits, [n, K].
func (a *Applied) predict(x []float32, n int, stopped func() bool) ([]float32, error) {
	m, seen := a.model, a.seenOf(x)
	width := m.baselineInputs()
	var all []float32
	for first := 0; first < n && !stopped(); first += baselineRows {
		end := min(n, first+baselineRows)
		rows := seen
		if m.M1 != nil {
			stats := a.networks.Stats(func(from, to int) []float32 { return seen(first+from, first+to) }, end-first, stopped)
			features := make([]float32, (end-first)*width)
			infer.Pick(features, stats, 2*m.M1.Latents, m.Kept)
			rows = func(int, int) []float32 { return features }
		}
		logits, err := a.learnt.Predict(baseline.Matrix{Rows: end - first, Width: width, Data: rows(first, end)})
		if err != nil {
			return nil, err
		}
		all = append(all, logits...)
	}
	return all, nil
}

// Encode gives the means of the latents, [n, latents], see Model.Encode; EncodeAll tells more of them.
func (a *Applied) Encode(ctx context.Context, x []float32) (means []float32, err error) {
	c, err := a.EncodeAll(ctx, x, EncodeOptions{})
	if err != nil {
		return nil, err
	}
	return c.Mean, nil
}

// Bounds gives lower bounds on log p(x) in nats, [n], see Model.Bound: what Usual.Percentile takes. Each is the mean of
// Samples noise samples, which are a function of the model's seed and of the row's own raw values alone.
func (a *Applied) Bounds(ctx context.Context, x []float32) (bounds []float32, err error) {
	m := a.model
	if err := m.wantDensity("bound"); err != nil {
		return nil, err
	}
	if _, err := a.rows("bound", x); err != nil {
		return nil, err
	}
	err = a.use(ctx, func(stopped func() bool) error {
		bounds = a.networks.Bounds(a.seenOf(x), a.keys(x), a.Samples(), stopped)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return bounds, nil
}

// keys stand for the raw values of rows.
func (a *Applied) keys(x []float32) []infer.Key {
	d := a.model.Inputs
	keys := make([]infer.Key, len(x)/d)
	infer.Parallel(len(keys), d, func(first, end int) {
		for i := first; i < end; i++ {
			keys[i] = infer.KeyOf(x[i*d:][:d])
		}
	})
	return keys
}

// Samples is how many noise samples a bound of Bounds is the mean of: Usual's, where the model has it, else those of an
// evaluation.
func (a *Applied) Samples() int {
	if a.model.Usual != nil {
		return a.model.Usual.Samples
	}
	return a.model.Config.Eval.Samples
}
