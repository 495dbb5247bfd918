package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
)

var activations = [...]simd.Activation{
	engine.Identity: simd.Identity,
	engine.Softplus: simd.Softplus,
	engine.ReLU:     simd.ReLU,
	engine.Tanh:     simd.Tanh,
}

// labelled is what the label steps have in common: which table row a pair takes.
type labelled struct {
	*fast
	table  engine.Floats
	labels engine.Ints
	pairs  engine.Pairs
	width  int
	act    simd.Activation
	parts  blocks
}

// tableRow is the label of a pair. labels may be nil where there is one label only.
func tableRow(pair int, labels []int32, pairs engine.Pairs) int {
	if pair >= pairs.Labelled {
		return (pair - pairs.Labelled) % pairs.Labels
	}
	if labels == nil {
		return 0
	}
	return int(labels[pair])
}

// ExpandLabels implements engine.LabelSteps.
func (d *fast) ExpandLabels(h, u, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckExpand("ExpandLabels", h, u, table, labels, pairs, width)
	j := &d.jobs.expand
	*j = expandJob{labelled{d, table, labels, pairs, width, activations[activation], d.cut(pairs.Rows(), width, 1)}, h, u}
	d.run(j.parts, j)
}

// expandJob: h[pair] = activation(u[example] + table[label]).
type expandJob struct {
	labelled
	h, u engine.Floats
}

func (j *expandJob) Run(part int) {
	from, to := j.parts.at(part)
	h, u, table, labels := j.floats(j.h), j.floats(j.u), j.floats(j.table), j.ints(j.labels)
	for pair := from; pair < to; pair++ {
		example, _ := j.pairs.Example(pair)
		j.kernels.AddAct(j.act, row(h, pair, j.width), row(u, example, j.width), row(table, tableRow(pair, labels, j.pairs), j.width))
	}
}

// row is row i of a matrix; of an absent one, nil.
func row(x []float32, i, width int) []float32 {
	if x == nil {
		return nil
	}
	return x[i*width : (i+1)*width]
}

// ExpandLabelsGrad implements engine.LabelSteps.
func (d *fast) ExpandLabelsGrad(du, dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckExpand("ExpandLabelsGrad", h, du, dtable, labels, pairs, width)
	j := &d.jobs.expandGrad
	*j = expandGradJob{labelled{d, dtable, labels, pairs, width, activations[activation], d.cut(width, pairs.Rows(), strip)}, du, dh, h}
	d.run(j.parts, j)
}

// expandGradJob: δ = dh ∘ activation'(h), in place;  du[example] = Σ_pairs δ;
// dtable[label] = Σ_pairs δ. A part owns columns.
type expandGradJob struct {
	labelled
	du, dh, h engine.Floats
}

func (j *expandGradJob) Run(part int) {
	from, to := j.parts.at(part)
	dh, h, du, labels := j.floats(j.dh), j.floats(j.h), j.floats(j.du), j.ints(j.labels)
	table := j.floats(j.table)
	clearColumns(table, j.pairs.Labels, j.width, from, to)
	clearColumns(du, j.pairs.Examples(), j.width, from, to)
	for pair := range j.pairs.Rows() {
		delta := row(dh, pair, j.width)[from:to]
		j.derive(delta, row(h, pair, j.width)[from:to])
		example, _ := j.pairs.Example(pair)
		j.kernels.AddTo(row(du, example, j.width)[from:to], delta)
		j.kernels.AddTo(row(table, tableRow(pair, labels, j.pairs), j.width)[from:to], delta)
	}
}

// clearColumns zeroes columns of a matrix.
func clearColumns(x []float32, rows, width, from, to int) {
	for i := range rows {
		clear(row(x, i, width)[from:to])
	}
}

// AddLabels implements engine.LabelSteps.
func (d *fast) AddLabels(h, table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckAdd("AddLabels", h, table, labels, pairs, width)
	j := &d.jobs.add
	*j = addJob{labelled{d, table, labels, pairs, width, activations[activation], d.cut(pairs.SampleRows(), width, 1)}, h}
	d.run(j.parts, j)
}

// addJob: h[row] = activation(h[row] + table[label]).
type addJob struct {
	labelled
	h engine.Floats
}

func (j *addJob) Run(part int) {
	from, to := j.parts.at(part)
	h, table, labels := j.floats(j.h), j.floats(j.table), j.ints(j.labels)
	for i := from; i < to; i++ {
		out := row(h, i, j.width)
		j.kernels.AddAct(j.act, out, out, row(table, tableRow(i/j.pairs.Samples, labels, j.pairs), j.width))
	}
}

// AddLabelsGrad implements engine.LabelSteps.
func (d *fast) AddLabelsGrad(dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	engine.CheckAdd("AddLabelsGrad", h, dtable, labels, pairs, width)
	d.addLabelsGrad(dtable, dh, h, labels, pairs, width, activation)
}

// DenseGrad implements engine.LayerSteps. The gradient of a bias is that of a
// table with one label.
func (d *fast) DenseGrad(dx engine.Floats, grad engine.LayerGrad, dy, y, x engine.Floats, rows int, l engine.Layer) {
	engine.CheckDenseGrad(dx, grad, dy, y, x, rows, l)
	pairs := engine.Pairs{Labelled: rows, Labels: 1, Samples: 1}
	d.addLabelsGrad(grad.Bias, dy, y, engine.Ints{}, pairs, l.Out, l.Activation)
	d.denseProducts(dx, grad.Weight, dy, x, rows, l)
}

func (d *fast) addLabelsGrad(dtable, dh, h engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, activation engine.Activation) {
	j := &d.jobs.addGrad
	*j = addGradJob{labelled{d, dtable, labels, pairs, width, activations[activation], d.cut(width, pairs.SampleRows(), strip)}, dh, h}
	d.run(j.parts, j)
}

// addGradJob: δ = dh ∘ activation'(h), in place;  dtable[label] = Σ_rows δ. A part
// owns columns.
type addGradJob struct {
	labelled
	dh, h engine.Floats
}

func (j *addGradJob) Run(part int) {
	from, to := j.parts.at(part)
	dh, h, table, labels := j.floats(j.dh), j.floats(j.h), j.floats(j.table), j.ints(j.labels)
	clearColumns(table, j.pairs.Labels, j.width, from, to)
	for i := range j.pairs.SampleRows() {
		delta := row(dh, i, j.width)[from:to]
		j.derive(delta, row(h, i, j.width)[from:to])
		j.kernels.AddTo(row(table, tableRow(i/j.pairs.Samples, labels, j.pairs), j.width)[from:to], delta)
	}
}

// derive: δ ∘= activation'(·), from the activation's output.
func (j *labelled) derive(delta, output []float32) {
	if j.act != simd.Identity {
		j.kernels.ActGrad(j.act, delta, delta, output)
	}
}
