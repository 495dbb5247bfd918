package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model/baseline"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
	"ssdgm/train/run"
)

// baselinePhase trains a baseline of that name. It learns in one go: its one checkpoint is its end, and a run that
// is stopped before goes on from the phase before it.
type baselinePhase struct{ name string }

func init() {
	for _, name := range []string{"knn", "tsvm", "cnn"} {
		register(baselinePhase{name})
	}
}

// Name implements Phase.
func (p baselinePhase) Name() string { return p.name }

func (baselinePhase) steps(*member) int                 { return 0 }
func (baselinePhase) shape(*member) any                 { return nil }
func (baselinePhase) twin(*member) any                  { return nil }
func (baselinePhase) onLatents() bool                   { return true }
func (baselinePhase) parts(*trained.Model) []parameters { return nil }
func (baselinePhase) finish(t *trained.Model, step int) { t.Step = step }

// check implements Phase: a network may have no room on the images.
func (baselinePhase) check(m *member) error {
	if m.config.HasM1() {
		return nil // the latents that are kept are not known yet
	}
	_, err := m.classifier(nil, nil)
	return err
}

// measure is an estimate: most of it is on the host.
func (p baselinePhase) measure(c *configs.Config, s sizes, _ int) footprint {
	f := footprint{name: p.name, data: s.bytes()}
	inputs := s.d
	if c.HasM1() {
		inputs = c.M1.Latents
		f.data += 4 * 2 * int64(s.n) * int64(inputs)
	}
	f.data += baselineBytes(c, s.n, inputs, s.classes)
	return f
}

func (p baselinePhase) train(ctx context.Context, s *Session, replicas []*replica) error {
	for _, r := range replicas {
		if err := s.fit(ctx, p, r.member); err != nil {
			return err
		}
	}
	return nil
}

// manyRows is of how many examples a baseline takes seconds for a pass.
const manyRows = 10_000

// fit trains a member's baseline.
func (s *Session) fit(ctx context.Context, p baselinePhase, m *member) error {
	name, started := p.name, time.Now()
	s.introduce(name, m)
	m.resumed = nil // the end of the phase before
	st, err := s.stand(1, m.ds.corpus)
	if err != nil {
		return err
	}
	mark := st.dev.Mark()
	defer st.dev.Release(mark)
	in := features(st.dev, m.trained, st.examples, m.ds.n)
	steps := 0
	classifier, err := m.classifier(st.dev, func(done, total int) {
		if steps == 0 {
			s.observer.Phase(name, 1, 0, total)
		}
		steps = total
		s.observer.Step(done)
		s.pulse.reach(name, done, total)
		s.Beat()
	})
	if err != nil {
		m.fault = fmt.Errorf("%s: %w", name, err)
		return nil
	}
	examples := m.examples(st.dev, in)
	if err := m.ds.fault(); err != nil {
		return err
	}
	if rows := examples.Labelled.Rows + examples.Unlabelled.Rows; rows >= manyRows {
		s.observer.Note(fmt.Sprintf("%s: learns from %d labelled and %d unlabelled examples; how far it is stands here after its first pass",
			name, examples.Labelled.Rows, examples.Unlabelled.Rows))
	}
	if err := classifier.Fit(ctx, examples); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return ErrStopped
		}
		if errors.Is(err, engine.ErrDeviceFault) {
			return err
		}
		m.fault = fmt.Errorf("%s: %w", name, err)
		return nil
	}
	if steps == 0 {
		steps = 1
		s.observer.Phase(name, 1, 0, steps)
		s.observer.Step(steps)
	}
	m.trained.Learnt, m.trained.Step = classifier.Export(), steps
	line, err := m.keepBaseline(name, time.Since(started), func(examples []int32) ([]float32, error) {
		return classifier.Predict(rowsOf(st.dev, in, examples))
	})
	if err == nil {
		s.pulse.keep(name, steps)
		s.observer.Metrics([]Metrics{line})
	}
	return err
}

