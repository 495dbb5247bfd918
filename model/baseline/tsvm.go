package baseline

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// TSVMOptions are the constants of a transductive support vector machine.
type TSVMOptions struct {
	Options
	// Features is the number of random Fourier features that stand for the RBF kernel; 0
	// is the linear kernel.
	Features int
	// Gamma is the RBF kernel's, exp(−Gamma·d/d̄), where d is the square of the distance of
	// two examples and d̄ its mean over all pairs.
	Gamma float64
	// C weights the loss of each labelled example, CUnlabelled that of all unlabelled
	// examples together, relative to all labelled ones together; 0 is a plain support
	// vector machine.
	C, CUnlabelled float64
	// Balance holds the shares of the classes among the unlabelled examples to those
	// among the labelled ones: 1 exactly, 0 not at all.
	Balance float64
	// Stages is how many temperatures the annealing passes, from Hot down to Cold.
	Stages    int
	Hot, Cold float64
}

// TSVM is a transductive support vector machine (Joachims 1999) of one-vs-rest machines in
// the primal. The labels of the unlabelled examples are chosen together with the machines
// by deterministic annealing (Sindhwani and Keerthi 2006): with l(f) = ½(1 − f)₊², it goes
// down, at falling temperature T,
//
//	½Σ_k‖w_k‖² + C·Σ_labelled,k l(y·f) + C*·Σ_unlabelled,k [p_k·l(f_k) + (1 − p_k)·l(−f_k)] − T·C*·H(p)
//
// alternately in the machines (see problem) and in the labels' probabilities p. An example
// has one label among all machines, Σ_k p_k = 1, and the mean of p over the unlabelled
// examples is held to the classes' shares.
type TSVM struct {
	TSVMOptions
	spread       float32   // see spread
	coefficients []float32 // K weights of the features each, then K biases
}

// NewTSVM makes a machine that has learnt nothing yet.
func NewTSVM(o TSVMOptions) *TSVM { return &TSVM{TSVMOptions: o} }

// Fit implements Classifier.
func (t *TSVM) Fit(ctx context.Context, e Examples) error {
	t.check(&e)
	t.spread = float32(spread(e.Labelled, e.Unlabelled))
	mark := t.Device.Mark()
	defer t.Device.Release(mark)
	features := t.features()
	labelled, n := e.Labelled.Rows, e.Labelled.Rows+e.Unlabelled.Rows
	p := newProducts(t.Device, n, features.width, t.Classes)
	first := 0
	for _, part := range []Matrix{e.Labelled, e.Unlabelled} {
		part.pieces(pieceRows, func(at int, piece Matrix) {
			phi := make([]float32, piece.Rows*features.width)
			features.of(phi, piece)
			t.Device.WriteFloats(p.phi.Slice((first+at)*features.width, len(phi)), 0, phi)
		})
		first += part.Rows
	}
	start := newProblem(p.first(labelled))
	t.weigh(start, e.Labels)
	if err := start.minimise(ctx, effort{newton: 50, conjugate: 200, tolerance: 1e-6}); err != nil {
		return err
	}
	if e.Unlabelled.Rows == 0 || t.CUnlabelled == 0 {
		t.coefficients = start.v
		return t.Device.Sync()
	}
	whole := newProblem(p)
	t.weigh(whole, e.Labels)
	copy(whole.v, start.v)
	whole.forward(whole.f, whole.v)
	if err := t.anneal(ctx, whole, labelled, shares(e.Labels, t.Classes)); err != nil {
		return err
	}
	t.coefficients = whole.v
	return t.Device.Sync()
}

// features are those of the machine's kernel.
func (t *TSVM) features() *features {
	if t.Features == 0 {
		return newLinear(t.Device, t.Inputs, 1/math.Sqrt(float64(t.spread)))
	}
	return newFourier(t.Device, t.Inputs, t.Features, t.Gamma/(2*float64(t.spread)), t.Seed)
}

// width is the number of features.
func (t *TSVM) width() int {
	if t.Features == 0 {
		return t.Inputs
	}
	return t.Features / 2 * 2
}

// weigh sets the weights of the labelled examples' losses.
func (t *TSVM) weigh(p *problem, labels []int32) {
	for i, label := range labels {
		for k := range p.labels {
			if k == int(label) {
				p.up[i*p.labels+k] = float32(t.C)
			} else {
				p.down[i*p.labels+k] = float32(t.C)
			}
		}
	}
}

// shares are the classes' among the labels.
func shares(labels []int32, classes int) []float64 {
	r := make([]float64, classes)
	for _, label := range labels {
		r[label] += 1 / float64(len(labels))
	}
	return r
}

