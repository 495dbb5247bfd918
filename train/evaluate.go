package train

import (
	"cmp"
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/train/data"
)

// activeThreshold is the standard deviation of a latent's mean, over the data, above
// which the latent counts as active.
const activeThreshold = 0.1

// Evaluation is what `ssdgm eval --json` prints. Figures that a model does not have
// are left out.
type Evaluation struct {
	Model         string   `json:"model"`
	Dataset       string   `json:"dataset"`
	Split         string   `json:"split"`
	N             int      `json:"n_test"`
	ErrorPercent  *float64 `json:"error_percent,omitempty"`
	NLL           *float64 `json:"nll_nats,omitempty"` // mean −log q(y|x)
	Calibration   *float64 `json:"calibration_error_percent,omitempty"`
	Bound         *float64 `json:"bound_nats,omitempty"` // mean lower bound on log p(x)
	KL            *float64 `json:"kl_nats,omitempty"`
	ActiveLatents *int     `json:"active_latents,omitempty"`
	Step          int      `json:"step"`
	Seed          uint64   `json:"seed"`
}

// Evaluate computes bound and error of a trained model on a set, pixels as they are.
func Evaluate(dev engine.Device, t *Trained, set *data.Set, split string) (*Evaluation, error) {
	if err := t.fits(set); err != nil {
		return nil, err
	}
	mark := dev.Mark()
	defer dev.Release(mark)
	e := &Evaluation{Model: t.Config.Model, Dataset: set.Name, Split: split, N: set.N, Step: t.Step, Seed: t.Config.Seed}
	in, all, samples := uploadPixels(dev, set), sequence(set.N), t.Config.Eval.Samples
	if e.Model == "m1" {
		b := newM1Evaluator(dev, t, in, t.Config.Seed).bound(uploadValues(dev, t.M1Values), all, samples)[0]
		bound, active := -b.nll-b.kl, len(b.means.above(activeThreshold))
		e.Bound, e.KL, e.ActiveLatents = &bound, &b.kl, &active
		return e, cmp.Or(dev.Sync(), e.finite())
	}
	logits, err := Classify(dev, t, in, set.N)
	if err != nil {
		return nil, err
	}
	e.classification(logits, set.Labels, t.Classes)
	if t.M2 != nil {
		bound := stackBound(dev, t, in, all, samples)
		e.Bound = &bound
	}
	return e, cmp.Or(dev.Sync(), e.finite())
}

// finite refuses an evaluation with a figure that is no number: parameters that are
// finite themselves can be large enough for that.
func (e *Evaluation) finite() error {
	for _, figure := range []struct {
		name  string
		value *float64
	}{{"classifier's loss", e.NLL}, {"calibration error", e.Calibration}, {"KL", e.KL}, {"bound", e.Bound}} {
		if figure.value != nil && (math.IsNaN(*figure.value) || math.IsInf(*figure.value, 0)) {
			return data.InputErrorf("evaluate on %s: the %s is %g: the parameters are too large; train again with a smaller rate",
				e.Dataset, figure.name, *figure.value)
		}
	}
	return nil
}

// fits makes sure that a set is of the size that the model was trained on.
func (t *Trained) fits(set *data.Set) error {
	if err := t.fitsKind(set); err != nil {
		return err
	}
	if set.D() != t.Inputs || t.Config.Model != "m1" && set.Classes != t.Classes {
		return data.InputErrorf("evaluate on %s: want images of %d pixels in %d classes, as the model was trained on, found %d pixels in %d classes; choose another data.name",
			set.Name, t.Inputs, t.Classes, set.D(), set.Classes)
	}
	return nil
}

func uploadValues(dev engine.Device, host []float32) engine.Floats {
	values := dev.NewFloats(len(host))
	dev.WriteFloats(values, 0, host)
	return values
}

// m1Parts are the parts of M1's bound over a set, and the moments of q(z|x)'s means.
type m1Parts struct {
	nll, kl float64
	means   *moments
}

// m1Evaluator evaluates M1's bound for each replica of a device, one noise sample at a time.
type m1Evaluator struct {
	dev            engine.Device
	in             input
	latents        int
	graph          *model.M1Graph
	batches        *batches
	nll, kl, stats []float32
}