// keepBaseline judges what a baseline has learnt, and saves it.
func (m *member) keepBaseline(name string, took time.Duration, predict func(examples []int32) ([]float32, error)) (Metrics, error) {
	errorOn := func(examples []int32) (*run.Float, error) {
		logits, err := predict(examples)
		if err != nil {
			return nil, err
		}
		return number(infer.ErrorPercent(logits, m.ds.labelsOf(examples), m.ds.classes)), nil
	}
	steps := m.trained.Step
	line := Metrics{Phase: name, Step: steps, Epoch: 1, Validation: &Validation{}}
	var err error
	if line.LabelledError, err = errorOn(m.ds.split.Labelled); err != nil {
		return line, err
	}
	if len(m.ds.split.Validation) > 0 {
		if line.ValidationError, err = errorOn(m.ds.split.Validation); err != nil {
			return line, err
		}
	}
	t := Timing{Phase: name, Step: steps, Seconds: run.Float(took.Seconds()), StepsPerS: run.Float(float64(steps) / took.Seconds()), MemoryBytes: PeakMemory()}
	if err := cmp.Or(m.run.Metrics(line), m.run.Timing(t)); err != nil {
		return line, err
	}
	c := &run.Checkpoint{Phase: name, Step: int64(steps)}
	c.Tensors = m.trained.Tensors()
	m.stamp(c, steps)
	return line, m.run.Save(c, false)
}

// examples are what a baseline learns from: of the unlabelled ones as many as it asks for.
func (m *member) examples(dev engine.Device, in infer.Input) baseline.Examples {
	split := m.ds.split
	e := baseline.Examples{Labelled: rowsOf(dev, in, split.Labelled), Labels: m.ds.labelsOf(split.Labelled)}
	if m.config.Baseline() == "tsvm" {
		e.Unlabelled = rowsOf(dev, in, drawn(split.Unlabelled, m.config.TSVM.Unlabelled, m.config.Seed))
	}
	return e
}

// drawn is count of the examples that a seed chooses, in ascending order; 0: all.
func drawn(examples []int32, count int, seed uint64) []int32 {
	if count == 0 || count >= len(examples) {
		return examples
	}
	order := noise.NewPermutation(len(examples), seed, noise.StreamSubset, 0)
	some := make([]int32, count)
	for i := range some {
		some[i] = examples[order.At(i)]
	}
	slices.Sort(some)
	return some
}

// rowsOf reads examples as a baseline takes them: pixels as they are, or the means of M1's
// features.
func rowsOf(dev engine.Device, in infer.Input, examples []int32) baseline.Matrix {
	const size = 500
	mark := dev.Mark()
	defer dev.Release(mark)
	x := dev.NewFloats(size * in.Width)
	b := infer.NewBatches(dev, in, x, 0)
	host, m := make([]float32, x.Len), baseline.Matrix{Rows: len(examples), Width: in.Width}
	m.Data = make([]float32, m.Rows*m.Width)
	program := engine.Recorded(b.Gather).Compile(dev)
	b.Each([][]int32{examples}, 0, func(first int, counts []int) {
		program.Run(1)
		dev.ReadFloats(host, x, 0)
		copy(m.Data[first*in.Width:], host[:counts[0]*in.Width])
	})
	return m
}

// classifier makes the configuration's baseline, to be fitted.
func (m *member) classifier(dev engine.Device, progress func(done, total int)) (baseline.Classifier, error) {
	n := m.config.CNN
	training := configs.Training{EMA: n.Train.EMA, Optimiser: n.Train.Optimiser}
	rule := options(training, n.Train.Steps, max(1, int(m.config.Data.Labels)), 0, n.WeightPrior)
	return m.trained.Baseline(baseline.Options{Device: dev, Progress: progress}, rule)
}

// baselineBytes is about what a baseline's training on n examples takes.
func baselineBytes(c *configs.Config, n, inputs, classes int) int64 {
	const number, copies = 4, 2 // on the host and on the device
	labels := int64(c.Data.Labels)
	switch c.Baseline() {
	case "knn":
		return number * copies * labels * int64(inputs+500)
	case "tsvm":
		rows, width := int64(n), int64(inputs)
		if c.TSVM.Unlabelled > 0 {
			rows = min(rows, labels+int64(c.TSVM.Unlabelled))
		}
		if c.TSVM.Kernel == "rbf" {
			width = int64(c.TSVM.Features)
		}
		return number * rows * (int64(inputs) + width + 8*int64(classes))
	}
	// Each layer's windows and answers, of a minibatch with gradients and of the images that are classified at once.
	// Images are no larger than without the windows that a border takes away.
	layer, places, numbers := int64(inputs), int64(inputs), int64(0)
	for _, filters := range c.CNN.Filters {
		answers := places * int64(filters)
		numbers += layer*int64(c.CNN.Kernel*c.CNN.Kernel) + answers
		layer, places = answers/4, places/4
	}
	return number * (labels*int64(inputs) + numbers*int64(3*c.CNN.Train.BatchSize+copies*baseline.PredictRows))
}
