package cpu

import (
	"math"

	"ssdgm/engine"
)

// softmaxWeight is what an element of a softmax costs, in plain elements: its
// loops are short and not vectorised, only its exponential is.
const softmaxWeight = 16

// softmaxStep is what the steps on rows of logits have in common.
type softmaxStep struct {
	*fast
	logits engine.Floats
	scale  engine.Doubles
	width  int
	parts  blocks
}

func (d *fast) softmaxStep(logits engine.Floats, scale engine.Doubles, rows, width int) softmaxStep {
	s := softmaxStep{fast: d, logits: logits, scale: scale, width: width, parts: d.cut(rows, softmaxWeight*width, 1)}
	d.needScratch(s.parts.count * 2 * width)
	return s
}

// begin resolves a part: its rows, their logits, and its scratch for one row of
// q = softmax(logits) and of ln q.
func (s *softmaxStep) begin(part int) (from, to int, logits, q, logq []float32) {
	from, to = s.parts.at(part)
	return from, to, s.floats(s.logits), row(s.scratch, 2*part, s.width), row(s.scratch, 2*part+1, s.width)
}

// softmax: q = exp(l − ln Σ exp(l)) and its logarithm, shifted by the largest
// logit so that nothing overflows.
func (s *softmaxStep) softmax(q, logq, logits []float32) {
	largest := logits[0]
	for _, v := range logits {
		if v > largest {
			largest = v
		}
	}
	for k, v := range logits {
		logq[k] = v - largest
	}
	s.kernels.Exp(q, logq)
	var sum float32
	for _, v := range q {
		sum += v
	}
	norm, scale := float32(math.Log(float64(sum))), 1/sum
	for k := range q {
		q[k] *= scale
		logq[k] -= norm
	}
}

// LabelWeights implements engine.LabelSteps.
func (d *fast) LabelWeights(weight, logits engine.Floats, scaleL, scaleU engine.Doubles, pairs engine.Pairs) {
	engine.Lens("LabelWeights", "weight", weight, pairs.Rows())
	engine.Lens("LabelWeights", "logits", logits, pairs.Unlabelled*pairs.Labels)
	own, scale := d.floats(weight)[:pairs.Labelled], float32(d.scalar(scaleL))
	for i := range own {
		own[i] = scale
	}
	j := &d.jobs.weights
	*j = weightsJob{d.softmaxStep(logits, scaleU, pairs.Unlabelled, pairs.Labels), weight.Slice(pairs.Labelled, pairs.Unlabelled*pairs.Labels)}
	d.run(j.parts, j)
}

// weightsJob: weight = scale·softmax(logits).
type weightsJob struct {
	softmaxStep
	weight engine.Floats
}

func (j *weightsJob) Run(part int) {
	from, to, logits, q, logq := j.begin(part)
	weight, scale := j.floats(j.weight), float32(j.scalar(j.scale))
	for i := from; i < to; i++ {
		j.softmax(q, logq, row(logits, i, j.width))
		w := row(weight, i, j.width)
		for k := range w {
			w[k] = scale * q[k]
		}
	}
}

// Marginalise implements engine.LabelSteps.
func (d *fast) Marginalise(u, dlogits, logits, cost engine.Floats, scale engine.Doubles, examples, labels int) {
	engine.Lens("Marginalise", "u", u, examples)
	engine.Lens("Marginalise", "logits", logits, examples*labels)
	engine.Lens("Marginalise", "cost", cost, examples*labels)
	j := &d.jobs.marginal
	*j = marginalJob{d.softmaxStep(logits, scale, examples, labels), u, dlogits, cost}
	d.run(j.parts, j)
}

// marginalJob: U = Σ_k q_k·(L_k + ln q_k);  dlogits = scale·q_k·(L_k + ln q_k − U).
type marginalJob struct {
	softmaxStep
	u, dlogits, cost engine.Floats
}

func (j *marginalJob) Run(part int) {
	from, to, logits, q, logq := j.begin(part)
	u, dlogits, cost, scale := j.floats(j.u), j.floats(j.dlogits), j.floats(j.cost), float32(j.scalar(j.scale))
	for i := from; i < to; i++ {
		j.softmax(q, logq, row(logits, i, j.width))
		var sum float32
		for k, c := range row(cost, i, j.width) {
			logq[k] += c
			sum += q[k] * logq[k]
		}
		u[i] = sum
		for k := range row(dlogits, i, j.width) {
			dlogits[i*j.width+k] = scale * q[k] * (logq[k] - sum)
		}
	}
}

// CrossEntropy implements engine.LabelSteps.
func (d *fast) CrossEntropy(ce, dlogits, logits engine.Floats, labels engine.Ints, scale engine.Doubles, examples, classes int) {
	engine.Lens("CrossEntropy", "ce", ce, examples)
	engine.Lens("CrossEntropy", "logits", logits, examples*classes)
	engine.Lens("CrossEntropy", "labels", labels, examples)
	j := &d.jobs.entropy
	*j = entropyJob{d.softmaxStep(logits, scale, examples, classes), ce, dlogits, labels}
	d.run(j.parts, j)
}

// entropyJob: ce = −ln q[label];  dlogits = scale·(q − onehot(label)).
type entropyJob struct {
	softmaxStep
	ce, dlogits engine.Floats
	labels      engine.Ints
}

func (j *entropyJob) Run(part int) {
	from, to, logits, q, logq := j.begin(part)
	ce, dlogits, labels, scale := j.floats(j.ce), j.floats(j.dlogits), j.ints(j.labels), float32(j.scalar(j.scale))
	for i := from; i < to; i++ {
		j.softmax(q, logq, row(logits, i, j.width))
		label := labels[i]
		ce[i] = -logq[label]
		for k := range row(dlogits, i, j.width) {
			dlogits[i*j.width+k] = scale * q[k]
		}
		if dlogits != nil {
			dlogits[i*j.width+int(label)] -= scale
		}
	}
}