// anneal lowers the temperature, and lets machines and labels agree at each.
func (t *TSVM) anneal(ctx context.Context, p *problem, labelled int, shares []float64) error {
	from := labelled * p.labels
	a := &assignment{
		classes: p.labels, shares: shares, balance: t.Balance,
		shift: make([]float64, p.labels), p: make([]float32, len(p.f)-from),
	}
	weight := float32(t.C * t.CUnlabelled * float64(labelled) / float64(p.rows-labelled))
	for stage := range t.Stages {
		fraction := float64(stage) / float64(max(1, t.Stages-1))
		temperature := t.Hot * math.Pow(t.Cold/t.Hot, fraction)
		for range agreements {
			a.assign(p.f[from:], temperature)
			for i, q := range a.p {
				p.up[from+i], p.down[from+i] = weight*q, weight*(1-q)
			}
			if err := p.minimise(ctx, effort{newton: 1, conjugate: 30, tolerance: 1e-6}); err != nil {
				return err
			}
		}
		t.progress(stage+1, t.Stages)
	}
	return nil
}

// agreements is how often labels and machines take turns at one temperature.
const agreements = 3

// assignment is the labels of the unlabelled examples.
type assignment struct {
	classes int
	shares  []float64
	balance float64
	shift   []float64 // of each class's logit, which holds the shares
	p       []float32 // [rows, classes]
}

// assign sets p to the minimum at a temperature: p_k ∝ exp((l(−f_k) − l(f_k))/T + shift_k).
// The shifts are found by scaling rows and columns in turn (Sinkhorn and Knopp 1967).
func (a *assignment) assign(f []float32, temperature float64) {
	rows, means, row := len(f)/a.classes, make([]float64, a.classes), make([]float64, a.classes)
	for range 20 {
		clear(means)
		for i := range rows {
			for k, s := range f[i*a.classes:][:a.classes] {
				row[k] = gain(float64(s))/temperature + a.shift[k]
			}
			softmax(row)
			for k, q := range row {
				a.p[i*a.classes+k] = float32(q)
				means[k] += q / float64(rows)
			}
		}
		worst := 0.0
		for k, mean := range means {
			if a.shares[k] > 0 {
				change := math.Log(a.shares[k]/max(mean, 1e-30))*a.balance - (1-a.balance)*a.shift[k]
				a.shift[k] += change
				worst = max(worst, math.Abs(change))
			}
		}
		if worst < 1e-3 {
			return
		}
	}
}

// gain is what an example saves on the machine's side: l(−f) − l(f).
func gain(f float64) float64 {
	up, down := max(0, 1-f), max(0, 1+f)
	return (down*down - up*up) / 2
}

// softmax normalises the exponentials of a row, in place.
func softmax(row []float64) {
	largest, sum := slices.Max(row), 0.0
	for k, x := range row {
		row[k] = math.Exp(x - largest)
		sum += row[k]
	}
	for k := range row {
		row[k] /= sum
	}
}

// Predict implements Classifier.
func (t *TSVM) Predict(x Matrix) ([]float32, error) {
	if t.coefficients == nil {
		panic("baseline: TSVM: Predict before Fit")
	}
	mark := t.Device.Mark()
	defer t.Device.Release(mark)
	features, logits := t.features(), make([]float32, x.Rows*t.Classes)
	p := newProducts(t.Device, pieceRows, features.width, t.Classes)
	phi := make([]float32, pieceRows*features.width)
	x.pieces(pieceRows, func(first int, piece Matrix) {
		part := phi[:piece.Rows*features.width]
		features.of(part, piece)
		t.Device.WriteFloats(p.phi.Slice(0, len(part)), 0, part)
		p.first(piece.Rows).forward(logits[first*t.Classes:][:piece.Rows*t.Classes], t.coefficients)
	})
	for i, f := range logits {
		logits[i] = float32(gain(float64(f)) / t.Cold)
	}
	return logits, t.Device.Sync()
}

// Export implements Classifier. The random features are the seed's, and need no tensor.
func (t *TSVM) Export() []Tensor {
	weights := t.Classes * t.width()
	return []Tensor{
		{Name: "tsvm.weight", Shape: []int{t.Classes, t.width()}, Data: t.coefficients[:weights]},
		{Name: "tsvm.bias", Shape: []int{t.Classes}, Data: t.coefficients[weights:]},
		{Name: "tsvm.spread", Shape: []int{1}, Data: []float32{t.spread}},
	}
}

// Import implements Classifier.
func (t *TSVM) Import(lookup func(string) (Tensor, bool)) error {
	weight, err := sized[float32](lookup, "tsvm.weight", t.Classes, t.width())
	if err != nil {
		return err
	}
	bias, err := sized[float32](lookup, "tsvm.bias", t.Classes)
	if err != nil {
		return err
	}
	spread, err := sized[float32](lookup, "tsvm.spread", 1)
	if err != nil {
		return err
	}
	if spread[0] <= 0 {
		return fmt.Errorf("tensor %q: want a number above 0, found %g", "tsvm.spread", spread[0])
	}
	t.coefficients, t.spread = append(slices.Clone(weight), bias...), spread[0]
	return nil
}