func newM1Evaluator(dev engine.Device, t *Trained, in input, seeds ...uint64) *m1Evaluator {
	size := t.Config.Eval.BatchSize
	return &m1Evaluator{
		dev: dev, in: in, latents: t.M1.Latents,
		graph: t.M1.Graph(dev, size, 1, false), batches: newBatches(dev, size, seeds...),
		nll: make([]float32, size), kl: make([]float32, size), stats: make([]float32, 2*size*t.M1.Latents),
	}
}

// bound gives each replica's mean parts of the bound with so many noise samples per example.
func (e *m1Evaluator) bound(values engine.Floats, examples []int32, samples int) []m1Parts {
	parts := make([]m1Parts, e.dev.Replicas())
	same := make([][]int32, len(parts))
	for r := range parts {
		parts[r].means, same[r] = newMoments(e.latents), examples
	}
	program := engine.Recorded(func(steps *engine.List) {
		e.in.gather(steps, e.graph.X, e.batches.index, false, engine.BinariseNone, e.batches.noise)
		e.graph.Bound(steps, values, e.batches.noise)
	}).Compile(e.dev)
	for round := range samples {
		e.batches.each(same, round, func(_ int, counts []int) {
			program.Run(1)
			for r, count := range counts {
				e.add(&parts[r], r, count, round == 0)
			}
		})
	}
	n := float64(samples * len(examples))
	for r := range parts {
		parts[r].nll, parts[r].kl = parts[r].nll/n, parts[r].kl/n
	}
	return parts
}

// add counts a minibatch's parts of one replica in.
func (e *m1Evaluator) add(parts *m1Parts, replica, count int, withMeans bool) {
	e.dev.ReadFloats(e.nll, e.graph.NLL, replica)
	e.dev.ReadFloats(e.kl, e.graph.KL, replica)
	parts.nll += sum(e.nll[:count])
	parts.kl += sum(e.kl[:count])
	if !withMeans {
		return
	}
	e.dev.ReadFloats(e.stats, e.graph.Stats(), replica)
	for i := range count {
		parts.means.add(e.stats[2*i*e.latents:])
	}
}

func sum(x []float32) float64 {
	total := 0.0
	for _, v := range x {
		total += float64(v)
	}
	return total
}

// eachEncoded calls f for minibatches of the examples with M1's stats of them, rows
// [mean | logvar], which f must not keep, until asked to stop, which may be nil.
func eachEncoded(dev engine.Device, t *Trained, in input, examples []int32, asked func() bool, f func(first int, stats []float32)) {
	mark := dev.Mark()
	defer dev.Release(mark)
	size, row := t.Config.Eval.BatchSize, 2*t.M1.Latents
	graph, b, values := t.M1.Graph(dev, size, 1, false), newBatches(dev, size, t.Config.Seed), uploadValues(dev, t.M1Values)
	stats := make([]float32, size*row)
	b.asked = asked
	program := engine.Recorded(func(steps *engine.List) {
		in.gather(steps, graph.X, b.index, false, engine.BinariseNone, b.noise)
		graph.Encode(steps, values)
	}).Compile(dev)
	b.each([][]int32{examples}, 0, func(first int, counts []int) {
		program.Run(1)
		dev.ReadFloats(stats, graph.Stats(), 0)
		f(first, stats[:counts[0]*row])
	})
}

// features gives the input of M2 or of a baseline: the pixels themselves, or M1's features of them, of the
// latents that are kept.
func features(dev engine.Device, t *Trained, in input, n int) input {
	if !t.Config.HasM1() {
		return in
	}
	table := dev.NewSharedFloats(n * 2 * len(t.Kept))
	eachFeatures(dev, t, in, n, nil, func(at int, rows []float32) {
		dev.WriteFloats(table.Slice(at, len(rows)), 0, rows)
	})
	return input{stats: table, width: len(t.Kept)}
}

// eachFeatures calls f with pieces of the table of M1's features, rows [mean | logvar] of the
// latents that are kept, and where in it each belongs: there is never a whole copy. f must not
// keep the rows.
func eachFeatures(dev engine.Device, t *Trained, in input, n int, asked func() bool, f func(at int, rows []float32)) {
	row := 2 * len(t.Kept)
	picked := make([]float32, 0, t.Config.Eval.BatchSize*row)
	eachEncoded(dev, t, in, sequence(n), asked, func(first int, stats []float32) {
		picked = pick(picked[:0], stats, t.M1.Latents, t.Kept)
		f(first*row, picked)
	})
}

