package trained

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"ssdgm/engine"
	"ssdgm/model/baseline"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
)

// Evaluation is what `ssdgm eval --json` prints. Figures that a model does not have
// are left out.
type Evaluation struct {
	Model        string   `json:"model"`
	Dataset      string   `json:"dataset"`
	Split        string   `json:"split"`
	Real         bool     `json:"real_values,omitempty"` // the examples are no images
	N            int      `json:"n_test"`
	ErrorPercent *float64 `json:"error_percent,omitempty"`
	NLL          *float64 `json:"nll_nats,omitempty"` // mean −log q(y|x)
	Calibration  *float64 `json:"calibration_error_percent,omitempty"`
	// Those of what Classify gives, by the model's Temperature; nil of a model without.
	TemperedNLL         *float64 `json:"nll_nats_at_temperature,omitempty"`
	TemperedCalibration *float64 `json:"calibration_error_percent_at_temperature,omitempty"`

	Bound         *float64 `json:"bound_nats,omitempty"` // mean lower bound on log p(x)
	KL            *float64 `json:"kl_nats,omitempty"`
	ActiveLatents *int     `json:"active_latents,omitempty"`
	// Classes are the figures of each class that has an example; none of a model that does not classify.
	Classes []ClassFigures `json:"classes,omitempty"`
	Step    int            `json:"step"`
	Seed    uint64         `json:"seed"`
}

// ClassFigures are what became of a class's examples.
type ClassFigures struct {
	Name  string `json:"name"`
	N     int    `json:"n"`
	Wrong int    `json:"wrong"` // taken for another class
	// TakenFor is the class that most of those were taken for, so many of them; of several the first. It is empty
	// where none is wrong.
	TakenFor string `json:"taken_for,omitempty"`
	Mistakes int    `json:"mistakes,omitempty"`
}

// Set is labelled examples that a model is evaluated on.
type Set struct {
	Name, Split string // what to call it, and which part of it this is
	N           int
	Inputs      int // values in an example
	Classes     int // how many

	Bytes  []uint8   // [N, Inputs], from 0 to 255, or
	Floats []float32 // [N, Inputs]: pixels from 0 to 1, or real values, raw; NaN where one is missing
	// Row writes an example's real values to dst, [Inputs], in place of Floats, where they are not in memory.
	Row    func(dst []float32, example int) error
	Real   bool    // Floats, or what Row writes, are real values
	Labels []uint8 // [N]
	Places []int32 // [N], where an example stands in its file, counted from 0; nil: in this order

	Columns []string // names of the values of an example, see transform.Transformation.Columns; nil: they have none
}

