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

// ExpandLabels: pre[pair] = u[example] + table[label];  h = activation(pre). pre may be nil.
func ExpandLabels[T Float](h, pre, u, table []T, labels []int32, pairs engine.Pairs, width int, activation engine.Activation) {
	for pair := range pairs.Rows() {
		example, _ := pairs.Example(pair)
		row := h[pair*width:][:width]
		copy(row, u[example*width:])
		addTo(row, table[labelOf(pair, labels, pairs)*width:])
		activateRow(row, pre, pair, activation)
	}
}

// ExpandLabelsGrad: δ = dh ∘ activation'(from), in place;  du[example] = Σ_pairs δ;
// dtable[label] = Σ_pairs δ.
func ExpandLabelsGrad[T Float](du, dtable, dh, from []T, labels []int32, pairs engine.Pairs, width int, activation engine.Activation) {
	ActivateGrad(dh, from, activation)
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

// AddLabels: pre[row] = h[row] + table[label];  h = activation(pre). pre may be nil.
func AddLabels[T Float](h, pre, table []T, labels []int32, pairs engine.Pairs, width int, activation engine.Activation) {
	for i := range pairs.SampleRows() {
		row := h[i*width:][:width]
		addTo(row, table[labelOf(i/pairs.Samples, labels, pairs)*width:])
		activateRow(row, pre, i, activation)
	}
}

// AddLabelsGrad: δ = dh ∘ activation'(from), in place;  dtable[label] = Σ_rows δ.
func AddLabelsGrad[T Float](dtable, dh, from []T, labels []int32, pairs engine.Pairs, width int, activation engine.Activation) {
	ActivateGrad(dh, from, activation)
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

// labelStep takes a step on the class label.
func (d *Device[T]) labelStep(step engine.Step, r int) bool {
	switch s := step.(type) {
	case engine.ExpandLabels:
		ExpandLabels(d.Floats(s.H, r), d.Floats(s.Pre, r), d.Floats(s.U, r), d.Floats(s.Table, r), d.Ints(s.Labels, r), s.Pairs, s.Width, s.Activation)
	case engine.ExpandLabelsGrad:
		du, dtable := d.Floats(s.DU, r)[:s.Pairs.Examples()*s.Width], d.Floats(s.DTable, r)[:s.Pairs.Labels*s.Width]
		delta := d.Floats(s.DH, r)[:s.Pairs.Rows()*s.Width]
		ExpandLabelsGrad(du, dtable, delta, d.Floats(s.From, r), d.Ints(s.Labels, r), s.Pairs, s.Width, s.Activation)
	case engine.AddLabels:
		AddLabels(d.Floats(s.H, r), d.Floats(s.Pre, r), d.Floats(s.Table, r), d.Ints(s.Labels, r), s.Pairs, s.Width, s.Activation)
	case engine.AddLabelsGrad:
		dtable, delta := d.Floats(s.DTable, r)[:s.Pairs.Labels*s.Width], d.Floats(s.DH, r)[:s.Pairs.SampleRows()*s.Width]
		AddLabelsGrad(dtable, delta, d.Floats(s.From, r), d.Ints(s.Labels, r), s.Pairs, s.Width, s.Activation)
	case engine.LabelWeights:
		LabelWeights(d.Floats(s.Weight, r), d.Floats(s.Logits, r), d.Scalar(s.ScaleL, r), d.Scalar(s.ScaleU, r), s.Pairs)
	case engine.LabelCosts:
		LabelCosts(d.Floats(s.Costs, r), d.Floats(s.NLL, r), d.Floats(s.KL, r), d.Scalar(s.KLWeight, r),
			d.Floats(s.LogPrior, r), d.Ints(s.Labels, r), s.Pairs)
	case engine.Marginalise:
		Marginalise(d.Floats(s.U, r), d.Floats(s.DLogits, r), d.Floats(s.Logits, r), d.Floats(s.Costs, r),
			d.Scalar(s.Scale, r), s.Examples, s.Labels)
	case engine.CrossEntropy:
		CrossEntropy(d.Floats(s.CE, r), d.Floats(s.DLogits, r), d.Floats(s.Logits, r), d.Ints(s.Labels, r),
			d.Scalar(s.Scale, r), s.Examples, s.Classes)
	case engine.LogSoftmax:
		LogSoftmax(d.Floats(s.Y, r), d.Floats(s.Logits, r), s.Rows, s.Classes)
	case engine.ClassPriorGrad:
		ClassPriorGrad(d.Floats(s.DLogits, r)[:s.Pairs.Labels], d.Floats(s.Weight, r), d.Floats(s.LogPrior, r), d.Ints(s.Labels, r), s.Pairs)
	default:
		return false
	}
	return true
}
