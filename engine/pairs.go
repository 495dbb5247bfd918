package engine

// Pairs says how the examples of a minibatch become rows. First comes one row
// for each labelled example with its own label; then, for each unlabelled
// example, one row per label. Such an (example, label) pair has one posterior
// q(z|x,y) and Samples draws from it; sample s of pair p is sample row p·Samples+s.
// A model without labels counts all its examples as labelled and has Labels = 1.
type Pairs struct {
	Labelled, Unlabelled int // examples
	Labels               int // K
	Samples              int // S
}

// Examples is the number of examples in the minibatch.
func (p Pairs) Examples() int { return p.Labelled + p.Unlabelled }

// Rows is the number of (example, label) pairs.
func (p Pairs) Rows() int { return p.Labelled + p.Unlabelled*p.Labels }

// SampleRows is the number of rows after sampling.
func (p Pairs) SampleRows() int { return p.Rows() * p.Samples }

// RowsOf is the sample rows of an example, from first to end.
func (p Pairs) RowsOf(example int) (first, end int) {
	if example < p.Labelled {
		return example * p.Samples, (example + 1) * p.Samples
	}
	first = (p.Labelled + (example-p.Labelled)*p.Labels) * p.Samples
	return first, first + p.Labels*p.Samples
}

// Example is the example that a pair belongs to, and the label that an
// unlabelled example's pair stands for (0 for a labelled example, whose label
// is data).
func (p Pairs) Example(pair int) (example, label int) {
	if pair < p.Labelled {
		return pair, 0
	}
	pair -= p.Labelled
	return p.Labelled + pair/p.Labels, pair % p.Labels
}

// labels visits the labels of the labelled examples, which may be absent where there is one
// label only.
func (p Pairs) labels(v Visitor, labels Ints) {
	arg := read("labels", p.Labelled)
	if p.Labels == 1 {
		arg = arg.optional()
	}
	v(labels.View(), arg)
}