// rows walks over the raw values of a set of real ones.
func (s *Set) rows(each func(row []float32) error) error {
	if s.Row == nil {
		return transform.RowsOf(s.Floats, s.Inputs)(each)
	}
	row := make([]float32, s.Inputs)
	for i := range s.N {
		if err := s.Row(row, i); err != nil {
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return nil
}

// CalibrationBins is how many bins of equal width the confidences from 0 to 1 are divided into for Calibration.
const CalibrationBins = 10

// Evaluate computes bound and error of the model on a set, pixels as they are:
//
//   - ErrorPercent, NLL and Calibration of q(y|x), before and by the model's temperature. Calibration is the expected calibration error, Σ over
//     CalibrationBins bins of confidence of n_bin/N·|share of right answers − mean confidence| (Guo et al. 2017).
//   - Bound, the mean lower bound on log p(x) in nats, see Bound, with eval.samples noise samples an example; of an M1
//     also its KL, and how many latents are active: the standard deviation of their mean is above 0.1.
//
// It is an error if the set's examples are of another size than those that the model was trained on.
func (m *Model) Evaluate(ctx context.Context, set *Set) (*Evaluation, error) {
	e, _, err := m.evaluate(ctx, set)
	return e, err
}

// evaluate is Evaluate, and gives the classifier's logits, [N, K].
func (m *Model) evaluate(ctx context.Context, set *Set) (e *Evaluation, logits []float32, err error) {
	if err := m.fits(set); err != nil {
		return nil, nil, err
	}
	e = &Evaluation{
		Model: m.Config.Model, Dataset: set.Name, Split: set.Split, Real: set.Real, N: set.N, Step: m.Step, Seed: m.Config.Seed,
	}
	var fault error // of reading a row
	in := m.seen(m.rowsOf(set, &fault), set.N)
	err = m.use(ctx, func(dev engine.Device, stopped func() bool) (err error) {
		w, all, samples := m.walk(stopped), infer.Sequence(set.N), m.Config.Eval.Samples
		if !m.classifies() {
			evaluator := infer.NewM1Evaluator(dev, m.M1, in, w.Size, w.Seed)
			evaluator.Stopped = stopped
			b := evaluator.Bounds(infer.Upload(dev, m.M1Values), all, samples)[0]
			if fault != nil {
				return fault
			}
			bound, active := -b.NLL-b.KL, len(b.Means.Above(infer.ActiveThreshold))
			e.Bound, e.KL, e.ActiveLatents = &bound, &b.KL, &active
			return e.finite()
		}
		if logits, err = m.logits(dev, in, set.N, w); err != nil || stopped() {
			return err
		}
		if fault != nil {
			return fault
		}
		e.classification(logits, set.Labels, m)
		if m.M2 != nil {
			bound := m.stack().Bound(dev, in, w, all, samples)
			e.Bound = &bound
		}
		return cmp.Or(fault, e.finite())
	})
	if err != nil {
		return nil, nil, err
	}
	return e, logits, nil
}

// rowsOf gives a set's examples, raw; bytes as pixels from 0 to 1. Where a row cannot be read, fault tells.
func (m *Model) rowsOf(set *Set, fault *error) infer.Rows {
	d, divisor := set.Inputs, m.Input.Divisor
	switch {
	case set.Row != nil:
		return func(dst []float32, examples []int32) {
			for i, example := range examples {
				*fault = cmp.Or(*fault, set.Row(dst[i*d:][:d], int(example)))
			}
		}
	case set.Bytes == nil:
		return rowsOf(set.Floats, d)
	}
	return func(dst []float32, examples []int32) {
		for i, example := range examples {
			row := dst[i*d:][:d]
			for j, b := range set.Bytes[int(example)*d:][:d] {
				row[j] = float32(b) / divisor
			}
		}
	}
}

// rowsOf gives rows of an array, [n, d].
func rowsOf(x []float32, d int) infer.Rows {
	return func(dst []float32, examples []int32) {
		for i, example := range examples {
			copy(dst[i*d:][:d], x[int(example)*d:])
		}
	}
}

// finite refuses an evaluation with a figure that is no number: parameters that are
// finite themselves can be large enough for that.
func (e *Evaluation) finite() error {
	for _, figure := range []struct {
		name  string
		value *float64
	}{{"classifier's loss", e.NLL}, {"calibration error", e.Calibration}, {"classifier's loss by its temperature", e.TemperedNLL}, {"KL", e.KL}, {"bound", e.Bound}} {
		if figure.value != nil && (math.IsNaN(*figure.value) || math.IsInf(*figure.value, 0)) {
			return format.Errorf("evaluate on %s: the %s is %g: the parameters are too large; "+
				"train again with a smaller rate", e.Dataset, figure.name, *figure.value)
		}
	}
	return nil
}

// fits makes sure that a set is of the size that the model was trained on.
func (m *Model) fits(set *Set) error {
	if set.Inputs != m.Inputs || m.classifies() && set.Classes != m.K {
		return format.Errorf("evaluate on %s: want images of %d pixels in %d classes, as the model was trained on, "+
			"found %d pixels in %d classes; give other data, or choose another data.name", set.Name, m.Inputs, m.K, set.Inputs, set.Classes)
	}
	if set.Real != m.Real() {
		kind := map[bool]string{false: "pixels", true: "real values"}
		return format.Errorf("evaluate on %s: want %s, as the model was trained on, found %s; give other data, or choose another data.name",
			set.Name, kind[m.Real()], kind[set.Real])
	}
	if err := m.inOrder(set); err != nil {
		return err
	}
	if set.N == 0 {
		return format.Errorf("evaluate on %s: want examples, found none: there is neither a test part nor a validation example; "+
			"name a file with --set data.test_path=FILE", set.Name)
	}
	if values := max(len(set.Bytes), len(set.Floats)); set.N < 1 || set.Row == nil && values != set.N*set.Inputs {
		return format.Errorf("evaluate on %s: want %d examples of %d values, found %d values",
			set.Name, set.N, set.Inputs, values)
	}
	if m.Real() {
		if err := m.takes("evaluate on "+set.Name, set.rows); err != nil {
			return err
		}
	}
	if !m.classifies() {
		return nil
	}
	if len(set.Labels) != set.N {
		return format.Errorf("evaluate on %s: want a label of each of %d examples, found %d",
			set.Name, set.N, len(set.Labels))
	}
	if at := slices.IndexFunc(set.Labels, func(label uint8) bool { return int(label) >= m.K }); at >= 0 {
		return format.Errorf("evaluate on %s: want labels from 0 to %d, found %d at place %d",
			set.Name, m.K-1, set.Labels[at], at)
	}
	return nil
}

// inOrder holds that the columns of a set are those that the model was trained on, whatever their capitals.
func (m *Model) inOrder(set *Set) error {
	for j, name := range m.Input.Columns() {
		if set.Columns != nil && !strings.EqualFold(set.Columns[j], name) {
			return format.Errorf("evaluate on %s: want the columns that the model was trained on in their order, found %.60q "+
				"where these have %.60q; keep data.path as it was and name the new file with --set data.test_path=FILE "+
				"--set data.test_fraction=0: its columns are found by name", set.Name, set.Columns[j], name)
		}
	}
	return nil
}

// features are what a classifier takes: x itself, or the means of M1's kept latents.
func (m *Model) features(dev engine.Device, in infer.Input, size int) infer.Input {
	if m.M1 == nil {
		return in
	}
	return infer.NewEncoder(dev, m.M1, m.M1Values, in, size).Means(m.Kept)
}

// logits gives the classifier's logits for the first n examples, [n, K].
func (m *Model) logits(dev engine.Device, in infer.Input, n int, w infer.Walk) ([]float32, error) {
	in = m.features(dev, in, w.Size)
	if m.Config.Baseline() != "" {
		return m.predict(dev, in, n, w)
	}
	var c *infer.Classifier
	values := m.M2Values
	if m.M2 != nil {
		c = infer.NewM2Classifier(dev, m.M2, in, w.Size, w.Seed)
	} else {
		c, values = infer.NewSupervisedClassifier(dev, m.Supervised, in, w.Size, w.Seed), m.SupervisedValues
	}
	c.Stopped = w.Stopped
	return c.Logits(infer.Upload(dev, values), [][]int32{infer.Sequence(n)})[0], nil
}

// baselineRows is how many examples a baseline is handed at once: as many as it takes itself at a time, or twice as
// many, and so on.
const baselineRows = 5000

// predict gives a baseline's logits for the first n examples.
func (m *Model) predict(dev engine.Device, in infer.Input, n int, w infer.Walk) ([]float32, error) {
	classifier, err := m.learnt(dev)
	if err != nil {
		return nil, err
	}
	var all []float32
	x, examples := make([]float32, min(n, baselineRows)*in.Width), infer.Sequence(n)
	for rest := range slices.Chunk(examples, baselineRows) {
		piece := baseline.Matrix{Rows: len(rest), Width: in.Width, Data: x[:len(rest)*in.Width]}
		at := 0
		for batch := range slices.Chunk(rest, w.Size) {
			if w.Stopped() {
				return nil, nil
			}
			in.Rows(piece.Data[at*in.Width:][:len(batch)*in.Width], batch)
			at += len(batch)
		}
		logits, err := classifier.Predict(piece)
		if err != nil {
			return nil, err
		}
		all = append(all, logits...)
	}
	return all, nil
}

// classification fills in the figures of a classifier.
func (e *Evaluation) classification(logits []float32, labels []uint8, m *Model) {
	plain := assess(logits, labels, m.K, 1)
	nll := plain.meanNLL()
	e.NLL = &nll
	if math.IsNaN(nll) || math.IsInf(nll, 0) {
		return // finite refuses it
	}
	percent, calibration := 100*float64(plain.wrong)/float64(plain.n), plain.calibrationError()
	e.ErrorPercent, e.Calibration = &percent, &calibration
	if m.Temperature != nil {
		tempered := assess(logits, labels, m.K, m.Temperature.Value)
		nll, calibration := tempered.meanNLL(), tempered.calibrationError()
		e.TemperedNLL, e.TemperedCalibration = &nll, &calibration
	}
	for class, taken := range confusion(logits, labels, m.K) {
		if figures := classFigures(class, taken, m.ClassNames); figures.N > 0 {
			figures.Name = m.ClassNames[class]
			e.Classes = append(e.Classes, figures)
		}
	}
}

// classFigures counts what the examples of a class were taken for.
func classFigures(class int, taken []int, names []string) (f ClassFigures) {
	for other, n := range taken {
		f.N += n
		if other == class {
			continue
		}
		f.Wrong += n
		if n > f.Mistakes {
			f.TakenFor, f.Mistakes = names[other], n
		}
	}
	return f
}
