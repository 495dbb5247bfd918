package ref

import "ssdgm/engine"

// labelOf is the label that a pair stands for. labels may be nil where there is
// one label only.
func labelOf(pair int, labels []int32, pairs engine.Pairs) int {
	if pair < pairs.Labelled {
		if labels == nil {
			return 0
		}
		return int(labels[pair])
	}
	_, label := pairs.Example(pair)
	return label
}

// ExpandLabels: h[pair] = activation(u[example] + table[label]).
func ExpandLabels[T Float](h, u, table []T, labels []int32, pairs engine.Pairs, width int, activation engine.Activation) {
	for pair := range pairs.Rows() {
		example, _ := pairs.Example(pair)
		shared, own := u[example*width:][:width], table[labelOf(pair, labels, pairs)*width:][:width]
		row := h[pair*width:][:width]
		for j := range row {
			row[j] = Activate(activation, shared[j]+own[j])
		}
	}
}

// ExpandLabelsGrad: δ = dh ∘ activation'(h);  du[example] = Σ_pairs δ;  dtable[label] = Σ_pairs δ.
func ExpandLabelsGrad[T Float](du, dtable, dh, h []T, labels []int32, pairs engine.Pairs, width int, activation engine.Activation) {
	ActivateGrad(dh, h, activation)
	clear(du)
	clear(dtable)
	for pair := range pairs.Rows() {
		example, _ := pairs.Example(pair)
		addTo(du[example*width:][:width], dh[pair*width:])
		addTo(dtable[labelOf(pair, labels, pairs)*width:][:width], dh[pair*width:])
	}
}

// addTo: dst += src.
func addTo[T Float](dst, src []T) {
	for j := range dst {
		dst[j] += src[j]
	}
}

// AddLabels: h[row] = activation(h[row] + table[label]).
func AddLabels[T Float](h, table []T, labels []int32, pairs engine.Pairs, width int, activation engine.Activation) {
	for row := range pairs.SampleRows() {
		own := table[labelOf(row/pairs.Samples, labels, pairs)*width:][:width]
		BiasActivate(h[row*width:][:width], own, 1, width, activation)
	}
}

// AddLabelsGrad: δ = dh ∘ activation'(h), in place;  dtable[label] = Σ_rows δ.
func AddLabelsGrad[T Float](dtable, dh, h []T, labels []int32, pairs engine.Pairs, width int, activation engine.Activation) {
	ActivateGrad(dh, h, activation)
	clear(dtable)
	for row := range pairs.SampleRows() {
		addTo(dtable[labelOf(row/pairs.Samples, labels, pairs)*width:][:width], dh[row*width:])
	}
}

// logSumExp = ln Σ exp(x), shifted by the largest x so that nothing overflows.
func logSumExp[T Float](x []T) T {
	largest := x[0]
	for _, v := range x {
		if v > largest {
			largest = v
		}
	}
	var sum T
	for _, v := range x {
		sum += exp(v - largest)
	}
	return largest + log(sum)
}

// LabelWeights: weight = scaleL for labelled pairs, scaleU·softmax(logits) for the others.
func LabelWeights[T Float](weight, logits []T, scaleL, scaleU float64, pairs engine.Pairs) {
	for pair := range pairs.Labelled {
		weight[pair] = T(scaleL)
	}
	k := pairs.Labels
	for u := range pairs.Unlabelled {
		l, w := logits[u*k:][:k], weight[pairs.Labelled+u*k:][:k]
		norm := logSumExp(l)
		for j := range w {
			w[j] = T(scaleU) * exp(l[j]-norm)
		}
	}
}

// LabelCosts: L(x,y) = (1/S)Σ_s nll + klWeight·KL − log p(y), Kingma et al. 2014, equation 6.
func LabelCosts[T Float](cost, nll, kl []T, klWeight float64, logPrior []T, labels []int32, pairs engine.Pairs) {
	for pair := range pairs.Rows() {
		var sum T
		for _, v := range nll[pair*pairs.Samples:][:pairs.Samples] {
			sum += v
		}
		cost[pair] = sum/T(pairs.Samples) + T(klWeight)*kl[pair] - logPrior[labelOf(pair, labels, pairs)]
	}
}

// Marginalise: U = Σ_k q_k·(L_k + ln q_k), Kingma et al. 2014, equation 7;
// ∂U/∂logit_k = q_k·(L_k + ln q_k − U).
func Marginalise[T Float](u, dlogits, logits, cost []T, scale float64, examples, labels int) {
	for i := range examples {
		l, c := logits[i*labels:][:labels], cost[i*labels:][:labels]
		norm := logSumExp(l)
		var sum T
		for k := range l {
			sum += exp(l[k]-norm) * (c[k] + (l[k] - norm))
		}
		u[i] = sum
		if dlogits == nil {
			continue
		}
		d := dlogits[i*labels:][:labels]
		for k := range d {
			d[k] = T(scale) * exp(l[k]-norm) * (c[k] + (l[k] - norm) - sum)
		}
	}
}

// CrossEntropy: ce = −ln softmax(l)[label];  ∂ce/∂l = softmax(l) − onehot(label).
func CrossEntropy[T Float](ce, dlogits, logits []T, labels []int32, scale float64, examples, classes int) {
	for i := range examples {
		l := logits[i*classes:][:classes]
		norm, label := logSumExp(l), int(labels[i])
		ce[i] = norm - l[label]
		if dlogits == nil {
			continue
		}
		d := dlogits[i*classes:][:classes]
		for k := range d {
			d[k] = T(scale) * exp(l[k]-norm)
		}
		d[label] -= T(scale)
	}
}

// LogSoftmax: y = l − ln Σ exp(l), row by row.
func LogSoftmax[T Float](y, logits []T, rows, classes int) {
	for i := range rows {
		l := logits[i*classes:][:classes]
		norm := logSumExp(l)
		for k := range l {
			y[i*classes+k] = l[k] - norm
		}
	}
}

// ClassPriorGrad: dlogits_k = Σ_pairs weight·(π_k − [label = k]).
func ClassPriorGrad[T Float](dlogits, weight, logPrior []T, labels []int32, pairs engine.Pairs) {
	clear(dlogits)
	var total T
	for pair := range pairs.Rows() {
		dlogits[labelOf(pair, labels, pairs)] -= weight[pair]
		total += weight[pair]
	}
	for k := range dlogits {
		dlogits[k] += total * exp(logPrior[k])
	}
}