// pick appends the columns of rows [mean | logvar] that M2 works on.
func pick(dst, stats []float32, latents int, kept []int) []float32 {
	for half := range len(stats) / latents {
		for _, j := range kept {
			dst = append(dst, stats[half*latents+j])
		}
	}
	return dst
}

// Classify gives the classifier's logits for examples of a set, [len(examples), K].
func Classify(dev engine.Device, t *Trained, pixels input, n int) ([]float32, error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	examples := [][]int32{sequence(n)}
	switch {
	case t.Config.Baseline() != "":
		return t.predict(dev, features(dev, t, pixels, n), n)
	case t.M2 != nil:
		return newM2Classifier(dev, t, features(dev, t, pixels, n), t.Config.Seed).logits(uploadValues(dev, t.M2Values), examples)[0], dev.Sync()
	}
	return newSupervisedClassifier(dev, t, pixels, t.Config.Seed).logits(uploadValues(dev, t.SupervisedValues), examples)[0], dev.Sync()
}

// classifier runs each replica's classifier over examples, minibatch by minibatch.
type classifier struct {
	dev      engine.Device
	in       input
	batches  *batches
	x, out   engine.Floats
	classify func(steps *engine.List, values engine.Floats)
	host     []float32
}

func newM2Classifier(dev engine.Device, t *Trained, in input, seeds ...uint64) *classifier {
	graph := t.M2.Graph(dev, engine.Pairs{Labelled: t.Config.Eval.BatchSize, Samples: 1}, false)
	return newClassifier(dev, in, graph.X, graph.Logits, graph.Classify, seeds)
}

func newSupervisedClassifier(dev engine.Device, t *Trained, in input, seeds ...uint64) *classifier {
	graph := t.Supervised.Graph(dev, t.Config.Eval.BatchSize, false)
	return newClassifier(dev, in, graph.X, graph.Logits, graph.Classify, seeds)
}

func newClassifier(dev engine.Device, in input, x, out engine.Floats, classify func(*engine.List, engine.Floats), seeds []uint64) *classifier {
	return &classifier{
		dev: dev, in: in, batches: newBatches(dev, x.Len/in.width, seeds...),
		x: x, out: out, classify: classify, host: make([]float32, out.Len),
	}
}

