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
	logits []float32
	scale  []float64
	width  int
	parts  blocks
}

func (d *fast) softmaxStep(logits engine.Floats, scale engine.Doubles, rows, width int) softmaxStep {
	s := softmaxStep{fast: d, logits: d.floats(logits), scale: d.doubles(scale), width: width, parts: d.cut(rows, softmaxWeight*width, 1)}
	d.needScratch(s.parts.count * 2 * width)
	return s
}

// begin resolves a part: its rows, their logits, and its scratch for one row of
// q = softmax(logits) and of ln q.
func (s *softmaxStep) begin(part int) (from, to int, logits, q, logq []float32) {
	from, to = s.parts.at(part)
	return from, to, s.logits, row(s.scratch, 2*part, s.width), row(s.scratch, 2*part+1, s.width)
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

func (d *fast) labelWeights(s engine.LabelWeights) func() {
	weight, own := d.floats(s.Weight), s.Pairs.Labelled
	j := &weightsJob{d.softmaxStep(s.Logits, s.ScaleU, s.Pairs.Unlabelled, s.Pairs.Labels), weight[own:]}
	scale := d.doubles(s.ScaleL)
	return func() {
		for i := range own {
			weight[i] = float32(scale[0])
		}
		d.run(j.parts, j)
	}
}

// weightsJob: weight = scale·softmax(logits).
type weightsJob struct {
	softmaxStep
	weight []float32
}

func (j *weightsJob) Run(part int) {
	from, to, logits, q, logq := j.begin(part)
	weight, scale := j.weight, float32(j.scale[0])
	for i := from; i < to; i++ {
		j.softmax(q, logq, row(logits, i, j.width))
		w := row(weight, i, j.width)
		for k := range w {
			w[k] = scale * q[k]
		}
	}
}

// marginalJob: U = Σ_k q_k·(L_k + ln q_k);  dlogits = scale·q_k·(L_k + ln q_k − U).
type marginalJob struct {
	softmaxStep
	u, dlogits, costs []float32
}

func (j *marginalJob) Run(part int) {
	from, to, logits, q, logq := j.begin(part)
	u, dlogits, costs, scale := j.u, j.dlogits, j.costs, float32(j.scale[0])
	for i := from; i < to; i++ {
		j.softmax(q, logq, row(logits, i, j.width))
		var sum float32
		for k, c := range row(costs, i, j.width) {
			logq[k] += c
			sum += q[k] * logq[k]
		}
		u[i] = sum
		for k := range row(dlogits, i, j.width) {
			dlogits[i*j.width+k] = scale * q[k] * (logq[k] - sum)
		}
	}
}

// entropyJob: ce = −ln q[label];  dlogits = scale·(q − onehot(label)).
type entropyJob struct {
	softmaxStep
	ce, dlogits []float32
	labels      []int32
}

func (j *entropyJob) Run(part int) {
	from, to, logits, q, logq := j.begin(part)
	ce, dlogits, labels, scale := j.ce, j.dlogits, j.labels, float32(j.scale[0])
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
