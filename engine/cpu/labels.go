package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
)

// labelStep compiles a step on the class label.
func (d *fast) labelStep(step engine.Step) func() {
	switch s := step.(type) {
	case engine.ExpandLabels:
		j := &expandJob{d.labelled(s.Table, s.Labels, s.Pairs, s.Width, s.Activation, s.Pairs.Rows(), 1), d.floats(s.H), d.floats(s.Pre), d.floats(s.U)}
		return d.job(j.parts, j)
	case engine.ExpandLabelsGrad:
		j := &expandGradJob{d.labelledColumns(s.DTable, s.Labels, s.Pairs, s.Width, s.Activation, s.Pairs.Rows()), d.floats(s.DU), d.floats(s.DH), d.floats(s.From)}
		return d.job(j.parts, j)
	case engine.AddLabels:
		j := &addJob{d.labelled(s.Table, s.Labels, s.Pairs, s.Width, s.Activation, s.Pairs.SampleRows(), 1), d.floats(s.H), d.floats(s.Pre)}
		return d.job(j.parts, j)
	case engine.AddLabelsGrad:
		j := d.addLabelsGrad(s)
		return d.job(j.parts, j)
	case engine.LabelWeights:
		return d.labelWeights(s)
	case engine.Marginalise:
		j := &marginalJob{d.softmaxStep(s.Logits, s.Scale, s.Examples, s.Labels), d.floats(s.U), d.floats(s.DLogits), d.floats(s.Costs)}
		return d.job(j.parts, j)
	case engine.CrossEntropy:
		j := &entropyJob{d.softmaxStep(s.Logits, s.Scale, s.Examples, s.Classes), d.floats(s.CE), d.floats(s.DLogits), d.ints(s.Labels)}
		return d.job(j.parts, j)
	default:
		return nil
	}
}

// labelled is what the label steps have in common: which table row a pair takes.
type labelled struct {
	*fast
	table  []float32
	labels []int32
	pairs  engine.Pairs
	width  int
	act    simd.Activation
	parts  blocks
}

// labelled cuts a step into blocks of rows.
func (d *fast) labelled(table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, act engine.Activation, rows, unit int) labelled {
	return labelled{d, d.floats(table), d.ints(labels), pairs, width, simd.Activation(act), d.cut(rows, width, unit)}
}

// labelledColumns cuts a step into blocks of columns, of which a part owns all rows.
func (d *fast) labelledColumns(table engine.Floats, labels engine.Ints, pairs engine.Pairs, width int, act engine.Activation, rows int) labelled {
	return labelled{d, d.floats(table), d.ints(labels), pairs, width, simd.Activation(act), d.cutColumns(width, rows)}
}

// row is the table's row of a pair. labels may be nil where there is one label only.
func (j *labelled) row(pair int) []float32 {
	label := 0
	switch {
	case pair >= j.pairs.Labelled:
		label = (pair - j.pairs.Labelled) % j.pairs.Labels
	case j.labels != nil:
		label = int(j.labels[pair])
	}
	return row(j.table, label, j.width)
}

// activate: pre = a + b;  y = activation(pre). pre may be nil.
func (j *labelled) activate(y, pre, a, b []float32) {
	if pre == nil {
		j.kernels.AddAct(j.act, y, a, b)
		return
	}
	j.kernels.AddAct(simd.Identity, pre, a, b)
	j.kernels.Act(j.act, y, pre)
}

// expandJob: h[pair] = activation(u[example] + table[label]).
type expandJob struct {
	labelled
	h, pre, u []float32
}

func (j *expandJob) Run(part int) {
	from, to := j.parts.at(part)
	for pair := from; pair < to; pair++ {
		example, _ := j.pairs.Example(pair)
		j.activate(row(j.h, pair, j.width), row(j.pre, pair, j.width), row(j.u, example, j.width), j.row(pair))
	}
}

// row is row i of a matrix; of an absent one, nil.
func row(x []float32, i, width int) []float32 {
	if x == nil {
		return nil
	}
	return x[i*width : (i+1)*width]
}

// columns are some columns of a row.
func columns(x []float32, i, width, from, to int) []float32 {
	if x == nil {
		return nil
	}
	return x[i*width+from : i*width+to]
}

// expandGradJob: δ = dh ∘ activation'(from), in place;  du[example] = Σ_pairs δ;
// dtable[label] = Σ_pairs δ. A part owns columns.
type expandGradJob struct {
	labelled
	du, dh, from []float32
}

func (j *expandGradJob) Run(part int) {
	from, to := j.parts.at(part)
	clearColumns(j.table, j.pairs.Labels, j.width, from, to)
	clearColumns(j.du, j.pairs.Examples(), j.width, from, to)
	for pair := range j.pairs.Rows() {
		delta := columns(j.dh, pair, j.width, from, to)
		j.derive(delta, columns(j.from, pair, j.width, from, to))
		example, _ := j.pairs.Example(pair)
		j.kernels.AddTo(columns(j.du, example, j.width, from, to), delta)
		j.kernels.AddTo(j.row(pair)[from:to], delta)
	}
}

// clearColumns zeroes columns of a matrix.
func clearColumns(x []float32, rows, width, from, to int) {
	for i := range rows {
		clear(columns(x, i, width, from, to))
	}
}

// addJob: h[row] = activation(h[row] + table[label]).
type addJob struct {
	labelled
	h, pre []float32
}

func (j *addJob) Run(part int) {
	from, to := j.parts.at(part)
	for i := from; i < to; i++ {
		out := row(j.h, i, j.width)
		j.activate(out, row(j.pre, i, j.width), out, j.row(i/j.pairs.Samples))
	}
}

func (d *fast) addLabelsGrad(s engine.AddLabelsGrad) *addGradJob {
	columns := d.labelledColumns(s.DTable, s.Labels, s.Pairs, s.Width, s.Activation, s.Pairs.SampleRows())
	return &addGradJob{columns, d.floats(s.DH), d.floats(s.From)}
}

// addGradJob: δ = dh ∘ activation'(from), in place;  dtable[label] = Σ_rows δ. A part
// owns columns.
type addGradJob struct {
	labelled
	dh, from []float32
}

func (j *addGradJob) Run(part int) {
	from, to := j.parts.at(part)
	if j.act == simd.Identity && j.pairs.Labels == 1 {
		j.kernels.ColumnSums(j.table[from:to], j.dh[from:], j.pairs.SampleRows(), to-from, j.width)
		return
	}
	clearColumns(j.table, j.pairs.Labels, j.width, from, to)
	for i := range j.pairs.SampleRows() {
		delta := columns(j.dh, i, j.width, from, to)
		j.derive(delta, columns(j.from, i, j.width, from, to))
		j.kernels.AddTo(j.row(i / j.pairs.Samples)[from:to], delta)
	}
}

// derive: δ ∘= activation'(from).
func (j *labelled) derive(delta, from []float32) {
	if j.act != simd.Identity {
		j.kernels.ActGrad(j.act, delta, delta, from)
	}
}