// logits gives [len(examples), K] for the examples of each replica.
func (c *classifier) logits(values engine.Floats, examples [][]int32) [][]float32 {
	classes := len(c.host) / c.batches.size
	all := make([][]float32, len(examples))
	for r, own := range examples {
		all[r] = make([]float32, len(own)*classes)
	}
	program := engine.Recorded(func(steps *engine.List) {
		c.in.gather(steps, c.x, c.batches.index, false, engine.BinariseNone, c.batches.noise)
		c.classify(steps, values)
	}).Compile(c.dev)
	c.batches.each(examples, 0, func(first int, counts []int) {
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

// stackBatch is how many examples a stack is evaluated on at a time. It has K times as many rows:
// memory stays small.
const stackBatch = 100

// stackBound is the mean lower bound on log p(x). M2 on pixels: −U(x). M1+M2: the
// stack's, E_q(z1|x)[log p(x|z1) − U(z1)] + H(q(z1|x)), where the latents that M2 does
// not model keep M1's prior, so that they count −KL.
func stackBound(dev engine.Device, t *Trained, in input, examples []int32, samples int) float64 {
	const size = stackBatch
	mark := dev.Mark()
	defer dev.Release(mark)
	m2 := t.M2.Graph(dev, engine.Pairs{Unlabelled: size, Samples: 1}, false)
	values, one := uploadValues(dev, t.M2Values), dev.NewDoubles(1)
	dev.WriteDoubles(one, 0, []float64{1})
	b, u, total := newBatches(dev, size, t.Config.Seed), make([]float32, size), 0.0
	// z1 and z2 are independent: the stack's two models must not share noise.
	m2Noise := b.noise
	m2Noise.Stream = noise.StreamEvaluationM2
	bound := engine.Recorded(func(steps *engine.List) {
		if t.M1 == nil {
			in.gather(steps, m2.X, b.index, false, engine.BinariseNone, b.noise)
		}
		m2.Bound(steps, values, one, m2Noise)
	}).Compile(dev)
	var stacked *stackedInput
	if t.M1 != nil {
		stacked = newStackedInput(dev, t, size, in, b)
	}
	for round := range samples {
		b.each([][]int32{examples}, round, func(_ int, counts []int) {
			count := counts[0]
			if stacked != nil {
				total += stacked.fill(m2.X, count)
			}
			bound.Run(1)
			dev.ReadFloats(u, m2.U, 0)
			total -= sum(u[:count])
		})
	}
	return total / float64(samples*len(examples))
}

// stackedInput draws z1 ~ q(z1|x) for M2.
type stackedInput struct {
	t                *Trained
	dev              engine.Device
	graph            *model.M1Graph
	program          engine.Program // fills the graph for a minibatch
	nll, z, stats, x []float32
}

func newStackedInput(dev engine.Device, t *Trained, size int, in input, b *batches) *stackedInput {
	s := &stackedInput{t: t, dev: dev, graph: t.M1.Graph(dev, size, 1, false)}
	values := uploadValues(dev, t.M1Values)
	s.program = engine.Recorded(func(steps *engine.List) {
		in.gather(steps, s.graph.X, b.index, false, engine.BinariseNone, b.noise)
		s.graph.Bound(steps, values, b.noise)
	}).Compile(dev)
	s.nll, s.z = make([]float32, size), make([]float32, size*t.M1.Latents)
	s.stats, s.x = make([]float32, 2*len(s.z)), make([]float32, size*len(t.Kept))
	return s
}

// fill writes the kept part of z1 to x and returns the sum over the rows of
// log p(x|z1) + H(q) of the kept latents − KL of the others.
func (s *stackedInput) fill(x engine.Floats, count int) float64 {
	s.program.Run(1)
	s.dev.ReadFloats(s.nll, s.graph.NLL, 0)
	s.dev.ReadFloats(s.z, s.graph.Z(), 0)
	s.dev.ReadFloats(s.stats, s.graph.Stats(), 0)
	latents, kept := s.t.M1.Latents, make(map[int]bool)
	for k, j := range s.t.Kept {
		kept[j] = true
		for i := range len(s.nll) {
			s.x[i*len(s.t.Kept)+k] = s.z[i*latents+j]
		}
	}
	s.dev.WriteFloats(x, 0, s.x)
	total := -sum(s.nll[:count])
	for i := range count {
		for j := range latents {
			mean, logvar := float64(s.stats[2*i*latents+j]), float64(s.stats[(2*i+1)*latents+j])
			if kept[j] {
				total += 0.5 * (1 + math.Log(2*math.Pi) + logvar)
			} else {
				total -= 0.5 * (mean*mean + math.Exp(logvar) - 1 - logvar)
			}
		}
	}
	return total
}

// classification fills in the figures of a classifier.
func (e *Evaluation) classification(logits []float32, labels []uint8, classes int) {
	wrong, nll := 0, 0.0
	var bins [10]struct{ n, right, confidence float64 }
	for i, label := range labels {
		row := logits[i*classes:][:classes]
		best, norm := argmax(row), logSumExp(row)
		nll += norm - float64(row[label])
		if math.IsNaN(nll) || math.IsInf(nll, 0) {
			e.NLL = &nll // finite refuses it; such a row has no most probable class
			return
		}
		p := math.Exp(float64(row[best]) - norm)
		bin := &bins[min(9, int(p*10))]
		bin.n++
		bin.confidence += p
		if best == int(label) {
			bin.right++
		} else {
			wrong++
		}
	}
	n := float64(len(labels))
	gap := 0.0
	for _, b := range bins {
		gap += math.Abs(b.right - b.confidence)
	}
	percent, calibration := 100*float64(wrong)/n, 100*gap/n
	nll /= n
	e.ErrorPercent, e.NLL, e.Calibration = &percent, &nll, &calibration
}

func argmax(row []float32) int {
	best := 0
	for k, v := range row {
		if v > row[best] {
			best = k
		}
	}
	return best
}

func logSumExp(row []float32) float64 {
	largest, total := float64(row[argmax(row)]), 0.0
	for _, v := range row {
		total += math.Exp(float64(v) - largest)
	}
	return largest + math.Log(total)
}

// errorPercent is how many of the examples are classified wrongly.
func errorPercent(logits []float32, labels []int32, classes int) float64 {
	wrong := 0
	for i, label := range labels {
		if argmax(logits[i*classes:][:classes]) != int(label) {
			wrong++
		}
	}
	return 100 * float64(wrong) / float64(len(labels))
}
