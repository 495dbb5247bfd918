package trained

import (
	"cmp"
	"context"
	"math"
	"slices"

	"ssdgm/model/trained/infer"
)

// Answers are what an Evaluation does not tell of a classifier: how sure it is where it is right, and where it is wrong.
// `ssdgm eval --json` prints both as one object.
type Answers struct {
	// Temperature is the model's, fitted on so many labels of validation examples; 0 of a model without.
	Temperature       float64 `json:"temperature,omitempty"`
	TemperatureLabels int     `json:"temperature_validation_labels,omitempty"`
	// Reliability are CalibrationBins bins, of q(y|x) as the training left it; Tempered of what Classify gives, nil of a
	// model without a temperature.
	Reliability []Bin `json:"reliability"`
	Tempered    []Bin `json:"reliability_at_temperature,omitempty"`

	Confusion Confusion `json:"confusion"`
	// Mistakes are the most probable of the wrong answers, the most probable first.
	Mistakes []Mistake `json:"most_confident_mistakes"`
}

// Bin is the examples of which the most probable class has a probability from From up to To.
type Bin struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	N    int     `json:"n"`
	// Confidence is the mean of these probabilities, and Accuracy the share of right answers; 0 of a bin without examples.
	Confidence float64 `json:"confidence"`
	Accuracy   float64 `json:"accuracy"`
}

// Confusion counts the examples of each class, a row, that were taken for each class, a column.
type Confusion struct {
	Classes []string `json:"classes"`
	Counts  [][]int  `json:"counts"`
}

// Mistake is an example that is taken for another class.
type Mistake struct {
	Row         int     `json:"row"` // counted from 1, where the example stands in its file
	Class       string  `json:"class"`
	TakenFor    string  `json:"taken_for"`
	Probability float64 `json:"probability"` // of TakenFor, as Classify gives it
}

// Confused is two classes, and how many examples of one were taken for the other.
type Confused struct {
	Class, TakenFor string
	N               int
}

// Pairs are the classes that were taken for each other, the most examples first.
func (c *Confusion) Pairs() (pairs []Confused) {
	for class, row := range c.Counts {
		for other, n := range row {
			if other != class && n > 0 {
				pairs = append(pairs, Confused{c.Classes[class], c.Classes[other], n})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b Confused) int { return cmp.Compare(b.N, a.N) })
	return pairs
}

// EvaluateAnswers is Evaluate, and what a classifier's answers are, with so many mistakes at most; nil of a model that
// does not classify.
func (m *Model) EvaluateAnswers(ctx context.Context, set *Set, mistakes int) (*Evaluation, *Answers, error) {
	e, logits, err := m.evaluate(ctx, set)
	if err != nil || !m.classifies() {
		return e, nil, err
	}
	a := &Answers{Confusion: Confusion{Classes: m.Classes(), Counts: confusion(logits, set.Labels, m.K)}}
	a.Reliability = assess(logits, set.Labels, m.K, 1).table()
	t := 1.0
	if m.Temperature != nil {
		t, a.Temperature, a.TemperatureLabels = m.Temperature.Value, m.Temperature.Value, m.Temperature.Examples
		a.Tempered = assess(logits, set.Labels, m.K, t).table()
	}
	a.Mistakes = m.mistakes(logits, set, t)
	a.Mistakes = a.Mistakes[:min(mistakes, len(a.Mistakes))]
	return e, a, nil
}

// confusion counts what the examples of each class were taken for, [K][K].
func confusion(logits []float32, labels []uint8, classes int) [][]int {
	counts := make([][]int, classes)
	for class := range counts {
		counts[class] = make([]int, classes)
	}
	for i, label := range labels {
		counts[label][infer.Argmax(logits[i*classes:][:classes])]++
	}
	return counts
}

// mistakes are all of them, the most probable first; of several as probable, in their order.
func (m *Model) mistakes(logits []float32, set *Set, t float64) []Mistake {
	found, row := []Mistake{}, make([]float32, m.K)
	for i, label := range set.Labels {
		copy(row, logits[i*m.K:])
		best := infer.Argmax(row)
		if best == int(label) {
			continue
		}
		softmax(row, m.K, t)
		found = append(found, Mistake{set.row(i), m.ClassNames[label], m.ClassNames[best], float64(row[best])})
	}
	slices.SortStableFunc(found, func(a, b Mistake) int { return cmp.Compare(b.Probability, a.Probability) })
	return found
}

// row is where an example stands in its file, counted from 1.
func (s *Set) row(example int) int {
	if s.Places == nil {
		return example + 1
	}
	return int(s.Places[example]) + 1
}

// assessment is how far q(y|x) by a temperature agrees with labels.
type assessment struct {
	n, wrong int
	nll      float64 // the sum of −log q(y|x); what is no number ends the assessment
	bins     [CalibrationBins]struct{ n, right, confidence float64 }
}

// assess assesses rows of logits, [n, K], over a temperature.
func assess(logits []float32, labels []uint8, classes int, t float64) *assessment {
	a, row := &assessment{n: len(labels)}, make([]float32, classes)
	for i, label := range labels {
		for k, v := range logits[i*classes:][:classes] {
			row[k] = float32(float64(v) / t)
		}
		best, norm := infer.Argmax(row), infer.LogSumExp(row)
		a.nll += norm - float64(row[label])
		if math.IsNaN(a.nll) || math.IsInf(a.nll, 0) {
			break // Such a row has no most probable class.
		}
		p := math.Exp(float64(row[best]) - norm)
		bin := &a.bins[min(CalibrationBins-1, int(p*CalibrationBins))]
		bin.n++
		bin.confidence += p
		if best == int(label) {
			bin.right++
		} else {
			a.wrong++
		}
	}
	return a
}

// meanNLL is the mean of −log q(y|x).
func (a *assessment) meanNLL() float64 { return a.nll / float64(a.n) }

// calibrationError is in percent, see Evaluation.Calibration.
func (a *assessment) calibrationError() float64 {
	gap := 0.0
	for _, b := range a.bins {
		gap += math.Abs(b.right - b.confidence)
	}
	return 100 * gap / float64(a.n)
}

// table are the bins as they are told.
func (a *assessment) table() []Bin {
	all := make([]Bin, CalibrationBins)
	for i, b := range a.bins {
		all[i] = Bin{From: float64(i) / CalibrationBins, To: float64(i+1) / CalibrationBins, N: int(b.n)}
		if b.n > 0 {
			all[i].Confidence, all[i].Accuracy = b.confidence/b.n, b.right/b.n
		}
	}
	return all
}
