package describe

import (
	"math"

	"ssdgm/model/trained/transform"
)

// advice is a configuration to start from.
type advice struct {
	model    string
	onValues bool // M2 learns from the values themselves
	// test and validation are fractions of the labelled examples, or of all where there is no label.
	test, validation float64
	labels           int // 0: all that are there
	hidden           []int
	latents          int // of M1
	batch            int
	labelledBatch    int
}

const (
	testFraction, validationFraction = 0.2, 0.1
	// So many labels of each class are enough to keep some for the test, and for validation too.
	labelsForTest, labelsForValidation = 5, 20
	// Of examples that all have a label so many of each class keep it.
	labelsKept = 10
	// Of fewer examples M1 may learn next to nothing.
	examplesFew = 200
	// Of fewer columns, or pixels, M2 learns from them, of more from M1's features.
	columnsForM2, pixelsForM2 = 20, 200
	// How long M1 is trained on pixels and on columns, M2 on values and on features, and the supervised network.
	m1Steps, m1ColumnSteps, m2Steps, stackSteps, supervisedSteps = 2000, 1000, 2000, 4000, 1000
)

// advise chooses sizes by the number of values and of examples.
func (d *Description) advise() advice {
	a := advice{model: "m1m2", test: testFraction}
	labelled, k := d.Labelled(), len(d.Classes)
	fewest := labelled
	for _, class := range d.Classes {
		fewest = min(fewest, class.N)
	}
	if !d.classifies() {
		a.model, labelled, k = "m1", d.Rows, 1
	}
	if labelled < labelsForTest*k || d.testApart() {
		a.test = 0
	}
	if labelled >= labelsForValidation*k && !d.validationApart() {
		a.validation = validationFraction
	}
	left := labelled - int(math.Round(a.test*float64(labelled)))
	left -= int(math.Round(a.validation * float64(labelled)))
	examples := d.Unlabelled + left
	if d.classifies() {
		if examples == left { // No example is without a label, and M2 learns from some.
			kept := int(float64(fewest) * (1 - a.test - a.validation) / 2)
			a.labels = k * max(1, min(labelsKept, kept))
			left = a.labels
		}
		a.labelledBatch = max(1, min(100, left))
	} else {
		examples = left
	}
	a.batch = max(1, min(100, examples/4))
	switch width := d.Values(); {
	case width < 20:
		a.hidden = []int{50}
	case width < 200:
		a.hidden = []int{100}
	default:
		a.hidden = []int{300}
	}
	a.latents = max(2, min(50, d.Values()/4))
	few := columnsForM2
	if d.Scale == transform.Pixels {
		a.latents, few = max(2, min(50, d.Values()/2)), pixelsForM2
	}
	if d.classifies() && d.Values() < few {
		a.model, a.onValues = "m2", true
	}
	return a
}

// testApart and validationApart tell whether the user has such a part.
func (d *Description) testApart() bool { return d.TestPart > 0 || d.asked.TestPath != "" }
func (d *Description) validationApart() bool {
	return d.ValidationPart > 0 || d.asked.ValidationPath != ""
}

// classifies tells whether there are labels to learn from.
func (d *Description) classifies() bool { return len(d.Classes) > 1 }

// missingRule is what is best done about missing values.
func (d *Description) missingRule() string {
	const many = 0.05
	switch missing := float64(d.missing()) / float64(max(1, d.Rows*d.Values())); {
	case missing == 0:
		return transform.Refuse
	case missing < many:
		return transform.Mean
	}
	return transform.Mask
}
